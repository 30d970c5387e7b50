"""What goes over the wire between a client and a sandbox, as plain values; and a transport that answers in memory."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(slots=True)
class Response:
    """An answer as plain values. `headers` need no Content-Length."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def cut(self) -> "Response":
        """Whole by its length, broken off in the middle of what it says."""
        return Response(self.status, self.headers, self.body[: len(self.body) // 2])


class Dropped(Exception):  # noqa: N818 - it is an event on the wire
    """The connection ends without a whole answer. how: "closed", "refused", "timeout" (the client lost patience) or
    "stalled" (the client must lose it). begun: the answer whose first half was sent."""

    def __init__(self, how: str = "closed", begun: Response | None = None) -> None:
        super().__init__(how)
        self.how, self.begun = how, begun


Answering = Callable[[str, str, Mapping[str, str], bytes], Response]
"""Method, target as it was sent, headers with names in lower case, body → answer. May raise Dropped."""

LOST: Mapping[str, type[httpx.RequestError]] = {
    "closed": httpx.RemoteProtocolError,
    "refused": httpx.ConnectError,
    "timeout": httpx.ReadTimeout,
    "stalled": httpx.ReadTimeout,
}


def as_json(status: int, data: Any, **headers: str) -> Response:
    body = json.dumps(data, separators=(",", ":")).encode()
    return Response(status, {"Content-Type": "application/json; charset=utf-8", **headers}, body)


def in_memory(answer: Callable[[httpx.Request], Response]) -> httpx.MockTransport:
    """For `httpx.Client(transport=…)`: answered in the caller's thread, and nothing stalls for real."""

    def respond(request: httpx.Request) -> httpx.Response:
        try:
            found = answer(request)
        except Dropped as dropped:
            raise LOST[dropped.how](f"sandbox: {dropped.how}", request=request) from dropped
        return httpx.Response(found.status, headers=found.headers, content=found.body)

    return httpx.MockTransport(respond)
