"""Drift: a store shows another number than we believed, and no order explains it. From facts of one stock key to
what differs and why; what to remember of it; and whether somebody else writes the same stock.

A fall that no order explains may be an order that was not told yet, so it is looked at twice: only when the
orders were asked once more, and still none explains it, it was an edit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.core.model import StoreStock
from connectors.base import OrderLine
from connectors.values import replace

ANY = 10**9
"""More units than any store holds."""

STUBBORN = 3
"""So often does one stock key change back before another program is suspected."""

MANY = 5
"""So many stock keys changing back within a day are as telling."""

RECENT = timedelta(days=1)
"""Stores are read whole once a day, so what changed back within two was seen by the newest reading or so."""


class Cause(StrEnum):
    EDITED = "edited in the store"
    WRITE = "our write did not land"
    ORDER = "order not yet seen"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Drift:
    """What is remembered of one stock key, in units of the kind that is written there.

    at: when it was noticed last. since: when it was for the first time. was: what the store should show. now:
    what it shows instead. healed: when it was put right, None while it is not. count: how often it happened here.
    """

    at: datetime
    since: datetime
    was: int
    now: int
    cause: Cause
    healed: datetime | None = None
    count: int = 0

    @property
    def is_open(self) -> bool:
        return self.healed is None

    @property
    def suspected(self) -> bool:
        """An order that was not told yet may explain it, so nothing is raised on its account."""
        return self.is_open and self.cause is Cause.ORDER


@dataclass(frozen=True, slots=True)
class DriftInput:
    """One stock key as just read, in units of the kind that is written.

    believed, shows: the number before and now. explained: by how much orders moved it meanwhile. cancelled:
    committed units that went away unshipped, which a store may or may not put back. back: the most that returns can
    have added. over: units sold while a write of ours may have gone over their taking off. named: units that
    orders name as shipped only now, and that had left before.
    sent: numbers whose writes were never answered. overdue: they would have landed by now. replaced: the number
    that our last write replaced, while nobody has read the written one. closed: no longer stocked here, or again.
    """

    believed: int
    shows: int
    explained: int = 0
    cancelled: int = 0
    back: int = 0
    over: int = 0
    named: int = 0
    sent: frozenset[int] = frozenset()
    overdue: bool = False
    replaced: int | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class DriftFinding:
    was: int
    now: int
    cause: Cause


def differs(facts: DriftInput) -> bool:
    """Worth a closer look: without open drift and an unanswered write, all is as orders say."""
    return bool(facts.sent) or facts.shows != facts.believed + facts.explained


def find_drift(facts: DriftInput, last: Drift | None, *, asked: bool = True) -> DriftFinding | None:
    """What differs and why; None: nothing that orders and our own writes do not explain.

    last: what is remembered of the stock key. asked: orders were read ahead of this reading."""
    if facts.sent:
        return _of_write(facts)
    standing, base, known = None, facts.believed, 0
    if last is not None and last.is_open:  # it is measured from what should have been shown before it
        standing, base, known = last, last.was, min(facts.named, max(0, last.was - last.now))
    delta = facts.shows - (base + facts.explained - known)
    if delta < 0:
        delta = min(0, delta + facts.cancelled)
    elif delta > 0:
        delta = max(0, delta - facts.back) if delta > facts.over else 0
    if not delta:
        return None
    return DriftFinding(facts.shows - delta, facts.shows, _cause(facts, delta, last, standing, asked=asked))


def _of_write(facts: DriftInput) -> DriftFinding | None:
    """While a write is unanswered: it landed, it did not, or something else happened as well."""
    if facts.shows in {number + facts.explained for number in facts.sent}:
        return None
    if facts.shows == facts.believed + facts.explained:
        return DriftFinding(max(facts.sent) + facts.explained, facts.shows, Cause.WRITE) if facts.overdue else None
    return DriftFinding(max(facts.sent) + facts.explained, facts.shows, Cause.UNKNOWN)


def _cause(facts: DriftInput, delta: int, last: Drift | None, standing: Drift | None, *, asked: bool) -> Cause:
    if standing is not None and not standing.suspected:
        return standing.cause
    if facts.closed or delta > 0:
        return Cause.WRITE if _never_landed(facts, last) else Cause.EDITED
    if standing is not None:
        looked_twice = asked and delta >= standing.now - standing.was
        return Cause.EDITED if looked_twice else Cause.ORDER
    return Cause.WRITE if _never_landed(facts, last) else Cause.ORDER


def _never_landed(facts: DriftInput, last: Drift | None) -> bool:
    """It shows the number from before our write. Where somebody changed it before, somebody changed it back."""
    shows_the_old = facts.replaced is not None and facts.shows == facts.replaced + facts.explained
    return shows_the_old and (last is None or last.cause is not Cause.EDITED)


def remember_drift(last: Drift | None, found: DriftFinding | None, now: datetime) -> Drift | None:
    """What to remember of a stock key after it was read. None: nothing."""
    if found is None:  # the store shows what it should; an order that was told in the end was never drift
        if last is None or not last.is_open:
            return last
        return None if last.suspected and not last.count else replace(last, healed=now)
    if last is None:
        return Drift(now, now, found.was, found.now, found.cause, None, _counts(found.cause))
    if last.is_open and (last.was, last.now, last.cause) == (found.was, found.now, found.cause):
        return last
    begins = not last.is_open or last.cause is not found.cause
    count = last.count + _counts(found.cause) * begins
    return Drift(last.at if last.is_open else now, last.since, found.was, found.now, found.cause, None, count)


def _counts(cause: Cause) -> int:
    """An order is no drift after all, and a lost write is our own."""
    return int(cause in (Cause.EDITED, Cause.UNKNOWN))


def may_come_back(
    order_lines: Sequence[OrderLine],
    known_committed: Mapping[str, int],
    newly_shipped: Mapping[str, int],
    since: datetime,
) -> int:
    """The most units that returns and shipments taken back can have added to what a listing shows. An order
    placed after `since`, the last reading, gives nothing back; any other what it had shipped before, and what is open
    again. Of an order that shows neither nothing is known.

    known_committed: committed units per order, then. newly_shipped: units per order that left since; negative: taken
    back."""
    most = 0
    for m in order_lines:
        if m.order and (m.ordered_at is None or m.ordered_at < since):
            shipped = sum(s.units for s in m.shipped) - newly_shipped.get(m.order, 0)
            back = max(0, shipped) + max(0, m.committed - known_committed.get(m.order, 0))
            most += ANY if _is_silent(m, known_committed) else back
    return min(ANY, most)


def may_be_gone(
    order_lines: Sequence[OrderLine], known_committed: Mapping[str, int], newly_shipped: Mapping[str, int]
) -> int:
    """The most committed units that can have gone away without being shipped, and without being put back. An order that
    came and was cancelled between two readings does not say how many it had taken."""
    if any(m.order and _is_silent(m, known_committed) for m in order_lines):
        return ANY
    left = {m.order: known_committed.get(m.order, 0) - m.committed for m in order_lines if m.order}
    return sum(max(0, units - max(0, newly_shipped.get(order, 0))) for order, units in left.items())


def _is_silent(m: OrderLine, known_committed: Mapping[str, int]) -> bool:
    """It shows no units, and none of it were known."""
    return not m.committed and not m.shipped and m.order not in known_committed


def explained(before: StoreStock, committed_now: int, left: int, *, writes_on_hand: bool) -> int:
    """By how much orders moved a stock key's number: units that left, and on available stock those sold as well."""
    return -left if writes_on_hand else before.committed - committed_now - left


@dataclass(frozen=True, slots=True)
class OtherWriter:
    """Another writer of the same stock. listings: how many changed back after we had put them right, times: how
    often, since: when that began."""

    listings: int
    times: int
    since: datetime

    def sentence(self, store: str) -> str:
        things = "1 listing" if self.listings == 1 else f"{self.listings} listings"
        return (
            f"another program seems to write the stock of store {store}: {things} changed back {self.times} times"
            f" since {self.since:%Y-%m-%d %H:%M} UTC; find it and switch it off there"
        )


def other_writer(drifts: Iterable[Drift], now: datetime) -> OtherWriter | None:
    """Does somebody else write this stock? One stock key that comes back again and again, or many within a day."""
    back = [d for d in drifts if d.count > 1 and now - d.at <= 2 * RECENT]
    today = sum(now - d.at <= RECENT for d in back)
    if today < MANY and not any(d.count > STUBBORN for d in back):
        return None
    return OtherWriter(len(back), sum(d.count - 1 for d in back), min(d.since for d in back))
