"""What the warehouse API says, leaves out, garbles or refuses to say."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.threeplguys.sandbox import Order
from connectors.testing.http import Response

BREAKDOWN = "/v0/inventory/products/breakdown"
CATALOGUE = "/v0/inventory/products"


def garble(stage: Any, change: Callable[[dict[str, Any]], Mapping[str, Any] | None]) -> None:
    """Every row of the breakdown passes through `change`; None leaves it out."""
    answered = stage.source._answered

    def answer(request: Any) -> Response:
        found: Response = answered(request)
        if request.path != BREAKDOWN or found.status != 200:
            return found
        rows = [new for row in json.loads(found.body) if (new := change(row)) is not None]
        return replace(found, body=json.dumps(rows).encode())

    stage.source._answered = answer


def hide(stage: Any, *skus: str) -> None:
    """The list leaves them out; asked by id they are there."""
    garble(stage, lambda row: None if row["sku"] in skus else row)


def vanish(stage: Any, *skus: str) -> None:
    """Gone from the list and by id."""
    for sku in skus:
        item = stage.warehouse.find(sku)
        del stage.warehouse._items[item.id], stage.warehouse._live[sku]
    stage.warehouse._views.clear()


def stocked(stage: Any, count: int, units: int = 10) -> list[str]:
    skus = [f"S{n:03}" for n in range(count)]
    for sku in skus:
        stage.add(sku, units)
    assert stage.cycle().code == 0
    return skus


def trouble(stage: Any) -> Any:
    return stage.state.source_record().trouble


# -- missing is not zero ---------------------------------------------------------------------------------


def test_a_product_the_list_left_out_is_asked_for_by_id_and_keeps_its_level(stage: Any) -> None:
    skus = stocked(stage, 30)
    hide(stage, *skus[:3])
    assert stage.cycle(full=True).code == 0
    assert [stage.available(sku) for sku in skus] == [10] * 30
    assert sum(path.startswith(f"{CATALOGUE}/") for path in stage.source.calls if path != BREAKDOWN) == 3


def test_a_product_that_nobody_knows_any_more_counts_as_gone(stage: Any) -> None:
    skus = stocked(stage, 30)
    vanish(stage, skus[0])
    assert stage.cycle(full=True).code == 0
    assert stage.available(skus[0]) == 0
    assert stage.available(skus[1]) == 10


def test_an_incremental_pull_says_nothing_of_what_it_does_not_list(stage: Any) -> None:
    skus = stocked(stage, 5)
    vanish(stage, *skus)
    assert stage.cycle().code == 0
    assert [stage.available(sku) for sku in skus] == [10] * 5


def test_too_many_absent_change_nothing_until_a_person_confirms(stage: Any) -> None:
    skus = stocked(stage, 60)
    vanish(stage, *skus[:21])
    stage.warehouse.receive(skus[59], 5)
    done = stage.cycle(full=True)
    assert (done.code, trouble(stage).kind) == (1, "untrusted")
    assert stage.available(skus[59]) == 10
    done = stage.cycle(full=True, confirm_absent=True)
    assert done.source.error is None
    assert stage.available(skus[59]) == 15
    assert done.stores["main"].held  # twenty-one of sixty at once: the guard asks as well
    stage.release()
    stage.cycle()
    assert [stage.available(sku) for sku in skus[:21]] == [0] * 21


def test_a_product_with_the_same_sku_made_anew_wins(stage: Any) -> None:
    stocked(stage, 30)
    stage.warehouse.recreate("S000", 8)
    stage.cycle()
    assert stage.available("S000") == 8
    stage.warehouse.receive("S000", 4)
    stage.cycle()
    assert stage.available("S000") == 12


def test_a_deleted_product_is_zero_and_comes_back_when_restored(stage: Any) -> None:
    stocked(stage, 30)
    item = stage.warehouse.find("S000")
    stage.warehouse.set_stock("S000", 0)
    stage.warehouse.delete("S000")
    stage.cycle()
    assert stage.available("S000") == 0
    stage.warehouse.restore(item.id)
    stage.warehouse.set_stock("S000", 6)
    stage.cycle()
    assert stage.available("S000") == 6


# -- garbled rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["7", None])
def test_a_garbled_row_keeps_its_last_good_value_and_is_shown(stage: Any, value: object) -> None:
    skus = stocked(stage, 3)
    answered = stage.source._answered
    garble(stage, lambda row: row | {"quantity": value} if row["sku"] == skus[0] else row)
    stage.warehouse.set_stock(skus[0], 4)
    stage.warehouse.set_stock(skus[1], 9)
    assert stage.cycle().code == 1
    assert [stage.available(sku) for sku in skus] == [10, 9, 10]
    (bad,) = stage.state.bad_rows().values()
    assert bad["sku"] == skus[0]
    stage.source._answered = answered
    stage.warehouse.set_stock(skus[0], 5)
    stage.cycle()
    assert stage.available(skus[0]) == 5
    assert stage.state.bad_rows() == {}


# -- a list that moves -----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(Order))
def test_a_list_that_moves_while_it_is_paged_is_complete_after_the_next_pull(stage: Any, order: Order) -> None:
    stage.source.switches.order = order
    skus = stocked(stage, 160)
    items = {sku: stage.warehouse.find(sku) for sku in skus}
    moves = restless(stage, skus)
    stage.source.before = lambda request: next(moves, None) if request.path == BREAKDOWN else None
    stage.cycle(full=True)
    stage.source.before = lambda request: None
    stage.cycle()
    stage.later(minutes=16)
    stage.cycle()
    stage.cycle()  # by now the shop's new variants are mapped
    for sku in skus:
        item = stage.warehouse.find(sku) or items[sku]
        assert stage.available(sku) == sum(item.units.values()), sku
    assert stage.available("NEW-0") == 3


def restless(stage: Any, skus: list[str]) -> Iterator[None]:
    """Between any two pages something is counted, created, deleted, restored or made anew."""
    for n in range(4):
        stage.clock.advance(1)
        stage.warehouse.set_stock(skus[10 * n], 12)
        stage.warehouse.set_stock(skus[159 - 10 * n], 9)
        stage.shop.add_variant(f"NEW-{n}", on_hand=0)
        stage.warehouse.add(f"NEW-{n}", 3)
        gone = stage.warehouse.set_stock(skus[50 + n], 0)
        stage.warehouse.delete(gone.id)
        stage.warehouse.recreate(skus[70 + n], 11)
        if n == 3:
            stage.warehouse.restore(stage.warehouse.find(gone.id).id)
        yield


def test_a_pull_that_stalls_for_twenty_minutes_skips_nothing(stage: Any) -> None:
    skus = stocked(stage, 120)
    calls = iter(range(1_000))

    def stall(request: Any) -> None:
        if request.path == BREAKDOWN and next(calls) == 1:
            stage.clock.advance(1_200)
            stage.warehouse.set_stock(skus[5], 7)

    for sku in skus:
        stage.warehouse.receive(sku, 1)
    stage.source.before = stall
    stage.cycle()
    stage.source.before = lambda request: None
    stage.cycle()
    assert stage.available(skus[5]) == 7
    assert [stage.available(sku) for sku in skus[6:]] == [11] * 114


def test_a_row_dated_in_the_future_hides_nothing(stage: Any) -> None:
    skus = stocked(stage, 3)
    item = stage.warehouse.set_stock(skus[0], 9)
    item.updated_at += timedelta(days=400)
    stage.cycle()
    stage.warehouse.set_stock(skus[1], 8)
    stage.cycle()
    assert [stage.available(sku) for sku in skus] == [9, 8, 10]
