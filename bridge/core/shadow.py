"""What a store in shadow mode would have been sent, and what became of the difference without us."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from connectors.values import replace

KEPT_DAYS = 30


class End(StrEnum):
    """How the difference between what a store shows and what we would have written came to its end."""

    MET = "met"  # the store came to our number: writing it would have been right, only earlier
    NEEDLESS = "needless"  # our number came back to the store's: writing it would have been in vain
    MOVED = "moved"  # both moved, or another difference took its place: it says nothing


class Foreseen(Struct, frozen=True, array_like=True):
    """A number that one stock key would have been sent. shown: what the store showed instead. since: when it began to
    differ by that much."""

    quantity: int
    shown: int
    since: datetime

    @property
    def difference(self) -> int:
        return self.quantity - self.shown


class Rehearsal(Struct, frozen=True, array_like=True):
    """What one listing would be sent: location → number. due: the version of its due mark when that was decided."""

    due: str
    numbers: dict[str, Foreseen]


class Tally(Struct, frozen=True, array_like=True):
    """How many differences ended in which way."""

    met: int = 0
    needless: int = 0
    moved: int = 0

    @property
    def right(self) -> float | None:
        """The share of those that can be judged of which the store itself said that we were right; None: none can."""
        judged = self.met + self.needless
        return self.met / judged if judged else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.met + other.met, self.needless + other.needless, self.moved + other.moved)

    def counting(self, end: End) -> "Tally":
        return replace(self, **{end.value: getattr(self, end.value) + 1})


class Shadow(Struct, frozen=True):
    """A store's time in shadow mode: since when, and what ended on which of the last days (UTC)."""

    since: datetime
    days: dict[str, Tally] = {}

    @property
    def total(self) -> Tally:
        return sum(self.days.values(), Tally())

    def counting(self, end: End, day: date) -> "Shadow":
        """The same with one more that ended; days that are over for long are left out."""
        oldest = (day - timedelta(days=KEPT_DAYS)).isoformat()
        kept = {name: tally for name, tally in self.days.items() if name > oldest}
        kept[day.isoformat()] = kept.get(day.isoformat(), Tally()).counting(end)
        return replace(self, days=kept)


def foresee(before: Foreseen | None, quantity: int, shown: int, now: datetime) -> tuple[Foreseen | None, End | None]:
    """What a stock key would be sent now, None where it shows that already; and how the difference of before ended, if
    it did. An order moves both numbers alike and ends nothing."""
    after = Foreseen(quantity, shown, now) if quantity != shown else None
    if before is None:
        return after, None
    if after is not None and after.difference == before.difference:
        return replace(after, since=before.since), None
    if after is not None:
        return after, End.MOVED
    ours, theirs = abs(quantity - before.quantity), abs(shown - before.shown)
    return None, End.MET if theirs > ours else End.NEEDLESS if ours > theirs else End.MOVED
