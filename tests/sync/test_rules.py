"""What a merchant may decide for a store, and what shops are full of, through whole rounds."""

from collections.abc import Callable
from typing import Any

import pytest

Build = Callable[..., Any]


def one(stage_with: Build, rules: str = "", **named: Any) -> Any:
    """Twenty of A and nine of B on both sides, in order."""
    stage = stage_with(rules=rules, **named)
    stage.add("A", 20)
    stage.add("B", 9)
    stage.cycle()
    return stage


# -- two places ------------------------------------------------------------------------------------------


@pytest.fixture
def places(stage_with: Build) -> Any:
    """Two warehouses, each behind a location of the shop, and a third location that nobody supplies."""
    stage = stage_with(warehouses={"1": "Main", "2": "East"})
    stage.main, stage.east = stage.location, stage.shop.add_location("East")
    stage.pop_up = stage.shop.add_location("Pop-up")
    stage.configure(f'locations = {{ "1" = "{stage.main.id}", "2" = "{stage.east.id}" }}')
    stage.warehouse.add("A", {"1": 10, "2": 4})
    stage.shop.add_variant("A", on_hand={stage.main.id: 10, stage.east.id: 0, stage.pop_up.id: 3})
    stage.cycle()
    stage.shows = lambda: [stage.shop.level("A", at).available for at in (stage.main, stage.east, stage.pop_up)]
    return stage


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


def test_two_stores_share_one_pool(stage_with: Build) -> None:
    stage = one(stage_with, more={"outlet": ""})
    order = stage.sell("A", 5, store="outlet")
    for step in (
        lambda: None, lambda: stage.shops["outlet"].fulfil(order), lambda: stage.warehouse.forward("A", 5),
        lambda: None,
    ):  # fmt: skip
        step()
        stage.cycle()
        assert [stage.available("A", store) for store in ("main", "outlet")] == [15, 15]


def test_a_store_that_ships_from_one_warehouse_offers_only_that(stage_with: Build) -> None:
    stage = stage_with(rules='warehouses = ["2"]', more={"outlet": ""}, warehouses={"1": "Main", "2": "East"})
    stage.warehouse.add("A", {"1": 10, "2": 4})
    for shop in stage.shops.values():
        shop.add_variant("A", on_hand=4)
    stage.cycle()
    assert [stage.available("A", store) for store in ("main", "outlet")] == [4, 14]
    stage.sell("A", 12, store="outlet")
    stage.cycle()
    assert [stage.available("A", store) for store in ("main", "outlet")] == [1, 2]


# -- names -------------------------------------------------------------------------------------------------


def test_a_bundle_is_as_many_as_its_scarcest_part_and_reserves_its_parts(stage_with: Build) -> None:
    stage = stage_with(rules='[stores.main.bundles]\n"KIT" = { "A" = 2, "B" = 1 }')
    stage.add("A", 20)
    stage.add("B", 9)
    stage.shop.add_variant("KIT", on_hand=0)
    stage.cycle()
    assert stage.available("KIT") == 9
    order = stage.sell("KIT", 3)
    stage.cycle()
    assert [stage.available(sku) for sku in ("A", "B", "KIT")] == [14, 6, 6]
    stage.shop.fulfil(order)
    stage.cycle()
    assert [stage.available(sku) for sku in ("A", "B", "KIT")] == [14, 6, 6]
    stage.warehouse.forward("A", 6)
    stage.warehouse.forward("B", 3)
    stage.cycle()
    stage.cycle()
    assert [stage.available(sku) for sku in ("A", "B", "KIT")] == [14, 6, 6]
    assert stage.on_hand("KIT") == 6


def test_a_listing_under_another_name_follows_its_source(stage_with: Build) -> None:
    stage = stage_with(rules='[stores.main.map]\n"WIDGET" = "A"')
    stage.warehouse.add("A", 20)
    stage.shop.add_variant("WIDGET", on_hand=0)
    stage.cycle()
    order = stage.sell("WIDGET", 5)
    stage.cycle()
    stage.shop.fulfil(order)
    stage.cycle()
    assert stage.available("WIDGET") == 15


def test_loose_matching_forgives_case_and_spaces(stage_with: Build) -> None:
    stage = stage_with(rules='match = "loose"')
    stage.warehouse.add("Mug-ÄÖ 1", 9)
    stage.shop.add_variant(" mug-äö 1 ", on_hand=0)
    stage.cycle()
    assert stage.available(" mug-äö 1 ") == 9


def test_loose_matching_does_not_choose_between_two(stage_with: Build) -> None:
    stage = stage_with(rules='match = "loose"')
    stage.warehouse.add("mug", 9)
    stage.warehouse.add("MUG", 4)
    stage.shop.add_variant("Mug", on_hand=2)
    stage.cycle()
    assert stage.available("Mug") == 2


def test_several_listings_with_one_sku_sell_from_one_stock(stage: Any) -> None:
    stage.warehouse.add("A", 20)
    twins = [stage.shop.add_variant("A", on_hand=n) for n in (20, 3)]
    stage.cycle()
    stage.shop.place_order({twins[0]: 5})
    stage.cycle()
    assert [stage.shop.level(twin).available for twin in twins] == [15, 15]


def test_duplicates_none_leaves_both_alone(stage_with: Build) -> None:
    stage = stage_with(rules='duplicates = "none"')
    stage.warehouse.add("A", 20)
    twins = [stage.shop.add_variant("A", on_hand=n) for n in (25, 3)]
    stage.cycle()
    assert [stage.shop.level(twin).available for twin in twins] == [25, 3]


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
def test_rules_of_a_store(stage_with: Build, rules: str, shows: tuple[int, int]) -> None:
    stage = stage_with(rules=rules, settings='[guard]\nmax_cut = "100%"')
    stage.add("A", 20, shown=30)
    stage.add("B", 9, shown=30)
    stage.cycle()
    assert (stage.available("A"), stage.available("B")) == shows


def test_direction_down_never_raises(stage_with: Build) -> None:
    stage = one(stage_with, 'direction = "down"')
    stage.warehouse.receive("A", 5)
    stage.warehouse.set_stock("B", 8)
    assert stage.cycle().code == 0
    assert (stage.available("A"), stage.available("B")) == (20, 8)


@pytest.mark.parametrize(("heal", "units"), [("true", 20), ("false", 33)])
def test_a_hand_edit_is_healed_or_only_reported(stage_with: Build, heal: str, units: int) -> None:
    stage = one(stage_with, f"heal = {heal}")
    stage.shop.hand_edit("A", 33)
    stage.later(hours=25)
    stage.cycle()
    assert stage.available("A") == units
    drift = [note for note in stage.state.history("A") if note["what"] == "store"]
    assert [(note["from"], note["to"]) for note in drift] == [(20, 33)]
    stage.warehouse.set_stock("A", 18)
    stage.cycle()
    assert stage.available("A") == 18


def test_what_is_left_out_still_reserves(stage_with: Build) -> None:
    stage = stage_with(rules='[stores.main.skus."A"]\nsync = false', more={"outlet": ""})
    stage.add("A", 20)
    stage.cycle()
    stage.sell("A", 5)
    stage.cycle()
    assert stage.available("A", "outlet") == 15


# -- what is not ours --------------------------------------------------------------------------------------


def test_untracked_items_and_bundles_of_the_shop_are_left_alone_and_drafts_are_not(stage: Any) -> None:
    stage.add("A", 20)
    for sku in ("FREE", "KIT", "DRAFT"):
        stage.warehouse.add(sku, 7)
    stage.shop.add_variant("FREE", tracked=False, on_hand=1)
    stage.shop.add_variant("KIT", components={"A": 1}, on_hand=1)
    stage.shop.add_variant("DRAFT", product=stage.shop.add_product("Soon", status="DRAFT"), on_hand=1)
    stage.shop.add_variant("NOBODYS", on_hand=3)
    stage.shop.add_variant("", on_hand=2)
    done = stage.cycle()
    assert done.code == 0
    assert [stage.available(sku) for sku in ("FREE", "KIT", "DRAFT", "NOBODYS", "")] == [1, 1, 7, 3, 2]
    assert stage.writes() == 1


# -- things made anew --------------------------------------------------------------------------------------


def test_two_live_products_with_one_sku_never_raise(stage: Any) -> None:
    stage.add("A", 20)
    stage.cycle()
    twin = stage.warehouse.add("X", 15)
    twin.sku = "A"
    stage.warehouse._views.clear()
    stage.cycle(full=True)
    assert stage.available("A") == 15
    stage.warehouse.set_stock(twin.id, 30)
    stage.cycle()
    assert stage.available("A") == 15
    stage.warehouse.set_stock(twin.id, 12)
    stage.cycle()
    assert stage.available("A") == 12


def test_a_variant_made_anew_is_found_by_the_write_that_misses_it(stage: Any) -> None:
    stage.add("A", 20)
    stage.cycle()
    stage.shop.recreate("A", on_hand=1)
    stage.warehouse.set_stock("A", 18)
    done = stage.cycle()
    assert (done.stores["main"].missing, stage.available("A"), done.code) == (1, 18, 0)


def test_a_variant_made_anew_is_found_without_any_news_of_stock(stage: Any) -> None:
    stage.add("A", 20)
    stage.cycle()
    stage.shop.recreate("A", on_hand=1)
    for _ in range(3):
        stage.later(minutes=16)
        stage.cycle()
    assert stage.available("A") == 20


def test_a_sku_renamed_in_the_shop_follows_its_new_name(stage: Any) -> None:
    stage.add("A", 20)
    stage.add("B", 9)
    stage.cycle()
    stage.shop.swap_skus("A", "B")
    for _ in range(3):
        stage.later(minutes=16)
        stage.cycle()
    assert (stage.available("A"), stage.available("B")) == (20, 9)
