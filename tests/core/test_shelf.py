"""Which report counts, and what a shelf adds: whatever order reports come in, the one that began last stands."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.availability import Stock
from bridge.core.ledger import Ledger, Shipment, record_decrease, record_shipment
from bridge.core.model import Windows
from bridge.core.shelf import (
    Count,
    Counts,
    Report,
    ShelfStock,
    is_newer,
    read_report,
    units_per_warehouse,
    with_count,
    with_shelves,
)

from .parcels import HOUR, START

WINDOWS = Windows(72 * HOUR, 96 * HOUR, frozenset({"shelf", "other shelf"}))


@given(st.permutations(range(6)), st.lists(st.integers(0, 50), min_size=6, max_size=6))
def test_in_whatever_order_reports_come_the_last_begun_stands(order: list[int], units: list[int]) -> None:
    counts: Counts = {}
    for began in order:
        count = Count(units[began], began)
        if is_newer(count, counts.get("3", {}).get("upc:1"), now=10):
            counts = with_count(counts, "3", "upc:1", count)
    assert units_per_warehouse(counts, {"3": "shelf"}) == {"shelf": units[5]}


def test_products_and_codes_of_one_shelf_are_added_and_others_do_not_count() -> None:
    counts: Counts = {}
    for code, ref, units in (("3", "a", 1), ("3", "b", 2), ("4", "a", 4), ("9", "a", 8)):
        counts = with_count(counts, code, ref, Count(units, 0))
    assert units_per_warehouse(counts, {"3": "shelf", "4": "shelf"}) == {"shelf": 7}
    for code, ref in (("3", "a"), ("3", "b"), ("4", "a")):
        counts = with_count(counts, code, ref, None)
    assert counts == {"9": {"a": Count(8, 0)}}


def test_what_the_source_says_of_a_warehouse_stands() -> None:
    found = with_shelves(Stock("A", {"1": 5}), ShelfStock({"1": 9, "shelf": 2}, frozenset({"shelf"})))
    assert (found.units, found.silent) == ({"1": 5, "shelf": 2}, frozenset({"shelf"}))


def test_a_report_by_both_names_keeps_both() -> None:
    body = {"upc": "1", "sku": "S", "size": "9", "width": "", "store": "3", "quantity": 2}
    assert read_report(body) == Report("1", ("S", "9", ""), "3", 2)


@pytest.mark.parametrize("quantity", [float("nan"), float("inf"), None, "1", [], {}, False])
def test_a_quantity_that_is_none(quantity: object) -> None:
    assert isinstance(read_report({"upc": "1", "store": "3", "quantity": quantity}), str)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.dictionaries(st.text(), x)))
def test_whatever_is_sent_is_a_report_or_a_sentence(body: object) -> None:
    assert isinstance(read_report(body), str | Report)


@pytest.mark.parametrize(
    ("places", "unconfirmed"),
    [
        (None, 2),
        (frozenset({"1", "shelf"}), 2),
        (frozenset({"shelf"}), 0),
        (frozenset({"shelf", "other shelf"}), 0),
        (frozenset({"other shelf"}), 2),
    ],
    ids=["anywhere", "a warehouse too", "this shelf", "shelves", "another shelf"],
)
def test_a_fall_of_a_shelf_confirms_only_what_left_from_shelves(
    places: frozenset[str] | None, unconfirmed: int
) -> None:
    """Most of its falls are sales at the till. What may have left a warehouse waits for the warehouse."""
    shipment = Shipment("main", "r", "o", "", 2, START, START - timedelta(hours=1), places)
    ledger = record_shipment(Ledger(), shipment, now=START, windows=WINDOWS)
    ledger = record_decrease(ledger, "shelf", 2, START, WINDOWS)
    assert [each.unconfirmed for each in ledger.shipments] == [unconfirmed]
