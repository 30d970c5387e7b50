"""A slip of the pen in a warehouse id is named, with the warehouses there are, and sells nothing out (rule 16)."""

from typing import Any

import pytest

from bridge.ops.explain.report import explained
from bridge.ops.health import health_of
from connectors.testing.local import two_platforms
from tests.harness.installation import Installation
from tests.harness.shops import Build

ALL = {"inventory", "locations"}


def by_location(pairs: str) -> Any:
    """A rule of a platform that holds stock at locations."""
    able = two_platforms()[0].connector.capabilities.locations
    return pytest.param(f"locations = {{{{ {pairs} }}}}", marks=pytest.mark.skipif(not able, reason="it has none"))


def built(harness_with: Build, rules: str, scopes: set[str]) -> Installation:
    harness = harness_with(warehouses={"1": "North", "2": "South", "3": "Empty"})
    harness.source.tokens = {"3pl_test-token": frozenset(scopes)}
    for n in range(10):
        harness.warehouse.add(f"S{n}", {"1": 6, "2": 4})
        harness.main.add(f"S{n}", 10)
    harness.configure(main=rules.format(place=harness.main.places.get("")))
    return harness


@pytest.mark.parametrize("scopes", [ALL, {"inventory"}], ids=["asked", "may not ask"])
@pytest.mark.parametrize("rules", [by_location('"11" = "{place}"'), 'warehouses = ["11"]'])
def test_an_id_that_no_warehouse_has_is_named_and_nothing_is_written(
    harness_with: Build, rules: str, scopes: set[str]
) -> None:
    harness = built(harness_with, rules, scopes)
    done = harness.cycle()
    assert done.code == 1
    assert 'no warehouse has the id "11"' in str(done.source.error)
    assert "North (1), South (2)" in str(done.source.error)
    assert ("Empty (3)" in str(done.source.error)) == (scopes == ALL)
    assert [harness.main.shows(f"S{n}") for n in range(10)] == [10] * 10
    assert harness.state.held("main") == {}  # nothing to release: there is nothing to decide but the configuration
    health = health_of(harness.context, harness.context.stores)
    assert health.person
    assert '"11"' in health.sentence
    harness.configure(main='warehouses = ["1"]')
    harness.resync("main", full=True)
    assert harness.cycle().code == 0
    assert harness.main.shows("S0") == 6


def test_an_id_beside_right_ones_is_named(harness_with: Build) -> None:
    harness = built(harness_with, 'warehouses = ["1", "2", "12"]', ALL)
    done = harness.cycle()
    assert (done.code, '"12"' in str(done.source.error)) == (1, True)
    assert harness.main.shows("S0") == 10


def test_a_dry_cycle_names_it_as_well(harness_with: Build) -> None:
    """What `check` makes."""
    harness = built(harness_with, 'warehouses = ["11"]', ALL)
    done = harness.cycle(dry=True)
    assert (done.code, '"11"' in str(done.source.error)) == (1, True)
    assert done.stores["main"].held is None


@pytest.mark.parametrize("rules", ['warehouses = ["1", "3"]', by_location('"3" = "{place}", "1" = "{place}"')])
def test_a_warehouse_that_is_empty_is_none_to_wonder_at(harness_with: Build, rules: str) -> None:
    harness = built(harness_with, rules, ALL)
    assert harness.cycle().code == 0


def test_a_new_id_in_the_configuration_is_judged_with_the_next_pull(harness_with: Build) -> None:
    harness = built(harness_with, 'warehouses = ["1", "2"]', ALL)
    assert harness.cycle().code == 0
    harness.configure(main='warehouses = ["1", "2", "7"]')
    assert harness.cycle().code == 1


def test_names_are_kept_and_follow(harness_with: Build) -> None:
    harness = built(harness_with, "", ALL)
    harness.cycle()
    assert harness.state.warehouses() == {"1": "North", "2": "South"}
    harness.warehouse.warehouses["1"] = "Far North"
    harness.warehouse.set_stock("S0", 5, "1")
    harness.cycle()
    assert harness.state.warehouses() == {"1": "Far North", "2": "South"}


def test_what_only_an_unknown_warehouse_could_fill_is_due_once_it_is_known(harness_with: Build) -> None:
    """The first whole pull tells of a deleted product alone, which names no warehouse."""
    harness = harness_with(warehouses={"1": "North"})
    harness.source.tokens = {"3pl_test-token": frozenset({"inventory"})}
    for sku, units in (("A", 5), ("B", 5)):
        harness.warehouse.add(sku, units)
        harness.main.add(sku, 5)
    harness.warehouse.set_stock("A", 0)
    harness.warehouse.delete("A")
    harness.warehouse.garble("B", quantity=None)
    harness.configure(main='warehouses = ["1"]\n[guard]\nmax_zeroed = "100%"')
    harness.cycle()
    assert harness.main.shows("A") == 5
    harness.warehouse.garble("B")
    for _ in range(3):
        harness.later(minutes=1)
        harness.cycle()
    assert [harness.main.shows(sku) for sku in ("A", "B")] == [0, 5]
    assert harness.cycle().code == 0


@pytest.mark.parametrize("rules", ['warehouses = ["1"]', 'warehouses = ["1", "12"]'], ids=["known", "one is not"])
def test_a_store_that_names_warehouses_is_explained(harness_with: Build, rules: str) -> None:
    """Ids from Redis and ids from the configuration were joined to a set, which cannot be looked up by."""
    harness = built(harness_with, rules, ALL)
    harness.cycle()
    report = explained(harness.context, "S0", harness.context.stores, offline=True)
    assert len(report["stores"]["main"]["slips"]) == 1
