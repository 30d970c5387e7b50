"""What orders owe of one listing, and under which store SKU each was noted.

A listing may be given another SKU while orders are open. What they owe is what it was when they were placed, so an
order is noted under the SKU that the listing had when the order was first seen, and counts on that one as well.
A store that keeps the SKU with its orders is believed: what it says is what the listing had when it was ordered.

A line that names no listing any more stands under a ref of its own, and counts on the SKU that it says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.base import Listing, OrderLine
from connectors.values import replace

UNTOLD = ""
"""Stands for all orders that the store counts as open and does not tell."""


@dataclass(frozen=True, slots=True)
class Owed:
    """Committed units of one order. sku: the store SKU it was noted under; None: the one the listing has. at: when that
    was noted, or told last; what is shipped is remembered for a while, or reading it again would enter it anew."""

    units: int
    sku: str | None = None
    at: datetime | None = None


Lines = Mapping[str, Owed]

UNNAMED = "\x00line "
"""Begins the ref of order lines that name no listing."""


def ref_of(m: OrderLine) -> str:
    """What the movement's units are entered under: its listing, or what it says in the place of one."""
    return m.ref or UNNAMED + (m.sku or f"\x00{m.title}")


def is_unnamed(ref: str) -> bool:
    return ref.startswith(UNNAMED)


def is_nameless(ref: str) -> bool:
    """Whether such lines say no SKU either, so that nobody knows what they are of."""
    return is_unnamed(ref) and not words_of(ref)[0]


def words_of(ref: str) -> tuple[str, str]:
    """SKU and title of an unnamed ref; one of them is empty."""
    said = ref.removeprefix(UNNAMED)
    return ("", said[1:]) if said.startswith("\x00") else (said, "")


def note_of(m: OrderLine, listing: Listing | None) -> str | None:
    """The SKU to note an order under where its store tells it; None: the one that its listing has."""
    return None if listing is not None and listing.sku == m.sku else m.sku or None


def noted(lines: Lines, told: Iterable[tuple[str, str | None]]) -> dict[str, Owed]:
    """The lines with those noted that are told with a SKU and were not noted before. told: (order, SKU)."""
    found = dict(lines)
    for order, sku in told:
        known = found.get(order, Owed(0))
        if sku is not None and known.sku is None:
            found[order] = replace(known, sku=sku)
    return found


def units_of(lines: Lines) -> dict[str, int]:
    """Order → its committed units; orders that are told and owe something."""
    return {order: owed.units for order, owed in lines.items() if order != UNTOLD and owed.units > 0}


def after(
    lines: Lines, told: Iterable[tuple[str, int, str | None]], *, now: datetime, keep: timedelta
) -> dict[str, Owed]:
    """The lines after orders were read. told: (order, its committed units, the SKU to note it under if that is
    another). An order that owes nothing is forgotten; one that was noted under another SKU is remembered for `keep`."""
    found = dict(lines)
    for order, units, sku in told:
        if order in found or units > 0:
            known = noted(found, [(order, sku)]).get(order, Owed(0))
            found[order] = replace(known, units=units, at=now if known.sku is not None else None)
    return {
        order: owed
        for order, owed in found.items()
        if owed.units > 0 or (owed.sku is not None and owed.at is not None and now - owed.at < keep)
    }


def renamed(
    lines: Lines, was: str, sku: str, *, left: Iterable[str] = (), untold: int = 0, now: datetime
) -> dict[str, Owed]:
    """The lines of a listing whose SKU was `was` and is `sku` now. left: orders whose shipments are remembered under
    `was`. untold: committed units that no order tells of."""
    found = {**{order: Owed(0) for order in left}, **({UNTOLD: Owed(untold)} if untold > 0 else {}), **lines}
    noted = {order: owed if owed.sku is not None else replace(owed, sku=was, at=now) for order, owed in found.items()}
    plain = {order: replace(owed, sku=None, at=None) if owed.sku == sku else owed for order, owed in noted.items()}
    return {order: owed for order, owed in plain.items() if owed.units > 0 or owed.sku is not None}


def noted_skus(lines: Lines) -> dict[str, int]:
    """Store SKU that the listing had before → committed units noted under it."""
    found: dict[str, int] = {}
    for owed in lines.values():
        if owed.sku is not None:
            found[owed.sku] = found.get(owed.sku, 0) + owed.units
    return found
