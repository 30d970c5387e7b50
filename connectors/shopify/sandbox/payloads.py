"""What webhooks say of a thing: the shapes of the REST API, whole, before `includeFields` picks from them."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.shopify.sandbox.goods import Item, Level, Product, Variant, tail
from connectors.shopify.sandbox.orders import Shop
from connectors.shopify.sandbox.sales import Order

Payload = dict[str, Any]
STATUSES = {"UNFULFILLED": None, "PARTIALLY_FULFILLED": "partial", "FULFILLED": "fulfilled"}


def _stamped(thing: Order | Level | Item | Product | Variant) -> Payload:
    return {"created_at": thing.created_at.isoformat(), "updated_at": thing.updated_at.isoformat()}


def order(thing: Order) -> Payload:
    lines = [
        {"id": tail(line.id), "sku": line.sku, "title": line.title, "quantity": line.quantity} for line in thing.lines
    ]
    return {
        "id": tail(thing.id),
        "admin_graphql_api_id": thing.id,
        "name": thing.name,
        "email": "buyer@example.com",
        **_stamped(thing),
        "cancelled_at": thing.cancelled_at and thing.cancelled_at.isoformat(),
        "closed_at": thing.closed_at and thing.closed_at.isoformat(),
        "fulfillment_status": STATUSES[thing.display_fulfillment_status],
        "customer": {"first_name": "Zoë", "last_name": "Groß"},
        "line_items": lines,
    }


def level(thing: Level) -> Payload:
    """available is null where the shop does not count."""
    return {
        "inventory_item_id": tail(thing.item.id),
        "location_id": tail(thing.location.id),
        "available": thing.available if thing.item.tracked else None,
        "updated_at": thing.updated_at.isoformat(),
        "admin_graphql_api_id": thing.id,
    }


def item(thing: Item) -> Payload:
    ids = {"id": tail(thing.id), "admin_graphql_api_id": thing.id}
    return {**ids, "sku": thing.sku, "tracked": thing.tracked, "requires_shipping": True, **_stamped(thing)}


def product(thing: Product) -> Payload:
    variants = [
        {"id": tail(each.id), "sku": each.sku, "inventory_item_id": tail(each.item.id), **_stamped(each)}
        for each in thing.variants
    ]
    ids = {"id": tail(thing.id), "admin_graphql_api_id": thing.id}
    return {**ids, "title": thing.title, "status": thing.status.lower(), **_stamped(thing), "variants": variants}


def shop(thing: Shop) -> Payload:
    at = thing.now().isoformat()
    return {"id": tail(thing.id), "name": thing.name, "myshopify_domain": thing.domain, "updated_at": at}


KINDS: Mapping[type, Callable[[Any], Payload]] = {Order: order, Level: level, Item: item, Product: product, Shop: shop}


def payload(topic: str, thing: Any) -> Payload:
    """What is gone has its id and no more."""
    return {"id": tail(thing.id)} if topic.endswith("/delete") else KINDS[type(thing)](thing)
