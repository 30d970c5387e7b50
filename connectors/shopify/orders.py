"""What orders say: units sold and not shipped, and units shipped from where.

Absolute per order and listing, so that reading an order twice is harmless. Nothing beyond the first
page of an order is lost: its further lines, fulfillments and their lines are fetched one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from connectors.base import OrderLine, Shipped
from connectors.shopify.pages import PAGE, Reader, root
from connectors.shopify.queries import FULFILLMENT_LINES, ORDER_FULFILLMENTS, ORDER_LINES, ORDERS
from connectors.shopify.shapes import text_of
from connectors.shopify.translate import updated_since

SHIPPED_WITHIN = timedelta(days=10)
# Not "unfulfilled": orders on hold, scheduled and partly shipped are open too.
STILL_OPEN = "status:open -fulfillment_status:fulfilled"

ORDERS_PAGE, LINES, PARCELS = 20, 10, 5  # most orders fit; the price of a page is their product
SHAPE = {"lines": LINES, "parcels": PARCELS}

Row = Mapping[str, Any]
T = TypeVar("T", "Sold", str)


def order_lines(
    reader: Reader, since: datetime | None, *, now: datetime, home: Callable[[], str]
) -> Iterator[OrderLine]:
    """What open and changed orders say. home: asked for the location that counts for a fulfillment which names none;
    few ever do."""
    if since is None:
        yield from found(reader, STILL_OPEN, home)
    yield from found(reader, updated_since(since or now - SHIPPED_WITHIN), home)


def found(reader: Reader, query: str, home: Callable[[], str], page: Row | None = None) -> Iterator[OrderLine]:
    """What the orders that a search finds say. page: its first page, where that was read already."""
    # Sorted by update: an order that changes meanwhile moves to the end and is read again.
    variables = {"query": query, **SHAPE}
    rows = reader.pages(ORDERS, variables, root("orders"), first=ORDERS_PAGE, page=page)
    yield from reader.shaped(rows, "order", lambda row: lines_of_order(whole(reader, row), home=home))


# ---------------------------------------------------------------- what the first page left out


def whole(reader: Reader, order: Row) -> Row:
    """The order with all its lines and fulfillments, each list as plain rows."""
    lines = _rest(
        reader, order["lineItems"], ORDER_LINES, order["id"], lambda data: (data["order"] or {}).get("lineItems")
    )
    parcels: list[Row] = order["fulfillments"]
    count = (order.get("fulfillmentsCount") or {}).get("count", len(parcels))
    if count > len(parcels):
        data = reader.run(ORDER_FULFILLMENTS, {"id": order["id"], "parcels": min(count, PAGE), "lines": LINES})
        parcels = list((data["order"] or {}).get("fulfillments", ()))
    fulfillments = []
    for row in parcels:
        page = row["fulfillmentLineItems"]
        rest = _rest(
            reader, page, FULFILLMENT_LINES, row["id"], lambda data: (data["node"] or {}).get("fulfillmentLineItems")
        )
        fulfillments.append({**row, "fulfillmentLineItems": rest})
    return {**order, "lineItems": lines, "fulfillments": fulfillments}


def _rest(reader: Reader, page: Row, document: Any, owner: str, at: Any) -> list[Row]:
    info, rows = page["pageInfo"], list(page["nodes"])
    if info["hasNextPage"]:
        rows += reader.pages(document, {"id": owner}, at, after=info["endCursor"])
    return rows


# ---------------------------------------------------------------- pure


def lines_of_order(order: Row, *, home: Callable[[], str]) -> Iterator[OrderLine]:
    """One OrderLine per listing of a whole order, and one per SKU, or title, of lines that name none any more."""
    of = {line["id"]: sold for line in order["lineItems"] if (sold := sold_as(line))}
    skus = {of[line["id"]]: line.get("sku") or "" for line in reversed(order["lineItems"]) if line["id"] in of}
    shipped = shipped_units(order["fulfillments"], of, home)
    left: dict[Sold, int] = dict.fromkeys(of.values(), 0)  # summed by listing; a cancelled order keeps none
    for line in order["lineItems"]:
        if line["id"] in of and not order.get("cancelledAt"):
            left[of[line["id"]]] += line["unfulfilledQuantity"]
    for sold, units in left.items():
        yield OrderLine(
            ref=sold.ref,
            changed_at=instant(order["updatedAt"]),
            order=order["id"],
            ordered_at=instant(order["createdAt"]),
            committed=units,
            shipped=shipped.get(sold, ()),
            sku=skus[sold],
            title=sold.title,
            number=text_of(order.get("name")),
        )


class Sold(NamedTuple):
    """What a line is of: a listing; or, where its variant is gone or it was typed by hand, a SKU or else a title."""

    ref: str
    sku: str = ""
    title: str = ""


def sold_as(line: Row) -> Sold | None:
    """What a line is of; None where nothing will leave a warehouse: a tip, a service. The SKU of a line is that of the
    day it was ordered.
    https://shopify.dev/docs/apps/data-warehouse/reference/schema/line_items"""
    if ref := ref_of(line):
        return Sold(ref)
    if not line.get("requiresShipping", True):
        return None
    return Sold("", line["sku"]) if line.get("sku") else Sold("", title=text_of(line.get("title")))


def ref_of(line: Row) -> str | None:
    variant = line.get("variant") or {}
    return (variant.get("inventoryItem") or {}).get("id")


def shipped_units(
    fulfillments: list[Row], of: Mapping[str, T], home: Callable[[], str]
) -> dict[T, tuple[Shipped, ...]]:
    """Units of fulfillments that stand (SUCCESS), by what they are of and location. of: line → what it is of."""
    units: dict[tuple[T, str], int] = defaultdict(int)
    left: dict[tuple[T, str], datetime] = {}
    for parcel in fulfillments:
        if parcel["status"] != "SUCCESS":
            continue
        location, at = (parcel.get("location") or {}).get("id") or home(), instant(parcel["createdAt"])
        for line in parcel["fulfillmentLineItems"]:
            if (sold := of.get(line["lineItem"]["id"])) is not None:
                units[sold, location] += line["quantity"] or 0
                left[sold, location] = max(at, left.get((sold, location), at))
    found: dict[T, tuple[Shipped, ...]] = defaultdict(tuple)
    for (sold, location), count in sorted(units.items()):
        found[sold] += (Shipped(location, count, left[sold, location]),)
    return found


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
