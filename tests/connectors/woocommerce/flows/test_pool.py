"""Variations on one pool, and the lines of products that were deleted."""

import pytest

from tests.harness.installation import Installation
from tests.pool.harness import has_ended, keep


def test_a_pool_of_variations_is_written_at_the_parent(harness: Installation) -> None:
    """The variations sell the parent's stock; they themselves are reported and left as they are."""
    harness.warehouse.add("SOCK", 30)
    harness.warehouse.add("SOCK-red", 7)
    harness["main"].add("SOCK", 30)
    shop = harness["outlet"].shop
    parent = shop.add_variable("SOCK", {"red": None, "blue": None}, pool=12)
    assert harness.cycle().code == 0
    assert shop.quantity(parent) == 30
    shop.place_order({"SOCK-red": 4, "SOCK-blue": 1})
    assert keep(harness, "SOCK", 25) == {"main": 25, "outlet": 25}
    assert all(shop.managing(child) == "parent" for child in parent.children)
    assert all(child.stock_quantity is None for child in parent.children)
    shop.ship(next(iter(shop.orders)))
    keep(harness, "SOCK", 25)
    harness.warehouse.forward("SOCK", 5)
    has_ended(harness, "SOCK", 25)


def test_variations_of_one_parent_swap_their_skus(harness: Installation) -> None:
    for sku, units in (("TEE-S", 30), ("TEE-M", 12)):
        harness.warehouse.add(sku, units)
        harness["main"].add(sku, units)
    harness["outlet"].shop.add_variable("TEE", {"S": 30, "M": 12})
    harness.cycle()
    harness["outlet"].shop.swap_skus("TEE-S", "TEE-M")
    harness.later(minutes=20)
    harness.cycle()
    harness.cycle()
    assert harness.shows("TEE-S") == {"main": 30, "outlet": 30}
    assert harness.shows("TEE-M") == {"main": 12, "outlet": 12}


@pytest.mark.parametrize("touched", [True, False], ids=["order touched meanwhile", "order left alone"])
def test_the_lines_of_a_deleted_product_name_none_and_are_owed_all_the_same(
    harness: Installation, touched: bool
) -> None:
    """As WooCommerce shows it: product_id 0. The order has another line, which names its product."""
    harness.add("A", 20)
    harness.add("B", 9)
    harness.cycle()
    shop = harness["outlet"].shop
    order = shop.place_order({"A": 5, "B": 1})
    keep(harness, "A", 15)
    shop.recreate("A")
    order.lines[0].product_id = 0
    if touched:
        shop.custom_statuses.append("packed")
        shop.set_order_status(order, "packed")
    for _ in range(4):
        harness.later(minutes=20)
        keep(harness, "A", 15)
    assert harness.shows("A") == {"main": 15, "outlet": 15}
    shop.ship(order)
    for _ in range(4):
        harness.later(minutes=20)
        keep(harness, "A", 15)
    harness.warehouse.forward("A", 5)
    harness.warehouse.forward("B", 1)
    harness.later(hours=1)
    keep(harness, "A", 15)
    has_ended(harness, "A", 15)
    has_ended(harness, "B", 8)


@pytest.mark.parametrize("found_out", [True, False], ids=["known to be gone", "not yet"])
def test_a_cancelled_order_of_a_deleted_product_frees_its_units_at_once(harness: Installation, found_out: bool) -> None:
    harness.add("A", 20)
    harness.add("B", 9)
    harness.cycle()
    shop = harness["outlet"].shop
    order = shop.place_order({"A": 5, "B": 1})
    keep(harness, "A", 15)
    shop.recreate("A")
    order.lines[0].product_id = 0
    harness.later(minutes=20)
    harness.cycle(full=found_out)
    assert keep(harness, "A", 15) == {"main": 15, "outlet": 15}
    shop.cancel(order)
    keep(harness, "A", 20)  # finds the listing gone, and what shares it may wait for the map to be read
    assert keep(harness, "A", 20) == {"main": 20, "outlet": 20}
    has_ended(harness, "B", 9)
