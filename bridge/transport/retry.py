"""The one layer that waits and retries a request."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from bridge.core.backoff import backoff
from bridge.errors import BrokenAnswerError, RetryableSourceError, SourceError
from bridge.transport.heartbeat import Heartbeat
from connectors.base import UNSENT, OperatorStoreError, RetryableStoreError, StoreError

T = TypeVar("T")

FIRST = 0.5
LONGEST = 30.0


@dataclass
class RetryPolicy:
    """A Sender that waits as long as the other side asks, or backs off with jitter, and gives up when one request
    would take longer than `seconds`, were its next attempt as slow as its last: one that hangs is left to a later
    session, because whoever waits for it serves nobody else. A store that is at work is waited for. Counts every
    request it sends by how it ended ("200", "429", "throttled", "none" without a usable answer); safe in several
    threads.

    before: called ahead of each attempt (renew the lease, respect the shared budget); it may raise. after: called when
    an attempt that was made is over. heartbeat: tells others
    that somebody waits here. soon: seconds for an answer of the warehouse that is broken, where something else may be
    asked for instead.
    """

    wait: Callable[[float], object]
    before: Callable[[], None]
    seconds: float = 60.0
    clock: Callable[[], float] = time.monotonic
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    after: Callable[[], object] = lambda: None
    soon: float | None = None
    calls: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    @property
    def requests(self) -> int:
        return self.calls.total()

    def __call__(self, request: Callable[[], T]) -> T:
        with self.heartbeat.waiting():
            return self._answer(request)

    def _answer(self, request: Callable[[], T]) -> T:
        spent, attempt, sent = 0.0, 0, False
        while True:
            began = self.clock()
            try:
                self.before()
                return self._counted(request)
            except OperatorStoreError as fault:
                fault.sent = sent or fault.sent  # an earlier attempt may have landed
                raise
            except (RetryableStoreError, RetryableSourceError) as fault:
                if fault.retry_after is None:
                    pause = backoff(FIRST, attempt + 1, LONGEST) * random.uniform(0.5, 1.0)  # noqa: S311  (no secret)
                else:
                    pause = max(0.0, fault.retry_after)
                if isinstance(fault, RetryableStoreError):
                    sent = fault.sent = sent or fault.sent  # as above
                    if fault.at_work:
                        self.heartbeat.beat()
                        spent, attempt = 0.0, 0
                took = self.clock() - began
                soon = self.soon if isinstance(fault, BrokenAnswerError) else None
                limit = self.seconds if soon is None else min(soon, self.seconds)
                if spent + took + pause + took > limit:
                    raise
            self.wait(pause)
            spent, attempt = spent + took + pause, attempt + 1

    def _counted(self, request: Callable[[], T]) -> T:
        ended = "none"
        try:
            answer = request()
            ended = "200"
        except (StoreError, SourceError) as fault:
            ended = fault.status or ended
            raise
        else:
            return answer
        finally:
            self.after()
            if ended != UNSENT:
                with self._lock:
                    self.calls[ended] += 1
