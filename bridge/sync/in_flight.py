"""The writes of one store that are sent and not answered, as the state keeps them: batch key → when it was sent, and
what to where. What is in flight is read with every look at the store until it is over, see `core.in_flight`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from bridge.core.in_flight import Sent, left_after_reading
from bridge.core.model import StockKey
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.sync.context import SyncContext
from connectors.base import StockUpdate
from connectors.values import replace

GRACE = timedelta(seconds=30)
"""So long after the store's own limit a lost write is no longer waited for."""

READ, LATE = 1, 2

InFlight = dict[str, list[Sent]]


def load_in_flight(context: SyncContext, store: str) -> InFlight:
    """Batch key → its writes."""
    found: InFlight = {}
    for name, stored in context.state.notes(store, "flight").items():
        at, read, writes = pack.at(stored["at"]), bool(stored.get("read")), found.setdefault(name, [])
        for ref, location, quantity, *more in stored["sent"]:
            was, how = [*more, None, None][:2]  # an older state says neither what was replaced nor how it is
            writes.append(Sent(ref, location, quantity, at, was, read if how is None else how == READ, how == LATE))
    return found


def _packed(writes: Sequence[Sent]) -> str:
    sent = [[x.ref, x.location, x.quantity, x.was, *([LATE] if x.late else [READ] if x.read else [])] for x in writes]
    return pack.dumps({"at": pack.ms(writes[0].at), "sent": sent, "read": False})


def by_ref(context: SyncContext, store: str) -> dict[str, list[Sent]]:
    found: dict[str, list[Sent]] = defaultdict(list)
    for x in _every(load_in_flight(context, store)):
        found[x.ref].append(x)
    return found


def by_stock_key(context: SyncContext, store: str) -> dict[StockKey, list[Sent]]:
    found: dict[StockKey, list[Sent]] = defaultdict(list)
    for x in _every(load_in_flight(context, store)):
        found[StockKey(store, x.ref, x.location)].append(x)
    return found


def may_land(context: SyncContext, store: str) -> bool:
    """Whether any of them may still come."""
    return any(not x.late for x in _every(load_in_flight(context, store)))


def _every(unanswered: InFlight) -> Iterator[Sent]:
    for writes in unanswered.values():
        yield from writes


def begin(context: SyncContext, store: str, change: Change, key: str, updates: Iterable[StockUpdate]) -> None:
    """Mark a batch in flight. Where the store does not compare, a number read later says nothing any more of older
    writes to the same places: it may be this one's."""
    now = context.now()
    writes = [Sent(u.ref, u.location, u.quantity, now, u.was) for u in updates]
    change.put(keys.of_store(store, "flight"), key, _packed(writes))
    if context.capabilities(store).compare_and_set:
        return
    places = {(x.ref, x.location) for x in writes}
    for name, older in load_in_flight(context, store).items():
        blind = [replace(x, was=None) if (x.ref, x.location) in places else x for x in older]
        if name != key and blind != older:
            change.put(keys.of_store(store, "flight"), name, _packed(blind))


def end_read(context: SyncContext, store: str, change: Change, read_at: datetime, *, unread: Collection[str]) -> None:
    """After a reading that began then, of everything in flight but the listings it was asked for in vain: what is over
    ends; what is not may be decided on."""
    unanswered, can = load_in_flight(context, store), context.capabilities(store)
    limit = timedelta(seconds=can.lost_write_seconds) + GRACE
    shown = context.state.store_stock(store, sorted({x.ref for x in _every(unanswered)}))
    for name, writes in unanswered.items():
        left = []
        for x in writes:
            known, was_read = shown.get(x.ref, {}).get(x.location), x.ref not in unread
            on_hand = known.on_hand if known else None
            explains = can.reads_committed
            rest = left_after_reading(x, on_hand, was_read=was_read, read_at=read_at, limit=limit, explains=explains)
            left += [rest] if rest else []
        if left != writes:
            change.put(keys.of_store(store, "flight"), name, _packed(left) if left else None)
