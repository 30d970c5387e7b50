"""Listings with committed units of orders that the store's API does not show any more.

Very old orders are in no list, but the store's stock still counts their units as committed. When the warehouse ships
such an order before the store knows, nothing but a reading of the stock tells that the store has learned of it. So the
listing is read with every session until that has happened.
"""

from collections.abc import Iterable, Sequence

from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.sync.context import SyncContext


def watch_hidden_orders(context: SyncContext, change: Change, skus: Iterable[str]) -> None:
    """Add to a change that listings of some SKUs are watched, if they have such units. skus: their levels fell by more
    than shipments explain."""
    until = pack.dumps(pack.ms(context.now() + context.windows.match))
    for store, refs in context.refs_named(list(skus)).items():
        for ref in _hiding(context, store, refs):
            change.put(keys.of_store(store, "watch"), ref, until)


def _hiding(context: SyncContext, store: str, refs: Sequence[str]) -> list[str]:
    """Those of some listings that show more committed units than all known orders have."""
    shown, ordered = context.state.store_stock(store, refs), context.state.ordered(store, refs)
    return [
        ref
        for ref, places in shown.items()
        if sum(known.committed for known in places.values()) > sum(ordered.get(ref, {}).values())
    ]


def watched(context: SyncContext, store: str, lease: Lease) -> list[str]:
    """The listings to read because they are watched. Ends the watch for those without such units, or watched for too
    long."""
    notes, now = context.state.notes(store, "watch"), pack.ms(context.now())
    hiding = _hiding(context, store, [ref for ref, until in notes.items() if until >= now]) if notes else []
    gone = [(keys.of_store(store, "watch"), ref) for ref in notes if ref not in hiding]
    context.state.commit(Change(drops=gone), lease)
    return hiding
