"""The writes of one store that are sent and not answered, as the state keeps them: batch key → when it was sent, and
what to where. What is in flight is read with every look at the store until it is over, see `core.flight`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bridge.core.in_flight import Sent, is_over
from bridge.core.model import StockKey
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.sync.context import SyncContext
from connectors.base import StockUpdate

GRACE = timedelta(seconds=30)
"""So long after the store's own limit a lost write is no longer waited for."""

InFlight = dict[str, list[Sent]]


def load_in_flight(context: SyncContext, store: str) -> InFlight:
    """Batch key → its writes."""
    return {name: list(_read(stored)) for name, stored in context.state.notes(store, "flight").items()}


def _read(stored: Mapping[str, Any]) -> Iterator[Sent]:
    at, read = pack.at(stored["at"]), bool(stored.get("read"))
    for ref, location, quantity, *was in stored["sent"]:  # an older state does not say what was replaced
        yield Sent(ref, location, quantity, at, was[0] if was else None, read)


def _packed(writes: Sequence[Sent]) -> str:
    sent = [[x.ref, x.location, x.quantity, x.was] for x in writes]
    return pack.dumps({"at": pack.ms(writes[0].at), "sent": sent, "read": writes[0].read})


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


def end_read(context: SyncContext, store: str, change: Change, read_at: datetime) -> None:
    """After a reading that began then, of everything in flight: what is over ends; what is not may be decided on."""
    unanswered = load_in_flight(context, store)
    limit = timedelta(seconds=context.capabilities(store).lost_write_seconds) + GRACE
    shown = context.state.store_stock(store, sorted({x.ref for x in _every(unanswered)}))
    for name, writes in unanswered.items():
        left = []
        for x in writes:
            known = shown.get(x.ref, {}).get(x.location)
            if not is_over(x, known.on_hand if known else None, read_at=read_at, limit=limit):
                left.append(replace(x, read=True))
        if left != writes:
            change.put(keys.of_store(store, "flight"), name, _packed(left) if left else None)
