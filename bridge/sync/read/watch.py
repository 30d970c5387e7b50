"""Listings whose next parcel no order will tell of.

A store's orders API does not show very old orders, but its stock still counts their units as open. When the
warehouse has shipped for one of them first, nothing but the stock itself shows that the store has learned of
it, so such a listing is read with every session until that has happened.
"""

from collections.abc import Iterable, Sequence

from bridge.core.match import names_of
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.sync.context import SyncContext


def watch_parcels(context: SyncContext, change: Change, skus: Iterable[str]) -> None:
    """After levels fell by more than shipments explain: watch the listings that hide committed units."""
    until = pack.dumps(pack.ms(context.now() + context.windows.match))
    skus = list(skus)
    for store in context.stores if skus else ():
        rules = context.rules(store)
        normalized_skus = sorted({normalized for sku in skus for normalized in names_of(sku, rules)})
        refs = sorted({ref for found in context.state.named(store, normalized_skus).values() for ref in found})
        for ref in _hiding(context, store, refs):
            change.put(keys.of_store(store, "watch"), ref, until)


def _hiding(context: SyncContext, store: str, refs: Sequence[str]) -> list[str]:
    """Listings that show more committed units than all known orders have."""
    shown, ordered = context.state.store_stock(store, refs), context.state.ordered(store, refs)
    return [
        ref
        for ref, places in shown.items()
        if sum(known.committed for known in places.values()) > sum(ordered.get(ref, {}).values())
    ]


def watched(context: SyncContext, store: str, lease: Lease) -> list[str]:
    """Whom to read because of it; those that hide nothing any more, or waited too long, are let go."""
    notes, now = context.state.notes(store, "watch"), pack.ms(context.now())
    hiding = _hiding(context, store, [ref for ref, until in notes.items() if until >= now]) if notes else []
    gone = [(keys.of_store(store, "watch"), ref) for ref in notes if ref not in hiding]
    context.state.commit(Change(drops=gone), lease)
    return hiding
