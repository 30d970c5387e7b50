"""What one order means for each listing it names. Pure.

Woo notes on a line how many units it holds off stock (`_reduced_stock`). Which of these are still to be
shipped is the order's status; an order that was once completed has left the warehouse, whatever became of
it later. Where Woo does not count a product, the line's quantity minus what was refunded stands in.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from connectors.base import OrderLine, Shipped
from connectors.woocommerce.options import TERMINAL, UNPLACED
from connectors.woocommerce.translate import Ref, Row, instant, number_of, ref_of

COMPLETED = "completed"
DRAFTS = UNPLACED - {"pending"}


@dataclass(frozen=True, slots=True)
class Rules:
    """shipped: statuses whose units have left. oldest: open orders placed before it keep nothing back."""

    shipped: frozenset[str]
    oldest: datetime


def order_lines(order: Row, rules: Rules, *, pooled: Set[Ref], refunds: Sequence[Row]) -> Iterator[OrderLine]:
    """One Movement per listing, next to each other. Lines whose product was deleted name none, and are one per name.

    pooled: variations that share their parent's stock; their units are the parent's. refunds: as
    GET orders/<id>/refunds tells them; needed only where `needs_refunds` says so."""
    changed, placed = instant(order.get("date_modified_gmt")), instant(order.get("date_created_gmt"))
    left = _left_at(order, rules)
    is_open = _is_open(order, rules)
    units: dict[tuple[str, str], int] = defaultdict(int)  # ref, or "" and what the line is called
    skus: dict[tuple[str, str], str] = {}
    for line in order.get("line_items") or ():
        ref = ref_of_line(line)
        target = Ref(ref.parent) if ref and ref in pooled else ref
        sold = (str(target), "") if target else ("", str(line.get("name") or ""))
        units[sold] += _owed(order, line, refunds, left) if is_open or left else 0
        skus[sold] = str(line.get("sku") or "") if target == ref else ""  # a pool's own SKU no line tells
    moment, id_ = changed or placed or rules.oldest, str(order["id"])
    number = "" if str(order.get("number") or id_) == id_ else str(order["number"])
    if order["status"] in DRAFTS and not any(units.values()):
        return  # every filled basket is one
    for sold, count in units.items():
        shipped, owed = ((Shipped("", count, left),) if left and count else ()), 0 if left else count
        yield OrderLine(sold[0], moment, id_, placed, owed, shipped, sku=skus[sold], title=sold[1], number=number)


def orphans(order: Row, rules: Rules, units: Mapping[str, int]) -> Iterator[OrderLine]:
    """Listings whose lines name no product any more, because it was deleted. Their units are owed as long as the
    order is open, which needs no telling; afterwards they were shipped with it, or never will be."""
    if _is_open(order, rules):
        return
    left, placed = _left_at(order, rules), instant(order.get("date_created_gmt"))
    moment = instant(order.get("date_modified_gmt")) or placed or rules.oldest
    for ref, count in units.items():
        shipped = (Shipped("", count, left),) if left else ()
        yield OrderLine(ref, moment, str(order["id"]), placed, shipped=shipped)


def hidden(order: Row, units: Mapping[str, int]) -> dict[str, int]:
    """Of listings that an order is believed to hold units of and names no longer, those that a line may still be of:
    the line of a deleted product names nothing, and that of a deleted variation its parent."""
    named = {ref_of_line(line) for line in order.get("line_items") or ()}
    if None in named:
        return dict(units)
    parents = {text: Ref(ref.parent) for text in units if (ref := ref_of(text)) and ref.parent}
    return {text: count for text, count in units.items() if parents.get(text) in named}


def _is_open(order: Row, rules: Rules) -> bool:
    placed = instant(order.get("date_created_gmt"))
    recent = placed is None or placed >= rules.oldest
    return recent and order["status"] not in TERMINAL and _left_at(order, rules) is None


def ref_of_line(line: Row) -> Ref | None:
    product, variation = line.get("product_id") or 0, line.get("variation_id") or 0
    if not product:
        return None
    return Ref(variation, product) if variation else Ref(product)


def needs_refunds(order: Row, rules: Rules) -> bool:
    """Whether the lines alone do not say how many units are meant."""
    if not order.get("refunds"):
        return False
    counted = all(_held(line) is not None for line in order.get("line_items") or ())
    return _left_at(order, rules) is not None or (order["status"] not in TERMINAL and not counted)


def _left_at(order: Row, rules: Rules) -> datetime | None:
    """When the units of this order left the warehouse; None while they have not.

    An order that was completed and is refunded, cancelled, failed or trashed by now has been shipped all the
    same: what comes back shows in the warehouse's level."""
    status = order["status"]
    completed = instant(order.get("date_completed_gmt"))
    if status in rules.shipped:
        return completed or instant(order.get("date_modified_gmt")) or instant(order.get("date_created_gmt"))
    return completed if status in TERMINAL and COMPLETED in rules.shipped else None


def _owed(order: Row, line: Row, refunds: Sequence[Row], left: datetime | None) -> int:
    """Units of a line that are still to be shipped, or were: what Woo holds off stock for it.

    A refund after the shipment takes nothing back from it. One before it that did not restock leaves the
    units held: until the order is over they are taken for sold, which is the safe side."""
    held = _held(line)
    if left is None and held is not None:
        return held
    if left is None and order["status"] in UNPLACED:
        return 0  # not paid, not placed: Woo would hold units if it were
    ordered, refunded = math.ceil(number_of(line.get("quantity")) or 0), 0.0
    for refund in refunds:
        made = instant(refund.get("date_created_gmt"))
        if left is None or made is None or made <= left:
            rows = (row for row in refund.get("line_items") or () if _is_of(row, line))
            refunded += sum(abs(number_of(row.get("quantity")) or 0) for row in rows)  # refunded units are negative
    return max(0, held or 0, ordered - math.floor(refunded))


def _held(line: Row) -> int | None:
    """`_reduced_stock`: number or text. None: Woo holds nothing, or does not count this product."""
    for meta in line.get("meta_data") or ():
        if isinstance(meta, Mapping) and meta.get("key") == "_reduced_stock":
            number = number_of(meta.get("value"))
            return None if number is None else max(0, math.ceil(number))
    return None


def _is_of(row: Row, line: Row) -> bool:
    marks = [meta.get("value") for meta in row.get("meta_data") or () if meta.get("key") == "_refunded_item_id"]
    if marks:
        return str(marks[0]) == str(line.get("id"))
    return ref_of_line(row) == ref_of_line(line)
