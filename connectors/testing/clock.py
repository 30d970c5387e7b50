"""The time of a sandbox: moved by whoever plays with it, or that of this machine."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class SandboxClock(Protocol):
    """`advance` lets so many seconds pass, and may serve as a sandbox's `sleep`."""

    def __call__(self) -> datetime: ...

    def advance(self, seconds: float) -> None: ...


class ManualClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class RealClock:
    """The clock of this machine, for sandboxes that listen."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        time.sleep(seconds)
