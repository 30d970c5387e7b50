"""Drift at work: what a reading shows and nothing explains is written down, in the same change that makes it
due; a fall that may be an order is looked at twice; what was put right is remembered for a while."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.core import drift
from bridge.core.drift import DriftInput
from bridge.core.model import StockKey, StoreStock
from bridge.core.observation import ListingReading
from bridge.core.plan import PlanInput, left_alone, shown_quantity
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.records import Dropped
from bridge.sync.context import SyncContext
from bridge.sync.in_flight import GRACE
from bridge.sync.session import StoreSession
from connectors.base import Capabilities, Reading
from connectors.values import replace

REMEMBERED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Comparison:
    seen: ListingReading
    reading: Reading
    before: StoreStock
    facts: DriftInput
    ours: bool

    @property
    def name(self) -> str:
        return _name(self.reading)


def _name(reading: Reading) -> str:
    return pack.stock_key(StockKey("", reading.ref, reading.location))


def note(session: StoreSession, change: Change, seen: Sequence[ListingReading], *, asked: bool) -> None:
    """Enter into the change what differs without an explanation, and what is as it should be again. asked: orders
    were read ahead of this reading."""
    context, store = session.context, session.store
    can = context.capabilities(store)  # once: it is looked up among the installed packages
    names = {x.listing.ref: [_name(reading) for reading in x.readings] for x in seen}
    known = context.state.drifts(store, [name for each in names.values() for name in each])
    # where all is as it was, there is nothing to be said but of a drift that is remembered
    open_ = [x for x in seen if not x.quiet or not known.keys().isdisjoint(names[x.listing.ref])]
    looks = [look for x in open_ for look in _looks(context, store, can, x)]
    for look in _with_replaced(session, looks):
        if not can.locations and look.before.stocked and not look.reading.stocked:
            # a merchant stopped managing one listing's stock: people are told once, and it is theirs from now on
            change.drops.append((keys.of_store(store, "drift"), look.name))
            said: dict[str, object] = {"what": "untracked", "store": store, "ref": look.reading.ref}
            said |= {"location": look.reading.location, "why": "the store does not manage its stock any more"}
            change.notes += [(sku, said) for sku in look.seen.parts]
            continue
        if not look.ours:
            _write_down(store, change, look, None)
            continue
        last = known.get(look.name)
        found = drift.find_drift(look.facts, last, asked=asked)
        fresh = drift.remember_drift(last, found, context.now())
        if fresh != last:
            change.put(keys.of_store(store, "drift"), look.name, pack.drift(fresh) if fresh else None)
        if fresh != last and found is not None:
            change.due.append((store, look.reading.ref))
        _write_down(store, change, look, found if fresh != last else None)


def _write_down(store: str, change: Change, look: _Comparison, found: drift.DriftFinding | None) -> None:
    """People see every change of a store's on hand, and why it came where no order explains it."""
    before, shows = look.before.on_hand, look.reading.on_hand
    if before == shows and found is None:
        return
    if before == shows and found is not None:
        before, shows = found.was, found.now
    facts: dict[str, object] = {"what": "store", "store": store, "ref": look.reading.ref}
    facts |= {"location": look.reading.location, "from": before, "to": shows}
    facts |= {"why": found.cause.value} if found else {}
    change.notes += [(sku, facts) for sku in look.seen.parts]


# -- facts ---------------------------------------------------------------------------------------------


def _looks(context: SyncContext, store: str, can: Capabilities, seen: ListingReading) -> Iterator[_Comparison]:
    """Spots of which something was believed. Where no number of ours stood, only the history hears of a change."""
    listing = PlanInput(seen.listing, seen.parts, seen.known, {}, 1, proven=False)
    ours = left_alone(listing, context.rules(store)) is None
    for reading in seen.readings:
        before = seen.known.get(reading.location)
        if before is not None and seen.parts:
            facts = _facts(can, seen, reading, before, context.now())
            yield _Comparison(seen, reading, before, facts, ours and before.last_target is not None)


def _facts(can: Capabilities, seen: ListingReading, reading: Reading, before: StoreStock, now: datetime) -> DriftInput:
    place = reading.location
    named = seen.told.left.get(place, 0)
    left = seen.told.shipped.get(place, 0) + named
    committed_now = sum(seen.now.values()) if reading.committed is None else reading.committed
    sent = [x for x in seen.sent if x.location == place and not (can.compare_and_set and x.at < before.at)]
    sold = sum(seen.now.values()) - sum(seen.then.values()) + sum(max(0, units) for units in seen.told.orders.values())
    limit = timedelta(seconds=can.lost_write_seconds) + GRACE
    return DriftInput(
        believed=shown_quantity(before, can),
        shows=shown_quantity(reading, can),
        explained=drift.explained(before, committed_now, left, writes_on_hand=can.writes == "on_hand"),
        cancelled=drift.may_be_gone(seen.order_lines, seen.then, seen.told.orders),
        back=drift.may_come_back(seen.order_lines, seen.then, seen.told.orders, before.at),
        over=0 if can.compare_and_set else max(0, sold),
        named=max(0, -named),
        sent=frozenset(x.quantity for x in sent),
        overdue=can.compare_and_set or all(now - x.at > limit for x in sent),
        closed=before.stocked != reading.stocked,
    )


def _with_replaced(session: StoreSession, looks: Sequence[_Comparison]) -> list[_Comparison]:
    """Only what differs needs to know what our last write replaced, so that the history is rarely searched. A write
    counts while the number believed is still the one of its own moment."""
    wanted = {look.name: look.before.at for look in looks if look.ours and drift.differs(look.facts)}
    writes = session.last_writes.of(wanted) if wanted else {}
    found = list[_Comparison]()
    for look in looks:
        write = writes.get(look.name, {})
        is_last = write.get("when") == pack.ms(look.before.at)
        found.append(replace(look, facts=replace(look.facts, replaced=write["from"])) if is_last else look)
    return found


# -- what a late order may explain -----------------------------------------------------------------------


def prune_and_mark_suspected(session: StoreSession) -> bool:
    """Forget old drifts, and mark listings whose drift a late order may explain as to be read → whether there are any.
    A drift that was put right is kept for a week; of too many the oldest go, those put right first."""
    now, store, known = session.context.now(), session.store, session.context.state.drifts(session.store)
    fresh = [name for name, d in known.items() if d.healed is None or now - d.healed < REMEMBERED]
    fresh.sort(key=lambda name: (known[name].is_open, known[name].at), reverse=True)
    kept = {name: known[name] for name in fresh[: keys.KEPT_DRIFTS]}
    gone = [(keys.of_store(store, "drift"), name) for name in known if name not in kept]
    change = Change(drops=gone)
    if len(fresh) > len(kept):
        dropped = [known[name] for name in fresh[keys.KEPT_DRIFTS :]]
        change.note_store(store, dropped_drift=Dropped(now, sum(d.is_open for d in dropped)))
    session.commit(change)
    refs = {pack.read_stock_key(store, name).ref for name, d in kept.items() if d.suspected}
    if refs:
        session.commit(Change(reread=[(store, ref) for ref in refs]))
    return bool(refs)
