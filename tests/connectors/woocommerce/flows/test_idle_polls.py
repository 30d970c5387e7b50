"""Our own writes count as changes there. They are met once by each kind of look, and never again."""

import pytest

from tests.harness.installation import Installation
from tests.harness.shops import Build
from tests.harness.sweeps import sweep

IDLE = 3
"""Two lists of orders, one of edits."""

LOOKS = 4
"""That meet what the bridge wrote: the next one, the next that reaches back whole, and two lists of listings."""


def polls(harness: Installation, minutes: int) -> list[int]:
    """Calls of the shop in each poll of so many minutes, one a minute."""
    found = []
    for _ in range(minutes):
        harness.later(seconds=50)
        before = harness["outlet"].sandbox.calls.total()
        harness.session("outlet")
        found.append(harness["outlet"].sandbox.calls.total() - before)
    return found


def polled(harness_with: Build, size: int) -> list[int]:
    """Calls of the polls of an hour after so many products were written."""
    harness = harness_with(only="outlet")
    harness.db.flushall()
    for n in range(size):
        harness.add(f"SKU-{n:04}", 90, shown=80)
    harness.cycle()
    harness.later(minutes=3)
    harness.cycle()  # reads everything once more, as after every beginning from nothing
    return polls(harness, 45)


@pytest.mark.parametrize("most", sweep([120, 420], 1))
def test_an_idle_poll_asks_as_often_whatever_the_shop_sells(harness_with: Build, most: int) -> None:
    small, large = (polled(harness_with, size) for size in (20, most))
    assert small[30:] == large[30:]
    assert min(large) == IDLE
    assert sum(calls > IDLE for calls in large) <= 2 * LOOKS
    pages = -(-most // 99)  # they overlap by one row
    assert sum(large) - sum(small) <= LOOKS * pages
