"""The writing side: inventorySetQuantities, inventoryActivate and bulkOperationRunQuery.

What the schema cannot say is checked here: the mandatory `@idempotent`, the key `changeFromQuantity` that
must be present although it may be null, and that one bad row refuses the whole call.
https://shopify.dev/docs/api/admin-graphql/latest/mutations/inventorySetQuantities
https://shopify.dev/changelog/making-changefromquantity-field-required
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import GraphQLError

from connectors.shopify.sandbox.context import Context, Resolver
from connectors.shopify.sandbox.goods import Item, Location
from connectors.shopify.sandbox.idempotency import MESSAGES

MAX_QUANTITY = 1_000_000_000
SETTABLE = ("available", "on_hand")
REASONS = (
    "correction",
    "cycle_count_available",
    "damaged",
    "movement_canceled",
    "movement_created",
    "movement_received",
    "movement_updated",
    "other",
    "promotion",
    "quality_control",
    "received",
    "reservation_created",
    "reservation_deleted",
    "reservation_updated",
    "restock",
    "safety_stock",
    "shrinkage",
)
WRITES: dict[str, str] = {
    "inventorySetQuantities": "write_inventory",
    "inventoryActivate": "write_inventory",
}
# An absolute URI with content; a gid needs app, entity and id.
DOCUMENT = re.compile(r"gid://[^/\s]+/[^/\s]+/[^/\s]+|(?!gid:)[a-zA-Z][a-zA-Z0-9+.-]*:(?://)?[^\s/][^\s]*")

Args = Mapping[str, Any]
Errors = Iterator[dict[str, Any]]


def user_error(code: str | None, field: list[str] | None, message: str) -> dict[str, Any]:
    return {"code": code, "field": field, "message": message}


def idempotent(name: str, perform: Callable[[Context, Args], dict[str, Any]]) -> Resolver:
    """Refuses a call without a key, and answers a repeated one from its first result."""

    def resolve(_: Any, ctx: Context, args: Args) -> dict[str, Any]:
        if ctx.key is None:
            text = "The @idempotent directive is required for this mutation but was not provided."
            raise GraphQLError(text, extensions={"code": "BAD_REQUEST"})
        if not ctx.key.strip():
            raise GraphQLError("The idempotency key cannot be blank.", extensions={"code": "BAD_REQUEST"})
        payload, fault = ctx.keys.once(ctx.key, name, args, lambda: perform(ctx, args))
        return {"userErrors": [user_error(fault, None, MESSAGES[fault])]} if fault else payload

    return resolve


def set_quantities(ctx: Context, args: Args) -> dict[str, Any]:
    """All rows or none. Both numbers move by the same amount. A place where the item is not stocked takes the number on
    an inactive level, which sells nothing: https://shopify.dev/changelog/removal-of-itemnotstockedatlocation-error"""
    given, changes = args["input"], []
    errors = list(_errors(ctx, given))
    if errors:
        return {"inventoryAdjustmentGroup": None, "userErrors": errors}
    for row in given["quantities"]:
        item, at = ctx.shop.items[row["inventoryItemId"]], ctx.shop.locations[row["locationId"]]
        level = item.levels.get(at.id) or ctx.shop.connect(item, at, active=False)
        ctx.shop.written.append({"item": item.id, "location": at.id, "quantity": row["quantity"]})
        delta = row["quantity"] - level.quantity(given["name"])
        if delta:
            ctx.shop.shift(level, available=delta)
            moved = {"delta": delta, "item": item, "location": at, "quantityAfterChange": None}
            changes += [{"name": each, "ledgerDocumentUri": None, **moved} for each in SETTABLE]
    if not changes:
        return {"inventoryAdjustmentGroup": None, "userErrors": []}
    group = {"id": ctx.shop.gid("InventoryAdjustmentGroup"), "createdAt": ctx.shop.now(), "reason": given["reason"]}
    group |= {"referenceDocumentUri": given.get("referenceDocumentUri"), "changes": changes, "app": None}
    return {"inventoryAdjustmentGroup": group, "userErrors": []}


def _errors(ctx: Context, given: Args) -> Errors:
    if given["name"] not in SETTABLE:
        text = "The quantity name must be either 'available' or 'on_hand'."
        yield user_error("INVALID_NAME", ["input", "name"], text)
    if given["reason"] not in REASONS:
        text = f"The specified reason is invalid. Valid values are: {', '.join(REASONS)}."
        yield user_error("INVALID_REASON", ["input", "reason"], text)
    document = given.get("referenceDocumentUri")
    if document is not None and not DOCUMENT.fullmatch(document):
        text = "The specified reference document is not a valid URI."
        yield user_error("INVALID_REFERENCE_DOCUMENT", ["input", "referenceDocumentUri"], text)
    places: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for index, row in enumerate(given["quantities"]):
        places[row["inventoryItemId"], row["locationId"]].append(index)
        for code, key, text in _faults(ctx, given["name"], row):
            yield user_error(code, ["input", "quantities", str(index), key], text)
    for duplicates in places.values():
        for index in duplicates if len(duplicates) > 1 else ():
            text = "The combination of inventoryItemId and locationId must be unique."
            where = ["input", "quantities", str(index)]
            yield user_error("NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", where, text)


def _faults(ctx: Context, name: str, row: Args) -> Iterator[tuple[str | None, str, str]]:
    item = ctx.shop.items.get(row["inventoryItemId"])
    at = ctx.shop.locations.get(row["locationId"])
    if item is None:
        yield "INVALID_INVENTORY_ITEM", "inventoryItemId", "The specified inventory item could not be found."
    elif item.variant.components:
        yield (
            "NON_MUTABLE_INVENTORY_ITEM",
            "inventoryItemId",
            "The specified inventory item is not allowed to be adjusted via API.",
        )
    elif item.forbidden:  # no code of the enum says so
        yield None, "inventoryItemId", "You do not have permission to adjust this inventory item."
    if at is None or not at.is_active:
        yield "INVALID_LOCATION", "locationId", "The specified location could not be found."
    yield from _bounds(name, row["quantity"])
    if item and at and name in SETTABLE:
        level, expected = item.levels.get(at.id), row["changeFromQuantity"]
        if expected is not None and expected != (level.quantity(name) if level else 0):
            text = "The specified changeFromQuantity does not match the current quantity."
            yield "CHANGE_FROM_QUANTITY_STALE", "changeFromQuantity", text


def _bounds(name: str, quantity: int) -> Iterator[tuple[str, str, str]]:
    if quantity > MAX_QUANTITY:
        yield "INVALID_QUANTITY_TOO_HIGH", "quantity", "The quantity can't be higher than 1,000,000,000."
    if name == "on_hand" and quantity < 0:
        yield "INVALID_QUANTITY_NEGATIVE", "quantity", "The quantity can't be negative."
    elif quantity < -MAX_QUANTITY:
        yield "INVALID_QUANTITY_TOO_LOW", "quantity", "The quantity can't be lower than -1,000,000,000."


def require_compare_keys(given: Args) -> None:
    """Null is a wish (no comparison), absence is a mistake."""
    if any("changeFromQuantity" not in row for row in given.get("quantities") or ()):
        text = "InventoryQuantityInput must include the following argument: changeFromQuantity."
        raise GraphQLError(text, extensions={"code": "INVALID_FIELD_ARGUMENTS"})


def activate(ctx: Context, args: Args) -> dict[str, Any]:
    """Stock an item at a location: a level that was active once comes back with its old numbers, unless a new one is
    given. The errors carry no code, and one comes together with the level."""
    item, at = ctx.shop.items.get(args["inventoryItemId"]), ctx.shop.locations.get(args["locationId"])
    given = [name for name in ("available", "onHand") if args.get(name) is not None]
    refused = _activation_fault(item, at, given)
    if refused:
        return {"inventoryLevel": None, "userErrors": [refused]}
    assert item is not None and at is not None  # noqa: S101, PT018 - _activation_fault has looked
    level = item.levels.get(at.id)
    if level is not None and level.is_active:
        text = "Not allowed to set available quantity when the item is already active at the location."
        return {"inventoryLevel": level, "userErrors": [{"field": [name], "message": text} for name in given]}
    level = level or ctx.shop.connect(item, at)
    level.is_active = True
    for name, attribute in (("available", "available"), ("onHand", "on_hand")):
        if args.get(name) is not None:
            ctx.shop.shift(level, available=args[name] - level.quantity(attribute))
    ctx.shop.touch(level)
    return {"inventoryLevel": level, "userErrors": []}


def _activation_fault(item: Item | None, at: Location | None, given: list[str]) -> dict[str, Any] | None:
    if len(given) > 1:
        return {"field": ["available"], "message": "Only one of available and onHand can be given."}
    if item is None:
        return {"field": ["inventoryItemId"], "message": "The inventory item couldn't be found."}
    if item.variant.components:
        return {"field": ["inventoryItemId"], "message": "The item's inventory is managed by its components."}
    if at is None or not at.is_active:
        return {"field": ["locationId"], "message": "The location couldn't be found."}
    return None


def _set(_: Any, ctx: Context, args: Args) -> dict[str, Any]:
    if ctx.key is not None:
        require_compare_keys(args["input"])
    payload: dict[str, Any] = idempotent("inventorySetQuantities", set_quantities)(_, ctx, args)
    return payload


MUTATIONS: dict[str, Resolver] = {
    "inventorySetQuantities": _set,
    "inventoryActivate": idempotent("inventoryActivate", activate),
    "bulkOperationRunQuery": lambda _, ctx, args: ctx.bulk.run(ctx, args["query"], group=args["groupObjects"]),
}
