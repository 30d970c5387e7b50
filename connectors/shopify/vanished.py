"""Orders whose variant was deleted: their lines name no listing any more, and still owe its units."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from math import inf
from typing import Any

from connectors.base import OrderLine, Shipped
from connectors.chunks import chunks
from connectors.shopify.orders import LINES, ORDERS_PAGE, PARCELS, instant, ref_of, shipped_units, whole
from connectors.shopify.pages import Reader
from connectors.shopify.queries import OLDEST_ORDER, ORDERS_BY_ID
from connectors.shopify.translate import granted

Row = Mapping[str, Any]
GONE = ""  # stands for every listing that a line cannot name


def refetched(
    reader: Reader, known: Mapping[str, Mapping[str, int]], *, now: datetime, home: Callable[[], str]
) -> Iterator[OrderLine]:
    """What orders say of listings that are gone. known: order → {ref: units believed open}. Nothing is told of an order
    that still has such units to ship; once it has none they are over, and what was shipped of them has left. One that
    is too old to be shown is not gone."""
    absent = list[str]()
    for chunk in chunks(sorted(known), ORDERS_PAGE):
        data = reader.run(ORDERS_BY_ID, {"ids": chunk, "lines": LINES, "parcels": PARCELS})
        for order, row in zip(chunk, data["nodes"], strict=True):
            if not row:
                absent.append(order)
            else:
                yield from is_in_place(whole(reader, row), known[order], home=home)
    first = _first_shown(reader) if absent else 0
    for order in absent:
        if _number(order) >= first:
            yield from (OrderLine(ref, now, order, gone=True) for ref in known[order])


def _first_shown(reader: Reader) -> float:
    """The number in the id of the oldest order that Shopify shows; ids rise. 0: it shows all there are. Infinite: it
    shows none, so that any may be too old."""
    data = reader.run(OLDEST_ORDER, {})
    if "read_all_orders" in granted(data):
        return 0
    return min((_number(row["id"]) for row in data["orders"]["nodes"]), default=inf)


def _number(order: str) -> int:
    tail = order.rpartition("/")[2]
    return int(tail) if tail.isdecimal() else 0


def is_in_place(order: Row, known: Mapping[str, int], *, home: Callable[[], str]) -> Iterator[OrderLine]:
    """What an order says of listings it cannot name. Pure."""
    nameless = [line for line in order["lineItems"] if not ref_of(line)]
    named = {ref for line in order["lineItems"] if (ref := ref_of(line))}
    if not order.get("cancelledAt") and any(line["unfulfilledQuantity"] for line in nameless):
        return
    shipped = shipped_units(order["fulfillments"], {line["id"]: GONE for line in nameless}, home).get(GONE, ())
    gone = {ref: units for ref, units in known.items() if ref not in named}
    for ref, units in gone.items():
        # What may have been shipped of one of several: all but what the others are believed to have had. Too much
        # rather than too little, for what was shipped before the variant went is among it.
        others, left = sum(gone.values()) - units, []
        for parcel in shipped:
            taken = min(others, parcel.units)
            others -= taken
            if parcel.units > taken:
                left.append(Shipped(parcel.location, parcel.units - taken, parcel.at))
        yield OrderLine(
            ref=ref,
            changed_at=instant(order["updatedAt"]),
            order=order["id"],
            ordered_at=instant(order["createdAt"]),
            shipped=tuple(left),
        )
