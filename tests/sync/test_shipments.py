"""Twenty in the warehouse, the shop sold five. Whatever happens next, in whatever order both sides learn of
it, no write ever offers more than fifteen, and the number is right once both have spoken."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.installation import Installation

SKU = "A"
TRUE = 15


@pytest.fixture
def order(harness: Installation) -> Any:
    """Of five units, known to the bridge."""
    harness.add(SKU, 20)
    harness.cycle()
    made = harness.main.sell(SKU, 5)
    harness.forget_offers()
    assert keep(harness) == TRUE
    return made


def keep(harness: Installation, most: int = TRUE) -> int:
    """One cycle → what the shop offers; no write in it offered more than `most`."""
    done = harness.cycle()
    assert done.code == 0, done
    assert harness.highest(SKU) <= most
    assert harness.main.shows(SKU) <= most
    return int(harness.main.shows(SKU))


def has_ended(harness: Installation, units: int = TRUE) -> None:
    """It is right now, and stays so."""
    assert [keep(harness, units) for _ in range(3)] == [units] * 3
    harness.later(hours=1)
    assert keep(harness, units) == units


def test_an_open_order_is_not_sold_again(harness: Installation, order: Any) -> None:
    has_ended(harness)


def test_shipped_by_the_shop_first(harness: Installation, order: Any) -> None:
    harness.main.ship(order)
    assert [keep(harness), keep(harness)] == [15, 15]
    harness.warehouse.forward(SKU, 5)
    has_ended(harness)


def test_shipped_by_the_warehouse_first_is_right_within_one_cycle_of_the_shop(
    harness: Installation, order: Any
) -> None:
    harness.warehouse.forward(SKU, 5)
    assert keep(harness) <= 15
    harness.main.ship(order)
    assert keep(harness) == 15
    has_ended(harness)


def test_forwarded_then_fulfilled_is_right_within_one_tick_of_the_store(harness: Installation, order: Any) -> None:
    """Between two pulls only the store is visited, and the pull that saw the fall still proves the rise."""
    harness.warehouse.forward(SKU, 5)
    keep(harness)
    harness.main.ship(order)
    assert harness.session().error is None
    assert harness.main.shows(SKU) == 15


def test_both_at_once(harness: Installation, order: Any) -> None:
    harness.main.ship(order)
    harness.warehouse.forward(SKU, 5)
    has_ended(harness)


def test_a_cancellation_gives_the_units_back(harness: Installation, order: Any) -> None:
    harness.main.cancel(order)
    assert keep(harness, 20) == 20
    has_ended(harness, 20)


def test_an_order_edited_down_and_up(harness: Installation, order: Any) -> None:
    harness.main.edit_order(order, 2)
    assert keep(harness, 18) == 18
    harness.main.edit_order(order, 9)
    assert harness.main.shows(SKU) == 11
    harness.forget_offers()
    has_ended(harness, 11)


def test_a_restocked_return_is_not_sold_before_the_warehouse_has_it(harness: Installation, order: Any) -> None:
    """The shop puts returned units on sale by itself; the next cycle takes them off again."""
    harness.main.ship(order)
    harness.warehouse.forward(SKU, 5)
    keep(harness)
    harness.main.accept_return(order, 2)
    assert harness.main.shows(SKU) == 17
    assert keep(harness) == 15
    harness.warehouse.receive(SKU, 2)
    assert keep(harness, 17) == 17
    has_ended(harness, 17)


@pytest.mark.crossed
@pytest.mark.parametrize("when", ["before", "between", "after"])
@pytest.mark.parametrize("warehouse_first", [True, False])
def test_a_receipt_in_a_poll_of_its_own(harness: Installation, order: Any, when: str, warehouse_first: bool) -> None:
    """Ten arrive: twenty-five may be sold once they have, and only then."""
    steps: list[Callable[[], Any]] = [lambda: harness.warehouse.forward(SKU, 5), lambda: harness.main.ship(order)]
    if not warehouse_first:
        steps.reverse()
    steps.insert({"before": 0, "between": 1, "after": 2}[when], lambda: harness.warehouse.receive(SKU, 10))
    most = 15
    for number, step in enumerate(steps):
        step()
        most = 25 if {"before": 0, "between": 1, "after": 2}[when] <= number else most
        keep(harness, most)
    assert harness.main.shows(SKU) == 25
    has_ended(harness, 25)


def test_a_receipt_that_hides_the_fall_in_one_poll_undersells_and_never_oversells(
    harness: Installation, order: Any
) -> None:
    harness.main.ship(order)
    keep(harness)
    harness.warehouse.forward(SKU, 5)
    harness.warehouse.receive(SKU, 5)
    assert keep(harness, 20) == 15
    harness.later(hours=97)
    harness.cycle()
    assert keep(harness, 20) == 20


def test_a_shipment_learned_of_when_it_should_have_expired_expires_with_the_next_tidying(
    harness: Installation, order: Any
) -> None:
    """Seed 100283: nothing was read for days, and a receipt hid the fall. Too few until then, never too many."""
    harness.main.ship(order)
    harness.warehouse.forward(SKU, 5)
    harness.warehouse.receive(SKU, 5)
    harness.later(hours=97)
    assert keep(harness, 20) == 15
    harness.later(minutes=10)
    harness.cycle()
    assert keep(harness, 20) == 20


def test_a_parcel_that_never_left_is_open_again(harness: Installation, order: Any) -> None:
    harness.main.ship(order)
    keep(harness)
    harness.main.reopen(order)
    assert keep(harness) == 15
    harness.main.ship(order)
    keep(harness)
    harness.warehouse.forward(SKU, 5)
    has_ended(harness)


def test_a_stock_take_on_monday_does_not_excuse_tuesdays_shipment(harness: Installation) -> None:
    """Three were missing; the order came a day later, so that fall cannot have been its parcel."""
    harness.add(SKU, 20)
    harness.cycle()
    harness.warehouse.set_stock(SKU, 17)
    assert keep(harness, 17) == 17
    harness.later(hours=24)
    harness.forget_offers()
    order = harness.main.sell(SKU, 3)
    assert keep(harness, 14) == 14
    harness.main.ship(order)
    harness.forget_offers()
    assert [keep(harness, 14) for _ in range(2)] == [14, 14]
    harness.warehouse.forward(SKU, 3)
    has_ended(harness, 14)


def test_sold_out_and_shipped_stays_at_nothing(harness: Installation) -> None:
    harness.add(SKU, 5)
    harness.add("B", 9)
    harness.cycle()
    order = harness.main.sell(SKU, 5)
    harness.forget_offers()
    keep(harness, 0)
    harness.main.ship(order)
    keep(harness, 0)
    harness.warehouse.forward(SKU, 5)
    has_ended(harness, 0)
