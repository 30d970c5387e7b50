"""What a step did, as values that print themselves for machines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bridge.core.model import StockKey

BUSY = "another worker is with this store"
PAUSED = "paused"
SHADOW = "shadow mode: nothing is written"
UNANSWERED = "a write to it was never answered and may still land"


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


COUNTS = ("applied", "unchanged", "rejected", "missing", "deferred", "waiting", "skipped", "held_items")
"""What can become of a stock key that was due. Whatever happens, they add up to `due`."""


@dataclass
class Pushed:
    """One store's part of a cycle. All counts are stock keys: a listing at a location. held, error: None or a sentence.

    unchanged: shows its target already. rejected: refused for good. missing: gone from the store. deferred: not done
    or not known, tried again. waiting: left alone because a write is unanswered or a proof is missing. skipped: left
    alone for a lasting reason. held_items: the guard keeps another number there than its target, or it was told to.
    bug: what no connector may raise, for whoever called. reasons: how many were left alone for which reason.
    newly_held: falls that the guard began to hold. stale: stock keys that moved meanwhile, counted as deferred.
    lost: those sent in it without a reply, counted as waiting. made_due: other stores in which a session that a webhook
    brought about has made something due.
    """

    due: int = 0
    applied: int = 0
    unchanged: int = 0
    rejected: int = 0
    missing: int = 0
    deferred: int = 0
    waiting: int = 0
    skipped: int = 0
    held_items: int = 0
    requests: int = 0
    held: str | None = None
    error: str | None = None
    seconds: float = 0.0
    operator: bool = field(default=False, repr=False)
    stale: set[StockKey] = field(default_factory=set, repr=False)
    lost: set[StockKey] = field(default_factory=set, repr=False)
    bug: Exception | None = field(default=None, repr=False)
    reasons: dict[str, int] = field(default_factory=dict, repr=False)
    newly_held: int = field(default=0, repr=False)
    made_due: set[str] = field(default_factory=set, repr=False)

    @property
    def is_news(self) -> bool:
        """Whether people should find it among the runs: most sessions find nothing that can be done, and a store that
        waits, is paused or is busy with another worker says so elsewhere."""
        if self.applied or self.rejected or self.missing or self.newly_held:
            return True
        return bool(self.deferred) if self.error is None else self.error not in (BUSY, PAUSED)

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("due", *COUNTS, "requests", "held", "error", "seconds")}

    def followed_by(self, second: "Pushed") -> None:
        """Take in what became of the stale ones when they were decided once more."""
        self.due -= len(self.stale) + len(self.lost)
        self.deferred -= len(self.stale)
        self.waiting -= len(self.lost)
        for name in ("due", *COUNTS, "newly_held"):
            setattr(self, name, getattr(self, name) + getattr(second, name))
        reasons = Counter(self.reasons)
        reasons.update(second.reasons)
        reasons[UNANSWERED] -= len(self.lost)
        self.reasons = dict(+reasons)
        self.held, self.stale, self.lost = second.held, second.stale, second.lost

    def preceded_by(self, pushes: "Sequence[Pushed]") -> None:
        """Trouble came in the middle: what had been done by then stands, and nobody came to the rest."""
        for push in pushes:
            self.followed_by(push)
        self.leave_rest()

    def leave_rest(self) -> None:
        """What was due and not come to is tried again."""
        self.deferred += self.due - sum(getattr(self, name) for name in COUNTS)

    def skip(self, reason: str, count: int = 1) -> None:
        """Count what is left alone for a lasting reason."""
        self.skipped += count
        self.reasons[reason] = self.reasons.get(reason, 0) + count

    def wait(self, reason: str) -> None:
        """Count one that is left alone for the moment."""
        self.waiting += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
