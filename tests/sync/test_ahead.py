"""A store that is read whole is fetched while the warehouse is pulled, and judged after it."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import datetime, timedelta
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from bridge.errors import SourceUnreadError, StateUnavailableError
from bridge.ops.cycle import run_cycle
from bridge.sync.read.ahead import CHUNK, after_pull, wait_for_pull
from bridge.threeplguys.client import SourceClient
from connectors.base import Listing, Reading, Status
from connectors.values import replace
from tests.harness.inline import FetchAhead, Late
from tests.harness.installation import Installation
from tests.harness.shops import Build

SOON = 20.0


def pulling_after(harness: Installation, ahead: Callable[[], object]) -> Any:
    """The context of a bridge that does something before it asks the warehouse for the first time."""

    def open_source(send: Any, observe: Any) -> SourceClient:
        ahead()
        return harness.context.open_source(send, observe)

    return replace(harness.context, open_source=open_source)


def session_of(harness: Installation) -> Any:
    return SimpleNamespace(context=harness.context, lease=SimpleNamespace(renew=lambda: None))


def test_a_store_tells_everything_while_the_warehouse_is_pulled(harness_with: Build) -> None:
    harness = harness_with(only="main")
    harness.add("A", 5, shown=3)
    told, came = Event(), list[bool]()

    def open_store(store: str, send: Any) -> Any:
        connector: Any = harness.context.open_store(store, send)
        list_all = connector.listings_with_readings

        def listings_with_readings() -> Iterator[Any]:
            yield from list_all()
            told.set()

        connector.listings_with_readings = listings_with_readings
        return connector

    context = pulling_after(harness, lambda: came.append(told.wait(SOON)))
    done = run_cycle(replace(context, open_store=open_store))
    assert came == [True]
    assert (done.code, harness.shows("A")) == (0, {"main": 5})


def test_nothing_is_judged_before_the_pull_is_over(harness: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.sync.cycle.ThreadPoolExecutor", FetchAhead)
    harness.add("A", 5, shown=3)
    assert harness.cycle().code == 0
    names = [event for event, _ in harness.events]
    assert "mapping" in names
    assert names.index("pulled") < min(names.index("mapping"), names.index("reading"))


def test_a_store_that_is_read_in_part_waits_for_the_pull(harness: Installation) -> None:
    harness.add("A", 5)
    harness.cycle()
    before, asked = sum(s.sandbox.calls.total() for s in harness.stores.values()), list[int]()
    context = pulling_after(
        harness, lambda: asked.append(sum(s.sandbox.calls.total() for s in harness.stores.values()))
    )
    run_cycle(context)
    assert asked == [before]


def test_a_first_pull_that_fails_leaves_every_store_unjudged(harness: Installation) -> None:
    """Nobody would know where to enter what they shipped; and none of it is a fault of theirs."""
    harness.add("A", 5, shown=3)
    harness.source.faults.add("503", times=1_000)
    done = harness.cycle()
    assert {report.error for report in done.stores.values()} == {"the warehouse has not been read yet"}
    for store in harness.stores:
        record = harness.state.store_record(store)
        assert (record.mapped_at, record.read_at, record.breaker) == (None, None, None)
    harness.source.faults.clear()
    harness.later(minutes=30)
    assert (harness.cycle().code, set(harness.shows("A").values())) == (0, {5})


def test_a_fault_of_the_bridge_in_the_pull_is_raised_and_judges_no_store(harness: Installation) -> None:
    harness.add("A", 5, shown=3)

    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_cycle(pulling_after(harness, broken))
    assert [harness.state.store_record(store).breaker for store in harness.stores] == [None] * len(harness.stores)


def test_no_store_is_fetched_for_a_long_pull_that_is_not_done(harness: Installation) -> None:
    """It may take hours, and each call of it would ask every store for everything."""
    for n in range(500):
        harness.warehouse.add(f"SKU-{n}", 1)
    harness.source.switches.rate_limit = 4
    assert harness.cycle().source.error
    before = sum(s.sandbox.calls.total() for s in harness.stores.values())
    assert harness.state.source_record().unfinished is not None
    harness.cycle()
    assert sum(s.sandbox.calls.total() for s in harness.stores.values()) == before


def test_a_lease_is_renewed_while_it_is_waited_for(harness: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.sync.read.ahead.RENEW", 0.001)
    harness.add("A", 1)
    harness.cycle()
    pulling, renewed = Future[Any](), list[int]()

    def renew() -> None:
        renewed.append(1)
        if len(renewed) == 3:
            pulling.set_result(None)

    wait_for_pull(harness.context, pulling, renew)
    assert len(renewed) == 3


@pytest.mark.parametrize("skill", [True, False], ids=["told together", "apart"])
def test_a_store_is_not_kept_from_others_for_as_long_as_a_pull_takes(
    harness_with: Build, monkeypatch: pytest.MonkeyPatch, skill: bool
) -> None:
    """A sale elsewhere has to be lowered there meanwhile. What was fetched is fetched again after the pull."""
    monkeypatch.setattr("bridge.sync.read.ahead.RENEW", 0.01)
    if not skill:
        monkeypatch.setattr("bridge.sync.read.whole.ListsWithReadings", type(None))
    harness = harness_with(only="main")
    harness.add("A", 5, shown=3)
    harness.cycle()
    harness.main.edit("A", 4)
    is_free = Event()

    def another_worker() -> None:
        began = Event()
        for _ in range(2_000):
            with harness.state.leased("store:main") as lease:
                if lease is None:
                    began.set()
                elif began.is_set():
                    return is_free.set()
            Event().wait(0.01)
        return None

    done = run_cycle(pulling_after(harness, another_worker), full=True)
    assert is_free.is_set()
    assert (done.code, harness.shows("A")) == (0, {"main": 5})


def test_what_broke_off_the_pull_says_nothing_of_a_store(harness: Installation) -> None:
    harness.add("A", 1)
    harness.cycle()
    pulling = Future[Any]()
    pulling.set_exception(StateUnavailableError("away"))
    with pytest.raises(SourceUnreadError, match="broken off"):
        wait_for_pull(harness.context, pulling)


def test_it_is_told_as_it_was_and_with_the_instant_at_which_it_was(harness: Installation) -> None:
    harness.add("A", 1)
    harness.cycle()
    listings = [Listing(f"ref-{n}", f"SKU {n} ü", "a title", Status.UNTRACKED) for n in range(2 * CHUNK + 1)]
    rows: list[Any] = [(x, [Reading(x.ref, "L", -1, 2, 1, stocked=False)]) for x in listings]
    rows.append((None, [Reading("ref", "", 1, None, 1)]))
    began, session = harness.clock.now, session_of(harness)
    found = list(after_pull(session, rows, Late(lambda: harness.clock.advance(60))))
    assert [row for _, chunk in found for row in chunk] == rows
    assert {moment for moment, _ in found} == {began}
    assert harness.clock.now == began + timedelta(seconds=60)


def test_what_is_told_after_the_pull_is_of_its_own_instant(harness: Installation) -> None:
    harness.add("A", 1)
    harness.cycle()
    pulling = Future[Any]()
    moments = list[datetime]()

    def told() -> Iterator[Any]:
        for n in range(3 * CHUNK):
            if n == CHUNK:
                pulling.set_result(None)
            if n % CHUNK == 0:
                harness.clock.advance(1)
                moments.append(harness.clock.now)
            yield None, [Reading(f"ref-{n}", "", 1, None, 1)]

    assert [moment for moment, _ in after_pull(session_of(harness), told(), pulling)] == moments
