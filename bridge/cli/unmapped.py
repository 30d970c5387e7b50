"""`unmapped`: what the warehouse and a store do not have in common, with names that look alike."""

from collections.abc import Iterable, Mapping
from typing import Any

from bridge.cli import facts, table, tills, words
from bridge.cli.begin import chosen_stores, opened
from bridge.cli.options import Config, Json, MaybeStore
from bridge.cli.sku import fold
from bridge.core.catalogue import name_of
from bridge.core.model import Skip
from bridge.ops.unbacked import orphans
from bridge.sync.context import SyncContext

NO_PARTS = (Skip.NO_SKU, Skip.UNMAPPED, Skip.AMBIGUOUS_MATCH)


def unmapped(store: MaybeStore = None, config: Config = None, as_json: Json = False) -> None:
    """List what only one side knows.

    Listings without a warehouse SKU, and warehouse SKUs without a listing, per store.

    First those that were mapped once, are not any more and go on selling their last number.

    What tills reported and their items files do not list comes before that, unless a store is named.

    "looks like" names the other side's SKU that differs only in case, blanks or punctuation: `match =
    "loose"` or a line under [stores.NAME.map] would join the two.
    """
    with opened(config) as context:
        found = {name: compare(context, name) for name in chosen_stores(context, store)}
        reported = tills.unknown_items(context) if store is None else {}
    if as_json:
        table.print_json({"stores": found, "inbound": reported})
        return
    tills.print_unknown(reported)
    for name, sides in found.items():
        orphaned, listings, products = sides["orphaned"], sides["listings"], sides["products"]
        if orphaned:
            lost = f"{len(orphaned)} were mapped and are not any more"
            table.line(f"{name}: {lost}; they go on selling their last number")
            shown = [
                [x["sku"], x["ref"], x["units"], words.readable_time(x["since"]), x["title"], x["why"]]
                for x in orphaned
            ]
            table.show(("sku", "ref", "on sale", "since", "title", "why"), shown)
            table.line()
        counted = f"{len(listings)} listings without a warehouse SKU, {len(products)} warehouse SKUs without a listing"
        table.line(f"{name}: {counted}")
        shown = [[x["sku"], x["title"], x["why"], x["looks_like"]] for x in listings]
        table.show(("listing", "title", "why", "looks like"), shown)
        table.line()
        shown = [[x["sku"], x["title"], x["units"], x["looks_like"]] for x in products]
        table.show(("warehouse sku", "title", "units", "looks like"), shown)
        table.line()


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
