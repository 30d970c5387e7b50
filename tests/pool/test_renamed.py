"""A listing is given another SKU while an order is open: what the order owes is what it was when it was placed."""

from typing import Any

import pytest

from tests.harness.sweeps import turns

from .harness import keep

STORES = ("main", "outlet")


@pytest.fixture(params=turns(STORES))
def renamed(harness: Any, request: pytest.FixtureRequest) -> Any:
    """Twenty of A; five sold in harness.store, whose listing is A-OLD from then on, and a new one takes A."""
    harness.store = request.param
    harness.add("A", 20)
    harness.cycle()
    harness.order = harness[harness.store].sell("A", 5)
    assert keep(harness, "A", 15) == {"main": 15, "outlet": 15}
    rename(harness, "A", "A-OLD")
    harness[harness.store].add("A", 0)
    return harness


def rename(harness: Any, was: str, sku: str) -> None:
    harness.clock.advance(20)
    harness[harness.store].rename(was, sku)


def looks(harness: Any, most: int, minutes: int = 16) -> dict[str, int]:
    """The map is read anew meanwhile → what the shops show; nowhere more than `most`."""
    keep(harness, "A", most)
    harness.later(minutes=minutes)
    harness.cycle()
    return keep(harness, "A", most)


def test_the_units_stay_committed_and_the_shipment_is_of_what_was_ordered(renamed: Any) -> None:
    assert looks(renamed, 15) == {"main": 15, "outlet": 15}
    renamed[renamed.store].ship(renamed.order)
    assert looks(renamed, 15) == {"main": 15, "outlet": 15}
    renamed.warehouse.forward("A", 5)
    assert looks(renamed, 15) == {"main": 15, "outlet": 15}
    assert looks(renamed, 15, minutes=26 * 60) == {"main": 15, "outlet": 15}


def test_the_warehouse_may_learn_of_it_first(renamed: Any) -> None:
    looks(renamed, 15)
    renamed.warehouse.forward("A", 5)
    looks(renamed, 15)
    renamed[renamed.store].ship(renamed.order)
    assert looks(renamed, 15) == {"main": 15, "outlet": 15}


def test_a_cancelled_order_gives_its_units_back(renamed: Any) -> None:
    looks(renamed, 15)
    renamed[renamed.store].cancel(renamed.order)
    assert looks(renamed, 20) == {"main": 20, "outlet": 20}
    assert list(renamed.state.every_owed(renamed.store)) == [] or looks(renamed, 20, minutes=9 * 24 * 60)
    assert renamed.state.named(renamed.store, ["A"])["A"] == [renamed[renamed.store].ref("A")]


def test_a_name_that_is_given_back_counts_once(renamed: Any) -> None:
    looks(renamed, 15)
    renamed[renamed.store].rename("A", "A-NEW")
    rename(renamed, "A-OLD", "A")
    renamed.later(minutes=16)
    assert keep(renamed, "A", 15)["main"] == 15
    renamed[renamed.store].ship(renamed.order)
    renamed.warehouse.forward("A", 5)
    assert looks(renamed, 15) == {"main": 15, "outlet": 15}


def test_a_new_order_is_of_the_new_name_alone(renamed: Any) -> None:
    renamed.warehouse.add("A-OLD", 19)
    looks(renamed, 15)
    store = renamed[renamed.store]
    assert store.shows("A-OLD") == 14, "its old order counts on both"
    store.sell("A-OLD", 2)
    assert looks(renamed, 15) == {"main": 15, "outlet": 15}
    assert store.shows("A-OLD") == 12


@pytest.mark.parametrize("store", STORES)
def test_a_held_listing_that_lost_its_map_is_held_no_longer_once_released(harness_with: Any, store: str) -> None:
    harness = harness_with(only=store)
    harness.store = store
    for n in range(10):
        harness.add(f"S{n}", 10)
    harness.cycle()
    for n in range(10):
        harness.warehouse.set_stock(f"S{n}", 1)
    harness.cycle()
    rename(harness, "S0", "S0-OLD")
    harness.later(minutes=16)
    harness.cycle()
    assert len(harness.state.held(store)) == 10, "until a person decides"
    harness.release(store)
    harness.cycle()
    assert not harness.state.held(store)
