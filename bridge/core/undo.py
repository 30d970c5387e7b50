"""Undoing a run: of what it wrote, which may be put back, which may not and why, and what a person should know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bridge.core.guard import Cut
from bridge.core.model import StockKey, StoreStock
from bridge.core.plan import NOT_OURS, Decision
from connectors.base import Listing


@dataclass(frozen=True, slots=True)
class Write:
    """What a run wrote at one stock key, in units of the kind that is written there. before: what it wrote over; None:
    the store cannot be read, and had accepted nothing there.
    later: a run that wrote there since."""

    stock_key: StockKey
    sku: str
    before: int | None
    after: int
    later: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A write that is not undone."""

    write: Write
    why: str


def why_kept(
    write: Write, listing: Listing | None, known: StoreStock | None, shows: int, *, unanswered: bool
) -> str | None:
    """Why a write is not undone; None: the store still shows it, so putting back loses nothing that came since.

    Units sold since do not speak against it where the store takes them off its on hand by itself; everything else
    moves the number. unanswered: a write to it was never answered."""
    if listing is None or known is None:
        return "the store no longer has it there"
    if not known.stocked:
        return "it is no longer stocked there"
    return (
        NOT_OURS[listing.status].value
        if listing.status in NOT_OURS
        else _why_moved(write, shows, unanswered=unanswered)
    )


def _why_moved(write: Write, shows: int, *, unanswered: bool) -> str | None:
    if write.later is not None:
        return f"run {write.later} wrote there since"
    if unanswered:
        return "a write to it was never answered and may still land"
    if shows != write.after:
        return f"it shows {shows} instead of the {write.after} that the run wrote"
    if write.before is None:
        return "it was the first number there, and the store cannot be read: what stood there before is not known"
    return f"it showed {write.before}, which cannot be written" if write.before < 0 else None


def undone(write: Write, known: StoreStock, decided: Decision | None) -> Decision:
    """Put back what stood there, if what the run wrote still does."""
    target = decided.target if decided else None
    return Decision(write.stock_key, known, target, quantity=write.before, shown=write.after, sku=write.sku)


def for_sale(d: Decision) -> tuple[int, int]:
    """Units for sale, now and once it is put back."""
    if d.known is None or d.quantity is None or d.shown is None:
        raise ValueError(f"nothing to put back at {d.stock_key}")
    return d.known.available, d.known.available + d.quantity - d.shown


def cut_by(d: Decision) -> Cut | None:
    """What shoppers lose by putting it back."""
    now, after = for_sale(d)
    fall = max(0, now) - max(0, after)
    return Cut(d.stock_key, fall, zeroed=after <= 0 < now) if fall > 0 else None


def warning(d: Decision) -> str | None:
    """What a person should know before raising by hand."""
    now, after = for_sale(d)
    if after <= now:
        return None
    if d.target is None:
        return "nothing is known to be free for it now"
    free = max(0, d.target.available)
    return f"only {free} are free now" if after > free else None


LARGE = 1_000
"""A run of so many writes is kept beside the last one: the writes of smaller ones stand in the history for longer."""


class Undoable(NamedTuple):
    """A run whose writes are kept whole for one store. at: when it began to write there, milliseconds since 1970.
    undoes: the run that it puts back."""

    run: str
    at: int
    writes: int = 0
    undoes: str | None = None
    chunks: int = 0


def kept_runs(runs: Sequence[Undoable]) -> frozenset[str]:
    """Of the runs of one store, oldest first, those whose writes stay: the last; the one that it undoes, until it is
    done; and, while the last is small, the newest large one."""
    last = runs[-1]
    large = [x.run for x in runs[:-1] if x.writes >= LARGE][-1:] if last.writes < LARGE else []
    return frozenset({last.run, *([last.undoes] if last.undoes else []), *large})
