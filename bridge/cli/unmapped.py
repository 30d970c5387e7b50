"""`unmapped`: what the warehouse and a store do not have in common, with names that look alike."""

from bridge.cli import table, tills
from bridge.cli.begin import chosen_stores, opened
from bridge.cli.options import Config, Json, MaybeStore
from bridge.ops import till_report, words
from bridge.ops.unmapped import compare


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
        reported = till_report.unknown_items(context) if store is None else {}
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
