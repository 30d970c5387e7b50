"""Looks at the state, out of the way of the server: Redis may hang, and nobody who asks waits for it for long."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Generic, TypeVar

Seen = TypeVar("Seen")


class Look(Generic[Seen]):
    """One at a time, in a thread of its own: whoever asks meanwhile is told the same. A thread that hangs ends with
    its process. look: may raise. seconds: so long it is waited for."""

    def __init__(self, look: Callable[[], Seen], seconds: float) -> None:
        self._look, self._seconds = look, seconds
        self._began, self._running = 0.0, Future[Seen]()
        self._running.cancel()

    async def seen(self) -> Seen:
        """Raises what the look raised, and TimeoutError when it takes too long."""
        if self._running.done():
            self._began, self._running = time.monotonic(), Future()
            Thread(target=self._do, args=(self._running,), name="look", daemon=True).start()
        left = self._began + self._seconds - time.monotonic()
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._running)), max(0.0, left))

    def _do(self, running: Future[Seen]) -> None:
        try:
            running.set_result(self._look())
        except BaseException as fault:  # noqa: BLE001  (a future keeps it for whoever asks)
            running.set_exception(fault)
