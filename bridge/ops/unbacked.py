"""What a store goes on offering although nothing of ours stands behind it: because a person said so, or because its
listing lost its map."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from bridge.core.absence import for_sale
from bridge.core.guard import Hold
from bridge.core.model import StockKey
from bridge.core.plan import Decision, decide
from bridge.sync.context import SyncContext
from bridge.sync.inputs import load_view
from connectors.chunks import chunks

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Unbacked:
    """items: stock keys that offer more than they should. units: by how many, in all."""

    items: int = 0
    units: int = 0


def rejected(context: SyncContext, store: str, held: Mapping[StockKey, Hold]) -> Unbacked:
    """What stays on offer because a person rejected its lowering."""
    said = {stock_key: hold for stock_key, hold in held.items() if hold.decision == "reject"}
    rules, can, lacking = context.rules(store), context.capabilities(store), list[int]()
    for chunk in chunks(sorted({stock_key.ref for stock_key in said}), CHUNK):
        view = load_view(context, store, chunk, proof_since=None, held=said)
        decisions = chain.from_iterable(decide(inputs, view.pools, rules, can) for inputs in view.inputs.values())
        lacking += [n for d in decisions if d.stock_key in said and (n := beyond(d)) > 0]
    return Unbacked(len(lacking), sum(lacking))


def beyond(d: Decision) -> int:
    """Units on offer at a held stock key beyond its target; 0 where nothing is held."""
    if d.known is None or d.target is None or not d.held:
        return 0
    return max(0, max(0, d.known.available) - max(0, d.target.available))


# -- listings that lost their map ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Orphan:
    """A listing that had a number of ours, gets none any more, and goes on selling. units: what it still offers.
    since: milliseconds since 1970."""

    ref: str
    sku: str
    title: str
    units: int
    why: str
    since: int


def orphans(context: SyncContext, store: str) -> list[Orphan]:
    """Listings that lost their map and still offer something, those with most units first."""
    noted = context.state.orphaned(store)
    listings, shown = context.state.listings(store, list(noted)), context.state.store_stock(store, list(noted))
    found = [
        Orphan(ref, listings[ref].sku, listings[ref].title, for_sale(shown.get(ref, {}).values()), why, since)
        for ref, (since, why) in noted.items()
        if ref in listings
    ]
    return sorted((x for x in found if x.units > 0), key=lambda x: (-x.units, x.sku, x.ref))
