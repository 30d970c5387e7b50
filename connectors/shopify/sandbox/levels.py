"""Stock levels: of an item at its locations, and at a location of its items."""

from collections.abc import Mapping
from typing import Any

from connectors.shopify.sandbox import filters
from connectors.shopify.sandbox.context import Context
from connectors.shopify.sandbox.goods import Item, Level, Location, tail
from connectors.shopify.sandbox.listing import listing, warn
from connectors.shopify.sandbox.paging import Page
from connectors.shopify.sandbox.search import compile_search

Args = Mapping[str, Any]


def item_level(item: Item, _: Context, args: Args) -> Level | None:
    return shown(item.levels.get(args["locationId"]), args)


def shown(level: Level | None, args: Args) -> Level | None:
    """Inactive levels are there only for those who ask."""
    return level if level is not None and (level.is_active or args.get("includeInactive")) else None


def item_levels(item: Item, ctx: Context, args: Args) -> Page:
    rows = [each for each in item.levels.values() if shown(each, args)]
    return listing(ctx, args, sorted(rows, key=lambda each: tail(each.id)), filters.LEVELS)


def location_levels(at: Location, ctx: Context, args: Args) -> Page:
    """The levels of one location, in the order of their items; what the search does not know yet it does not find."""
    search, shop = compile_search(args.get("query"), filters.LEVELS), ctx.shop
    warn(ctx, args, search.ignored)
    learned = shop.clock() - shop.index_lag
    rows = [level for item in shop.items.values() if (level := shown(item.levels.get(at.id), args))]
    if args.get("query") and shop.level_filter != "ignored":
        heeded = shop.level_filter == "heeded"
        rows = [level for level in rows if heeded and level.updated_at <= learned and search.test(level)]
    return listing(ctx, {**args, "query": None}, rows, sort=lambda level: tail(level.item.id))


def quantities(level: Level, _: Context, args: Args) -> list[dict[str, Any]]:
    """Only what was asked for, in that order. on_hand is derived and carries no stamp."""
    return [
        {
            "id": level.id.replace("InventoryLevel", "InventoryQuantity") + f"&name={name}",
            "name": name,
            "quantity": level.quantity(name),
            "updatedAt": None if name == "on_hand" else level.updated_at,
        }
        for name in args["names"]
    ]
