"""What the warehouse and a store do not have in common, with names that look alike."""

from collections.abc import Iterable, Mapping
from typing import Any

from bridge.core.catalogue import name_of
from bridge.core.model import Skip
from bridge.core.sku import fold
from bridge.ops import facts, words
from bridge.ops.unbacked import orphans
from bridge.sync.context import SyncContext

NO_PARTS = (Skip.NO_SKU, Skip.UNMAPPED, Skip.AMBIGUOUS_MATCH)


def compare(context: SyncContext, store: str) -> dict[str, list[dict[str, Any]]]:
    """Both sides of one store, each with the other side's near names."""
    levels = (level for level in context.state.every_level() if level.packing is None)
    catalogue = dict(context.state.every_catalogue_entry())
    live = {level.sku: level for level in levels if not level.deleted}
    listings, sold = [], set[str]()
    names: list[str] = []
    for item in facts.items(context, store):
        parts, listing = item.inputs.parts, item.inputs.listing
        names.append(listing.sku)
        if not isinstance(parts, Skip):
            sold |= parts.keys()
        elif parts in NO_PARTS:
            listings.append({"sku": listing.sku, "title": listing.title, "ref": listing.ref, "why": parts.value})
    missing = [level for sku, level in sorted(live.items()) if sku and sku not in sold]
    here, there = _folded(live), _folded(names)
    products = [
        {
            "sku": x.sku,
            "title": name_of(x, catalogue.get(x.product)),
            "units": sum(x.units.values()),
            "looks_like": there.get(fold(x.sku)),
        }
        for x in missing
    ]
    looked: list[dict[str, Any]] = [{**row, "looks_like": here.get(fold(row["sku"]))} for row in listings]
    return {
        "orphaned": [
            {"sku": x.sku, "title": x.title, "ref": x.ref, "units": x.units, "why": x.why,
             "since": words.iso(words.moment(x.since))}
            for x in orphans(context, store)
        ],
        "listings": sorted(looked, key=lambda row: row["sku"]),
        "products": products,
    }  # fmt: skip


def _folded(skus: Iterable[str]) -> Mapping[str, str]:
    return {fold(sku): sku for sku in skus if fold(sku)}
