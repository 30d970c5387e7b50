"""Anything that moves makes due: which listings take pieces of a SKU, and how they are found."""

from collections.abc import Iterable, Sequence

from bridge.core.owed import is_unnamed
from bridge.core.sku import normalized_sku
from bridge.state import keys, pack
from bridge.state.change import Change, ConflictError
from bridge.state.history import SCAN
from bridge.state.lease import Lease
from bridge.sync.context import SyncContext
from connectors.chunks import chunks

ATTEMPTS = 20
"""Stores write the ledger at the same time; each conflict means that one of them got through."""

ALL = "\x1fall"
"""Stands among the comparable forms, none of which begins with a blank, once every SKU was entered; it is lost with
them."""


def enter_loosely(context: SyncContext, change: Change, skus: Sequence[str]) -> None:
    alike = context.state.alike(sorted({normalized_sku(sku, "loose") for sku in skus}))
    before = {normalized: pack.dumps(found) for normalized, found in alike.items()}
    for sku in skus:
        found = alike.setdefault(normalized_sku(sku, "loose"), [])
        if sku not in found:
            found.append(sku)
    for normalized, found in alike.items():
        change.swap(keys.LOOSE, normalized, before.get(normalized), pack.dumps(found))


def index_loosely(context: SyncContext, lease: Lease) -> None:
    """Enter every SKU that the source told of while no store matched loosely."""
    for chunk in chunks(context.state.every_sku(), SCAN):
        for _ in range(ATTEMPTS):
            change = Change()
            enter_loosely(context, change, chunk)
            try:
                context.state.commit(change, lease)
                break
            except ConflictError:
                continue
    context.state.commit(Change(puts=[(keys.LOOSE, ALL, pack.dumps([]))]), lease)


def index_lost_skus(context: SyncContext, store: str, lease: Lease) -> None:
    """Enter every SKU again where a store matches loosely and Redis has lost them: else what it ships is of nothing."""
    if context.rules(store).match == "loose" and ALL not in context.state.alike([ALL]):
        index_loosely(context, lease)


def mark_due(context: SyncContext, change: Change, skus: Iterable[str]) -> None:
    """Everything that moves makes due: the listings of every store that take pieces of these SKUs."""
    for store, refs in context.refs_named(list(skus)).items():
        change.due.extend((store, ref) for ref in refs if not is_unnamed(ref))
