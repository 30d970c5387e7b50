"""The merchant edits the configuration: every store that may feel it is looked at again, and nothing else is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.state import keys

STORES = ("main", "outlet")
RIGHT = {"A": 15, "B": 20, "C": 18}


def busy(stage: Any) -> Any:
    """Twenty of each, five of A sold here and two of C in the outlet."""
    for sku in RIGHT:
        stage.add(sku, 20)
    stage.cycle()
    stage.sell("A", 5)
    stage.sell("C", 2, store="outlet")
    stage.cycle()
    assert right(stage)
    return stage


def right(stage: Any) -> bool:
    return all(stage.available(sku, store) == units for sku, units in RIGHT.items() for store in STORES)


@pytest.fixture
def whole(stage_with: Callable[..., Any]) -> Any:
    return busy(stage_with(more={"outlet": ""}))


def test_a_store_that_is_added_is_no_loss(stage_with: Callable[..., Any]) -> None:
    stage = busy(stage_with(more={"outlet": ""}))
    epoch = stage.db.hget(keys.LEVELS, keys.EPOCH)
    stage.shops["third"] = stage.shops["main"].__class__(clock=stage.clock)
    stage.shops["third"].add_location("Warehouse")
    for sku in RIGHT:
        stage.shops["third"].add_variant(sku, on_hand=1)
    stage.sandboxes["third"] = stage._sandbox(stage.shops["third"])
    stage.configure("", third="")
    assert stage.state.ensure_whole() is True
    stage.cycle()
    stage.cycle()
    assert right(stage)
    assert stage.db.hget(keys.LEVELS, keys.EPOCH) == epoch


def test_a_store_that_is_removed_stops_reserving_and_may_come_back(whole: Any) -> None:
    whole.more = {}
    whole.configure("")
    assert whole.state.ensure_whole() is True
    whole.cycle()
    assert whole.available("C") == 20
    whole.configure("", outlet="")
    whole.cycle()
    assert [whole.available("C", store) for store in STORES] == [18, 18]


@pytest.mark.parametrize(
    ("rules", "units"),
    [
        ("buffer = 3", 17), ('share = "60%"', 12), ("cap = 12", 12), ('[stores.main.skus."B"]\nbuffer = 8', 12),
        ('[stores.main.skus."B"]\nsync = false', 20), ('[stores.main.map]\n"B" = "A"', 15),
        ('[stores.main.bundles]\n"B" = { "B" = 2 }', 10), ('warehouses = ["2"]', 20), ('match = "loose"', 20),
    ],
)  # fmt: skip
def test_a_rule_that_moves_makes_everything_due(whole: Any, rules: str, units: int) -> None:
    """Without any news from the warehouse or the shop. (Everything to zero is held.)"""
    whole.configure(rules)
    whole.cycle()
    assert whole.available("B") == units
    whole.configure("")
    whole.cycle()
    assert right(whole)


def test_a_rule_of_one_store_is_felt_in_the_others_that_share_the_stock(whole: Any) -> None:
    """Two of C were sold in the outlet; now its C is known to be a double pack."""
    whole.configure("", outlet='[stores.outlet.bundles]\n"C" = { "C" = 2 }')
    whole.cycle()
    assert whole.available("C") == 16


def test_what_a_worker_works_out_from_the_rules_is_no_new_rule(whole: Any) -> None:
    whole.configure('[stores.main.map]\n"OTHER" = "A"\n[stores.main.skus."B"]\nbuffer = 0')
    whole.cycle()
    before = whole.state.store_record("main").reconciled_at
    for _ in range(2):
        whole.cycle()
    assert whole.state.store_record("main").reconciled_at == before


def test_a_location_that_is_added_to_the_rules_is_read_at_once(stage_with: Callable[..., Any]) -> None:
    stage = stage_with(warehouses={"1": "Main", "2": "East"})
    east = stage.shop.add_location("East")
    main = stage.location.id
    stage.configure(f'locations = {{ "1" = "{main}" }}')
    stage.warehouse.add("A", {"1": 10, "2": 4})
    stage.shop.add_variant("A", on_hand={main: 10, east.id: 0})
    stage.cycle()
    stage.configure(f'locations = {{ "1" = "{main}", "2" = "{east.id}" }}')
    stage.cycle()
    assert [stage.shop.level("A", place).available for place in (main, east.id)] == [10, 4]


def test_loose_matching_switched_on_finds_what_the_warehouse_already_told(stage_with: Callable[..., Any]) -> None:
    stage = stage_with()
    stage.warehouse.add("Mug-1", 9)
    stage.shop.add_variant(" MUG-1 ", on_hand=2)
    stage.cycle()
    assert stage.available(" MUG-1 ") == 2
    stage.configure('match = "loose"')
    stage.cycle()
    assert stage.available(" MUG-1 ") == 9
    stage.configure("")
    stage.warehouse.set_stock("Mug-1", 8)
    stage.cycle()
    assert stage.available(" MUG-1 ") == 9
