"""One bad item never blocks its batch, and what a store did not confirm is never taken for done."""

from typing import Any

import pytest

from connectors.base import RetryableStoreError
from tests.harness.installation import Installation
from tests.harness.shops import Build


def listed(harness: Installation, count: int, units: int = 10) -> list[str]:
    skus = [f"S{n:04}" for n in range(count)]
    for sku in skus:
        harness.add(sku, units)
    return skus


def receive(harness: Installation, skus: list[str], units: int = 1) -> None:
    for sku in skus:
        harness.warehouse.receive(sku, units)


def quiet(harness: Installation) -> None:
    """First rounds, until the store was read a second time: from here on only what is due is read."""
    harness.cycle()
    harness.later(minutes=2)
    harness.cycle()


def wrong(harness: Installation, skus: list[str], units: int) -> list[str]:
    return [sku for sku in skus if harness.main.shows(sku) != units]


# -- poisoned rows ---------------------------------------------------------------------------------------


def test_bad_items_in_a_batch_hold_up_nobody(harness: Installation) -> None:
    skus = listed(harness, 90)
    harness.cycle()
    receive(harness, skus)
    harness.main.refuse(skus[7])
    harness.main.delete(skus[50])
    report = harness.cycle().stores["main"]
    assert wrong(harness, [sku for sku in skus if sku not in (skus[7], skus[50])], 11) == []
    assert harness.main.shows(skus[7]) == 10
    assert (report.applied, report.rejected, report.missing, report.deferred) == (88, 1, 1, 0)
    assert harness.due() == set()


@pytest.fixture
def refused(harness: Installation) -> Installation:
    """B is in quarantine."""
    harness.add("A", 10)
    harness.add("B", 10)
    harness.cycle()
    harness.main.refuse("B")
    receive(harness, ["B"])
    assert harness.cycle().stores["main"].rejected == 1
    assert set(harness.quarantine()) == {harness.main.ref("B")}
    return harness


def test_what_is_in_quarantine_is_left_alone(refused: Installation) -> None:
    before = refused.main.writes
    refused.cycle()
    assert (refused.main.writes, refused.due()) == (before, set())


def test_a_change_lets_a_quarantined_item_try_again(refused: Installation) -> None:
    refused.main.accept("B")
    receive(refused, ["B"])
    refused.cycle()
    assert (refused.main.shows("B"), refused.quarantine()) == (12, {})


def test_resync_lets_a_quarantined_item_try_again(refused: Installation) -> None:
    refused.main.accept("B")
    refused.resync("main", "B")
    refused.cycle()
    assert (refused.main.shows("B"), refused.quarantine()) == (11, {})


# -- a broken connector, a broken store ----------------------------------------------------------------


def sabotage(harness: Installation, store: str, fault: Exception, *, on: str = "push") -> None:
    """A bug in the connector of one store."""
    opened = harness.context.open_store

    def open_store(name: str, send: Any) -> Any:
        connector = opened(name, send)
        if name == store:
            setattr(connector, on, lambda *_: raising(fault))
        return connector

    object.__setattr__(harness.context, "open_store", open_store)


def raising(fault: Exception) -> Any:
    raise fault


@pytest.fixture
def two(harness_with: Build) -> Installation:
    harness = harness_with(only="")
    listed(harness, 3)
    harness.cycle()
    receive(harness, ["S0000"])
    return harness


@pytest.mark.parametrize("step", ["push", "changes"])
def test_a_bug_in_a_connector_marks_nothing_as_done_and_the_others_go_on(two: Installation, step: str) -> None:
    receive(two, ["S0001"], -1)
    sabotage(two, "main", ZeroDivisionError("oops"), on=step)
    with pytest.raises(ZeroDivisionError):
        two.cycle()
    assert two["outlet"].shows("S0001") == 9
    assert two["outlet"].shows("S0000") == 11  # the last reading of `main` counts for `stale_after`
    assert two.due() == {"S0000", "S0001"}
    assert two.breaker("main").kind == "bug"
    two.context = two.build()
    two.later(minutes=5)
    assert two.cycle().code == 0
    assert two.main.shows("S0000") == 11
    assert two.breaker("main") is None


# -- lost replies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("landed", [True, False])
def test_after_a_lost_reply_the_number_is_read_back_and_right(harness: Installation, landed: bool) -> None:
    """What landed is seen at once; what did not is sent once more, and its reply is lost as well."""
    harness.add("A", 10)
    harness.cycle()
    receive(harness, ["A"])
    harness.main.sandbox.faults.add("drop", on="write", after=landed, times=-1)
    report = harness.cycle().stores["main"]
    assert (report.due, report.applied, report.waiting) == (1, 0, 0 if landed else 1)
    assert (bool(report.error), harness.due()) == (not landed, set() if landed else {"A"})
    harness.main.restore()
    assert harness.main.shows("A") == (11 if landed else 10)
    harness.cycle()
    assert (harness.main.shows("A"), harness.due()) == (11, set())


def test_a_write_that_lands_late_is_found_and_corrected(harness: Installation) -> None:
    """The raise to twenty is still on its way when the warehouse takes it back: nothing is to be written,
    and then it lands."""
    harness.add("A", 15)
    quiet(harness)
    receive(harness, ["A"], 5)
    harness.main.sandbox.faults.add("late", on="write", times=-1)
    harness.cycle()
    harness.main.restore()
    harness.warehouse.set_stock("A", 15)
    harness.cycle()
    assert harness.main.shows("A") == 15
    harness.main.sandbox.land()
    assert harness.main.shows("A") == 20
    harness.outwait()
    harness.cycle()
    harness.cycle()
    assert harness.main.shows("A") == 15


def test_a_newer_number_that_came_meanwhile_stands_at_the_end(harness: Installation) -> None:
    harness.add("A", 10)
    quiet(harness)
    receive(harness, ["A"], 5)
    harness.main.sandbox.faults.add("late", on="write", times=-1)
    harness.cycle()
    harness.main.restore()
    harness.warehouse.set_stock("A", 12)
    harness.cycle()
    harness.main.sandbox.land()
    harness.outwait()
    harness.cycle()
    harness.cycle()
    assert harness.main.shows("A") == 12


def test_a_fulfilment_behind_a_lost_reply_is_not_put_back(harness: Installation) -> None:
    """The number landed, its answer was lost, and then the parcel left."""
    harness.add("A", 10)
    harness.cycle()
    order = harness.main.sell("A", 4)
    receive(harness, ["A"], 5)
    harness.main.sandbox.faults.add("drop", on="write", after=True, times=-1)
    harness.cycle()
    harness.main.ship(order)
    harness.main.restore()
    for _ in range(3):
        harness.cycle()
        assert harness.main.shows("A") == 11
    harness.warehouse.forward("A", 4)
    harness.cycle()
    assert harness.main.shows("A") == 11


def test_a_throttle_is_waited_for_and_nothing_is_in_doubt(harness: Installation) -> None:
    harness.add("A", 10)
    harness.cycle()
    receive(harness, ["A"])
    harness.main.sandbox.faults.add("throttled", on="write", times=2)
    assert harness.cycle().code == 0
    assert (harness.main.shows("A"), harness.state.notes("main", "flight")) == (11, {})


def test_a_connector_that_loses_an_outcome_marks_nothing_as_done(harness: Installation) -> None:
    harness.add("A", 10)
    harness.cycle()
    receive(harness, ["A"])
    sabotage(harness, "main", ValueError("0 outcomes for 1 updates"))
    with pytest.raises(ValueError, match="outcomes"):
        harness.cycle()
    assert harness.due() == {"A"}


def test_an_unsent_batch_is_not_in_doubt(harness: Installation) -> None:
    harness.add("A", 10)
    harness.cycle()
    receive(harness, ["A"])
    sabotage(harness, "main", RetryableStoreError("the line is dead", sent=False))
    assert harness.cycle().code == 75
    assert (harness.state.notes("main", "flight"), harness.due()) == ({}, {"A"})
