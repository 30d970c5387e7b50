"""A worker dies between any two effects. The next one ends at the right numbers, and nothing was lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest


class Killed(Exception):  # noqa: N818
    """The process is gone."""


def scene(stage: Any) -> Any:
    """A raise, a fall, a shipped order, a new order, a bundle that refuses and a variant made anew, all at once."""
    for sku in "ABCDEF":
        stage.add(sku, 20)
    stage.order = stage.sell("A", 5)
    stage.cycle()
    stage.later(minutes=2)
    stage.cycle()
    stage.shop.fulfil(stage.order)
    stage.warehouse.receive("B", 4)
    stage.warehouse.set_stock("C", 15)
    stage.sell("D", 2)
    stage.shop.variant("E").components = {"F": 1}
    stage.warehouse.receive("E", 1)
    stage.shop.recreate("F", on_hand=3)
    stage.warehouse.receive("F", 1)
    stage.offered.clear()
    return stage


RIGHT = {"A": 15, "B": 24, "C": 15, "D": 18, "F": 21}


def numbers(stage: Any) -> dict[str, int]:
    return {sku: stage.available(sku) for sku in RIGHT}


def killed_at(stage: Any, number: int, *, done: bool) -> bool:
    """One cycle of a worker that dies at its n-th change of the state, after it (done) or instead of it →
    whether it came that far."""
    state, commits = stage.state, iter(range(number + 1))
    commit = state.commit

    def dying(change: Any, *leases: Any) -> None:
        left = next(commits, None)
        if left is None:
            raise Killed
        if left < number or done:
            commit(change, *leases)
        if left == number:
            raise Killed

    state.commit = dying
    try:
        stage.cycle()
    except Killed:
        return True
    return False


@pytest.mark.parametrize("done", [True, False], ids=["after", "before"])
def test_a_worker_that_dies_at_any_change_of_the_state_loses_nothing(
    stage_with: Callable[..., Any], redis: Any, done: bool
) -> None:
    number, went_on = 0, True
    while went_on:
        redis.flushall()
        stage = scene(stage_with())
        went_on = killed_at(stage, number, done=done)
        stage.context = stage.build()
        for _ in range(4):
            stage.cycle()
            assert stage.highest("A") <= 15, number
        assert numbers(stage) == RIGHT, number
        assert stage.available("E") == 20, number
        assert stage.due() == set(), number
        stage.warehouse.forward("A", 5)
        stage.cycle()
        assert stage.available("A") == 15, number
        number += 1
    assert number > 10


def dies(_: Any) -> None:
    raise Killed


@pytest.mark.parametrize("shipped", [2, 3, 5])
@pytest.mark.parametrize("landed", [True, False], ids=["landed", "lost"])
def test_a_parcel_behind_a_write_whose_sender_died_is_not_put_back(stage: Any, shipped: int, landed: bool) -> None:
    """The order is too old for Shopify to show it: only the books, as believed before the write, tell of it."""
    stage.add("A", 20)
    order = stage.sell("A", 5, at=stage.clock.now - timedelta(days=70))
    stage.cycle()
    stage.later(minutes=2)
    stage.cycle()
    stage.warehouse.receive("A", 3)
    (stage.sandbox.after_apply if landed else stage.sandbox.before_request)(dies, on="SetQuantities")
    with pytest.raises(Killed):
        stage.cycle()
    stage.shop.fulfil(order, {"A": shipped})
    stage.context = stage.build()
    for _ in range(3):
        stage.cycle()
        assert stage.available("A") <= 18
    stage.later(minutes=2)  # what was lost could land over the number that it was to replace
    stage.cycle()
    assert stage.available("A") == 18


@pytest.mark.parametrize("call", ["SetQuantities", "orders", "LevelsOf", "Variants"])
@pytest.mark.parametrize("landed", [True, False], ids=["landed", "lost"])
def test_a_call_that_is_never_answered_loses_nothing(stage: Any, call: str, landed: bool) -> None:
    scene(stage)
    stage.later(minutes=20)
    stage.sandbox.faults.add("drop", on=call, after=landed, times=-1)
    assert stage.cycle().code == 75
    stage.sandbox.faults.mend()
    for _ in range(4):
        stage.cycle()
        assert stage.highest("A") <= 15
    assert numbers(stage) == RIGHT
    assert stage.due() == set()
