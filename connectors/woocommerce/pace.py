"""How many items go into one write: as many as the store saves in a few seconds, and never more than it takes.

Most of what a batch saves is there at ten items; a long one is lost whole when its answer is. Nobody sleeps:
a slow store gets smaller batches, not pauses.
"""

from collections.abc import Mapping
from typing import Any, TypeGuard

LIMIT = 100  # WooCommerce's own limit; plugins move it
SECONDS = 5.0  # one write should take no longer; 100 items take about 2.6 s on a small machine
GROWTH = 4  # a first quick answer says little about a long batch


KEPT = 86_400.0  # seconds


class Pace:
    def __init__(self, first: int) -> None:
        self._size, self._limit = first, LIMIT

    @property
    def size(self) -> int:
        return min(self._size, self._limit)

    def took(self, items: int, seconds: float) -> None:
        """A write of so many items was answered after so long."""
        if items:
            fits = int(SECONDS * items / seconds) if seconds > 0 else LIMIT
            self._size = max(1, min(fits, self._size * GROWTH, LIMIT))

    def refused(self, items: int) -> None:
        """413: the store takes fewer."""
        self._limit = max(1, items // 2)

    def dump_state(self, now: float) -> dict[str, float]:
        """What the next session should know. now: Unix seconds."""
        return {"size": self._size, "limit": self._limit, "at": now}

    def load_state(self, state: Mapping[str, Any], now: float) -> None:
        """A host is moved or tuned at times, so a lesson is not kept for ever."""
        size, limit, at = (state.get(name) for name in ("size", "limit", "at"))
        if isinstance(at, int | float) and now - at < KEPT and _fits(size) and _fits(limit):
            self._size, self._limit = int(size), int(limit)

    def lost(self) -> None:
        """No answer came: the next one should come sooner."""
        self._size = max(1, self._size // 2)


def _fits(size: object) -> TypeGuard[int]:
    return isinstance(size, int) and 1 <= size <= LIMIT
