"""A slip of the pen in a warehouse id is named, with the warehouses there are, and sells nothing out (rule 16)."""

from typing import Any

import pytest

from bridge.ops.health import health_of

ALL = {"inventory", "locations"}


def built(harness_with: Any, rules: str, scopes: set[str], **more: Any) -> Any:
    harness = harness_with(warehouses={"1": "North", "2": "South", "3": "Empty"}, **more)
    harness.source.tokens = {"3pl_test-token": frozenset(scopes)}
    for n in range(10):
        harness.warehouse.add(f"S{n}", {"1": 6, "2": 4})
        harness.shop.add_variant(f"S{n}", on_hand=10)
    harness.configure(main=rules.format(place=harness.location.id))
    return harness


@pytest.mark.parametrize("scopes", [ALL, {"inventory"}], ids=["asked", "may not ask"])
@pytest.mark.parametrize("rules", ['locations = {{ "11" = "{place}" }}', 'warehouses = ["11"]'])
def test_an_id_that_no_warehouse_has_is_named_and_nothing_is_written(
    harness_with: Any, rules: str, scopes: set[str]
) -> None:
    harness = built(harness_with, rules, scopes)
    done = harness.cycle()
    assert done.code == 1
    assert 'no warehouse has the id "11"' in done.source.error
    assert "North (1), South (2)" in done.source.error
    assert ("Empty (3)" in done.source.error) == (scopes == ALL)
    assert [harness.available(f"S{n}") for n in range(10)] == [10] * 10
    assert harness.state.held("main") == {}  # nothing to release: there is nothing to decide but the configuration
    health = health_of(harness.context, harness.context.stores)
    assert health.person
    assert '"11"' in health.sentence
    harness.configure(main=f'locations = {{ "1" = "{harness.location.id}" }}')
    harness.resync("main", full=True)
    assert harness.cycle().code == 0
    assert harness.available("S0") == 6


def test_an_id_beside_right_ones_is_named(harness_with: Any) -> None:
    harness = built(harness_with, 'warehouses = ["1", "2", "12"]', ALL)
    done = harness.cycle()
    assert (done.code, '"12"' in done.source.error) == (1, True)
    assert harness.available("S0") == 10


def test_a_dry_cycle_names_it_as_well(harness_with: Any) -> None:
    """What `check` makes."""
    harness = built(harness_with, 'warehouses = ["11"]', ALL)
    done = harness.cycle(dry=True)
    assert (done.code, '"11"' in done.source.error) == (1, True)
    assert done.stores["main"].held is None


@pytest.mark.parametrize("rules", ['warehouses = ["1", "3"]', 'locations = {{ "3" = "{place}", "1" = "{place}" }}'])
def test_a_warehouse_that_is_empty_is_none_to_wonder_at(harness_with: Any, rules: str) -> None:
    harness = built(harness_with, rules, ALL)
    assert harness.cycle().code == 0


def test_a_new_id_in_the_configuration_is_judged_with_the_next_pull(harness_with: Any) -> None:
    harness = built(harness_with, 'warehouses = ["1", "2"]', ALL)
    assert harness.cycle().code == 0
    harness.configure(main='warehouses = ["1", "2", "7"]')
    assert harness.cycle().code == 1


def test_names_are_kept_and_follow(harness_with: Any) -> None:
    harness = built(harness_with, "", ALL)
    harness.cycle()
    assert harness.state.warehouses() == {"1": "North", "2": "South"}
    harness.warehouse.warehouses["1"] = "Far North"
    harness.warehouse.set_stock("S0", 5, "1")
    harness.cycle()
    assert harness.state.warehouses() == {"1": "Far North", "2": "South"}


def test_what_only_an_unknown_warehouse_could_fill_is_due_once_it_is_known(harness_with: Any) -> None:
    """The first whole pull tells of a deleted product alone, which names no warehouse."""
    harness = harness_with(warehouses={"1": "North"})
    harness.source.tokens = {"3pl_test-token": frozenset({"inventory"})}
    for sku, units in (("A", 5), ("B", 5)):
        harness.warehouse.add(sku, units)
        harness.shop.add_variant(sku, on_hand=5)
    harness.warehouse.set_stock("A", 0)
    harness.warehouse.delete("A")
    harness.warehouse.garble("B", quantity=None)
    harness.configure(main=f'locations = {{ "1" = "{harness.location.id}" }}\n[guard]\nmax_zeroed = "100%"')
    harness.cycle()
    assert harness.available("A") == 5
    harness.warehouse.garble("B")
    for _ in range(3):
        harness.later(minutes=1)
        harness.cycle()
    assert [harness.available(sku) for sku in ("A", "B")] == [0, 5]
    assert harness.cycle().code == 0
