"""Prune the ledger: expire shipments that nobody counted, forget old confirmed ones, warn a day before one expires."""

from collections.abc import Iterable
from datetime import timedelta

from bridge.core import ledger as book
from bridge.core.ledger import Ledger
from bridge.core.sku import called_sku
from bridge.state import keys, pack
from bridge.state.change import Change, ConflictError
from bridge.state.lease import Lease
from bridge.state.records import Expiring
from bridge.sync.context import SyncContext
from bridge.sync.due import mark_due
from connectors.chunks import chunks

EVERY = timedelta(minutes=10)
CHUNK = 500
SHOWN = 200
"""How many shipments that expire soon are kept for people to look at, the first ones."""


def prune_ledger(context: SyncContext, lease: Lease) -> None:
    """Prune every ledger, at most once in ten minutes. Where a store writes the same ledger, the next time does it."""
    last = context.state.source_record().pruned_at
    if last is not None and context.now() - last < EVERY:
        return
    expiring: list[Expiring] = []
    for chunk in chunks(context.state.every_ledger(), CHUNK):
        expiring += _prune_chunk(context, lease, chunk)
    expiring.sort(key=lambda each: each.at)
    context.state.note_source(pruned_at=context.now(), expiring=expiring[:SHOWN])


def _prune_chunk(context: SyncContext, lease: Lease, chunk: Iterable[tuple[str, str, Ledger]]) -> list[Expiring]:
    """Prune some ledgers in one change → the shipments that expire soon. Whether its order is still open is looked up
    for old shipments only, of which there are few."""
    now, windows, ordered = context.now(), context.windows, context.state.ordered
    change, expired, expiring = Change(), set[str](), list[Expiring]()
    for sku, raw, ledger in chunk:
        old = [d for d in ledger.shipments if now - d.at >= 2 * windows.release and d.store in context.stores]
        still_open = {(d.store, d.ref, d.order) for d in old if d.order in ordered(d.store, [d.ref]).get(d.ref, {})}
        pruned = book.prune(ledger, now=now, windows=windows, still_open=still_open)
        change.swap(keys.LEDGER, sku, raw, pack.ledger(pruned.ledger))
        expiring += [Expiring(d.store, d.ref, d.order, d.unconfirmed, d.at, sku) for d in pruned.expiring]
        for d in pruned.expired:
            expired.add(sku)
            change.notes.append((sku, {"what": "expired", "store": d.store, "order": d.order, "pieces": d.unconfirmed}))
            context.emit("shipment expired", store=d.store, sku=called_sku(sku), order=d.order, pieces=d.unconfirmed)
    mark_due(context, change, expired)
    try:
        context.state.commit(change, lease)
    except ConflictError:
        context.emit("ledger busy")
    return expiring
