"""Twenty in the warehouse, a Shopify shop sold five, and what then happens to an order that only Shopify knows: parts
of it are shipped, its units leave the books, its search shows it late or no longer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.harness.installation import Installation
from tests.pool.harness import has_ended, keep

SKU = "A"
TRUE = 15
SHOWS = {"main": TRUE}


@pytest.fixture
def order(alone: Installation) -> Any:
    """Of five units, known to the bridge."""
    alone.add(SKU, 20)
    alone.cycle()
    made = alone.main.sell(SKU, 5)
    assert keep(alone, SKU, TRUE) == SHOWS
    return made


@pytest.mark.parametrize("warehouse_first", [True, False])
def test_partial_shipments(alone: Installation, order: Any, warehouse_first: bool) -> None:
    steps: list[Callable[[int], Any]] = [
        lambda units: alone.warehouse.forward(SKU, units),
        lambda units: alone.main.shop.fulfil(order, {SKU: units}),
    ]
    for units in (2, 3):
        for step in steps if warehouse_first else reversed(steps):
            step(units)
            keep(alone, SKU, TRUE)
        assert alone.shows(SKU) == SHOWS
    has_ended(alone, SKU, TRUE)


def test_the_shop_ships_in_two_parcels_and_the_warehouse_counts_once(alone: Installation, order: Any) -> None:
    for units in (2, 3):
        alone.main.shop.fulfil(order, {SKU: units})
        keep(alone, SKU, TRUE)
    alone.warehouse.forward(SKU, 5)
    has_ended(alone, SKU, TRUE)


def test_a_cancellation_without_restock_is_healed(alone: Installation, order: Any) -> None:
    """The shop takes five off its books for good; the warehouse still holds them."""
    alone.main.shop.cancel(order, restock=False)
    assert keep(alone, SKU, 20) == {"main": 20}


def test_a_return_that_the_shop_tells_late_is_seen_all_the_same(alone: Installation, order: Any) -> None:
    """Shopify's search shows an order late: another, newer one has been read meanwhile."""
    alone.add("B", 10)
    alone.main.ship(order)
    alone.warehouse.forward(SKU, 5)
    keep(alone, SKU, TRUE)
    alone.main.accept_return(order, 2)
    hidden = alone.main.shop.orders.pop(order.id)
    alone.later(seconds=5)
    alone.main.sell("B", 1)
    alone.cycle()
    alone.main.shop.orders[hidden.id] = hidden
    assert keep(alone, SKU, TRUE) == SHOWS


def test_refunded_money_moves_no_stock(alone: Installation, order: Any) -> None:
    alone.main.shop.refund(order, {SKU: 5}, restock="NO_RESTOCK")
    has_ended(alone, SKU, TRUE)


@pytest.mark.parametrize("warehouse_first", [True, False])
def test_a_pre_order_of_seventy_days_ago_reserves_and_ships(alone: Installation, warehouse_first: bool) -> None:
    """Shopify hides such orders, so nothing but the stock itself tells of the parcel. Shop first: the write that
    rests on the old number is refused. Warehouse first: the listing is watched until the shop has learned of it."""
    alone.add(SKU, 20)
    old = alone.main.sell(SKU, 5, at=alone.clock.now - timedelta(days=70))
    alone.cycle()
    assert alone.shows(SKU) == SHOWS
    alone.forget_offers()
    steps: list[Callable[[], Any]] = [lambda: alone.main.ship(old), lambda: alone.warehouse.forward(SKU, 5)]
    for step in reversed(steps) if warehouse_first else steps:
        step()
        alone.cycle()
        assert max(alone.highest(SKU), alone.main.shows(SKU)) <= TRUE
    assert alone.shows(SKU) == SHOWS
    has_ended(alone, SKU, TRUE)


def test_a_fulfilment_between_reading_and_writing_is_never_put_back(alone: Installation, order: Any) -> None:
    """The write rests on twenty on hand; the shop ships five before it arrives, and refuses it."""
    alone.warehouse.receive(SKU, 3)
    alone.main.sandbox.before_request(lambda _: alone.main.ship(order), on="write")
    alone.cycle()
    assert alone.highest(SKU) <= 18
    assert alone.main.shows(SKU) <= 18
    keep(alone, SKU, 18)
    alone.warehouse.forward(SKU, 5)
    has_ended(alone, SKU, 18)


def test_an_order_between_reading_and_writing_comes_off_by_itself(alone: Installation, order: Any) -> None:
    alone.warehouse.receive(SKU, 3)
    alone.main.sandbox.before_request(lambda _: alone.main.sell(SKU, 4), on="write")
    alone.cycle()
    assert alone.main.shows(SKU) == 14
    has_ended(alone, SKU, 14)
