"""The reading side: how each field of the schema is answered from the shop.

A field without an entry here is read from the attribute of the same name. What the sandbox does not
imitate is refused loudly.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from graphql import GraphQLError

from connectors.shopify.sandbox import filters
from connectors.shopify.sandbox.context import ORDER_SCOPE, Context, Resolver
from connectors.shopify.sandbox.goods import Level, Variant, tail
from connectors.shopify.sandbox.levels import item_level, item_levels, location_levels, quantities
from connectors.shopify.sandbox.listing import Args, listing
from connectors.shopify.sandbox.paging import Page, SortKey
from connectors.shopify.sandbox.sales import Order
from connectors.shopify.sandbox.search import Matcher, compile_search

ORDER_WINDOW = timedelta(days=60)
VERSIONS = ("2026-04", "2026-07", "2026-10")


def visible_orders(ctx: Context) -> list[Order]:
    """Without read_all_orders, only orders of the last 60 days by their creation."""
    orders = ctx.shop.orders.values()
    if ctx.app.may(ORDER_SCOPE):
        return sorted(orders, key=lambda order: tail(order.id))
    horizon = ctx.shop.now() - ORDER_WINDOW
    return [order for order in orders if order.created_at >= horizon]


def variants(_: Any, ctx: Context, args: Args) -> Page:
    sorts: dict[str, SortKey] = {"SKU": lambda each: each.sku, "TITLE": lambda each: each.title}
    return listing(ctx, args, ctx.shop.variants.values(), filters.VARIANTS, sorts.get(args.get("sortKey", "ID")))


def products(_: Any, ctx: Context, args: Args) -> Page:
    sorts: dict[str, SortKey] = {"UPDATED_AT": lambda each: each.updated_at, "TITLE": lambda each: each.title}
    return listing(ctx, args, ctx.shop.products.values(), filters.PRODUCTS, sorts.get(args.get("sortKey", "ID")))


def items(_: Any, ctx: Context, args: Args) -> Page:
    return listing(ctx, args, ctx.shop.items.values(), filters.ITEMS)


def orders(_: Any, ctx: Context, args: Args) -> Page:
    sorts: dict[str, SortKey] = {
        "UPDATED_AT": lambda order: order.updated_at,
        "CREATED_AT": lambda order: order.created_at,
        "PROCESSED_AT": lambda order: order.created_at,
    }
    return listing(ctx, args, visible_orders(ctx), filters.ORDERS, sorts.get(args.get("sortKey", "PROCESSED_AT")))


def locations(_: Any, ctx: Context, args: Args) -> Page:
    rows = [at for at in ctx.shop.locations.values() if at.is_active or args.get("includeInactive")]
    sort: SortKey | None = (lambda at: at.name) if args.get("sortKey", "NAME") == "NAME" else None
    return listing(ctx, args, rows, filters.LOCATIONS, sort)


def count(rows: Callable[[Context], Iterable[Any]], known: Mapping[str, Matcher]) -> Resolver:
    """A Count field: exact up to its limit, AT_LEAST above."""

    def resolve(_: Any, ctx: Context, args: Args) -> dict[str, Any]:
        search = compile_search(args.get("query"), known)
        found = sum(1 for row in rows(ctx) if search.test(row))
        limit = args.get("limit") or found
        return {"count": min(found, limit), "precision": "EXACT" if found <= limit else "AT_LEAST"}

    return resolve


def node(_: Any, ctx: Context, args: Args) -> Any:
    """Any object by its id, null when it is gone."""
    return find(ctx, args["id"])


def nodes(_: Any, ctx: Context, args: Args) -> list[Any]:
    return [find(ctx, each) for each in args["ids"]]


def find(ctx: Context, gid: str) -> Any:
    kind = gid.removeprefix("gid://shopify/").partition("/")[0]
    look_up = LOOK_UPS.get(kind)
    return look_up(ctx, gid) if look_up else None


def find_level(ctx: Context, gid: str) -> Level | None:
    item = ctx.shop.items.get("gid://shopify/InventoryItem/" + gid.rpartition("=")[2])
    return next((each for each in item.levels.values() if each.id == gid), None) if item else None


def find_order(ctx: Context, gid: str) -> Order | None:
    return next((order for order in visible_orders(ctx) if order.id == gid), None)


def find_fulfillment(ctx: Context, gid: str) -> Any:
    return next((each for order in visible_orders(ctx) for each in order.fulfillments if each.id == gid), None)


LOOK_UPS: dict[str, Callable[[Context, str], Any]] = {
    "Product": lambda ctx, gid: ctx.shop.products.get(gid),
    "ProductVariant": lambda ctx, gid: ctx.shop.variants.get(gid),
    "InventoryItem": lambda ctx, gid: ctx.shop.items.get(gid),
    "InventoryLevel": find_level,
    "Location": lambda ctx, gid: ctx.shop.locations.get(gid),
    "Order": find_order,
    "Fulfillment": find_fulfillment,
    "BulkOperation": lambda ctx, gid: ctx.bulk.poll(ctx, gid),
}


def of_kind(kind: str) -> Resolver:
    """A root field that takes an id of one kind: any other kind is simply not found."""

    def resolve(_: Any, ctx: Context, args: Args) -> Any:
        return LOOK_UPS[kind](ctx, args["id"])

    return resolve


def plain(rows: Callable[[Any], Iterable[Any]]) -> Resolver:
    """A connection over a thing's own rows, in the order of their ids."""
    return lambda thing, ctx, args: listing(ctx, args, rows(thing))


def first(rows: Callable[[Any], list[Any]]) -> Resolver:
    """A plain list with an optional size, such as an order's fulfillments."""
    return lambda thing, _, args: rows(thing)[: args["first"]] if args.get("first") else rows(thing)


def line_variant(line: Any, ctx: Context, _: Args) -> Any:
    """A line outlives its variant: then the field is null."""
    return ctx.shop.variants.get(line.sold.id)


def available(variant: Variant, ctx: Context, _: Args) -> int:
    """A bundle's stock is what its scarcest component allows."""
    if variant.components:
        known = ctx.shop.variants
        parts = [(known[part], each) for part, each in variant.components.items() if part in known]
        return min((available(part, ctx, {}) // each for part, each in parts), default=0)
    return sum(level.available for level in variant.item.levels.values() if level.is_active)


def installation(_: Any, ctx: Context, __: Args) -> dict[str, Any]:
    scopes = [{"handle": scope, "description": scope} for scope in sorted(ctx.app.scopes)]
    return {"id": "gid://shopify/AppInstallation/1", "accessScopes": scopes}


def api_versions(_: Any, __: Context, ___: Args) -> list[dict[str, Any]]:
    return [{"handle": each, "displayName": each, "supported": True} for each in VERSIONS]


def shop(_: Any, ctx: Context, __: Args) -> dict[str, Any]:
    names = {"name": ctx.shop.name, "myshopifyDomain": ctx.shop.domain, "url": f"https://{ctx.shop.domain}"}
    return {"id": ctx.shop.id, "ianaTimezone": "Etc/UTC", "currencyCode": "EUR", **names}


def breaking(run: Resolver, gid: Callable[[Any], str]) -> Resolver:
    """As `run`, but for what is broken: then the whole answer fails, as a fault inside Shopify does."""

    def resolve(thing: Any, ctx: Context, args: Args) -> Any:
        if gid(thing) in ctx.shop.broken:
            text = "Internal error. Looks like something went wrong on our end."
            raise GraphQLError(text, extensions={"code": "INTERNAL_SERVER_ERROR", "requestId": "sandbox"})
        return run(thing, ctx, args)

    return resolve


QUERIES: dict[str, Resolver] = {
    "shop": shop,
    "currentAppInstallation": installation,
    "publicApiVersions": api_versions,
    "locations": locations,
    "location": lambda _, ctx, args: ctx.shop.locations.get(args["id"]) if args.get("id") else ctx.shop.location(),
    "productVariants": variants,
    "productVariantsCount": count(lambda ctx: ctx.shop.variants.values(), filters.VARIANTS),
    "productVariant": of_kind("ProductVariant"),
    "products": products,
    "productsCount": count(lambda ctx: ctx.shop.products.values(), filters.PRODUCTS),
    "product": of_kind("Product"),
    "inventoryItems": items,
    "inventoryItem": of_kind("InventoryItem"),
    "inventoryLevel": of_kind("InventoryLevel"),
    "orders": orders,
    "ordersCount": count(visible_orders, filters.ORDERS),
    "order": of_kind("Order"),
    "node": node,
    "nodes": nodes,
    "bulkOperation": of_kind("BulkOperation"),
    "bulkOperations": lambda _, ctx, args: listing(ctx, args, ctx.bulk.operations.values(), filters.BULK),
}
FIELDS: dict[str, dict[str, Resolver]] = {
    "ProductVariant": {
        "inventoryItem": lambda variant, _, __: variant.item,
        "displayName": breaking(
            lambda variant, _, __: f"{variant.product.title} - {variant.title}", lambda variant: variant.item.id
        ),
        "inventoryQuantity": available,
        "sellableOnlineQuantity": available,
        "position": lambda variant, _, __: variant.product.variants.index(variant) + 1,
        "price": lambda _, __, ___: "10.00",
    },
    "Product": {
        "variants": plain(lambda product: product.variants),
        "handle": lambda product, _, __: f"product-{tail(product.id)}",
        "hasVariantsThatRequiresComponents": lambda each, _, __: any(one.components for one in each.variants),
    },
    "InventoryItem": {
        "inventoryLevel": breaking(item_level, lambda item: item.id),
        "inventoryLevels": item_levels,
        "variants": plain(lambda item: [item.variant]),
        "trackedEditable": lambda _, __, ___: {"locked": False, "reason": None},
        "duplicateSkuCount": lambda item, ctx, _: sum(
            1 for each in ctx.shop.variants.values() if each.sku and each.sku == item.sku
        ),
    },
    "InventoryLevel": {"quantities": breaking(quantities, lambda level: level.item.id)},
    "Location": {
        "inventoryLevels": location_levels,
        "shipsInventory": lambda at, _, __: at.is_active,
        "fulfillmentService": lambda _, __, ___: None,
        "isPrimary": lambda at, ctx, _: at is ctx.shop.location(),
    },
    "Order": {
        "lineItems": breaking(plain(lambda order: order.lines), lambda order: order.id),
        "fulfillments": first(lambda order: order.fulfillments),
        "fulfillmentsCount": lambda each, _, __: {"count": len(each.fulfillments), "precision": "EXACT"},
        "refunds": first(lambda order: order.refunds),
        "cancelReason": lambda order, _, __: "CUSTOMER" if order.cancelled_at else None,
    },
    "LineItem": {
        "variant": line_variant,
        "product": lambda line, ctx, _: ctx.shop.products.get(line.sold.product.id),
        "fulfillableQuantity": lambda line, _, __: line.unfulfilled_quantity,
    },
    "Fulfillment": {"fulfillmentLineItems": plain(lambda each: each.lines)},
    "Refund": {"refundLineItems": plain(lambda each: each.lines)},
    "QueryRoot": QUERIES,
}
READS: dict[str, str] = {
    "locations": "read_locations",
    "location": "read_locations",
    "productVariants": "read_products",
    "productVariantsCount": "read_products",
    "productVariant": "read_products",
    "products": "read_products",
    "productsCount": "read_products",
    "product": "read_products",
    "inventoryItems": "read_inventory",
    "inventoryItem": "read_inventory",
    "inventoryLevel": "read_inventory",
    "orders": "read_orders",
    "ordersCount": "read_orders",
    "order": "read_orders",
}
