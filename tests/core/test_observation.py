"""What a reading changes, decided from values alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.core.in_flight import Sent, with_landed
from bridge.core.ledger import Ledger
from bridge.core.model import StoreRules, StoreStock, Windows
from bridge.core.observation import KnownBefore, observe
from bridge.core.owed import Owed
from connectors.base import Listing, OrderLine, Reading, Shipped
from connectors.values import replace

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
WINDOWS = Windows(timedelta(hours=72), timedelta(hours=96))
SHOWN = StoreStock(10, 0, 10, True, NOW - timedelta(minutes=5), last_target=10)


def before(**facts: Any) -> KnownBefore:
    known: dict[str, Any] = {
        "rules": StoreRules(store="main"), "windows": WINDOWS, "now": NOW, "reads_committed": True,
        "listings": {"r": Listing("r", "A", "Tee")}, "parts": {"r": {"A": 1}}, "shown": {"r": {"": SHOWN}},
        "ledgers": {"A": Ledger()},
    }  # fmt: skip
    return KnownBefore(**(known | facts))


def reading(available: int, is_open: int = 0) -> Reading:
    return Reading("r", "", available, is_open, available + is_open)


def order(units: int, *shipped: Shipped) -> OrderLine:
    return OrderLine("r", NOW, order="#1", committed=units, shipped=shipped, ordered_at=NOW - timedelta(hours=1))


def test_what_shows_what_was_believed_moves_nothing() -> None:
    found = observe(before(), ["r"], {}, {"r": [reading(10)]})
    assert (found.moved, found.ledgers, found.lines, len(found.seen)) == (set(), {}, {}, 1)


def test_an_order_that_is_open_is_noted_and_its_listing_is_due() -> None:
    found = observe(before(), ["r"], {"r": [order(3)]}, {"r": [reading(7, 3)]})
    assert (found.moved, found.lines, found.ledgers) == ({"r"}, {"r": {"#1": Owed(3)}}, {})
    now = found.shown["r"][""]
    assert (now.available, now.committed, now.last_target) == (7, 3, 10)


def test_a_shipment_is_entered_once_whoever_tells_of_it_first() -> None:
    known = before(lines={"r": {"#1": Owed(3)}}, shown={"r": {"": StoreStock(7, 3, 10, True, NOW)}})
    told = order(0, Shipped("", 3, NOW))
    found = observe(known, ["r"], {"r": [told]}, {"r": [reading(7)]})
    assert [d.pieces for d in found.ledgers["A"].shipments] == [3]
    again = before(ledgers=found.ledgers, shown=found.shown, lines=found.lines)
    assert observe(again, ["r"], {"r": [told]}, {"r": [reading(7)]}).ledgers == {}


OPEN = {"lines": {"r": {"#1": Owed(3)}}, "shown": {"r": {"": StoreStock(7, 3, 10, True, NOW)}}}


@pytest.mark.parametrize("available", [7, 0, -2])
def test_a_shipment_told_while_the_listing_was_not_read_is_one_shipment(available: int) -> None:
    """Also of what was sold beyond the stock: on hand falls below zero."""
    told = order(0, Shipped("", 3, NOW))
    shown = {"r": {"": StoreStock(available, 3, available + 3, True, NOW)}}
    found = observe(before(lines=OPEN["lines"], shown=shown), ["r"], {"r": [told]}, {})
    assert found.shown["r"][""] == StoreStock(available, 0, available, True, NOW)
    then = before(ledgers=found.ledgers, shown=found.shown, lines=found.lines)
    other = replace(order(2), order="#2")
    assert observe(then, ["r"], {"r": [other]}, {"r": [reading(available - 2, 2)]}).ledgers == {}


def test_a_shipment_seen_before_its_order_told_of_it_is_one_shipment_read_or_not() -> None:
    seen = observe(before(**OPEN), ["r"], {}, {"r": [reading(7)]})
    assert [(d.order, d.pieces) for d in seen.ledgers["A"].shipments] == [("", 3)]
    then = before(ledgers=seen.ledgers, shown=seen.shown, lines=OPEN["lines"])
    told = observe(then, ["r"], {"r": [order(0, Shipped("", 3, NOW))]}, {})
    assert [(d.order, d.pieces) for d in told.ledgers["A"].shipments] == [("#1", 3)]
    assert told.shown.get("r", seen.shown["r"]) == seen.shown["r"]


def test_an_order_of_a_renamed_listing_ships_what_it_was() -> None:
    known = before(parts={"r": {"B": 1}}, noted={("r", "#1"): {"A": 2}}, ledgers={"A": Ledger(), "B": Ledger()})
    found = observe(known, ["r"], {"r": [order(0, Shipped("", 3, NOW))]}, {"r": [reading(10)]})
    assert {sku: [d.pieces for d in ledger.shipments] for sku, ledger in found.ledgers.items()} == {"A": [6]}
    assert known.skus_of({"r"}) == {"A", "B"}


def test_a_listing_that_is_not_shown_any_more_reserves_what_its_orders_hold() -> None:
    known = before(
        reads_committed=False, lines={"r": {"#1": Owed(3)}}, shown={"r": {"": StoreStock(7, 3, 10, True, NOW)}}
    )
    found = observe(known, ["r"], {"r": [order(5)]}, {})
    assert (found.moved, found.shown["r"][""].committed) == ({"r"}, 5)


def test_a_write_in_in_flight_counts_as_landed_where_its_number_shows() -> None:
    shown, sent = {"": SHOWN}, [Sent("r", "", 6, NOW, 10)]
    assert with_landed(shown, [reading(6)], sent)[""].on_hand == 6
    assert with_landed(shown, [reading(4)], sent)[""].on_hand == 10
    assert with_landed(shown, [reading(4)], []) == shown


@pytest.mark.parametrize(("compares", "left"), [(True, 0), (False, 1)], ids=["compares", "takes any"])
def test_a_write_that_can_land_no_more_hides_no_number(compares: bool, left: int) -> None:
    """Ten was sent in place of twelve, and unanswered; then nine was applied, and four left that no order names."""
    shown = {"r": {"": StoreStock(9, 4, 9, True, NOW)}}
    sent = {"r": [Sent("r", "", 10, NOW, 12)]}
    found = observe(before(shown=shown, sent=sent, compares=compares), ["r"], {}, {"r": [reading(9)]})
    shipments = found.ledgers["A"].shipments if found.ledgers else ()
    assert sum(d.pieces for d in shipments) == left


def test_a_location_without_a_warehouse_takes_nothing() -> None:
    rules = StoreRules(store="main", locations={"1": "here"})
    found = observe(before(rules=rules), ["r"], {"r": [order(0, Shipped("there", 3, NOW))]}, {"r": [reading(10)]})
    assert found.ledgers == {}
