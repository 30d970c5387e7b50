"""What people ask for by hand."""

from collections.abc import Iterable, Sequence

from bridge.core.match import names_of
from bridge.core.sku import normalized_sku
from bridge.ops.steer import record_decision
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.requests import request
from bridge.sync.context import SyncContext


def refs_of(context: SyncContext, store: str, skus: Iterable[str]) -> list[str]:
    """Listings a SKU means to a person: those that carry it, and those that take pieces of it."""
    return refs_everywhere(context, [store], skus)[store]


def refs_everywhere(context: SyncContext, stores: Sequence[str], skus: Iterable[str]) -> dict[str, list[str]]:
    """Store → the same, asked for in one round trip."""
    asked = list(skus)
    rules = {store: context.rules(store) for store in stores}
    names = {
        store: {name for sku in asked for name in (normalized_sku(sku, each.match), *names_of(sku, each))}
        for store, each in rules.items()
    }
    named = context.state.named_everywhere({store: sorted(found) for store, found in names.items()})
    return {store: sorted({ref for refs in named.get(store, {}).values() for ref in refs}) for store in stores}


def ask_again(
    context: SyncContext,
    store: str,
    skus: Sequence[str] = (),
    *,
    full: bool = False,
    by: str = "",
) -> int:
    """Make listings due and have them read: those of some SKUs, or all. Also close the circuit breaker, empty the
    quarantine of them, and have open orders asked for one by one: a person says that it is worth trying. Returns the
    number of the request. by: who asks, to be kept with people's decisions."""
    context.state.ensure_whole()
    refs = (
        refs_of(context, store, skus) if skus else [x.ref for x in context.state.every_listing(store)] if full else []
    )
    change = Change(due=[(store, ref) for ref in refs], reread=[(store, ref) for ref in refs] if skus else [])
    for name in context.state.notes(store, "quarantine"):
        ref = pack.read_stock_key(store, name).ref
        if not skus or ref in refs:
            change.drops.append((keys.of_store(store, "quarantine"), name))
            change.due.append((store, ref))
    change.note_store(store, breaker=None, revisited_at=None)
    if by:
        record_decision(context, change, store, "resync", by, refs if skus else None)
    return request(context.state, store, change, whole=full and not skus)
