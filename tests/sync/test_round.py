"""Whole rounds against the sandboxes."""

from typing import Any

import pytest

from bridge.ops import steer
from tests.harness.installation import Installation


@pytest.mark.states("3pl.guide.polling.full_sync")
def test_first_sync_makes_the_shop_equal_to_its_targets(harness: Installation) -> None:
    for n in range(30):
        harness.add(f"SKU-{n}", 10 + n, shown=9 + n)
    done = harness.cycle()
    assert done.code == 0, done
    assert [harness.main.shows(f"SKU-{n}") for n in range(30)] == [10 + n for n in range(30)]
    assert done.stores["main"].applied == 30


def test_an_idle_cycle_asks_the_source_once_and_the_store_little_and_writes_nothing(harness: Installation) -> None:
    harness.add("A", 5)
    harness.cycle()
    harness.cycle()
    asked, writes, reads = harness.main.sandbox.calls.total(), harness.main.writes, harness.source.calls.total()
    harness.cycle()
    assert harness.source.calls.total() == reads + 1
    assert harness.main.sandbox.calls.total() - asked <= 3  # each platform's own tests say how many
    assert harness.main.writes == writes


def test_sold_units_do_not_come_back(harness: Installation) -> None:
    harness.add("A", 20)
    harness.cycle()
    harness.main.sell("A", 5)
    for _ in range(3):
        harness.cycle()
        assert harness.main.shows("A") == 15


# -- what is remembered of sessions ------------------------------------------------------------------------


def runs(harness: Installation) -> list[dict[str, Any]]:
    return [run["stores"]["main"] for run in harness.state.runs(200) if run["stores"]]


def test_a_session_that_can_do_nothing_is_no_run(harness: Installation) -> None:
    """Paused by a person: status says so, and the runs that did something stay in sight."""
    harness.add("A", 5, shown=2)
    harness.cycle()
    steer.pause(harness.context, "main", by="a test")
    harness.warehouse.set_stock("A", 3)
    harness.cycle()
    before = runs(harness)
    for _ in range(5):
        assert harness.session().error == "paused"
    assert runs(harness) == before


def test_a_run_that_ended_in_trouble_tells_its_requests(harness: Installation) -> None:
    harness.add("A", 5)
    harness.cycle()
    harness.main.revoke()
    harness.session()
    newest = runs(harness)[0]
    assert newest["error"]
    assert newest["requests"] > 0
