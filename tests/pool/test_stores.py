"""Stores that come, go, pause and cannot be reached, beside others on the same stock."""

from datetime import timedelta
from typing import Any

import pytest

from tests.harness.installation import Installation

from .harness import has_ended, keep, stocked


@pytest.fixture
def pool(harness: Installation) -> Installation:
    """Twenty of A and of B on both sides, in order."""
    return stocked(harness, {"A": 20, "B": 20})


# -- a key is revoked --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("blind", "other"), [("main", "outlet"), ("outlet", "main")])
def test_a_shop_whose_key_is_revoked_freezes_increases_and_never_decreases(
    pool: Installation, blind: str, other: str
) -> None:
    """It sells five unseen while ten arrive: whatever the other shop shows, those five are not in it."""
    pool[blind].revoke()
    unseen = pool[blind].sell("A", 5)
    pool.warehouse.receive("A", 10)
    for _ in range(6):
        pool.later(minutes=10)
        done = pool.cycle()
        assert done.code == 1
        assert pool[other].shows("A") == 20  # 30 − 5 would be free; 30 is what the other must not be raised to
        assert done.stores[blind].error
        assert done.stores[other].error is None
    assert pool.highest("A") <= 25
    pool[other].sell("A", 8)
    pool.warehouse.set_stock("B", 12)
    pool.cycle()
    assert (pool[other].shows("A"), pool[other].shows("B")) == (12, 12)
    breaker = pool.breaker(blind)
    assert (breaker.kind, pool.breaker(other)) == ("operator", None)
    assert breaker.failures > 3  # one alert that stands, since its beginning
    assert breaker.since < pool.clock.now - timedelta(minutes=50)
    pool[blind].restore()
    assert pool.cycle().code == 0
    assert pool.breaker(blind) is None
    assert pool.shows("A") == {"main": 17, "outlet": 17}
    pool[blind].ship(unseen)
    has_ended(pool, "A", 17)
    assert pool.shows("B") == {"main": 12, "outlet": 12}


def test_what_only_the_other_shop_sells_is_raised_all_the_same(pool: Installation) -> None:
    pool["outlet"].delete("B")
    pool.cycle(full=True)
    pool["outlet"].revoke()
    pool.warehouse.receive("B", 5)
    pool.cycle()
    assert pool["main"].shows("B") == 25


@pytest.mark.parametrize("blind", ["main", "outlet"])
def test_a_store_that_cannot_be_reached_for_hours_is_caught_up_with(pool: Installation, blind: str) -> None:
    other = "outlet" if blind == "main" else "main"
    pool[blind].go_down()
    sold = pool[blind].sell("A", 5)
    for _ in range(5):
        pool.later(hours=1)
        done = pool.cycle()
        assert (done.code, bool(done.stores[blind].error)) == (75, True)
        assert pool[other].shows("A") <= 20
    pool[blind].ship(sold)
    pool.warehouse.forward("A", 5)
    pool[other].sell("A", 2)
    pool.cycle()
    assert pool[other].shows("A") <= 13
    pool[blind].restore()
    keep(pool, "A", 13)
    has_ended(pool, "A", 13)


# -- paused, removed, added ----------------------------------------------------------------------------------


@pytest.mark.parametrize("paused", ["main", "outlet"])
def test_a_paused_store_still_reserves(pool: Installation, paused: str) -> None:
    other = "outlet" if paused == "main" else "main"
    pool.configure(**{paused: "paused = true"})
    writes = pool[paused].writes
    order = pool[paused].sell("A", 6)
    pool[other].sell("A", 1)
    for step in (
        lambda: None, lambda: pool[paused].ship(order), lambda: pool.warehouse.forward("A", 6), lambda: None
    ):  # fmt: skip
        step()
        assert pool.cycle().stores[paused].error == "paused"
        assert pool.shows("A") == {other: 13, paused: 14}
    assert pool[paused].writes == writes
    pool.configure(**{paused: ""})
    has_ended(pool, "A", 13)


@pytest.mark.parametrize("gone", ["main", "outlet"])
def test_a_store_taken_out_of_the_configuration_reserves_no_longer(pool: Installation, gone: str) -> None:
    """Nobody reads it any more, so nothing that it sells is known: its units are on sale elsewhere."""
    other = "outlet" if gone == "main" else "main"
    pool[gone].sell("A", 6)
    pool.cycle()
    pool.leave(gone)
    writes = pool[gone].writes
    assert pool.cycle().code == 0
    assert pool[other].shows("A") == 20
    assert pool[gone].writes == writes


def test_a_store_that_comes_back_is_known_again(pool: Installation) -> None:
    pool.leave("outlet")
    pool.cycle()
    order = pool["outlet"].sell("A", 6)
    pool.later(hours=5)
    pool["outlet"].ship(order)
    pool.warehouse.forward("A", 6)
    pool.cycle()
    pool.configure()
    pool.cycle()
    keep(pool, "A", 20)
    pool.later(days=5)
    has_ended(pool, "A", 14)


def test_a_store_added_later_with_open_orders(pool: Installation, another: Any) -> None:
    """Its orders count from its first reading; the stores that were there fall at the same tick."""
    late = pool.join("late", another())
    late.add("A", 3)
    late.sell("A", 4)
    pool.configure()
    keep(pool, "A", 16)
    has_ended(pool, "A", 16)


def test_a_store_that_was_never_read_freezes_increases(pool: Installation, another: Any) -> None:
    """What it sells is not known, so nothing may be raised on a guess."""
    late = pool.join("late", another())
    late.add("A", 3)
    late.go_down()
    pool.configure()
    pool.warehouse.receive("A", 10)
    pool.cycle()
    assert (pool["main"].shows("A"), pool["outlet"].shows("A")) == (20, 20)
    late.restore()
    pool.cycle()
    assert pool.shows("A") == {"main": 30, "outlet": 30, "late": 30}


def test_the_clock_of_a_shop_may_be_off_by_minutes(harness_with: Any, another: Any) -> None:
    """Ten minutes behind and ahead: no order is missed."""

    class Off:
        def __init__(self, clock: Any, minutes: int) -> None:
            self.clock, self.by = clock, timedelta(minutes=minutes)

        def __call__(self) -> Any:
            return self.clock.now + self.by

    harness = harness_with(only="main", more={"behind": another(), "ahead": another()})
    harness["behind"].shop.clock, harness["ahead"].shop.clock = Off(harness.clock, -10), Off(harness.clock, 10)
    harness.add("A", 20)
    harness.cycle()
    left = 20
    for n in range(6):
        harness["behind" if n % 2 else "ahead"].sell("A", 1)
        left -= 1
        assert keep(harness, "A", left) == {"main": left, "behind": left, "ahead": left}
        harness.later(minutes=3)
