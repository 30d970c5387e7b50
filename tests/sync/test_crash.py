"""A worker dies between any two effects. The next one ends at the right numbers, and nothing was lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest


class KilledError(Exception):
    """The process is gone."""


def prepared(harness: Any) -> Any:
    """A raise, a fall, a shipped order, a new order, a bundle that refuses and a variant made anew, all at once."""
    for sku in "ABCDEF":
        harness.add(sku, 20)
    harness.order = harness.sell("A", 5)
    harness.cycle()
    harness.later(minutes=2)
    harness.cycle()
    harness.shop.fulfil(harness.order)
    harness.warehouse.receive("B", 4)
    harness.warehouse.set_stock("C", 15)
    harness.sell("D", 2)
    harness.shop.variant("E").components = {"F": 1}
    harness.warehouse.receive("E", 1)
    harness.shop.recreate("F", on_hand=3)
    harness.warehouse.receive("F", 1)
    harness.forget_offers()
    return harness


RIGHT = {"A": 15, "B": 24, "C": 15, "D": 18, "F": 21}


def numbers(harness: Any) -> dict[str, int]:
    return {sku: harness.available(sku) for sku in RIGHT}


def killed_at(harness: Any, number: int, *, done: bool) -> bool:
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

    state.commit = dying
    try:
        harness.cycle()
    except KilledError:
        return True
    return False


@pytest.mark.parametrize("done", [True, False], ids=["after", "before"])
def test_a_worker_that_dies_at_any_change_of_the_state_loses_nothing(
    harness_with: Callable[..., Any], redis: Any, done: bool
) -> None:
    number, went_on = 0, True
    while went_on:
        redis.flushall()
        harness = prepared(harness_with())
        went_on = killed_at(harness, number, done=done)
        harness.context = harness.build()
        for _ in range(4):
            harness.cycle()
            assert harness.highest("A") <= 15, number
        assert numbers(harness) == RIGHT, number
        assert harness.available("E") == 20, number
        assert harness.due() == set(), number
        harness.warehouse.forward("A", 5)
        harness.cycle()
        assert harness.available("A") == 15, number
        number += 1
    assert number > 10


def dies(_: Any) -> None:
    raise KilledError


def sold_long_ago(harness: Any, units: int, *, of: int) -> Any:
    """An open order of A that is too old for Shopify to show it, in a store that was synced and read twice → it."""
    harness.add("A", of)
    order = harness.sell("A", units, at=harness.clock.now - timedelta(days=70))
    harness.cycle()
    harness.later(minutes=2)
    harness.cycle()
    return order


@pytest.mark.parametrize("shipped", [2, 3, 5])
@pytest.mark.parametrize("landed", [True, False], ids=["landed", "lost"])
def test_a_parcel_behind_a_write_whose_sender_died_is_not_put_back(harness: Any, shipped: int, landed: bool) -> None:
    """The order is too old for Shopify to show it: only the books, as believed before the write, tell of it."""
    order = sold_long_ago(harness, 5, of=20)
    harness.warehouse.receive("A", 3)
    (harness.sandbox.after_apply if landed else harness.sandbox.before_request)(dies, on="SetQuantities")
    with pytest.raises(KilledError):
        harness.cycle()
    harness.shop.fulfil(order, {"A": shipped})
    harness.context = harness.build()
    for _ in range(3):
        harness.cycle()
        assert harness.available("A") <= 18
    harness.later(minutes=2)  # what was lost could land over the number that it was to replace
    harness.cycle()
    assert harness.available("A") == 18


def test_a_number_that_landed_is_understood_however_long_its_listing_was_not_shown(harness: Any) -> None:
    """An order that Shopify does not show is called off meanwhile: nothing left, our own write had lowered it."""
    order = sold_long_ago(harness, 2, of=15)
    harness.warehouse.set_stock("A", 10)
    harness.sandbox.after_apply(dies, on="SetQuantities")
    with pytest.raises(KilledError):
        harness.cycle()
    harness.context = harness.build()
    kept = harness.shop.variants, harness.shop.items
    harness.shop.variants, harness.shop.items = {}, {}
    harness.later(minutes=1)
    harness.cycle(full=True)
    harness.later(minutes=10)
    harness.cycle()
    harness.shop.variants, harness.shop.items = kept
    harness.shop.cancel(order)
    harness.later(minutes=16)
    assert [harness.cycle().code for _ in range(2)] == [0, 0]
    assert not harness.state.ledgers(["A"])["A"][1].shipments
    assert (harness.available("A"), harness.state.notes("main", "flight")) == (10, {})


@pytest.mark.parametrize("call", ["SetQuantities", "orders", "LevelsOf", "Variants"])
@pytest.mark.parametrize("landed", [True, False], ids=["landed", "lost"])
def test_a_call_that_is_never_answered_loses_nothing(harness: Any, call: str, landed: bool) -> None:
    prepared(harness)
    harness.later(minutes=20)
    harness.sandbox.faults.add("drop", on=call, after=landed, times=-1)
    assert harness.cycle().code == 75
    harness.sandbox.faults.mend()
    for _ in range(4):
        harness.cycle()
        assert harness.highest("A") <= 15
    assert numbers(harness) == RIGHT
    assert harness.due() == set()
