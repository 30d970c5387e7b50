"""What the warehouse API says, leaves out, garbles or refuses to say."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.ops.health import health_of
from bridge.threeplguys.sandbox import Order
from connectors.testing.http import Response
from connectors.values import replace
from tests.harness.installation import Installation
from tests.harness.sweeps import share

BREAKDOWN = "/v0/inventory/products/breakdown"
CATALOGUE = "/v0/inventory/products"


def garble(harness: Installation, change: Callable[[dict[str, Any]], Mapping[str, Any] | None]) -> None:
    """Every row of the breakdown passes through `change`; None leaves it out."""
    answered = harness.source._answered

    def answer(request: Any) -> Response:
        found: Response = answered(request)
        if request.path != BREAKDOWN or found.status != 200:
            return found
        rows = [new for row in json.loads(found.body) if (new := change(row)) is not None]
        return replace(found, body=json.dumps(rows).encode())

    harness.source._answered = answer  # type: ignore[method-assign]


def hide(harness: Installation, *skus: str) -> None:
    """The list leaves them out; asked by id they are there."""
    garble(harness, lambda row: None if row["sku"] in skus else row)


def vanish(harness: Installation, *skus: str) -> None:
    """Gone from the list and by id."""
    for sku in skus:
        item = harness.item(sku)
        del harness.warehouse._items[item.id], harness.warehouse._live[sku]
    harness.warehouse._views.clear()


def stocked(harness: Installation, count: int, units: int = 10) -> list[str]:
    skus = [f"S{n:03}" for n in range(count)]
    for sku in skus:
        harness.add(sku, units)
    assert harness.cycle().code == 0
    return skus


# -- what it is asked for --------------------------------------------------------------------------------


@pytest.mark.states("3pl.guide.choose_breakdown", "3pl.levels.choose_products")
def test_units_in_cartons_are_read_from_the_product_breakdown_alone(harness: Installation) -> None:
    harness.add("A", 0)
    for units, count in ((10, 3), (4, 2)):
        harness.warehouse.cartons.set_count(harness.warehouse.cartons.add("A", units).id, count)
    assert harness.cycle().code == 0
    assert harness.main.shows("A") == 38
    assert [path for path in harness.source.calls if path.endswith("breakdown")] == [BREAKDOWN]


@pytest.mark.states("3pl.guide.incremental.kept", "3pl.guide.incremental.first")
def test_a_worker_goes_on_where_another_one_stopped(harness: Installation) -> None:
    stocked(harness, 3)
    began = harness.clock()
    first, harness.context = harness.source.log[0], harness.build()
    assert "updatedSince" not in first.query
    harness.later(hours=2)
    assert harness.cycle().code == 0
    since = datetime.fromisoformat(harness.source.log[-1].query["updatedSince"])
    assert began - timedelta(minutes=6) < since <= began


# -- missing is not zero ---------------------------------------------------------------------------------


def test_a_product_the_list_left_out_is_asked_for_by_id_and_keeps_its_level(harness: Installation) -> None:
    """Nobody can tell whether it moved: a person hears of it, until a whole pull some hours later shows it again."""
    skus, listed = stocked(harness, 30), harness.source._answered
    hide(harness, *skus[:3])
    harness.warehouse.set_stock(skus[0], 3)
    assert harness.cycle(full=True).code == 1
    assert skus[0] in health_of(harness.context, ["main"]).sentence
    assert [harness.main.shows(sku) for sku in skus] == [10] * 30
    assert sum(path.startswith(f"{CATALOGUE}/") for path in harness.source.calls if path != BREAKDOWN) == 3
    harness.source._answered = listed  # type: ignore[method-assign]
    harness.later(hours=7)
    assert harness.cycle().code == 0
    assert [harness.main.shows(sku) for sku in skus[:2]] == [3, 10]


def test_a_product_that_nobody_knows_any_more_counts_as_gone(harness: Installation) -> None:
    skus = stocked(harness, 30)
    vanish(harness, skus[0])
    assert harness.cycle(full=True).code == 0
    assert harness.main.shows(skus[0]) == 0
    assert harness.main.shows(skus[1]) == 10


def test_an_incremental_pull_says_nothing_of_what_it_does_not_list(harness: Installation) -> None:
    skus = stocked(harness, 5)
    vanish(harness, *skus)
    assert harness.cycle().code == 0
    assert [harness.main.shows(sku) for sku in skus] == [10] * 5


def test_too_many_absent_change_nothing_until_a_person_confirms(harness: Installation) -> None:
    skus = stocked(harness, 60)
    vanish(harness, *skus[:21])
    harness.warehouse.receive(skus[59], 5)
    done = harness.cycle(full=True)
    assert (done.code, harness.source_breaker.kind) == (1, "untrusted")
    assert harness.main.shows(skus[59]) == 10
    done = harness.cycle(full=True, confirm_absent=True)
    assert done.source.error is None
    assert harness.main.shows(skus[59]) == 15
    assert done.stores["main"].held  # twenty-one of sixty at once: the guard asks as well
    harness.release()
    harness.cycle()
    assert [harness.main.shows(sku) for sku in skus[:21]] == [0] * 21


def test_a_product_with_the_same_sku_made_anew_wins(harness: Installation) -> None:
    stocked(harness, 30)
    harness.warehouse.recreate("S000", 8)
    harness.cycle()
    assert harness.main.shows("S000") == 8
    harness.warehouse.receive("S000", 4)
    harness.cycle()
    assert harness.main.shows("S000") == 12


@pytest.mark.states("3pl.levels.products.deleted_is_zero")
def test_a_deleted_product_is_zero_and_comes_back_when_restored(harness: Installation) -> None:
    stocked(harness, 30)
    item = harness.item("S000")
    harness.warehouse.set_stock("S000", 0)
    harness.warehouse.delete("S000")
    harness.cycle()
    assert harness.main.shows("S000") == 0
    harness.warehouse.restore(item.id)
    harness.warehouse.set_stock("S000", 6)
    harness.cycle()
    assert harness.main.shows("S000") == 6


# -- garbled rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["7", None])
def test_a_garbled_row_keeps_its_last_good_value_and_is_shown(harness: Installation, value: object) -> None:
    skus = stocked(harness, 3)
    answered = harness.source._answered
    garble(harness, lambda row: row | {"quantity": value} if row["sku"] == skus[0] else row)
    harness.warehouse.set_stock(skus[0], 4)
    harness.warehouse.set_stock(skus[1], 9)
    assert harness.cycle().code == 1
    assert [harness.main.shows(sku) for sku in skus] == [10, 9, 10]
    (bad,) = harness.state.bad_rows().values()
    assert bad["sku"] == skus[0]
    harness.source._answered = answered  # type: ignore[method-assign]
    harness.warehouse.set_stock(skus[0], 5)
    harness.cycle()
    assert harness.main.shows(skus[0]) == 5
    assert harness.state.bad_rows() == {}


# -- a list that moves -----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", share(Order, 2))
def test_a_list_that_moves_while_it_is_paged_is_complete_after_the_next_pull(
    harness: Installation, order: Order
) -> None:
    harness.source.switches.order = order
    skus = stocked(harness, 160)
    items = {sku: harness.item(sku) for sku in skus}
    moves = restless(harness, skus)
    harness.source.before = lambda request: next(moves, None) if request.path == BREAKDOWN else None
    harness.cycle(full=True)
    harness.source.before = lambda request: None
    harness.cycle()
    harness.later(minutes=16)
    harness.cycle()
    harness.cycle()  # by now the shop's new variants are mapped
    for sku in skus:
        item = harness.warehouse.find(sku) or items[sku]
        assert harness.main.shows(sku) == sum(item.units.values()), sku
    assert harness.main.shows("NEW-0") == 3


def restless(harness: Installation, skus: list[str]) -> Iterator[None]:
    """Between any two pages something is counted, created, deleted, restored or made anew."""
    for n in range(4):
        harness.clock.advance(1)
        harness.warehouse.set_stock(skus[10 * n], 12)
        harness.warehouse.set_stock(skus[159 - 10 * n], 9)
        harness.main.add(f"NEW-{n}", 0)
        harness.warehouse.add(f"NEW-{n}", 3)
        gone = harness.warehouse.set_stock(skus[50 + n], 0)
        harness.warehouse.delete(gone.id)
        harness.warehouse.recreate(skus[70 + n], 11)
        if n == 3:
            harness.warehouse.restore(gone.id)
        yield


def test_a_pull_that_stalls_for_twenty_minutes_skips_nothing(harness: Installation) -> None:
    skus = stocked(harness, 120)
    calls = iter(range(1_000))

    def stall(request: Any) -> None:
        if request.path == BREAKDOWN and next(calls) == 1:
            harness.clock.advance(1_200)
            harness.warehouse.set_stock(skus[5], 7)

    for sku in skus:
        harness.warehouse.receive(sku, 1)
    harness.source.before = stall
    harness.cycle()
    harness.source.before = lambda request: None
    harness.cycle()
    assert harness.main.shows(skus[5]) == 7
    assert [harness.main.shows(sku) for sku in skus[6:]] == [11] * 114


def test_a_row_dated_in_the_future_hides_nothing(harness: Installation) -> None:
    skus = stocked(harness, 3)
    item = harness.warehouse.set_stock(skus[0], 9)
    item.updated_at += timedelta(days=400)
    harness.cycle()
    harness.warehouse.set_stock(skus[1], 8)
    harness.cycle()
    assert [harness.main.shows(sku) for sku in skus] == [9, 8, 10]
