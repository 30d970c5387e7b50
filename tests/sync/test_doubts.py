"""Rows of the warehouse that cannot be right: they lower, they never raise, and nobody is left to think that all is
well (rules 6, 7 and 16)."""

from typing import Any

import pytest

from bridge.core.health import Light
from bridge.ops.health import health_of
from tests.harness.installation import Installation
from tests.harness.shops import Build

EVERY = {"warehouses": {"1": "North", "2": "South"}}


def light(harness: Installation) -> tuple[Light, bool]:
    found = health_of(harness.context, harness.context.stores)
    return found.light, found.person


def sentence(harness: Installation) -> str:
    return health_of(harness.context, harness.context.stores).sentence


def held(**units: object) -> list[dict[str, object]]:
    return [{"id": name[1:], "name": "", "quantity": value} for name, value in units.items()]


@pytest.fixture
def two(harness_with: Build) -> Installation:
    """Two warehouses; of A there are four in the one and six in the other. Enough else that the guard sees no wipe."""
    harness = harness_with(**EVERY)
    harness.warehouse.add("A", {"1": 4, "2": 6})
    harness.warehouse.add("B", {"1": 5})
    for sku, units in (("A", 10), ("B", 5)):
        harness.main.add(sku, units)
    for n in range(10):
        harness.add(f"F{n}", 20)
    assert harness.cycle().code == 0
    assert light(harness) == (Light.GREEN, False)
    return harness


@pytest.mark.parametrize(
    ("total", "places", "shown"),
    [
        pytest.param(7, {"w1": -3, "w2": 10}, 7, id="-3 and 10 with 7"),
        pytest.param(-3, {"w1": -3, "w2": 0}, 0, id="negative"),
        pytest.param(7.5, {"w1": 7.5}, 7, id="fraction"),
        pytest.param(8, {"w1": "8"}, 10, id="text keeps the last good value"),
        pytest.param(None, {"w1": 8}, 10, id="null keeps the last good value"),
    ],
)
def test_a_number_that_cannot_be_lowers_and_is_named(two: Installation, total: Any, places: Any, shown: int) -> None:
    two.warehouse.garble("A", quantity=total, warehouses=held(**places))
    two.warehouse.set_stock("B", 7, "1")
    assert two.cycle().code == 1
    assert (two.main.shows("A"), two.main.shows("B")) == (shown, 7)  # the other rows of a poll go on
    assert light(two) == (Light.LATE, True)
    assert "A (product 1)" in sentence(two)
    two.warehouse.garble("A")
    assert two.cycle().code == 0
    assert (two.main.shows("A"), light(two)) == (10, (Light.GREEN, False))


def test_nothing_is_raised_while_a_row_is_so(two: Installation) -> None:
    """Not by the row itself, and not back to the last good value after somebody lowered it in the shop."""
    two.warehouse.garble("A", quantity=30, warehouses=held(w1=-1, w2=31))
    two.cycle()
    assert two.main.shows("A") == 10
    two.warehouse.garble("A", quantity=None)
    two.main.edit("A", 2)
    two.resync("main", "A")
    two.cycle()
    assert two.main.shows("A") == 2
    two.warehouse.garble("A")
    two.cycle()
    assert two.main.shows("A") == 10


def test_a_row_that_nobody_sells_is_kept_to_the_status(two: Installation) -> None:
    two.warehouse.add("C", 3)
    two.cycle()
    two.warehouse.garble("C", quantity="?")
    assert two.cycle().code == 0
    assert light(two) == (Light.GREEN, False)
    assert [row["sku"] for row in two.state.bad_rows().values()] == ["C"]


def test_a_row_without_an_id_doubts_every_product_of_its_sku(two: Installation) -> None:
    two.warehouse.garble("A", id=None, quantity=30, warehouses=held(w1=30))
    assert two.cycle().code == 1
    two.main.edit("A", 2)
    two.resync("main", "A")
    two.cycle()
    assert two.main.shows("A") == 2
    two.warehouse.garble("A")
    assert two.cycle().code == 0
    assert two.main.shows("A") == 10


@pytest.mark.parametrize("nameless", ["A", "B"])
def test_a_warehouse_of_two_products_is_pulled_though_one_row_has_no_id(harness: Installation, nameless: str) -> None:
    for sku in ("A", "B"):
        harness.add(sku, 10)
    assert harness.cycle().code == 0
    harness.warehouse.garble(nameless, id=None, quantity=30)
    other = "A" if nameless == "B" else "B"
    harness.warehouse.set_stock(other, 7)
    assert harness.cycle(full=True).code == 1
    assert (harness.main.shows(other), harness.main.shows(nameless)) == (7, 10)
    assert (nameless, "id is missing or null") in {
        (row["sku"], row["why"]) for row in harness.state.bad_rows().values()
    }


@pytest.mark.parametrize("count", [3, 120])
def test_instants_without_a_zone_are_never_green(harness: Installation, count: int) -> None:
    """A few are named; more than a whole pull may have are not believed, and it changes nothing."""
    for n in range(count):
        harness.add(f"S{n:03}", 10)
    assert harness.cycle().code == 0
    harness.source.switches.zoneless = True
    harness.warehouse.set_stock("S000", 5)
    assert harness.cycle(full=True).code == 1
    assert harness.main.shows("S000") == 10
    assert light(harness)[1]
    breaker = getattr(harness.source_breaker, "kind", None)
    assert breaker == ("untrusted" if count > 20 else None)
    harness.source.switches.zoneless = False
    assert harness.cycle(full=True).code == 0
    assert harness.main.shows("S000") == 5


def test_many_bad_rows_of_a_poll_do_not_stop_the_others(harness: Installation) -> None:
    for n in range(120):
        harness.add(f"S{n:03}", 10)
    harness.cycle()
    for n in range(60):
        harness.warehouse.garble(f"S{n:03}", updatedAt="yesterday")
    harness.warehouse.set_stock("S100", 5)
    assert harness.cycle().code == 1
    assert harness.main.shows("S100") == 5
    assert len(harness.state.bad_rows()) == 60


def test_too_many_bad_rows_in_a_first_pull_are_not_believed(harness: Installation) -> None:
    for n in range(100):
        harness.add(f"S{n:03}", 10)
        if n < 21:
            harness.warehouse.garble(f"S{n:03}", quantity=-1)
    done = harness.cycle()
    assert done.code == 1
    assert "21 of 100 rows" in (done.source.error or "")
    assert harness.state.levels_known() == 0


# -- two live products with one SKU --------------------------------------------------------------------------


def test_two_live_products_with_one_sku_are_named_whether_or_not_a_raise_waits(two: Installation) -> None:
    duplicate = two.warehouse.add("A", {"1": 10}, duplicate=True)
    assert two.cycle().code == 1
    assert two.state.due("main") == {}
    assert light(two) == (Light.LATE, True)
    assert f"A (products 1 and {duplicate.id})" in sentence(two)
    two.warehouse.set_stock(duplicate.id, 12, "1")
    two.warehouse.set_stock("A", 8, "1")
    two.cycle()
    assert two.main.shows("A") == 10  # neither is raised
    two.warehouse.set_stock(duplicate.id, 0, "1")
    two.cycle()
    assert two.main.shows("A") == 0  # the smaller counts
    two.warehouse.delete(duplicate.id)
    assert two.cycle().code == 0
    assert (two.main.shows("A"), light(two)) == (14, (Light.GREEN, False))


def test_two_products_that_nobody_sells_colour_nothing(two: Installation) -> None:
    two.warehouse.add("C", 1)
    two.warehouse.add("C", 2, duplicate=True)
    assert two.cycle().code == 0
