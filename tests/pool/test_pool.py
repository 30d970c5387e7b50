"""One warehouse, two platforms: what is sold in one shop falls in every shop at the next tick."""

from typing import Any

import pytest

from bridge.state import keys
from connectors.testing.played import two_played
from tests.harness.installation import Installation

from .harness import has_ended, keep

BUNDLES = '[stores.{}.bundles]\n"KIT" = {{ "A" = 2, "B" = 1 }}'


@pytest.mark.states("3pl.guide.next.one_pool")
def test_two_shops_each_sell_three_at_the_same_moment(harness: Installation) -> None:
    harness.add("A", 10)
    assert harness.cycle().code == 0
    for store in harness.stores.values():
        store.sell("A", 3)
    assert keep(harness, "A", 4) == {"main": 4, "outlet": 4}
    has_ended(harness, "A", 4)


def test_three_shops_sell_out_together_and_one_piece_too_much(harness_with: Any, another: Any) -> None:
    """Each of three shops sells four of ten within one tick: two customers wait, and nobody is offered more."""
    harness = harness_with(more={"third": another()})
    harness.add("A", 10)
    harness.cycle()
    orders = {name: store.sell("A", 4) for name, store in harness.stores.items()}
    assert max(keep(harness, "A", 0).values()) <= 0
    harness["third"].cancel(orders["third"])
    assert keep(harness, "A", 2) == {"main": 2, "outlet": 2, "third": 2}


@pytest.mark.parametrize("seller", ["main", "outlet"])
def test_shipments_of_one_shop_leave_the_other_right_throughout(harness: Installation, seller: str) -> None:
    harness.add("A", 10)
    harness.cycle()
    first, second = (harness[name].sell("A", 3) for name in ("main", "outlet"))
    keep(harness, "A", 4)
    harness[seller].ship(first if seller == "main" else second)
    assert keep(harness, "A", 4) == {"main": 4, "outlet": 4}
    harness.warehouse.forward("A", 3)
    assert keep(harness, "A", 4) == {"main": 4, "outlet": 4}
    harness.warehouse.forward("A", 3)
    keep(harness, "A", 4)
    other = "outlet" if seller == "main" else "main"
    harness[other].ship(second if other == "outlet" else first)
    has_ended(harness, "A", 4)


# -- kits and other names --------------------------------------------------------------------------------


@pytest.mark.parametrize("seller", ["main", "outlet"])
def test_a_kit_with_a_part_that_nobody_knows_takes_the_others(harness_with: Any, seller: str) -> None:
    """It cannot be offered, and who ordered it gets all of it: before B is known, when it is shipped, when B comes."""
    harness = harness_with(main=BUNDLES.format("main"), outlet=BUNDLES.format("outlet"))
    harness.add("A", 20)
    for store in harness.stores.values():
        store.add("KIT", 9)
    harness.cycle()
    first, _ = (harness[seller].sell("KIT", units) for units in (3, 1))
    assert keep(harness, "A", 12) == {"main": 12, "outlet": 12}
    harness[seller].ship(first)
    assert keep(harness, "A", 12) == {"main": 12, "outlet": 12}
    harness.warehouse.forward("A", 6)
    assert keep(harness, "A", 12) == {"main": 12, "outlet": 12}
    harness.warehouse.add("B", 9)
    assert keep(harness, "A", 12) == {"main": 12, "outlet": 12}


@pytest.mark.parametrize("seller", ["main", "outlet"])
def test_a_kit_sold_in_one_shop_lowers_its_parts_and_the_kit_in_every_shop(harness_with: Any, seller: str) -> None:
    harness = harness_with(main=BUNDLES.format("main"), outlet=BUNDLES.format("outlet"))
    for sku, units in (("A", 20), ("B", 9)):
        harness.add(sku, units)
    for store in harness.stores.values():
        store.add("KIT", 9)
    assert harness.cycle().code == 0
    order = harness[seller].sell("KIT", 3)
    for step in (
        lambda: None,
        lambda: harness[seller].ship(order),
        lambda: (harness.warehouse.forward("A", 6), harness.warehouse.forward("B", 3)),
        lambda: None,
    ):
        step()
        for sku, units in (("A", 14), ("B", 6), ("KIT", 6)):
            assert keep(harness, sku, units) == {"main": units, "outlet": units}


def test_a_part_sold_alone_lowers_the_kit_of_the_other_shop(harness_with: Any) -> None:
    harness = harness_with(outlet=BUNDLES.format("outlet"))
    for sku, units in (("A", 20), ("B", 9)):
        harness.add(sku, units)
    harness["outlet"].add("KIT", 9)
    harness.cycle()
    harness["main"].sell("A", 15)
    harness.cycle()
    assert [harness["outlet"].shows(sku) for sku in ("A", "B", "KIT")] == [5, 9, 2]
    harness["main"].sell("B", 9)
    harness.cycle()
    assert [harness["outlet"].shows(sku) for sku in ("A", "B", "KIT")] == [5, 0, 0]


def test_several_listings_of_one_sku_sell_the_same_pieces(harness_with: Any) -> None:
    harness = harness_with(outlet='[stores.outlet.map]\n"A-OUTLET" = "A"', kinds=two_played())
    harness.add("A", 10)
    harness["main"].add("A", 10)  # a second product with the same SKU
    harness["outlet"].add("A-OUTLET", 10)
    harness.cycle()
    harness["outlet"].sell("A-OUTLET", 4)
    harness.cycle()
    shown = [number for _, _, number in harness["main"].numbers()]
    assert (shown, harness["outlet"].shows("A"), harness["outlet"].shows("A-OUTLET")) == ([6, 6], 6, 6)


# -- warehouses ------------------------------------------------------------------------------------------

TWO = {"1": "Main", "2": "East"}


def test_disjoint_warehouses_are_two_pools(harness_with: Any) -> None:
    harness = harness_with(main='warehouses = ["1"]', outlet='warehouses = ["2"]', warehouses=TWO)
    harness.warehouse.add("A", {"1": 10, "2": 4})
    for store in harness.stores.values():
        store.add("A", 4)
    harness.cycle()
    assert harness.shows("A") == {"main": 10, "outlet": 4}
    order = harness["outlet"].sell("A", 3)
    for step in (
        lambda: None, lambda: harness["outlet"].ship(order), lambda: harness.warehouse.forward("A", 3, "2"),
        lambda: None,
    ):  # fmt: skip
        step()
        harness.cycle()
        assert harness.shows("A") == {"main": 10, "outlet": 1}


def test_partly_shared_warehouses(harness_with: Any) -> None:
    """main ships from both, outlet from the second only: what outlet sells comes off there, what main sells off
    the fuller one, and together they never offer more than there is."""
    harness = harness_with(outlet='warehouses = ["2"]', warehouses=TWO)
    harness.warehouse.add("A", {"1": 10, "2": 4})
    for store in harness.stores.values():
        store.add("A", 4)
    harness.cycle()
    assert harness.shows("A") == {"main": 14, "outlet": 4}
    sold = harness["outlet"].sell("A", 3)
    harness.cycle()
    assert harness.shows("A") == {"main": 11, "outlet": 1}
    harness["main"].sell("A", 9)  # all from the first, down to the level of the second
    harness.cycle()
    assert harness.shows("A") == {"main": 2, "outlet": 1}
    harness["outlet"].ship(sold)
    harness.warehouse.forward("A", 3, "2")
    harness.cycle()
    assert harness.shows("A") == {"main": 2, "outlet": 1}
    harness["main"].sell("A", 2)
    harness.cycle()
    assert harness.shows("A") == {"main": 0, "outlet": 0}


def test_one_shop_may_hold_back_what_the_other_sells(harness_with: Any) -> None:
    harness = harness_with(main="buffer = 2", outlet='share = "50%"')
    harness.add("A", 10)
    harness.cycle()
    assert harness.shows("A") == {"main": 8, "outlet": 5}
    harness["outlet"].sell("A", 5)
    harness.cycle()
    assert harness.shows("A") == {"main": 3, "outlet": 2}


# -- caps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seller", ["main", "outlet"])
def test_a_cap_with_more_committed_than_the_cap(harness_with: Any, seller: str) -> None:
    """Twelve sold and open where at most five are shown: shoppers still see five, and no write takes that for less."""
    harness = harness_with(main="cap = 5", outlet="cap = 5")
    harness.add("A", 40)
    harness.cycle()
    harness.release("main")
    harness.release("outlet")
    harness.cycle()
    assert harness.shows("A") == {"main": 5, "outlet": 5}
    orders = []
    for _ in range(3):
        orders.append(harness[seller].sell("A", 4))
        assert keep(harness, "A", 5) == {"main": 5, "outlet": 5}
    for order in orders:
        harness[seller].ship(order)
        assert keep(harness, "A", 5) == {"main": 5, "outlet": 5}
        harness.warehouse.forward("A", 4)
    has_ended(harness, "A", 5)
    orders = [harness[seller].sell("A", 4) for _ in range(6)]
    keep(harness, "A", 5)
    has_ended(harness, "A", 4)  # 28 in the warehouse, 24 of them sold: now the stock is scarcer than the cap


# -- SKUs that move --------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["main", "outlet"])
def test_a_sku_swapped_between_two_listings(harness: Installation, where: str) -> None:
    """With an open order: its units count on the SKU it was placed under and on the one that its listing has now."""
    harness.add("A", 30)
    harness.add("B", 12)
    harness.cycle()
    first, second = harness[where].ref("A"), harness[where].ref("B")
    harness[where].sell("A", 4)
    harness.cycle()
    assert harness.shows("A") == {"main": 26, "outlet": 26}
    harness[where].swap("A", "B")
    harness.later(minutes=20)
    for _ in range(3):
        harness.cycle()
        harness.later(minutes=20)
    assert (harness[where].ref("B"), harness[where].ref("A")) == (first, second)
    assert harness.shows("A") == {"main": 26, "outlet": 26}
    assert harness.shows("B") == {"main": 8, "outlet": 8}


@pytest.mark.parametrize("where", ["main", "outlet"])
def test_the_units_of_a_renamed_listing_count_on_both_names(harness: Installation, where: str) -> None:
    """The other shop loses those of the new one, and gets none of the old one back until the order is over."""
    other = "outlet" if where == "main" else "main"
    harness.add("A", 30)
    harness.add("Z", 200)  # so that one fall is little to the guard
    harness.warehouse.add("C", 12)
    harness[other].add("C", 12)
    harness.cycle()
    order = harness[where].sell("A", 4)
    harness.cycle()
    assert harness[other].shows("A") == 26
    harness[where].rename("A", "C")
    for _ in range(2):
        harness.later(minutes=20)
        harness.cycle()
    assert harness.shows("C") == {"main": 8, "outlet": 8}
    assert harness[other].shows("A") == 26
    harness[where].cancel(order)
    harness.cycle()
    assert (harness.shows("C"), harness[other].shows("A")) == ({"main": 12, "outlet": 12}, 30)


@pytest.mark.parametrize("where", ["main", "outlet"])
def test_a_product_deleted_and_made_anew_with_open_orders_ends_right(harness: Installation, where: str) -> None:
    order = _recreated(harness, where)
    harness[where].ship(order)
    keep(harness, "A", 15)
    harness.warehouse.forward("A", 5)
    harness.later(hours=2)
    keep(harness, "A", 15)
    has_ended(harness, "A", 15)


@pytest.mark.parametrize("where", ["main", "outlet"])
def test_what_a_deleted_product_owes_is_not_sold_again(harness: Installation, where: str) -> None:
    order = _recreated(harness, where)
    harness.warehouse.forward("A", 5)
    keep(harness, "A", 15)
    harness[where].ship(order)
    for _ in range(6):
        harness.later(hours=2)
        keep(harness, "A", 15)


def _recreated(harness: Installation, where: str) -> Any:
    """An import gave the product another id. What its old orders hold is still owed."""
    harness.add("A", 20)
    harness.cycle()
    order = harness[where].sell("A", 5)
    assert keep(harness, "A", 15) == {"main": 15, "outlet": 15}
    harness[where].recreate("A")
    for _ in range(3):
        keep(harness, "A", 15)
        harness.later(minutes=20)
    assert keep(harness, "A", 15) == {"main": 15, "outlet": 15}
    return order


def test_a_listing_that_is_gone_does_not_stay_due(harness: Installation) -> None:
    """It reserves what its orders hold, and there is nothing to write any more: the store is not visited for it."""
    _recreated(harness, "outlet")
    for units in (18, 16):
        harness.warehouse.set_stock("A", units)
        for _ in range(3):
            harness.cycle()
        assert harness.shows("A") == {"main": units - 5, "outlet": units - 5}
        assert harness.state.due("outlet") == {}


def test_orders_of_one_of_two_that_look_alike_come_off_that_one(harness_with: Any) -> None:
    """An exactly equal SKU wins over looser matches, for what is sold as well."""
    harness = harness_with(main='match = "loose"', outlet='match = "loose"')
    for sku in ("ABC", "abc"):
        harness.warehouse.add(sku, 10)
        harness.main.add(sku, 10)
    harness["outlet"].add("ABC", 10)
    harness.cycle()
    harness["outlet"].sell("ABC", 3)
    harness.later(minutes=1)
    harness.cycle()
    assert [harness.main.shows(sku) for sku in ("ABC", "abc")] == [7, 10]


def test_what_is_sold_of_one_that_looks_alike_comes_off_no_other(harness_with: Any) -> None:
    """Also where nothing else asks for the one that was sold."""
    harness = harness_with(main='match = "loose"', outlet='match = "loose"')
    for sku in ("ABC", "abc"):
        harness.warehouse.add(sku, 10)
    harness.main.add("abc", 10)
    harness["outlet"].add("ABC", 10)
    harness.cycle()
    harness["outlet"].sell("ABC", 3)
    harness.later(minutes=1)
    harness.cycle()
    assert harness.main.shows("abc") == 10


def test_a_name_of_a_row_that_cannot_be_read_is_not_taken_for_one_that_looks_alike(harness_with: Any) -> None:
    """Neither is it offered what there is of that one, nor does what it sells come off it."""
    harness = harness_with(outlet='match = "loose"')
    for sku in ("ABC", "abc"):
        harness.warehouse.add(sku, 10)
    harness.warehouse.garble("abc", quantity="many")
    harness.main.add("ABC", 10)
    harness["outlet"].add("abc", 3)
    harness.cycle()
    harness["outlet"].sell("abc", 1)
    harness.later(minutes=1)
    harness.cycle()
    assert (harness["outlet"].shows("abc"), harness.main.shows("ABC")) == (2, 10)
    harness.warehouse.garble("abc")
    harness.later(minutes=20)
    harness.cycle()
    assert (harness["outlet"].shows("abc"), harness.main.shows("ABC")) == (9, 10)


@pytest.mark.parametrize("other", ["ABC", "Abc"])
def test_units_sold_stay_sold_when_a_look_alike_makes_their_name_ambiguous(harness_with: Any, other: str) -> None:
    """Nobody knows any more which of the two leaves: they come off either, alone or together with the other."""
    harness = harness_with(outlet='match = "loose"')
    harness.warehouse.add("ABC", 10)
    harness.main.add("ABC", 10)
    harness["outlet"].add("abc", 10)
    harness.cycle()
    order = harness["outlet"].sell("abc", 3)
    harness.later(minutes=1)
    harness.cycle()
    harness.warehouse.add("Abc", 10)
    harness.main.add("Abc", 0)
    for act in (lambda: None, lambda: harness["outlet"].ship(order), lambda: harness.main.edit(other, 1)):
        act()
        harness.later(minutes=20)
        harness.cycle()
        assert [harness.main.shows(sku) for sku in ("ABC", "Abc")] == [7, 7]
    harness.warehouse.forward("ABC", 3)
    harness.later(minutes=1)
    harness.cycle()
    assert harness.main.shows("ABC") == 7


def test_spellings_that_redis_loses_are_found_again_ahead_of_what_shops_ship(harness_with: Any, redis: Any) -> None:
    """A shipment of a listing that means nothing is none, and its units would be offered once more."""
    harness = harness_with(outlet='match = "loose"')
    harness.warehouse.add("ABC", 10)
    harness.main.add("ABC", 10)
    harness["outlet"].add("Abc", 10)
    harness.cycle()
    order = harness["outlet"].sell("Abc", 3)
    harness.later(minutes=1)
    harness.cycle()
    redis.delete(keys.LOOSE)
    harness["outlet"].ship(order)
    harness.main.edit("ABC", 5)
    harness.later(minutes=1)
    assert harness.cycle().code == 0
    assert (harness.main.shows("ABC"), harness["outlet"].shows("Abc")) == (7, 7)
