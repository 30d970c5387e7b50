"""The time of a sandbox, moved by whoever plays with it."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """A clock that stands until it is moved; `advance` may serve as a sandbox's `sleep`."""

    def __init__(self, now: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
