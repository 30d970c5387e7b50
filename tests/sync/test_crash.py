"""A worker dies between any two effects. The next one ends at the right numbers, and nothing was lost."""

from typing import Any

import pytest

from tests.harness.installation import Installation
from tests.harness.shops import Build


class KilledError(Exception):
    """The process is gone."""


def prepared(harness: Installation) -> Installation:
    """A raise, a fall, a shipped order, a new order, a listing that refuses and one made anew, all at once."""
    for sku in "ABCDEF":
        harness.add(sku, 20)
    order = harness.main.sell("A", 5)
    harness.cycle()
    harness.later(minutes=2)
    harness.cycle()
    harness.main.ship(order)
    harness.warehouse.receive("B", 4)
    harness.warehouse.set_stock("C", 15)
    harness.main.sell("D", 2)
    harness.main.refuse("E")
    harness.warehouse.receive("E", 1)
    harness.main.recreate("F")
    harness.main.edit("F", 3)
    harness.warehouse.receive("F", 1)
    harness.forget_offers()
    return harness


RIGHT = {"A": 15, "B": 24, "C": 15, "D": 18, "F": 21}


def numbers(harness: Installation) -> dict[str, int]:
    return {sku: harness.main.shows(sku) for sku in RIGHT}


def killed_at(harness: Installation, number: int, *, done: bool) -> bool:
    """One cycle of a worker that dies at its n-th change of the state, after it (done) or instead of it →
    whether it came that far."""
    state, commits = harness.state, iter(range(number + 1))
    commit = state.commit

    def dying(change: Any, *leases: Any) -> None:
        left = next(commits, None)
        if left is None:
            raise KilledError
        if left < number or done:
            commit(change, *leases)
        if left == number:
            raise KilledError

    state.commit = dying  # type: ignore[method-assign]
    try:
        harness.cycle()
    except KilledError:
        return True
    return False


@pytest.mark.full
@pytest.mark.parametrize("done", [True, False], ids=["after", "before"])
def test_a_worker_that_dies_at_any_change_of_the_state_loses_nothing(
    harness_with: Build, redis: Any, done: bool
) -> None:
    number, went_on = 0, True
    while went_on:
        redis.flushall()
        harness = prepared(harness_with())
        went_on = killed_at(harness, number, done=done)
        harness.context = harness.build()
        for _ in range(4):
            harness.outwait()
            harness.cycle()
            assert harness.highest("A") <= 15, number
        assert numbers(harness) == RIGHT, number
        assert harness.main.shows("E") == 20, number
        assert harness.due() == set(), number
        harness.warehouse.forward("A", 5)
        harness.cycle()
        assert harness.main.shows("A") == 15, number
        number += 1
    assert number > 10


@pytest.mark.crossed
@pytest.mark.parametrize(("call", "skip"), [("write", 0), ("orders", 0), ("read", 0), ("read", 1), ("read", 2)])
@pytest.mark.parametrize("landed", [True, False], ids=["landed", "lost"])
def test_a_call_that_is_never_answered_loses_nothing(harness: Installation, call: str, skip: int, landed: bool) -> None:
    prepared(harness)
    harness.later(minutes=20)
    harness.main.sandbox.faults.add("drop", on=call, after=landed, skip=skip, times=-1)
    assert harness.cycle().code == 75
    harness.main.restore()
    for _ in range(4):
        harness.outwait()
        harness.cycle()
        assert harness.highest("A") <= 15
    assert numbers(harness) == RIGHT
    assert harness.due() == set()
