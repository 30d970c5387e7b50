"""One warehouse, two platforms: what is sold in one shop falls in every shop at the next tick."""

from typing import Any

import pytest

from .stage import Stage, has_ended, keep

BUNDLES = '[stores.{}.bundles]\n"KIT" = {{ "A" = 2, "B" = 1 }}'


def test_two_shops_each_sell_three_at_the_same_moment(stage: Stage) -> None:
    stage.add("A", 10)
    assert stage.cycle().code == 0
    for store in stage.stores.values():
        store.sell("A", 3)
    assert keep(stage, "A", 4) == {"main": 4, "outlet": 4}
    has_ended(stage, "A", 4)


def test_three_shops_sell_out_together_and_one_piece_too_much(stage_with: Any, woo: Any) -> None:
    """Each of three shops sells four of ten within one tick: two customers wait, and nobody is offered more."""
    stage = stage_with(more={"third": woo()})
    stage.add("A", 10)
    stage.cycle()
    orders = {name: store.sell("A", 4) for name, store in stage.stores.items()}
    assert max(keep(stage, "A", 0).values()) <= 0
    stage["third"].cancel(orders["third"])
    assert keep(stage, "A", 2) == {"main": 2, "outlet": 2, "third": 2}


@pytest.mark.parametrize("seller", ["main", "outlet"])
def test_shipments_of_one_shop_leave_the_other_right_throughout(stage: Stage, seller: str) -> None:
    stage.add("A", 10)
    stage.cycle()
    first, second = (stage[name].sell("A", 3) for name in ("main", "outlet"))
    keep(stage, "A", 4)
    stage[seller].ship(first if seller == "main" else second)
    assert keep(stage, "A", 4) == {"main": 4, "outlet": 4}
    stage.warehouse.forward("A", 3)
    assert keep(stage, "A", 4) == {"main": 4, "outlet": 4}
    stage.warehouse.forward("A", 3)
    keep(stage, "A", 4)
    other = "outlet" if seller == "main" else "main"
    stage[other].ship(second if other == "outlet" else first)
    has_ended(stage, "A", 4)


# -- kits and other names --------------------------------------------------------------------------------


@pytest.mark.parametrize("seller", ["main", "outlet"])
def test_a_kit_sold_in_one_shop_lowers_its_parts_and_the_kit_in_every_shop(stage_with: Any, seller: str) -> None:
    stage = stage_with(main=BUNDLES.format("main"), outlet=BUNDLES.format("outlet"))
    for sku, units in (("A", 20), ("B", 9)):
        stage.add(sku, units)
    for store in stage.stores.values():
        store.add("KIT", 9)
    assert stage.cycle().code == 0
    order = stage[seller].sell("KIT", 3)
    for step in (
        lambda: None,
        lambda: stage[seller].ship(order),
        lambda: (stage.warehouse.forward("A", 6), stage.warehouse.forward("B", 3)),
        lambda: None,
    ):
        step()
        for sku, units in (("A", 14), ("B", 6), ("KIT", 6)):
            assert keep(stage, sku, units) == {"main": units, "outlet": units}


def test_a_part_sold_alone_lowers_the_kit_of_the_other_shop(stage_with: Any) -> None:
    stage = stage_with(outlet=BUNDLES.format("outlet"))
    for sku, units in (("A", 20), ("B", 9)):
        stage.add(sku, units)
    stage["outlet"].add("KIT", 9)
    stage.cycle()
    stage["main"].sell("A", 15)
    stage.cycle()
    assert [stage["outlet"].shows(sku) for sku in ("A", "B", "KIT")] == [5, 9, 2]
    stage["main"].sell("B", 9)
    stage.cycle()
    assert [stage["outlet"].shows(sku) for sku in ("A", "B", "KIT")] == [5, 0, 0]


def test_several_listings_of_one_sku_sell_the_same_pieces(stage_with: Any) -> None:
    stage = stage_with(outlet='[stores.outlet.map]\n"A-OUTLET" = "A"')
    stage.add("A", 10)
    stage["main"].add("A", 10)  # a second product with the same SKU
    stage["outlet"].add("A-OUTLET", 10)
    stage.cycle()
    stage["outlet"].sell("A-OUTLET", 4)
    stage.cycle()
    shown = [variant.item.levels[stage["main"].shop.location().id].available
             for variant in stage["main"].shop.variants.values()]  # fmt: skip
    assert (shown, stage["outlet"].shows("A"), stage["outlet"].shows("A-OUTLET")) == ([6, 6], 6, 6)


def test_a_pool_of_variations_is_written_at_the_parent(stage: Stage) -> None:
    """The variations sell the parent's stock; they themselves are reported and left as they are."""
    stage.warehouse.add("SOCK", 30)
    stage.warehouse.add("SOCK-red", 7)
    stage["main"].add("SOCK", 30)
    shop = stage["outlet"].shop
    parent = shop.add_variable("SOCK", {"red": None, "blue": None}, pool=12)
    assert stage.cycle().code == 0
    assert shop.quantity(parent) == 30
    shop.place_order({"SOCK-red": 4, "SOCK-blue": 1})
    assert keep(stage, "SOCK", 25) == {"main": 25, "outlet": 25}
    assert all(shop.managing(child) == "parent" for child in parent.children)
    assert all(child.stock_quantity is None for child in parent.children)
    shop.ship(next(iter(shop.orders)))
    keep(stage, "SOCK", 25)
    stage.warehouse.forward("SOCK", 5)
    has_ended(stage, "SOCK", 25)


# -- warehouses ------------------------------------------------------------------------------------------

TWO = {"1": "Main", "2": "East"}


def test_disjoint_warehouses_are_two_pools(stage_with: Any) -> None:
    stage = stage_with(main='warehouses = ["1"]', outlet='warehouses = ["2"]', warehouses=TWO)
    stage.warehouse.add("A", {"1": 10, "2": 4})
    for store in stage.stores.values():
        store.add("A", 4)
    stage.cycle()
    assert stage.shows("A") == {"main": 10, "outlet": 4}
    order = stage["outlet"].sell("A", 3)
    for step in (
        lambda: None, lambda: stage["outlet"].ship(order), lambda: stage.warehouse.forward("A", 3, "2"), lambda: None
    ):  # fmt: skip
        step()
        stage.cycle()
        assert stage.shows("A") == {"main": 10, "outlet": 1}


def test_partly_shared_warehouses(stage_with: Any) -> None:
    """main ships from both, outlet from the second only: what outlet sells comes off there, what main sells off
    the fuller one, and together they never offer more than there is."""
    stage = stage_with(outlet='warehouses = ["2"]', warehouses=TWO)
    stage.warehouse.add("A", {"1": 10, "2": 4})
    for store in stage.stores.values():
        store.add("A", 4)
    stage.cycle()
    assert stage.shows("A") == {"main": 14, "outlet": 4}
    sold = stage["outlet"].sell("A", 3)
    stage.cycle()
    assert stage.shows("A") == {"main": 11, "outlet": 1}
    stage["main"].sell("A", 9)  # all from the first, down to the level of the second
    stage.cycle()
    assert stage.shows("A") == {"main": 2, "outlet": 1}
    stage["outlet"].ship(sold)
    stage.warehouse.forward("A", 3, "2")
    stage.cycle()
    assert stage.shows("A") == {"main": 2, "outlet": 1}
    stage["main"].sell("A", 2)
    stage.cycle()
    assert stage.shows("A") == {"main": 0, "outlet": 0}


def test_one_shop_may_hold_back_what_the_other_sells(stage_with: Any) -> None:
    stage = stage_with(main="buffer = 2", outlet='share = "50%"')
    stage.add("A", 10)
    stage.cycle()
    assert stage.shows("A") == {"main": 8, "outlet": 5}
    stage["outlet"].sell("A", 5)
    stage.cycle()
    assert stage.shows("A") == {"main": 3, "outlet": 2}


# -- caps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seller", ["main", "outlet"])
def test_a_cap_with_more_committed_than_the_cap(stage_with: Any, seller: str) -> None:
    """Twelve sold and open where at most five are shown: shoppers still see five, and no write takes that for less."""
    stage = stage_with(main="cap = 5", outlet="cap = 5")
    stage.add("A", 40)
    stage.cycle()
    stage.release("main")
    stage.release("outlet")
    stage.cycle()
    assert stage.shows("A") == {"main": 5, "outlet": 5}
    orders = []
    for _ in range(3):
        orders.append(stage[seller].sell("A", 4))
        assert keep(stage, "A", 5) == {"main": 5, "outlet": 5}
    for order in orders:
        stage[seller].ship(order)
        assert keep(stage, "A", 5) == {"main": 5, "outlet": 5}
        stage.warehouse.forward("A", 4)
    has_ended(stage, "A", 5)
    orders = [stage[seller].sell("A", 4) for _ in range(6)]
    keep(stage, "A", 5)
    has_ended(stage, "A", 4)  # 28 in the warehouse, 24 of them sold: now the stock is scarcer than the cap


# -- SKUs that move --------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["main", "outlet"])
def test_a_sku_swapped_between_two_listings(stage: Stage, where: str) -> None:
    """With an open order: its units count on the SKU it was placed under and on the one that its listing has now."""
    stage.add("A", 30)
    stage.add("B", 12)
    stage.cycle()
    first, second = stage[where].ref("A"), stage[where].ref("B")
    stage[where].sell("A", 4)
    stage.cycle()
    assert stage.shows("A") == {"main": 26, "outlet": 26}
    stage[where].shop.swap_skus("A", "B")
    stage.later(minutes=20)
    for _ in range(3):
        stage.cycle()
        stage.later(minutes=20)
    assert (stage[where].ref("B"), stage[where].ref("A")) == (first, second)
    assert stage.shows("A") == {"main": 26, "outlet": 26}
    assert stage.shows("B") == {"main": 8, "outlet": 8}


@pytest.mark.parametrize("where", ["main", "outlet"])
def test_the_units_of_a_renamed_listing_count_on_both_names(stage: Stage, where: str) -> None:
    """The other shop loses those of the new one, and gets none of the old one back until the order is over."""
    other = "outlet" if where == "main" else "main"
    stage.add("A", 30)
    stage.add("Z", 200)  # so that one fall is little to the guard
    stage.warehouse.add("C", 12)
    stage[other].add("C", 12)
    stage.cycle()
    order = stage[where].sell("A", 4)
    stage.cycle()
    assert stage[other].shows("A") == 26
    stage[where].shop.set_sku("A", "C")
    for _ in range(2):
        stage.later(minutes=20)
        stage.cycle()
    assert stage.shows("C") == {"main": 8, "outlet": 8}
    assert stage[other].shows("A") == 26
    stage[where].cancel(order)
    stage.cycle()
    assert (stage.shows("C"), stage[other].shows("A")) == ({"main": 12, "outlet": 12}, 30)


def test_variations_of_one_parent_swap_their_skus(stage: Stage) -> None:
    for sku, units in (("TEE-S", 30), ("TEE-M", 12)):
        stage.warehouse.add(sku, units)
        stage["main"].add(sku, units)
    stage["outlet"].shop.add_variable("TEE", {"S": 30, "M": 12})
    stage.cycle()
    stage["outlet"].shop.swap_skus("TEE-S", "TEE-M")
    stage.later(minutes=20)
    stage.cycle()
    stage.cycle()
    assert stage.shows("TEE-S") == {"main": 30, "outlet": 30}
    assert stage.shows("TEE-M") == {"main": 12, "outlet": 12}


@pytest.mark.parametrize("where", ["main", "outlet"])
def test_a_product_deleted_and_made_anew_with_open_orders_ends_right(stage: Stage, where: str) -> None:
    order = _recreated(stage, where)
    stage[where].ship(order)
    keep(stage, "A", 15)
    stage.warehouse.forward("A", 5)
    stage.later(hours=2)
    keep(stage, "A", 15)
    has_ended(stage, "A", 15)


@pytest.mark.parametrize("where", ["main", "outlet"])
def test_what_a_deleted_product_owes_is_not_sold_again(stage: Stage, where: str) -> None:
    order = _recreated(stage, where)
    stage.warehouse.forward("A", 5)
    keep(stage, "A", 15)
    stage[where].ship(order)
    for _ in range(6):
        stage.later(hours=2)
        keep(stage, "A", 15)


def _recreated(stage: Stage, where: str) -> Any:
    """An import gave the product another id. What its old orders hold is still owed."""
    stage.add("A", 20)
    stage.cycle()
    order = stage[where].sell("A", 5)
    assert keep(stage, "A", 15) == {"main": 15, "outlet": 15}
    stage[where].recreate("A")
    for _ in range(3):
        keep(stage, "A", 15)
        stage.later(minutes=20)
    assert keep(stage, "A", 15) == {"main": 15, "outlet": 15}
    return order


@pytest.mark.parametrize("touched", [True, False], ids=["order touched meanwhile", "order left alone"])
def test_the_lines_of_a_deleted_product_name_none_and_are_owed_all_the_same(stage: Stage, touched: bool) -> None:
    """As WooCommerce shows it: product_id 0. The order has another line, which names its product."""
    stage.add("A", 20)
    stage.add("B", 9)
    stage.cycle()
    shop = stage["outlet"].shop
    order = shop.place_order({"A": 5, "B": 1})
    keep(stage, "A", 15)
    shop.recreate("A")
    order.lines[0].product_id = 0
    if touched:
        shop.custom_statuses.append("packed")
        shop.set_order_status(order, "packed")
    for _ in range(4):
        stage.later(minutes=20)
        keep(stage, "A", 15)
    assert stage.shows("A") == {"main": 15, "outlet": 15}
    shop.ship(order)
    for _ in range(4):
        stage.later(minutes=20)
        keep(stage, "A", 15)
    stage.warehouse.forward("A", 5)
    stage.warehouse.forward("B", 1)
    stage.later(hours=1)
    keep(stage, "A", 15)
    has_ended(stage, "A", 15)
    has_ended(stage, "B", 8)


@pytest.mark.parametrize("found_out", [True, False], ids=["known to be gone", "not yet"])
def test_a_cancelled_order_of_a_deleted_product_frees_its_units_at_once(stage: Stage, found_out: bool) -> None:
    stage.add("A", 20)
    stage.add("B", 9)
    stage.cycle()
    shop = stage["outlet"].shop
    order = shop.place_order({"A": 5, "B": 1})
    keep(stage, "A", 15)
    shop.recreate("A")
    order.lines[0].product_id = 0
    stage.later(minutes=20)
    stage.cycle(full=found_out)
    assert keep(stage, "A", 15) == {"main": 15, "outlet": 15}
    shop.cancel(order)
    keep(stage, "A", 20)  # finds the listing gone, and what shares it may wait for the map to be read
    assert keep(stage, "A", 20) == {"main": 20, "outlet": 20}
    has_ended(stage, "B", 9)


def test_a_listing_that_is_gone_does_not_stay_due(stage: Stage) -> None:
    """It reserves what its orders hold, and there is nothing to write any more: the store is not visited for it."""
    _recreated(stage, "outlet")
    for units in (18, 16):
        stage.warehouse.set_stock("A", units)
        for _ in range(3):
            stage.cycle()
        assert stage.shows("A") == {"main": units - 5, "outlet": units - 5}
        assert stage.state.due("outlet") == {}
