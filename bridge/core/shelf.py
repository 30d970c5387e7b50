"""What a till reports of a shelf: what a report says, which of two counts, and what it adds to a SKU's stock. Pure.

The document of the Inventory Update API tells of one error, a missing field; the words of the others are like it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from bridge.core.availability import Stock
from connectors.values import replace

STYLE = ("sku", "size", "width")
LONGEST = 200  # characters of a text
MOST = 1_000_000_000  # pieces


class Report(NamedTuple):
    """What one request says: a product, by its UPC, by style, size and width, or by both; a store code, and how many
    pieces lie there. upc: "" where none is given."""

    upc: str
    style: tuple[str, str, str] | None
    store: str
    units: int


def read_report(body: object) -> Report | str:
    """The report in a request's JSON, or what is wrong with it, in the document's words where it has any. Members that
    nobody knows are let pass. A number below zero counts as 0, and a fraction as its floor."""
    if not isinstance(body, Mapping):
        return "The body must be a JSON object"
    upc = body.get("upc")
    by_upc = upc is not None and upc != ""
    for name in (*(("upc",) if by_upc else STYLE), "store"):
        if wrong := _fault_of_text(name, body.get(name)):
            return wrong
    quantity = body.get("quantity")
    if quantity is None:
        return "Missing required field: quantity"
    if isinstance(quantity, bool) or not isinstance(quantity, int | float) or not math.isfinite(quantity):
        return "Field quantity must be a number"
    if quantity > MOST:
        return f"Field quantity must be at most {MOST}"
    named = not any(_fault_of_text(name, body.get(name)) for name in STYLE)
    style = (body["sku"], body["size"], body["width"]) if named else None
    return Report(str(upc) if by_upc else "", style, body["store"], max(0, math.floor(quantity)))


def _fault_of_text(name: str, value: object) -> str | None:
    """What has no width is sent with an empty one."""
    if value is None or (value == "" and name != "width"):
        return f"Missing required field: {name}"
    if not isinstance(value, str):
        return f"Field {name} must be a string"
    return f"Field {name} must have at most {LONGEST} characters" if len(value) > LONGEST else None


class Count(NamedTuple):
    """Pieces that a till counted. began: when its request began, by Redis' clock, in microseconds since 1970."""

    units: int
    began: int


Counts = Mapping[str, Mapping[str, Count]]
"""Of one source SKU: store code → product of the till (several may be one SKU) → its count."""


def is_newer(count: Count, known: Count | None, now: int) -> bool:
    """Whether a count replaces the one that is known: that whose request began later wins, however long the other took.
    One from the future, as after a clock was set back, stops nobody. now: like `began`."""
    return known is None or count.began >= known.began or known.began > now


def with_count(counts: Counts, code: str, ref: str, count: Count | None) -> Counts:
    """Returns the counts with one more; None: without that one."""
    products = {**counts.get(code, {}), ref: count}
    kept = {each: found for each, found in products.items() if found is not None}
    return {**{each: found for each, found in counts.items() if each != code}, **({code: kept} if kept else {})}


def units_per_warehouse(counts: Counts, warehouses: Mapping[str, str]) -> dict[str, int]:
    """Warehouse → pieces. warehouses: store code → warehouse; codes that share one are added, others do not count."""
    units: dict[str, int] = {}
    for code, products in counts.items():
        if (warehouse := warehouses.get(code)) is not None:
            units[warehouse] = units.get(warehouse, 0) + sum(count.units for count in products.values())
    return units


def is_silent(heard: datetime | None, now: datetime, after: timedelta) -> bool:
    """Whether a till has fallen silent. heard: when it last reported anything; None: never."""
    return heard is None or now - heard > after


@dataclass(frozen=True, slots=True)
class ShelfStock:
    """What shelves hold of one SKU. silent: warehouses whose level is of a till that fell silent. unreported: shelves
    of which no till ever said anything of this SKU, so that nobody knows."""

    units: Mapping[str, int]
    silent: frozenset[str] = frozenset()
    unreported: frozenset[str] = frozenset()


def with_shelves(stock: Stock, shelves: ShelfStock) -> Stock:
    """Returns the stock with a shelf as one more warehouse; what the source says of a warehouse stands."""
    return replace(
        stock, units={**shelves.units, **stock.units}, silent=shelves.silent, unreported=shelves.unreported
    )  # fmt: skip
