"""A store that shares the stock cannot be read: its last reading counts for `stale_after`, then nothing is raised."""

from datetime import timedelta
from typing import Any

import pytest

from bridge.core.schedule import reading_counts
from bridge.ops.health import store_state
from bridge.sync.pull.flow import pull


def inline(harness: Any) -> None:
    harness.cycle()


def workers(harness: Any) -> None:
    for store in ("outlet", "main", "outlet"):
        pull(harness.context)
        harness.session(store)


@pytest.fixture(params=[inline, workers])
def cycle(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def down(harness: Any) -> Any:
    """Ten of A, and the outlet cannot be read any more."""
    harness.add("A", 10)
    harness.cycle()
    harness["outlet"].go_down()
    return harness


def test_an_increase_goes_on_while_the_last_reading_counts_and_is_frozen_then(down: Any, cycle: Any) -> None:
    down.later(minutes=1)
    down.warehouse.receive("A", 5)
    cycle(down)
    assert down["main"].shows("A") == 15
    assert not store_state(down.context, "outlet").freezes
    down.later(minutes=5)
    down.warehouse.receive("A", 5)
    cycle(down)
    assert down["main"].shows("A") == 15
    assert store_state(down.context, "outlet").freezes


def test_lowerings_are_never_frozen(down: Any, cycle: Any) -> None:
    down.later(hours=1)
    down.warehouse.set_stock("A", 7)
    cycle(down)
    assert down["main"].shows("A") == 7


def test_what_can_be_read_must_be_read(down: Any) -> None:
    """A store in which all is well is not believed to be what it was minutes ago."""
    down["outlet"].restore()
    down.later(minutes=3)
    down.warehouse.receive("A", 5)
    pull(down.context)
    down.session("main")
    assert down["main"].shows("A") == 10


def test_what_was_frozen_is_raised_when_the_store_can_be_read_again(down: Any, cycle: Any) -> None:
    down.later(minutes=6)
    down.warehouse.receive("A", 5)
    cycle(down)
    assert down["main"].shows("A") == 10
    down["outlet"].restore()
    down.later(minutes=16)
    cycle(down)
    assert down.shows("A") == {"main": 15, "outlet": 15}


def test_never_less_than_two_polls() -> None:
    minutes = [timedelta(minutes=n) for n in (5, 10, 20)]
    assert reading_counts(minutes[0], timedelta(seconds=30)) == minutes[0]
    assert reading_counts(minutes[0], minutes[1]) == minutes[2]
