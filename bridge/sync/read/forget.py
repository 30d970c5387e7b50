"""Listings that a store has no longer are forgotten; what orders hold of them goes on reserving."""

from collections.abc import Sequence

from bridge.core.model import StockKey
from bridge.core.owed import units_of
from bridge.core.sku import normalized_sku
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.sync.due import mark_due
from bridge.sync.inputs import taken_parts
from bridge.sync.read.sku_index import noted_entries, reindex
from bridge.sync.session import StoreSession
from connectors.base import Listing


def wake(session: StoreSession, change: Change, listings: Sequence[Listing]) -> None:
    """What these listings hold comes off other stock from now on, so whoever sells that looks again."""
    context = session.context
    parts = taken_parts(context, context.rules(session.store), listings) if listings else {}
    mark_due(context, change, {sku for found in parts.values() for sku in found})


def forget_listings(session: StoreSession, refs: Sequence[str]) -> None:
    """Listings the store no longer has. Their SKUs' other listings are looked at again."""
    context, store = session.context, session.store
    change, listings = Change(), context.state.listings(store, refs)
    owed, shown = context.state.owed(store, refs), context.state.store_stock(store, refs)
    match = context.rules(store).match
    gone = [x for ref, x in listings.items() if not units_of(owed.get(ref, {}))]
    noted = {entry for x in gone for entry in noted_entries(session, x.ref, owed.get(x.ref, {}))}
    reindex(session, change, leaves={(normalized_sku(x.sku, match), x.ref) for x in gone} | noted, enters=())
    for ref in refs:
        change.put_store_stock(store, ref, None)
        for what in ("due", "orphaned", "reread"):
            change.drops.append((keys.of_store(store, what), ref))
        for place, k in shown.get(ref, {}).items():
            change.count_store(store, units=-max(0, k.available), stock_keys=-int(k.available > 0))
            for what in ("held", "quarantine", "tries", "spent", "drift"):
                change.drops.append((keys.of_store(store, what), pack.stock_key(StockKey(store, ref, place))))
    for x in gone:
        change.put_listing(store, x.ref, None)
        change.drops.append((keys.of_store(store, "ordered"), x.ref))
    wake(session, change, list(listings.values()))
    change.due = [mark for mark in change.due if mark not in {(store, ref) for ref in refs}]
    session.commit(change)
