"""What a merchant may decide for a store, and what shops are full of, through whole rounds."""

from collections.abc import Callable
from typing import Any

import pytest

Build = Callable[..., Any]


def one(harness_with: Build, rules: str = "", **named: Any) -> Any:
    """Twenty of A and nine of B on both sides, in order."""
    harness = harness_with(rules=rules, **named)
    harness.add("A", 20)
    harness.add("B", 9)
    harness.cycle()
    return harness


# -- two places ------------------------------------------------------------------------------------------


@pytest.fixture
def places(harness_with: Build) -> Any:
    """Two warehouses, each behind a location of the shop, and a third location that nobody supplies."""
    harness = harness_with(warehouses={"1": "Main", "2": "East"})
    harness.main, harness.east = harness.location, harness.shop.add_location("East")
    harness.pop_up = harness.shop.add_location("Pop-up")
    harness.configure(main=f'locations = {{ "1" = "{harness.main.id}", "2" = "{harness.east.id}" }}')
    harness.warehouse.add("A", {"1": 10, "2": 4})
    harness.shop.add_variant("A", on_hand={harness.main.id: 10, harness.east.id: 0, harness.pop_up.id: 3})
    harness.cycle()
    harness.shows = lambda: [
        harness.shop.level("A", at).available for at in (harness.main, harness.east, harness.pop_up)
    ]
    return harness


def test_each_location_shows_its_own_warehouse(places: Any) -> None:
    assert places.shows() == [10, 4, 3]


def test_an_order_comes_off_the_place_that_holds_it(places: Any) -> None:
    order = places.shop.place_order({"A": 3}, location=places.east)
    for step in (
        lambda: None, lambda: places.shop.fulfil(order), lambda: places.warehouse.forward("A", 3, "2"), lambda: None,
    ):  # fmt: skip
        step()
        places.cycle()
        assert places.shows() == [10, 1, 3]


def test_a_shipment_from_the_other_place_is_settled_there(places: Any) -> None:
    order = places.shop.place_order({"A": 3}, location=places.east)
    places.cycle()
    places.shop.fulfil(order, location=places.main)
    places.cycle()
    assert places.shows() == [7, 4, 3]
    places.warehouse.forward("A", 3, "1")
    places.cycle()
    places.cycle()
    assert places.shows() == [7, 4, 3]


def test_an_order_at_a_location_without_a_warehouse_reserves_nothing(places: Any) -> None:
    order = places.shop.place_order({"A": 2}, location=places.pop_up)
    places.cycle()
    places.shop.fulfil(order)
    places.cycle()
    assert places.shows() == [10, 4, 1]


def test_two_stores_share_one_pool(harness_with: Build) -> None:
    harness = one(harness_with, more={"outlet": ""})
    order = harness.sell("A", 5, store="outlet")
    for step in (
        lambda: None, lambda: harness["outlet"].shop.fulfil(order), lambda: harness.warehouse.forward("A", 5),
        lambda: None,
    ):  # fmt: skip
        step()
        harness.cycle()
        assert [harness.available("A", store) for store in ("main", "outlet")] == [15, 15]


def test_a_store_that_ships_from_one_warehouse_offers_only_that(harness_with: Build) -> None:
    harness = harness_with(rules='warehouses = ["2"]', more={"outlet": ""}, warehouses={"1": "Main", "2": "East"})
    harness.warehouse.add("A", {"1": 10, "2": 4})
    for store in harness.stores.values():
        store.add("A", 4)
    harness.cycle()
    assert [harness.available("A", store) for store in ("main", "outlet")] == [4, 14]
    harness.sell("A", 12, store="outlet")
    harness.cycle()
    assert [harness.available("A", store) for store in ("main", "outlet")] == [1, 2]


# -- names -------------------------------------------------------------------------------------------------


def test_a_bundle_is_as_many_as_its_scarcest_part_and_reserves_its_parts(harness_with: Build) -> None:
    harness = harness_with(rules='[stores.main.bundles]\n"KIT" = { "A" = 2, "B" = 1 }')
    harness.add("A", 20)
    harness.add("B", 9)
    harness.shop.add_variant("KIT", on_hand=0)
    harness.cycle()
    assert harness.available("KIT") == 9
    order = harness.sell("KIT", 3)
    harness.cycle()
    assert [harness.available(sku) for sku in ("A", "B", "KIT")] == [14, 6, 6]
    harness.shop.fulfil(order)
    harness.cycle()
    assert [harness.available(sku) for sku in ("A", "B", "KIT")] == [14, 6, 6]
    harness.warehouse.forward("A", 6)
    harness.warehouse.forward("B", 3)
    harness.cycle()
    harness.cycle()
    assert [harness.available(sku) for sku in ("A", "B", "KIT")] == [14, 6, 6]
    assert harness.on_hand("KIT") == 6


def test_a_listing_under_another_name_follows_its_source(harness_with: Build) -> None:
    harness = harness_with(rules='[stores.main.map]\n"WIDGET" = "A"')
    harness.warehouse.add("A", 20)
    harness.shop.add_variant("WIDGET", on_hand=0)
    harness.cycle()
    order = harness.sell("WIDGET", 5)
    harness.cycle()
    harness.shop.fulfil(order)
    harness.cycle()
    assert harness.available("WIDGET") == 15


def test_loose_matching_forgives_case_and_spaces(harness_with: Build) -> None:
    harness = harness_with(rules='match = "loose"')
    harness.warehouse.add("Mug-ÄÖ 1", 9)
    harness.shop.add_variant(" mug-äö 1 ", on_hand=0)
    harness.cycle()
    assert harness.available(" mug-äö 1 ") == 9


def test_loose_matching_does_not_choose_between_two(harness_with: Build) -> None:
    harness = harness_with(rules='match = "loose"')
    harness.warehouse.add("mug", 9)
    harness.warehouse.add("MUG", 4)
    harness.shop.add_variant("Mug", on_hand=2)
    harness.cycle()
    assert harness.available("Mug") == 2


def test_several_listings_with_one_sku_sell_from_one_stock(harness: Any) -> None:
    harness.warehouse.add("A", 20)
    duplicates = [harness.shop.add_variant("A", on_hand=n) for n in (20, 3)]
    harness.cycle()
    harness.shop.place_order({duplicates[0]: 5})
    harness.cycle()
    assert [harness.shop.level(duplicate).available for duplicate in duplicates] == [15, 15]


def test_duplicates_none_leaves_both_alone(harness_with: Build) -> None:
    harness = harness_with(rules='duplicates = "none"')
    harness.warehouse.add("A", 20)
    duplicates = [harness.shop.add_variant("A", on_hand=n) for n in (25, 3)]
    harness.cycle()
    assert [harness.shop.level(duplicate).available for duplicate in duplicates] == [25, 3]


# -- rules -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "shows"),
    [
        ("buffer = 3", (17, 6)), ('share = "50%"', (10, 4)), ("cap = 10", (10, 9)),
        ('buffer = 3\nshare = "50%"\ncap = 7', (7, 3)), ('[stores.main.skus."A"]\nbuffer = 19', (1, 9)),
        ('[stores.main.skus."A"]\nsync = false', (30, 9)), ('only = ["B"]', (30, 9)), ("paused = true", (30, 30)),
        ('direction = "down"', (20, 9)),
    ],
)  # fmt: skip
def test_rules_of_a_store(harness_with: Build, rules: str, shows: tuple[int, int]) -> None:
    harness = harness_with(rules=rules, settings='[guard]\nmax_cut = "100%"')
    harness.add("A", 20, shown=30)
    harness.add("B", 9, shown=30)
    harness.cycle()
    assert (harness.available("A"), harness.available("B")) == shows


def test_direction_down_never_raises(harness_with: Build) -> None:
    harness = one(harness_with, 'direction = "down"')
    harness.warehouse.receive("A", 5)
    harness.warehouse.set_stock("B", 8)
    assert harness.cycle().code == 0
    assert (harness.available("A"), harness.available("B")) == (20, 8)


@pytest.mark.parametrize(("heal", "units"), [("true", 20), ("false", 33)])
def test_a_hand_edit_is_healed_or_only_reported(harness_with: Build, heal: str, units: int) -> None:
    harness = one(harness_with, f"heal = {heal}")
    harness.shop.hand_edit("A", 33)
    harness.later(hours=25)
    harness.cycle()
    assert harness.available("A") == units
    drift = [note for note in harness.state.history("A") if note["what"] == "store"]
    assert [(note["from"], note["to"]) for note in drift] == [(20, 33)]
    harness.warehouse.set_stock("A", 18)
    harness.cycle()
    assert harness.available("A") == 18


def test_what_is_left_out_still_reserves(harness_with: Build) -> None:
    harness = harness_with(rules='[stores.main.skus."A"]\nsync = false', more={"outlet": ""})
    harness.add("A", 20)
    harness.cycle()
    harness.sell("A", 5)
    harness.cycle()
    assert harness.available("A", "outlet") == 15


# -- what is not ours --------------------------------------------------------------------------------------


def test_untracked_items_and_bundles_of_the_shop_are_left_alone_and_drafts_are_not(harness: Any) -> None:
    harness.add("A", 20)
    for sku in ("FREE", "KIT", "DRAFT"):
        harness.warehouse.add(sku, 7)
    harness.shop.add_variant("FREE", tracked=False, on_hand=1)
    harness.shop.add_variant("KIT", components={"A": 1}, on_hand=1)
    harness.shop.add_variant("DRAFT", product=harness.shop.add_product("Soon", status="DRAFT"), on_hand=1)
    harness.shop.add_variant("NOBODYS", on_hand=3)
    harness.shop.add_variant("", on_hand=2)
    done = harness.cycle()
    assert done.code == 0
    assert [harness.available(sku) for sku in ("FREE", "KIT", "DRAFT", "NOBODYS", "")] == [1, 1, 7, 3, 2]
    assert harness.writes() == 1


# -- things made anew --------------------------------------------------------------------------------------


def test_two_live_products_with_one_sku_never_raise(harness: Any) -> None:
    harness.add("A", 20)
    harness.cycle()
    duplicate = harness.warehouse.add("X", 15)
    duplicate.sku = "A"
    harness.warehouse._views.clear()
    harness.cycle(full=True)
    assert harness.available("A") == 15
    harness.warehouse.set_stock(duplicate.id, 30)
    harness.cycle()
    assert harness.available("A") == 15
    harness.warehouse.set_stock(duplicate.id, 12)
    harness.cycle()
    assert harness.available("A") == 12


def test_a_variant_made_anew_is_found_by_the_write_that_misses_it(harness: Any) -> None:
    harness.add("A", 20)
    harness.cycle()
    harness.shop.recreate("A", on_hand=1)
    harness.warehouse.set_stock("A", 18)
    done = harness.cycle()
    assert (done.stores["main"].missing, harness.available("A"), done.code) == (1, 18, 0)


def test_a_variant_made_anew_is_found_without_any_news_of_stock(harness: Any) -> None:
    harness.add("A", 20)
    harness.cycle()
    harness.shop.recreate("A", on_hand=1)
    for _ in range(3):
        harness.later(minutes=16)
        harness.cycle()
    assert harness.available("A") == 20


def test_a_sku_renamed_in_the_shop_follows_its_new_name(harness: Any) -> None:
    harness.add("A", 20)
    harness.add("B", 9)
    harness.cycle()
    harness.shop.swap_skus("A", "B")
    for _ in range(3):
        harness.later(minutes=16)
        harness.cycle()
    assert (harness.available("A"), harness.available("B")) == (20, 9)
