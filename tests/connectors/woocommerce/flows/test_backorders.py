"""Where backorders are allowed an order takes WooCommerce's number below zero, and its cancellation gives the units
back on top of whatever stands there: only the exact target may take the place of a number below zero."""

from random import Random
from typing import Any

import pytest

from tests.harness.installation import Installation
from tests.harness.sweeps import sweep


@pytest.fixture
def shop(harness_with: Any) -> Any:
    """Twenty in the warehouse, backorders allowed."""

    def build(rules: str = "", **named: Any) -> Installation:
        harness: Installation = harness_with("", rules, **named)
        harness.add("A", 20)
        harness["outlet"].shop.find("A").backorders = "yes"
        harness.cycle()
        assert harness.cycle().code == 0
        return harness

    return build


def test_a_number_below_zero_stays_until_its_order_is_called_off(shop: Any) -> None:
    harness = shop()
    order = harness["outlet"].sell("A", 25)
    done = harness.cycle()
    assert (harness["outlet"].shows("A"), harness["main"].shows("A"), done.code) == (-5, 0, 0)
    writes = harness["outlet"].writes
    harness.later(hours=25)
    harness.cycle()
    assert (harness["outlet"].shows("A"), harness["outlet"].writes) == (-5, writes)
    harness["outlet"].cancel(order)
    assert harness["outlet"].shows("A") == 20
    assert harness.cycle().code == 0
    assert harness.cycle().code == 0
    assert harness.shows("A") == {"main": 20, "outlet": 20}


def test_what_another_shop_sells_lowers_a_number_below_zero(shop: Any) -> None:
    harness = shop()
    order = harness["outlet"].sell("A", 25)
    harness["main"].sell("A", 3)
    harness.cycle()
    assert harness["outlet"].shows("A") == -8
    harness["outlet"].cancel(order)
    assert harness["outlet"].shows("A") == 17
    harness.cycle()
    assert harness.cycle().code == 0
    assert harness["outlet"].shows("A") == 17


@pytest.mark.parametrize("arrived", [2, 5, 9])
def test_goods_that_arrive_raise_it_to_the_exact_target_with_proof(shop: Any, arrived: int) -> None:
    harness = shop()
    order = harness["outlet"].sell("A", 25)
    harness.cycle()
    harness["main"].go_down()
    harness.cycle()
    harness.later(minutes=6)  # its last reading counts no longer
    harness.warehouse.receive("A", arrived)
    report = harness.cycle(stores=["outlet"]).stores["outlet"]
    assert (report.waiting, harness["outlet"].shows("A")) == (1, -5)
    harness["main"].restore()
    harness.cycle()
    assert harness["outlet"].shows("A") == arrived - 5
    harness["outlet"].cancel(order)
    assert harness["outlet"].shows("A") == arrived + 20


def test_a_number_that_is_not_below_zero_never_becomes_it_by_us(shop: Any) -> None:
    """The other shop sold more than there is: nothing is on sale here, and nothing is owed here either."""
    harness = shop()
    harness["main"].edit("A", 30)
    harness["main"].sell("A", 25)
    harness.cycle()
    assert harness["outlet"].shows("A") == 0


def test_what_is_held_is_not_raised_because_it_is_below_zero(shop: Any) -> None:
    harness = shop()
    for n in range(4):
        harness.add(f"S{n}", 20)
    harness.later(minutes=20)
    harness.cycle()
    harness["outlet"].sell("A", 25)
    harness.cycle()
    for sku in ("A", "S0", "S1", "S2", "S3"):
        harness.warehouse.set_stock(sku, 0)
    report = harness.cycle().stores["outlet"]
    assert report.held is not None
    assert harness["outlet"].shows("A") <= -5


@pytest.mark.parametrize("seed", sweep(range(15), 2))
def test_whatever_is_ordered_and_called_off_no_more_is_on_sale_than_there_is(shop: Any, seed: int) -> None:
    """Cancellations come before the bridge hears of them: at each of them, what the shop shows by itself is no more
    than what is free."""
    dice, harness = Random(seed), shop()
    orders: list[tuple[str, Any, int]] = []
    for _ in range(12):
        store = dice.choice(("main", "outlet", "outlet"))
        if orders and dice.random() < 0.4:
            name, order, units = orders.pop(dice.randrange(len(orders)))
            harness[name].cancel(order)
            free = 20 - sum(units for _, _, units in orders)
            assert name == "main" or harness["outlet"].shows("A") <= max(0, free) or free < 0
        elif store == "outlet" or harness["main"].shows("A") >= 3:
            units = dice.randint(1, 30) if store == "outlet" else dice.randint(1, 3)
            orders.append((store, harness[store].sell("A", units), units))
        harness.cycle()
        assert harness["outlet"].shows("A") <= max(0, 20 - sum(units for _, _, units in orders))
    for name, order, _ in orders:
        harness[name].cancel(order)
    for _ in range(3):
        harness.cycle()
    assert harness.shows("A") == {"main": 20, "outlet": 20}
