"""What a merchant may decide for a store, and what shops are full of, through whole rounds."""

import pytest

from tests.harness.installation import Installation
from tests.harness.shops import Build


def one(harness_with: Build, rules: str) -> Installation:
    """Twenty of A and nine of B on both sides, in order."""
    harness = harness_with(rules)
    harness.add("A", 20)
    harness.add("B", 9)
    harness.cycle()
    return harness


# -- names -------------------------------------------------------------------------------------------------


def test_a_listing_under_another_name_follows_its_source(harness_with: Build) -> None:
    harness = harness_with('[stores.main.map]\n"WIDGET" = "A"')
    harness.warehouse.add("A", 20)
    harness.main.add("WIDGET", 0)
    harness.cycle()
    order = harness.main.sell("WIDGET", 5)
    harness.cycle()
    harness.main.ship(order)
    harness.cycle()
    assert harness.main.shows("WIDGET") == 15


def test_loose_matching_forgives_case_and_spaces(harness_with: Build) -> None:
    harness = harness_with('match = "loose"')
    harness.warehouse.add("Mug-ÄÖ 1", 9)
    harness.main.add("mug-äö 1 ", 0)
    harness.cycle()
    assert harness.main.shows("mug-äö 1 ") == 9


def test_loose_matching_does_not_choose_between_two(harness_with: Build) -> None:
    harness = harness_with('match = "loose"')
    harness.warehouse.add("mug", 9)
    harness.warehouse.add("MUG", 4)
    harness.main.add("Mug", 2)
    harness.cycle()
    assert harness.main.shows("Mug") == 2


def numbers(harness: Installation) -> list[int]:
    """What a whole reading finds on sale at each listing of the shop, also where several have one SKU."""
    harness.session(full=True)
    refs = [listing.ref for listing in harness.state.every_listing("main")]
    read = harness.state.store_stock("main", refs)
    return sorted(known.available for ref in refs for known in read[ref].values())


def test_several_listings_with_one_sku_sell_from_one_stock(harness: Installation) -> None:
    harness.add("A", 20)
    harness.cycle()
    harness.main.sell("A", 5)
    harness.main.add("A", 3)
    harness.later(minutes=16)
    harness.cycle()
    assert numbers(harness) == [15, 15]


def test_duplicates_none_leaves_both_alone(harness_with: Build) -> None:
    harness = harness_with('duplicates = "none"')
    harness.warehouse.add("A", 20)
    for units in (3, 25):
        harness.main.add("A", units)
    harness.cycle()
    assert numbers(harness) == [3, 25]


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
    harness = harness_with(rules, settings='[guard]\nmax_cut = "100%"')
    harness.add("A", 20, shown=30)
    harness.add("B", 9, shown=30)
    harness.cycle()
    assert (harness.main.shows("A"), harness.main.shows("B")) == shows


def test_direction_down_never_raises(harness_with: Build) -> None:
    harness = one(harness_with, 'direction = "down"')
    harness.warehouse.receive("A", 5)
    harness.warehouse.set_stock("B", 8)
    assert harness.cycle().code == 0
    assert (harness.main.shows("A"), harness.main.shows("B")) == (20, 8)


@pytest.mark.parametrize(("heal", "units"), [("true", 20), ("false", 33)])
def test_a_hand_edit_is_healed_or_only_reported(harness_with: Build, heal: str, units: int) -> None:
    harness = one(harness_with, f"heal = {heal}")
    harness.main.edit("A", 33)
    harness.later(hours=25)
    harness.cycle()
    assert harness.main.shows("A") == units
    drift = [note for note in harness.state.history("A") if note["what"] == "store"]
    assert [(note["from"], note["to"]) for note in drift] == [(20, 33)]
    harness.warehouse.set_stock("A", 18)
    harness.cycle()
    assert harness.main.shows("A") == 18


def test_what_is_left_out_still_reserves(harness_with: Build) -> None:
    harness = harness_with('[stores.main.skus."A"]\nsync = false', only="")
    harness.add("A", 20)
    harness.cycle()
    harness.main.sell("A", 5)
    harness.cycle()
    assert harness["outlet"].shows("A") == 15


# -- what is not ours --------------------------------------------------------------------------------------


def test_what_is_not_counted_or_not_the_warehouses_is_left_alone(harness: Installation) -> None:
    harness.add("A", 20, shown=19)
    harness.add("FREE", 7, shown=1)
    harness.main.untrack("FREE")
    harness.main.add("NOBODYS", 3)
    harness.main.add("", 2)
    done = harness.cycle()
    assert (done.code, done.stores["main"].applied, harness.main.writes) == (0, 1, 1)
    assert [harness.main.shows(sku) for sku in ("A", "NOBODYS", "")] == [20, 3, 2]
    assert harness.main.shows("FREE") < 7


# -- two products --------------------------------------------------------------------------------------


def test_two_live_products_with_one_sku_never_raise(harness: Installation) -> None:
    harness.add("A", 20)
    harness.cycle()
    duplicate = harness.warehouse.add("X", 15)
    duplicate.sku = "A"
    harness.warehouse._views.clear()
    harness.cycle(full=True)
    assert harness.main.shows("A") == 15
    harness.warehouse.set_stock(duplicate.id, 30)
    harness.cycle()
    assert harness.main.shows("A") == 15
    harness.warehouse.set_stock(duplicate.id, 12)
    harness.cycle()
    assert harness.main.shows("A") == 12
