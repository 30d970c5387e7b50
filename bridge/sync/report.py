"""What a step did, as values that print themselves for machines."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

BUSY = "another worker is with this store"
PAUSED = "paused"


@dataclass
class Pulled:
    """One pull. rows: met; changed: levels that moved something; cursor: ISO 8601, None before the first."""

    rows: int = 0
    changed: int = 0
    requests: int = 0
    cursor: str | None = None
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        facts = asdict(self)
        if self.error is None:
            del facts["error"]
        return facts


@dataclass
class Pushed:
    """One store's part of a round, in listings and locations. held, error: None or a sentence.

    bug: what no connector may raise, for whoever called. reasons: how many were left alone for which reason.
    newly_held: falls that the guard began to hold.
    """

    due: int = 0
    applied: int = 0
    rejected: int = 0
    missing: int = 0
    deferred: int = 0
    skipped: int = 0
    requests: int = 0
    held: str | None = None
    error: str | None = None
    seconds: float = 0.0
    operator: bool = field(default=False, repr=False)
    stale: set[str] = field(default_factory=set, repr=False)
    bug: Exception | None = field(default=None, repr=False)
    reasons: dict[str, int] = field(default_factory=dict, repr=False)
    newly_held: int = field(default=0, repr=False)

    @property
    def is_news(self) -> bool:
        """Whether people should find it among the runs: most visits find nothing that can be done, and a store that
        waits, is paused or is busy with another worker says so elsewhere."""
        did = self.applied or self.rejected or self.missing or self.deferred or self.newly_held
        return bool(did) or self.error not in (None, BUSY, PAUSED)

    def as_dict(self) -> dict[str, Any]:
        names = ("due", "applied", "rejected", "missing", "deferred", "skipped", "requests", "held", "error", "seconds")
        return {name: getattr(self, name) for name in names}

    def followed_by(self, second: "Pushed") -> None:
        """Take in what became of the stale ones when they were decided once more."""
        self.deferred += second.deferred - len(self.stale)
        for name in ("applied", "rejected", "missing", "skipped"):
            setattr(self, name, getattr(self, name) + getattr(second, name))
        self.held, self.stale = second.held or self.held, second.stale

    def preceded_by(self, pushes: "Sequence[Pushed]") -> None:
        """Trouble came in the middle: what had been done by then stands."""
        for name in ("applied", "rejected", "missing", "deferred", "skipped"):
            setattr(self, name, sum(getattr(each, name) for each in pushes))
        self.due = pushes[0].due if pushes else self.due

    def skip(self, reason: str) -> None:
        self.skipped += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
