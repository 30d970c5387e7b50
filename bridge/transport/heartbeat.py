"""Whether a piece of work waits for somebody else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock


@dataclass
class Heartbeat:
    """Beats when a request begins and when it has ended, waits and repetitions included, and with each sign that the
    other side is at work. Safe in several threads."""

    clock: Callable[[], float] = time.monotonic
    _waits: int = 0
    _beat: float = field(init=False)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._beat = self.clock()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """For the time of one request."""
        self.beat(1)
        try:
            yield
        finally:
            self.beat(-1)

    def beat(self, more: int = 0) -> None:
        """more: requests under way from now on."""
        with self._lock:
            self._waits, self._beat = self._waits + more, self.clock()

    @property
    def still(self) -> float:
        """Seconds since it last beat."""
        return self.clock() - self._beat

    @property
    def waited(self) -> float:
        """Seconds for which nothing has come while a request is under way; 0.0 while none is."""
        with self._lock:
            return self.clock() - self._beat if self._waits else 0.0
