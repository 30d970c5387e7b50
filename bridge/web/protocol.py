"""HTTP/1.1 as uvicorn speaks it, and nobody who does not finish a request is in the way of others.

uvicorn gives a connection as long as it likes to send the head of a request, and counts it as one of those that are
served: some hundred that never finish would have everybody else answered with 503, the host's question after our health
as well. (Its time limit for idle connections begins after an answer, and ends with the next byte.)
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN = 10.0
"""Seconds that a client has for the head of a request; for the body, those who read it set a limit."""


class Protocol(H11Protocol):
    """One connection. The head of a request comes within HEAD_WITHIN; and where as many connections are open as are
    served, a further one takes the place of whoever owes the rest of a request longest."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._since = self.loop.time()

    @property
    def answers(self) -> bool:
        """Whether the head of a request is there, and the answer to it is not complete."""
        cycle: Any = self.cycle  # None before the first
        return cycle is not None and not cycle.response_complete

    @property
    def owes(self) -> bool:
        """Whether the client has not said all of what it asks."""
        return not self.answers or self.cycle.more_body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()
        self._make_room()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.answers:
            self._end_deadline()
        elif self._deadline is None:
            self._await_head()

    def on_response_complete(self) -> None:
        self._since = self.loop.time()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_deadline()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_WITHIN, self.transport.abort)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _make_room(self) -> None:
        """One that is closed stays among the connections until the next step of the loop."""
        here = [each for each in self.connections if isinstance(each, Protocol) and not each.transport.is_closing()]
        owing = [each for each in here if each.owes and each is not self]
        if self.limit_concurrency is not None and len(here) >= self.limit_concurrency and owing:
            min(owing, key=lambda each: each._since).transport.abort()
