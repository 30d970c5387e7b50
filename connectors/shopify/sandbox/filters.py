"""Which search fields each list knows. The names are Shopify's, from the arguments' descriptions.

https://shopify.dev/docs/api/admin-graphql/latest/queries/productVariants
https://shopify.dev/docs/api/admin-graphql/latest/queries/orders
"""

from connectors.shopify.sandbox.goods import Item, Location, Product, Variant, tail
from connectors.shopify.sandbox.sales import Order
from connectors.shopify.sandbox.search import Matcher, choice, flag, moment, number, text


def _numeric_id(thing: Variant | Item | Order | Product | Location) -> int:
    return tail(thing.id)


def order_status(order: Order) -> set[str]:
    """`open` leaves out archived orders, and fulfilled orders are archived by default."""
    if order.cancelled_at is not None:
        return {"cancelled", "any"}
    return {"closed", "any"} if order.closed else {"open", "not_closed", "any"}


def order_fulfillment(order: Order) -> set[str]:
    """`unfulfilled` includes partly shipped orders, `unshipped` does not."""
    return {
        "UNFULFILLED": {"unfulfilled", "unshipped"},
        "PARTIALLY_FULFILLED": {"unfulfilled", "partial"},
        "FULFILLED": {"fulfilled", "shipped"},
    }[order.display_fulfillment_status]


VARIANTS: dict[str, Matcher] = {
    "id": number(_numeric_id),
    "sku": text(lambda variant: variant.sku),
    "barcode": text(lambda variant: variant.barcode),
    "title": text(lambda variant: variant.title),
    "updated_at": moment(lambda variant: variant.updated_at),
    "product_id": number(lambda variant: tail(variant.product.id)),
    "product_status": choice(lambda variant: {variant.product.status.casefold()}),
    "requires_components": flag(lambda variant: variant.requires_components),
    "managed": flag(lambda variant: variant.item.tracked),
    "location_id": lambda comparison, value: (
        lambda variant: any(
            number(lambda level: tail(level.location.id))(comparison, value)(level)
            for level in variant.item.levels.values()
            if level.is_active
        )
    ),
    "default": text(lambda variant: variant.sku),
}
ITEMS: dict[str, Matcher] = {
    "id": number(_numeric_id),
    "sku": text(lambda item: item.sku),
    "created_at": moment(lambda item: item.created_at),
    "updated_at": moment(lambda item: item.updated_at),
    "default": text(lambda item: item.sku),
}
PRODUCTS: dict[str, Matcher] = {
    "id": number(_numeric_id),
    "title": text(lambda product: product.title),
    "status": choice(lambda product: {product.status.casefold()}),
    "created_at": moment(lambda product: product.created_at),
    "updated_at": moment(lambda product: product.updated_at),
    "sku": lambda comparison, value: (
        lambda product: any(text(lambda each: each.sku)(comparison, value)(each) for each in product.variants)
    ),
    "default": text(lambda product: product.title),
}
ORDERS: dict[str, Matcher] = {
    "id": number(_numeric_id),
    "name": text(lambda order: order.name),
    "created_at": moment(lambda order: order.created_at),
    "processed_at": moment(lambda order: order.processed_at),
    "updated_at": moment(lambda order: order.updated_at),
    "status": choice(order_status),
    "fulfillment_status": choice(order_fulfillment),
    "test": flag(lambda order: order.test),
    "default": text(lambda order: order.name),
}
LOCATIONS: dict[str, Matcher] = {
    "id": number(_numeric_id),
    "name": text(lambda location: location.name),
    "active": flag(lambda location: location.is_active),
    "default": text(lambda location: location.name),
}
LEVELS: dict[str, Matcher] = {
    "id": number(lambda level: tail(level.location.id)),
    "created_at": moment(lambda level: level.created_at),
    "updated_at": moment(lambda level: level.updated_at),
    "inventory_item_id": number(lambda level: tail(level.item.id)),
}
BULK: dict[str, Matcher] = {
    "id": number(lambda operation: tail(operation.id)),
    "status": choice(lambda operation: {operation.status.casefold()}),
    "created_at": moment(lambda operation: operation.created_at),
    "operation_type": choice(lambda operation: {operation.type.casefold()}),
}
