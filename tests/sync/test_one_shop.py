"""One shop under two names that only the network shows: no session writes to it, until a table is removed."""

from typing import Any

import pytest

from bridge.sync.identity import same_shop


@pytest.fixture
def twice(harness_with: Any) -> Any:
    """`main` and `outlet` lead to one shop; nothing in the configuration says so."""
    harness = harness_with(more={"outlet": ""})
    harness["outlet"].shop = harness.shop
    harness["outlet"].sandbox = harness.sandbox
    harness.warehouse.add("A", 40)
    harness.shop.add_variant("A", on_hand=30)
    return harness


def test_one_shop_under_two_names_is_an_operator_error_that_names_both_tables(twice: Any) -> None:
    done = twice.cycle()
    assert done.code == 1
    assert any("stores.main and stores.outlet are one shop" in (x.error or "") for x in done.stores.values())
    for _ in range(3):
        done = twice.cycle()
        assert {x.error for x in done.stores.values()} == {
            "stores.main and stores.outlet are one shop under two names, so that every order would count twice: "
            "nothing is written to it until one of the two tables is removed."
        }
    assert (done.code, twice.writes()) == (1, 0)


def test_a_worker_writes_nothing_once_it_is_known(twice: Any) -> None:
    twice.cycle()
    twice.warehouse.set_stock("A", 12)
    for store in ("main", "outlet"):
        assert twice.session(store).operator
    assert twice.writes() == 0


def test_it_goes_on_when_a_table_is_removed(twice: Any) -> None:
    twice.cycle()
    twice.leave("outlet")
    twice.later(minutes=20)
    assert twice.cycle().code == 0
    assert twice.available("A") == 40


def test_two_shops_are_two_and_are_asked_once_a_day(harness_with: Any) -> None:
    harness = harness_with(more={"outlet": ""})
    harness.add("A", 10)
    for _ in range(5):
        assert harness.cycle().code == 0
    assert [harness[name].sandbox.calls["Identity"] for name in ("main", "outlet")] == [1, 1]
    harness.later(hours=25)
    harness.cycle()
    assert [harness[name].sandbox.calls["Identity"] for name in ("main", "outlet")] == [2, 2]


def test_a_shop_that_does_not_say_stops_nobody(harness_with: Any) -> None:
    harness = harness_with(more={"outlet": ""})
    harness.add("A", 10, shown=7)
    for store in harness.stores.values():
        store.sandbox.faults.add("status", on="Identity", status=500, times=-1)
    harness.cycle()
    assert (harness.available("A"), harness.available("A", "outlet")) == (10, 10)


def test_who_is_not_known_is_nobodys_duplicate() -> None:
    assert same_shop("a", {"a": "", "b": ""}) == []
    assert same_shop("a", {"a": "x", "b": "y", "c": "x"}) == ["c"]
