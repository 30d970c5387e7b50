"""How everything is, read once for all who look: pages take the last snapshot while it is fresh, and streams say when
there is another one. While nobody listens, nobody asks Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from bridge.errors import BridgeError
from bridge.web.looks import Look

Report = TypeVar("Report")

LONGEST = 5.0  # seconds that one look may take
EVERY = 2.0  # seconds between two looks while somebody listens, and the oldest that a page shows
BEAT = 15.0  # seconds; a router closes what says nothing for 55
MOST = 50  # streams at once
CHANGED = b"event: changed\ndata: \n\n"
BEATS = b": beat\n\n"


class Live(Generic[Report]):
    """look: may raise BridgeError. mark: what of a report has to differ for it to be news."""

    def __init__(self, look: Callable[[], Report], mark: Callable[[Report], object], *, every: float = EVERY) -> None:
        self._look, self._mark, self._every = Look(look, LONGEST), mark, every
        self._report: Report | None = None
        self._at = float("-inf")
        self._seen: object = None
        self._news = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None
        self.listening = 0
        self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def report(self) -> Report:
        """One that is at most `every` seconds old. Raises what the look raised, and TimeoutError."""
        now = asyncio.get_running_loop().time()
        if self._report is None or now - self._at > self._every:
            self._report, self._at = await self._look.seen(), now
        return self._report

    def forget(self) -> None:
        """Somebody has just changed something: the next page is read anew, and whoever listens hears of it."""
        self._at = float("-inf")
        self._tell()

    def forget_soon(self) -> None:
        """The same, from another thread."""
        self._at = float("-inf")
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tell)

    async def events(self) -> AsyncIterator[bytes]:
        """A stream for one listener: it begins with news, for nobody knows how long it was away."""
        self._loop = asyncio.get_running_loop()
        self.listening += 1
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            said = CHANGED
            while not self._ended:
                news = self._news  # before it is told, for more may come while the listener is slow
                yield said
                try:
                    await asyncio.wait_for(news.wait(), BEAT)
                    said = CHANGED
                except TimeoutError:
                    said = BEATS
        finally:
            self.listening -= 1

    def end(self) -> None:
        """End all streams at once. May be called by a signal, between any two steps of the loop."""
        self._ended = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tell)

    async def _poll(self) -> None:
        while self.listening and not self._ended:
            try:
                mark = self._mark(await self.report())
            except (BridgeError, TimeoutError) as fault:
                mark = str(fault)
            if mark != self._seen:
                self._seen = mark
                self._tell()
            await asyncio.sleep(self._every)

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
