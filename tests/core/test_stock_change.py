"""What new levels change, decided from values alone."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.core.availability import Stock
from bridge.core.ledger import Ledger, Shipment
from bridge.core.model import Level, Packing, Windows
from bridge.core.stock_change import moved_products, stock_change, with_carried, with_falls
from connectors.values import replace

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
WINDOWS = Windows(timedelta(hours=72), timedelta(hours=96))
A = Level("1", "A", {"1": 5}, NOW)


@pytest.mark.parametrize(
    ("new", "moved"),
    [
        pytest.param(A, False, id="the same"),
        pytest.param(replace(A, updated_at=NOW + timedelta(hours=1), name="Tee"), False, id="only stamp and name"),
        pytest.param(replace(A, units={"1": 4}), True, id="fewer units"),
        pytest.param(replace(A, deleted=True), True, id="deleted"),
        pytest.param(replace(A, sku="B"), True, id="renamed"),
        pytest.param(replace(A, doubt="a fraction"), True, id="doubted"),
        pytest.param(replace(A, product="2"), True, id="new"),
        pytest.param(replace(A, packing=Packing("B", 10, (1, 2, 3), 4)), True, id="another content"),
    ],
)
def test_what_moved(new: Level, moved: bool) -> None:
    assert moved_products({"1": A}, [new]) == ({new.product} if moved else set())


def test_a_doubt_in_other_words_moves_nothing() -> None:
    assert moved_products({"1": replace(A, doubt="text")}, [replace(A, doubt="a fraction")]) == set()


def test_a_product_is_carried_once() -> None:
    known = {"A": ["1"]}
    assert with_carried(known, [A, replace(A, product="2"), Level("2", "B", {}, NOW)]) == {"A": ["1", "2"], "B": ["2"]}
    assert known == {"A": ["1"]}


def test_a_sku_that_nobody_had_has_no_fall() -> None:
    assert stock_change(["A"], {"A": ["1"]}, {}, {"1": A}).stocks == {}


def test_the_live_product_counts_and_two_of_them_are_named() -> None:
    gone, fresh = replace(A, deleted=True), Level("2", "A", {"1": 3}, NOW)
    carriers = {"A": ["1", "2"]}
    found = stock_change(["A"], carriers, {"1": A}, {"1": gone, "2": fresh})
    (old, new) = found.stocks["A"]
    assert (old.units, new.units, found.live) == ({"1": 5}, {"1": 3}, {"A": ["2"]})
    assert stock_change(["A"], carriers, {"1": A}, {"1": A, "2": fresh}).live == {"A": ["1", "2"]}


def test_a_product_that_was_renamed_carries_its_old_sku_no_more() -> None:
    found = stock_change(["A", "B"], {"A": ["1"], "B": ["1"]}, {"1": A}, {"1": replace(A, sku="B")})
    assert (found.stocks, found.live) == ({}, {"A": [], "B": ["1"]})


def test_a_fall_confirms_a_shipment_and_the_rest_waits_for_one() -> None:
    shipped = Shipment("main", "r", "#1", "", 2, NOW - timedelta(hours=1))
    old, new = Stock("A", {"1": 5}), Stock("A", {"1": 2})
    after = with_falls(Ledger((shipped,)), old, new, now=NOW, windows=WINDOWS)
    assert ([d.unconfirmed for d in after.shipments], [f.pieces for f in after.decreases]) == ([0], [1])
    assert with_falls(Ledger(), new, old, now=NOW, windows=WINDOWS) == Ledger()
