"""Twenty in the warehouse, the WooCommerce shop sold five. Whatever becomes of the order, in whatever order shop
and warehouse learn of it, no write and no shop ever offers a unit too many, and the number ends right."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.installation import Installation
from tests.pool.harness import has_ended, keep

SKU = "A"
TRUE = 15
VARIATION = "TEE-S"


@pytest.fixture
def sold(harness: Installation) -> Any:
    """stage.order: five units in the WooCommerce shop, known to the bridge."""
    harness.add(SKU, 20)
    return _sold(harness, SKU)


def _sold(harness: Any, sku: str) -> Any:
    assert harness.cycle().code == 0
    harness.outlet = harness["outlet"].shop
    harness.order = harness.outlet.place_order({sku: 5})
    harness.line = harness.order.lines[0].id
    assert keep(harness, sku, TRUE) == {"main": 15, "outlet": 15}
    return harness


# -- on its way through the statuses ---------------------------------------------------------------------


@pytest.mark.crossed
@pytest.mark.parametrize("at", range(4), ids=["counted at once", "after packing", "when completed", "long after"])
@pytest.mark.parametrize("looks", ["after every step", "now and then", "only at the end"])
def test_an_order_travels_and_the_warehouse_counts_when_it_likes(sold: Any, at: int, looks: str) -> None:
    sold.outlet.custom_statuses += ["packed", "with-carrier"]
    steps: list[Callable[[], Any]] = [
        lambda: sold.outlet.set_order_status(sold.order, "packed"),
        lambda: sold.outlet.set_order_status(sold.order, "with-carrier"),
        lambda: sold.outlet.set_order_status(sold.order, "completed"),
    ]
    steps.insert(at, lambda: sold.warehouse.forward(SKU, 5))
    for n, step in enumerate(steps):
        step()
        sold.later(seconds=1)
        if looks == "after every step" or (looks == "now and then" and n % 2):
            keep(sold, SKU, TRUE)
    has_ended(sold, SKU, TRUE)


@pytest.mark.crossed
@pytest.mark.parametrize("version", ["10.5.0", "9.9.5"])
@pytest.mark.parametrize("warehouse_first", [True, False])
def test_an_order_of_a_variation(harness_with: Any, version: str, warehouse_first: bool) -> None:
    harness = harness_with(shop={"version": version})
    harness.warehouse.add(VARIATION, 20)
    harness["main"].add(VARIATION, 20)
    harness["outlet"].shop.add_variable("TEE", {"S": 20, "M": 3})
    _sold(harness, VARIATION)
    steps = [lambda: harness.warehouse.forward(VARIATION, 5), lambda: harness.outlet.ship(harness.order)]
    for step in steps if warehouse_first else reversed(steps):
        step()
        keep(harness, VARIATION, TRUE)
    has_ended(harness, VARIATION, TRUE)
    assert harness["outlet"].shows("TEE-M") == 3  # the warehouse knows no such thing


def test_a_status_of_a_plugin_may_mean_shipped(harness_with: Any) -> None:
    """Then `completed`, days later, is no second shipment."""
    harness = harness_with(outlet='shipped_statuses = ["with-carrier", "completed"]')
    harness.add(SKU, 20)
    _sold(harness, SKU)
    harness.outlet.custom_statuses += ["with-carrier"]
    harness.warehouse.forward(SKU, 5)
    keep(harness, SKU, TRUE)
    harness.outlet.set_order_status(harness.order, "with-carrier")
    assert keep(harness, SKU, TRUE) == {"main": 15, "outlet": 15}
    harness.later(days=2)
    harness.outlet.ship(harness.order)
    has_ended(harness, SKU, TRUE)


def test_completed_by_mistake_and_set_back(sold: Any) -> None:
    sold.outlet.ship(sold.order)
    keep(sold, SKU, TRUE)
    sold.outlet.set_order_status(sold.order, "processing")
    keep(sold, SKU, TRUE)
    sold.warehouse.forward(SKU, 5)
    keep(sold, SKU, TRUE)
    sold.outlet.ship(sold.order)
    has_ended(sold, SKU, TRUE)


def test_paid_later_than_placed(sold: Any) -> None:
    """A bank transfer: on hold, which takes the units off; then paid."""
    second = sold.outlet.checkout({SKU: 4}, payment="bacs")
    assert keep(sold, SKU, 11) == {"main": 11, "outlet": 11}
    sold.outlet.set_order_status(second, "processing")
    assert keep(sold, SKU, 11) == {"main": 11, "outlet": 11}


def test_an_unpaid_order_takes_nothing(sold: Any) -> None:
    sold.outlet.place_order({SKU: 4}, status="pending")
    has_ended(sold, SKU, TRUE)


# -- refunds ---------------------------------------------------------------------------------------------


def test_a_partial_refund_with_restock_before_shipping(sold: Any) -> None:
    sold.outlet.refund(sold.order, {sold.line: 2})
    assert keep(sold, SKU, 17) == {"main": 17, "outlet": 17}
    sold.outlet.ship(sold.order)
    keep(sold, SKU, 17)
    sold.warehouse.forward(SKU, 3)
    has_ended(sold, SKU, 17)


@pytest.mark.parametrize("warehouse_first", [True, False])
def test_a_partial_refund_without_restock_of_goods_that_go_out_all_the_same(sold: Any, warehouse_first: bool) -> None:
    sold.outlet.refund(sold.order, {sold.line: 2}, restock=False)
    keep(sold, SKU, TRUE)
    steps = [lambda: sold.warehouse.forward(SKU, 5), lambda: sold.outlet.ship(sold.order)]
    for step in steps if warehouse_first else reversed(steps):
        step()
        keep(sold, SKU, TRUE)
    has_ended(sold, SKU, TRUE)


def test_a_partial_refund_without_restock_of_goods_that_stay(sold: Any) -> None:
    """Only three of five go out. Whether the other two were shipped, only time can tell; then they are sold again."""
    sold.outlet.refund(sold.order, {sold.line: 2}, restock=False)
    keep(sold, SKU, 17)
    sold.outlet.ship(sold.order)
    sold.warehouse.forward(SKU, 3)
    assert keep(sold, SKU, 17) == {"main": 15, "outlet": 15}
    sold.later(hours=97)
    keep(sold, SKU, 17)
    has_ended(sold, SKU, 17)


def test_a_return_is_not_sold_before_the_warehouse_has_it(sold: Any) -> None:
    """WooCommerce puts refunded units on sale by itself; the next cycle takes them off again."""
    sold.outlet.ship(sold.order)
    sold.warehouse.forward(SKU, 5)
    keep(sold, SKU, TRUE)
    sold.outlet.refund(sold.order, {sold.line: 2})
    assert sold["outlet"].shows(SKU) == 17
    assert keep(sold, SKU, TRUE) == {"main": 15, "outlet": 15}
    sold.warehouse.receive(SKU, 2)
    has_ended(sold, SKU, 17)


def test_a_refund_after_shipping_that_restocks_nothing(sold: Any) -> None:
    sold.outlet.ship(sold.order)
    keep(sold, SKU, TRUE)
    sold.outlet.refund(sold.order, {sold.line: 2}, restock=False)
    keep(sold, SKU, TRUE)
    sold.warehouse.forward(SKU, 5)
    has_ended(sold, SKU, TRUE)


def test_all_refunded_and_all_restocked(sold: Any) -> None:
    sold.outlet.refund(sold.order, {sold.line: 5})
    has_ended(sold, SKU, 20)


def test_money_back_after_shipping_brings_no_goods_back(sold: Any) -> None:
    sold.outlet.ship(sold.order)
    keep(sold, SKU, TRUE)
    sold.outlet.set_order_status(sold.order, "refunded")
    keep(sold, SKU, TRUE)
    sold.warehouse.forward(SKU, 5)
    has_ended(sold, SKU, TRUE)


# -- orders that end -------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["cancelled", "failed", "refunded", "trash"])
def test_an_order_that_ends_unshipped_frees_its_units(sold: Any, end: str) -> None:
    """Only a cancellation is given back by WooCommerce itself; what the others hold, the next write returns."""
    if end == "trash":
        sold.outlet.trash_order(sold.order)
    else:
        sold.outlet.set_order_status(sold.order, end)
    assert keep(sold, SKU, 20) == {"main": 20, "outlet": 20}
    has_ended(sold, SKU, 20)


def test_cancelled_after_the_parcel_left(sold: Any) -> None:
    """WooCommerce puts the five on sale again. They are with the customer."""
    sold.outlet.ship(sold.order)
    sold.warehouse.forward(SKU, 5)
    keep(sold, SKU, TRUE)
    sold.outlet.cancel(sold.order)
    has_ended(sold, SKU, TRUE)


def test_deleted_after_the_parcel_left(sold: Any) -> None:
    sold.outlet.ship(sold.order)
    keep(sold, SKU, TRUE)
    sold.outlet.delete_order(sold.order)
    keep(sold, SKU, TRUE)
    sold.warehouse.forward(SKU, 5)
    has_ended(sold, SKU, TRUE)


def test_an_order_deleted_for_good_frees_its_units_within_a_day(sold: Any) -> None:
    """It appears in no list of changes and nothing else moves: the daily reading misses it."""
    sold.outlet.delete_order(sold.order)
    assert keep(sold, SKU, 20) == {"main": 15, "outlet": 15}
    sold.later(hours=25)
    keep(sold, SKU, 20)
    has_ended(sold, SKU, 20)


def test_an_order_deleted_for_good_is_found_at_once_by_a_resync(sold: Any) -> None:
    sold.outlet.delete_order(sold.order)
    sold.resync("outlet", SKU)
    assert keep(sold, SKU, 20) == {"main": 20, "outlet": 20}


def test_trashed_and_then_deleted(sold: Any) -> None:
    sold.outlet.trash_order(sold.order)
    sold.outlet.delete_order(sold.order)
    sold.later(hours=25)
    keep(sold, SKU, 20)
    has_ended(sold, SKU, 20)


# -- orders that change ----------------------------------------------------------------------------------


def test_an_order_edited_down_and_up(sold: Any) -> None:
    sold.outlet.edit_line(sold.order, sold.line, 2)
    assert keep(sold, SKU, 18) == {"main": 18, "outlet": 18}
    sold.outlet.edit_line(sold.order, sold.line, 9)
    assert keep(sold, SKU, 11) == {"main": 11, "outlet": 11}
    has_ended(sold, SKU, 11)


def test_a_line_taken_out_of_an_order(sold: Any) -> None:
    sold.add("B", 9)
    sold.later(minutes=20)
    assert keep(sold, "B", 9) == {"main": 9, "outlet": 9}
    sold.outlet.add_line(sold.order, "B", 2)
    assert keep(sold, "B", 9) == {"main": 7, "outlet": 7}
    sold.outlet.edit_line(sold.order, sold.line, 0)
    keep(sold, SKU, 20)
    assert sold.shows(SKU) == {"main": 20, "outlet": 20}
    has_ended(sold, SKU, 20)
    assert sold.shows("B") == {"main": 7, "outlet": 7}


def test_a_line_put_into_an_order(sold: Any) -> None:
    sold.outlet.add_line(sold.order, SKU, 2)
    has_ended(sold, SKU, 13)


def test_an_order_over_rest_beyond_stock_shows_a_debt_nobody_can_buy(sold: Any) -> None:
    """Nobody asks over REST whether there is enough: eighteen of fifteen."""
    second = sold.outlet.place_order({SKU: 18})
    assert sold["outlet"].shows(SKU) == -3
    shown = keep(sold, SKU, 0)
    assert max(shown.values()) <= 0
    sold.warehouse.receive(SKU, 2)  # not enough to pay the debt
    keep(sold, SKU, 0)
    sold.warehouse.receive(SKU, 6)
    assert keep(sold, SKU, 5) == {"main": 5, "outlet": 5}
    sold.outlet.ship(second)
    keep(sold, SKU, 5)
    sold.warehouse.forward(SKU, 18)
    has_ended(sold, SKU, 5)


def test_an_order_that_lands_under_a_write_is_found_with_the_next_look(sold: Any) -> None:
    """WooCommerce cannot compare: an order between loading and saving is written over, until the next cycle."""
    sold.warehouse.receive(SKU, 5)
    sold["outlet"].sandbox.before_save(lambda _: sold.outlet.place_order({SKU: 3}))
    sold.cycle()
    assert sold["outlet"].shows(SKU) == 20
    assert keep(sold, SKU, 17) == {"main": 17, "outlet": 17}
    has_ended(sold, SKU, 17)


def test_an_order_between_reading_and_writing_is_not_undone_by_an_increase(sold: Any) -> None:
    """The number is read once more just before it is raised; what moved is decided anew in the same cycle."""
    sold.warehouse.receive(SKU, 5)
    sold.leave("main")
    late = iter([3])

    def buy(call: Any) -> None:
        if "include" in call.query and (units := next(late, 0)):
            sold.outlet.place_order({SKU: units})

    sold["outlet"].sandbox.before_request(buy, on="products", times=-1)
    sold.forget_offers()
    sold.cycle()
    assert next(late, None) is None
    assert sold["outlet"].shows(SKU) == 17
    assert sold.highest(SKU) == 17


# -- a product that Woo sells as a kit, and does not count itself ------------------------------------------


def test_a_kit_that_the_shop_does_not_count_reserves_its_parts(harness_with: Any) -> None:
    """Unmanaged in WooCommerce, so no `_reduced_stock`: the line's quantity minus refunds stands in."""
    harness = harness_with(outlet='[stores.outlet.bundles]\n"KIT" = { "A" = 2 }')
    harness.add(SKU, 20)
    harness["outlet"].shop.add_product("KIT", None)
    harness.cycle()
    shop = harness["outlet"].shop
    order = shop.place_order({"KIT": 3})
    assert keep(harness, SKU, 20) == {"main": 14, "outlet": 14}
    shop.refund(order, {order.lines[0].id: 1})
    assert keep(harness, SKU, 16) == {"main": 16, "outlet": 16}
    shop.ship(order)
    assert keep(harness, SKU, 16) == {"main": 16, "outlet": 16}
    harness.warehouse.forward(SKU, 4)
    has_ended(harness, SKU, 16)
    assert shop.quantity(shop.find("KIT")) is None  # never touched
