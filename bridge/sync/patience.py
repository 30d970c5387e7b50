"""The one layer that waits and retries a request."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from bridge.errors import RetryableSourceError
from connectors.base import RetryableStoreError

T = TypeVar("T")

FIRST = 0.5
LONGEST = 30.0


@dataclass
class Patience:
    """A Sender that waits as long as the other side asks, or backs off with jitter, and gives up when the
    waits of one request would exceed `seconds`. Counts every request it sends; safe in several threads.

    before: called ahead of each attempt (renew the lease, respect the shared budget); it may raise.
    """

    wait: Callable[[float], object]
    before: Callable[[], None]
    seconds: float = 60.0
    requests: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, request: Callable[[], T]) -> T:
        waited, attempt, sent = 0.0, 0, False
        while True:
            try:
                self.before()
                with self._lock:
                    self.requests += 1
                return request()
            except (RetryableStoreError, RetryableSourceError) as fault:
                pause = _pause(fault.retry_after, attempt)
                if isinstance(fault, RetryableStoreError):
                    sent = fault.sent = sent or fault.sent  # an earlier attempt may have landed
                if waited + pause > self.seconds:
                    raise
            self.wait(pause)
            waited, attempt = waited + pause, attempt + 1


def _pause(asked: float | None, attempt: int) -> float:
    if asked is not None:
        return max(0.0, asked)
    return min(LONGEST, FIRST * float(2**attempt)) * random.uniform(0.5, 1.0)  # noqa: S311  (jitter, not a secret)
