"""How far back the looks at a store's orders reach."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.core.lookback import BUSY, GLANCE, LONGEST, OVERLAP, OrderLooks, is_whole, since, with_look

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def last(*, ago: timedelta, met: int = 0) -> OrderLooks:
    return OrderLooks(NOW - 2 * SECOND, NOW - ago, NOW - ago, met)


@pytest.mark.parametrize(
    ("before", "wanted", "whole"),
    [
        pytest.param(None, False, True, id="the first look"),
        pytest.param(last(ago=OVERLAP - SECOND), False, False, id="a whole one was just made"),
        pytest.param(last(ago=OVERLAP), False, True, id="once per overlap"),
        pytest.param(last(ago=SECOND), True, True, id="something is unexplained"),
        pytest.param(last(ago=OVERLAP, met=BUSY + 1), False, False, id="in a rush it waits"),
        pytest.param(last(ago=SECOND, met=BUSY + 1), True, False, id="in a rush also for what is unexplained"),
        pytest.param(last(ago=LONGEST, met=BUSY + 1), False, True, id="and not for ever"),
    ],
)
def test_when_a_look_is_a_whole_one(before: OrderLooks | None, wanted: bool, whole: bool) -> None:
    assert is_whole(before, NOW, wanted=wanted) is whole


def test_whole_looks_join_and_the_others_glance_back() -> None:
    """An order that shows up at most one overlap late is met, whenever it does."""
    at, now = NOW, NOW
    state = with_look(None, at, 0, now, whole=True)
    for _ in range(200):
        now += 7 * SECOND
        whole = is_whole(state, now)
        asked = since(state, whole=whole)
        assert asked == (state.whole - OVERLAP if whole else state.at - GLANCE)
        state = with_look(state, now, 3, now, whole=whole)
        assert now - state.whole <= OVERLAP + 7 * SECOND


def test_a_cursor_that_was_drawn_back_is_believed() -> None:
    state = OrderLooks(NOW - timedelta(days=30), NOW, NOW)
    assert since(state, whole=True) == NOW - timedelta(days=30) - OVERLAP
    assert since(None, whole=True) is None
