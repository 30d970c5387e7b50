"""The clock that all machines share: Redis' own. What one machine's clock says is nobody else's business."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import redis

from bridge.errors import StateError
from bridge.state.connect import translated

EVERY = 30.0
"""Seconds after which it is asked for again; between, this process counts on by itself."""


class SharedClock:
    """Aware UTC by Redis' `TIME`. Raises StateError while it was never heard; later it counts on without it."""

    def __init__(self, db: redis.Redis, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._db, self._elapsed = db, elapsed
        self._heard: tuple[float, datetime] | None = None

    def __call__(self) -> datetime:
        if self._heard is None or self._elapsed() - self._heard[0] >= EVERY:
            began = self._elapsed()
            try:
                with translated():  # the queue's client is none of ours
                    seconds, micros = self._db.time()
            except StateError:
                if self._heard is None:
                    raise
                self._heard = began, self._heard[1] + timedelta(seconds=began - self._heard[0])
            else:
                middle = began + (self._elapsed() - began) / 2  # it was so in the middle of asking
                self._heard = middle, datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)
        at, then = self._heard
        return then + timedelta(seconds=self._elapsed() - at)
