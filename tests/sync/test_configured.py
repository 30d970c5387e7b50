"""The merchant edits the configuration: every store that may feel it is looked at again, and nothing else is lost."""

import pytest

from bridge.state import keys
from connectors.testing.local import two_platforms
from tests.harness.installation import Installation
from tests.harness.shops import Build

STORES = ("main", "outlet")
RIGHT = {"A": 15, "B": 20, "C": 18}


def busy(harness: Installation) -> Installation:
    """Twenty of each, five of A sold here and two of C in the outlet."""
    for sku in RIGHT:
        harness.add(sku, 20)
    harness.cycle()
    harness.main.sell("A", 5)
    harness["outlet"].sell("C", 2)
    harness.cycle()
    assert right(harness)
    return harness


def right(harness: Installation) -> bool:
    return all(harness[store].shows(sku) == units for sku, units in RIGHT.items() for store in STORES)


@pytest.fixture
def whole(harness_with: Build) -> Installation:
    return busy(harness_with(only=""))


def test_a_store_that_is_added_is_no_loss(harness_with: Build) -> None:
    harness = busy(harness_with(only=""))
    epoch = harness.db.hget(keys.LEVELS, keys.EPOCH)
    third = harness.join("third", two_platforms()[0])
    for sku in RIGHT:
        third.add(sku, 1)
    harness.configure()
    assert harness.state.ensure_whole() is True
    harness.cycle()
    harness.cycle()
    assert right(harness)
    assert harness.db.hget(keys.LEVELS, keys.EPOCH) == epoch


def test_a_store_that_is_removed_stops_reserving_and_may_come_back(whole: Installation) -> None:
    whole.leave("outlet")
    assert whole.state.ensure_whole() is True
    whole.cycle()
    assert whole.main.shows("C") == 20
    whole.configure(main="", outlet="")
    whole.cycle()
    assert [whole[store].shows("C") for store in STORES] == [18, 18]


@pytest.mark.parametrize(
    ("rules", "units"),
    [
        ("buffer = 3", 17), ('share = "60%"', 12), ("cap = 12", 12), ('[stores.main.skus."B"]\nbuffer = 8', 12),
        ('[stores.main.skus."B"]\nsync = false', 20), ('[stores.main.map]\n"B" = "A"', 15),
        ('[stores.main.bundles]\n"B" = { "B" = 2 }', 10), ('warehouses = ["2"]', 20), ('match = "loose"', 20),
    ],
)  # fmt: skip
def test_a_rule_that_moves_makes_everything_due(whole: Installation, rules: str, units: int) -> None:
    """Without any news from the warehouse or the shop. (Everything to zero is held.)"""
    whole.configure(main=rules)
    whole.cycle()
    assert whole.main.shows("B") == units
    whole.configure(main="")
    whole.cycle()
    assert right(whole)


def test_a_rule_of_one_store_is_felt_in_the_others_that_share_the_stock(whole: Installation) -> None:
    """Two of C were sold in the outlet; now its C is known to be a double pack."""
    whole.configure(main="", outlet='[stores.outlet.bundles]\n"C" = { "C" = 2 }')
    whole.cycle()
    assert whole.main.shows("C") == 16


def test_what_a_worker_works_out_from_the_rules_is_no_new_rule(whole: Installation) -> None:
    whole.configure(main='[stores.main.map]\n"OTHER" = "A"\n[stores.main.skus."B"]\nbuffer = 0')
    whole.cycle()
    before = whole.state.store_record("main").reconciled_at
    for _ in range(2):
        whole.cycle()
    assert whole.state.store_record("main").reconciled_at == before


def test_loose_matching_switched_on_finds_what_the_warehouse_already_told(harness_with: Build) -> None:
    harness = harness_with()
    harness.warehouse.add("Mug-1", 9)
    harness.main.add("MUG-1 ", 2)
    harness.cycle()
    assert harness.main.shows("MUG-1 ") == 2
    harness.configure(main='match = "loose"')
    harness.cycle()
    assert harness.main.shows("MUG-1 ") == 9
    harness.configure(main="")
    harness.warehouse.set_stock("Mug-1", 8)
    harness.cycle()
    assert harness.main.shows("MUG-1 ") == 9
