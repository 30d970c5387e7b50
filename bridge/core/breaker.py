"""The circuit breaker of the warehouse or of one store: open while it is not asked."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

BreakerKind = Literal["failing", "operator", "untrusted", "bug"]


class CircuitBreaker(Struct, frozen=True):
    """An open circuit breaker; None stands for a closed one. kind: what opened it; `failing` may pass by itself. since:
    when the first of `failures` in a row came. retry_at: when one attempt is let through. writing: a write failed, so
    that a reading does not close it."""

    kind: BreakerKind
    why: str
    since: datetime
    retry_at: datetime | None = None
    failures: int = 1
    writing: bool = False

    @property
    def needs_person(self) -> bool:
        """Whether trying again will not help."""
        return self.kind != "failing"
