"""A shop with several locations: each shows what its own warehouse has."""

from functools import partial

import pytest

from connectors.shopify.sandbox import Location
from connectors.shopify.sandbox.local import LocalStore
from tests.harness.installation import Installation
from tests.harness.shops import Build

THREE = {"1": "Main", "2": "East", "3": "Fair"}
KINDS = (partial(LocalStore, warehouses=("1", "2")), LocalStore)


@pytest.fixture
def harness(harness_with: Build) -> Installation:
    """Two warehouses, each behind a location of the shop, a third location that no warehouse supplies, and another
    warehouse."""
    harness = harness_with(only="main", kinds=KINDS, warehouses=THREE)
    shop = harness.main.shop
    shop.add_location("Pop-up")
    harness.warehouse.add("A", {"1": 10, "2": 4})
    shop.add_variant("A", on_hand=dict(zip(shop.locations, (10, 0, 3), strict=True)))
    harness.cycle()
    return harness


def pop_up(harness: Installation) -> Location:
    found: Location = harness.main.shop.location("Pop-up")
    return found


def shows(harness: Installation) -> list[int]:
    return [harness.main.shop.level("A", place).available for place in harness.main.shop.locations]


def test_each_location_shows_its_own_warehouse(harness: Installation) -> None:
    assert shows(harness) == [10, 4, 3]


def test_an_order_comes_off_the_place_that_holds_it(harness: Installation) -> None:
    order = harness.main.sell("A", 3, "2")
    for step in (
        lambda: None, lambda: harness.main.ship(order), lambda: harness.warehouse.forward("A", 3, "2"), lambda: None,
    ):  # fmt: skip
        step()
        harness.cycle()
        assert shows(harness) == [10, 1, 3]


def test_a_shipment_from_the_other_place_is_settled_there(harness: Installation) -> None:
    order = harness.main.sell("A", 3, "2")
    harness.cycle()
    harness.main.shop.fulfil(order, location=harness.main.places["1"])
    harness.cycle()
    assert shows(harness) == [7, 4, 3]
    harness.warehouse.forward("A", 3, "1")
    harness.cycle()
    harness.cycle()
    assert shows(harness) == [7, 4, 3]


def test_an_order_at_a_location_without_a_warehouse_reserves_nothing(harness: Installation) -> None:
    order = harness.main.shop.place_order({"A": 2}, location=pop_up(harness))
    harness.cycle()
    harness.main.ship(order)
    harness.cycle()
    assert shows(harness) == [10, 4, 1]


def test_a_location_that_is_added_to_the_rules_is_read_at_once(harness: Installation) -> None:
    harness.warehouse.set_stock("A", 6, "3")
    harness.cycle()
    assert shows(harness) == [10, 4, 3]
    harness.main.places = {**harness.main.places, "3": pop_up(harness).id}
    harness.configure()
    harness.cycle()
    assert shows(harness) == [10, 4, 6]


def test_a_write_at_one_place_leaves_what_is_known_of_the_other(harness: Installation) -> None:
    ref = harness.main.ref("A")
    for east, known in ((4, [8, 4]), (5, [7, 5])):
        harness.warehouse.set_stock("A", known[0], "1")
        harness.warehouse.set_stock("A", east, "2")
        harness.cycle()
        assert [k.available for _, k in sorted(harness.state.store_stock("main", [ref])[ref].items())] == known
        assert shows(harness) == [*known, 3]
