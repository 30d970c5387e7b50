"""How often passwords may be guessed."""

import math
import time
from collections import deque
from collections.abc import Callable

SPAN = 300.0
"""Seconds for which a failed attempt counts."""

EACH, ALL = 5, 50
"""Failed attempts within that span: of one address, and of all together."""


class Attempts:
    """Failed logins of late. No more than ALL are remembered, because none is made beyond that."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._failed = clock, deque[tuple[float, str]]()

    def wait(self, address: str) -> int:
        """Seconds until an address may try again; 0: now."""
        now = self._clock()
        while self._failed and self._failed[0][0] <= now - SPAN:
            self._failed.popleft()
        own = [at for at, who in self._failed if who == address]
        frees = [own[-EACH]] if len(own) >= EACH else []
        frees += [self._failed[-ALL][0]] if len(self._failed) >= ALL else []
        return math.ceil(max(frees) + SPAN - now) if frees else 0

    def fail(self, address: str) -> None:
        self._failed.append((self._clock(), address))

    def forget(self, address: str) -> None:
        """Whoever knows the password has mistyped it before."""
        self._failed = deque(entry for entry in self._failed if entry[1] != address)
