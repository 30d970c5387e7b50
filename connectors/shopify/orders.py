"""What orders say: units sold and not shipped, and units shipped from where.

Absolute per order and listing, so that reading an order twice is harmless. Nothing beyond the first
page of an order is lost: its further lines, fulfillments and their lines are fetched one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Movement, Shipped
from connectors.shopify.pages import PAGE, Reader, root
from connectors.shopify.queries import FULFILLMENT_LINES, ORDER_FULFILLMENTS, ORDER_LINES, ORDERS
from connectors.shopify.translate import updated_since

SHIPPED_WITHIN = timedelta(days=10)
# Not "unfulfilled": orders on hold, scheduled and partly shipped are open too.
STILL_OPEN = "status:open -fulfillment_status:fulfilled"

ORDERS_PAGE, LINES, PARCELS = 20, 10, 5  # most orders fit; the price of a page is their product
SHAPE = {"lines": LINES, "parcels": PARCELS}

Row = Mapping[str, Any]


def movements(reader: Reader, since: datetime | None, *, now: datetime, home: Callable[[], str]) -> Iterator[Movement]:
    """home: asked for the location that counts for a fulfillment which names none; few ever do."""
    if since is None:
        yield from found(reader, STILL_OPEN, home)
    yield from found(reader, updated_since(since or now - SHIPPED_WITHIN), home)


def found(reader: Reader, query: str, home: Callable[[], str], page: Row | None = None) -> Iterator[Movement]:
    """What the orders that a search finds say. page: its first page, where that was read already."""
    # Sorted by update: an order that changes meanwhile moves to the end and is read again.
    variables = {"query": query, **SHAPE}
    rows = reader.pages(ORDERS, variables, root("orders"), first=ORDERS_PAGE, page=page)
    yield from reader.shaped(rows, "order", lambda row: order_movements(whole(reader, row), home=home))


# ---------------------------------------------------------------- what the first page left out


def whole(reader: Reader, order: Row) -> Row:
    """The order with all its lines and fulfillments, each list as plain rows."""
    lines = _rest(
        reader, order["lineItems"], ORDER_LINES, order["id"], lambda data: (data["order"] or {}).get("lineItems")
    )
    return {**order, "lineItems": lines, "fulfillments": [_parcel(reader, row) for row in _parcels(reader, order)]}


def _parcels(reader: Reader, order: Row) -> list[Row]:
    first: list[Row] = order["fulfillments"]
    count = (order.get("fulfillmentsCount") or {}).get("count", len(first))
    if count <= len(first):
        return first
    data = reader.run(ORDER_FULFILLMENTS, {"id": order["id"], "parcels": min(count, PAGE), "lines": LINES})
    return list((data["order"] or {}).get("fulfillments", ()))


def _parcel(reader: Reader, row: Row) -> Row:
    page, at = row["fulfillmentLineItems"], lambda data: (data["node"] or {}).get("fulfillmentLineItems")
    return {**row, "fulfillmentLineItems": _rest(reader, page, FULFILLMENT_LINES, row["id"], at)}


def _rest(reader: Reader, page: Row, document: Any, owner: str, at: Any) -> list[Row]:
    info, rows = page["pageInfo"], list(page["nodes"])
    if info["hasNextPage"]:
        rows += reader.pages(document, {"id": owner}, at, after=info["endCursor"])
    return rows


# ---------------------------------------------------------------- pure


def order_movements(order: Row, *, home: Callable[[], str]) -> Iterator[Movement]:
    """One Movement per listing of a whole order. Lines whose variant is gone are left out."""
    refs = {line["id"]: ref for line in order["lineItems"] if (ref := ref_of(line))}
    shipped = shipped_units(order["fulfillments"], refs, home)
    for ref, units in _open(order, refs).items():
        yield Movement(
            ref=ref,
            changed_at=instant(order["updatedAt"]),
            order=order["id"],
            ordered_at=instant(order["createdAt"]),
            open=units,
            shipped=shipped.get(ref, ()),
        )


def ref_of(line: Row) -> str | None:
    variant = line.get("variant") or {}
    return (variant.get("inventoryItem") or {}).get("id")


def _open(order: Row, refs: Mapping[str, str]) -> dict[str, int]:
    """Units not shipped, by listing: lines of one listing are summed. A cancelled order keeps none."""
    units: dict[str, int] = dict.fromkeys(refs.values(), 0)
    for line in order["lineItems"]:
        if line["id"] in refs and not order.get("cancelledAt"):
            units[refs[line["id"]]] += line["unfulfilledQuantity"]
    return units


def shipped_units(
    fulfillments: list[Row], refs: Mapping[str, str], home: Callable[[], str]
) -> dict[str, tuple[Shipped, ...]]:
    """Units of fulfillments that stand (SUCCESS), by listing and location."""
    units: dict[tuple[str, str], int] = defaultdict(int)
    left: dict[tuple[str, str], datetime] = {}
    for parcel in fulfillments:
        if parcel["status"] != "SUCCESS":
            continue
        location, at = (parcel.get("location") or {}).get("id") or home(), instant(parcel["createdAt"])
        for line in parcel["fulfillmentLineItems"]:
            pair = (refs.get(line["lineItem"]["id"], ""), location)
            units[pair] += line["quantity"] or 0
            left[pair] = max(at, left.get(pair, at))
    return _by_listing(units, left)


def _by_listing(
    units: Mapping[tuple[str, str], int], left: Mapping[tuple[str, str], datetime]
) -> dict[str, tuple[Shipped, ...]]:
    found: dict[str, tuple[Shipped, ...]] = defaultdict(tuple)
    for (ref, location), count in sorted(units.items()):
        found[ref] += (Shipped(location, count, left[ref, location]),)
    return found


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
