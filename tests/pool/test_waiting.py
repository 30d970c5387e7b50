"""One layer of waiting: what is learned of a store's limits is shared by all workers, and a person can see it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from bridge.core.schedule import SourceFacts, pull_is_due
from bridge.state import pack
from bridge.sync.cycle import read_store, run_session
from bridge.sync.timetable import proof_since, source_facts


def dump_state(harness: Any, store: str) -> Any:
    return harness.state.store_record(store).connector_state


def session_of_another_worker(harness: Any, store: str) -> Any:
    return run_session(harness.build(), store, full=False, proof=proof_since)


def test_unreadable_state_are_ignored(harness: Any) -> None:
    harness.add("A", 5, shown=3)
    kinds: list[dict[str, object]] = [
        {"left": "x", "rate": None, "at": []}, {"size": 1e9, "limit": -1, "at": 0}, {"size": True}
    ]  # fmt: skip
    for nonsense in kinds:
        for store in harness.stores:
            harness.state.note_store(store, connector_state=nonsense)
        harness.cycle()
    assert harness.shows("A") == {"main": 5, "outlet": 5}


def test_the_source_is_left_alone_until_the_time_it_names(harness: Any) -> None:
    harness.add("A", 5)
    harness.cycle()
    harness.source.switches.rate_limit = 1  # used up, and renewed with the hour
    assert harness.cycle().source.error
    facts = source_facts(harness.context)
    assert facts.retry_at is not None
    wait = facts.retry_at - harness.clock.now
    assert timedelta(minutes=2) < wait <= timedelta(hours=1)
    assert not pull_is_due(facts, harness.clock.now + wait / 2)
    assert pull_is_due(facts, facts.retry_at + timedelta(seconds=1))
    harness.later(hours=1)
    harness.source.switches.rate_limit = 1_000
    assert harness.cycle().source.error is None
    assert source_facts(harness.context).retry_at is None


def test_a_429_with_budget_left_is_no_word_about_the_hour(harness: Any) -> None:
    """A gateway in front may throttle on its own account, and names no time."""
    harness.add("A", 5)
    harness.cycle()
    harness.source.faults.add("429", times=2)
    assert harness.cycle().source.error is None
    assert 0 < harness.slept < 5


def test_a_pull_is_due_again_once_the_source_may_be_asked() -> None:
    now = pack.at(10_000_000)
    waiting = SourceFacts(None, None, timedelta(seconds=5), retry_at=now + timedelta(seconds=1))
    assert not pull_is_due(waiting, now)
    assert pull_is_due(waiting, now + timedelta(seconds=1))


def test_reading_well_does_not_end_what_writing_met(harness: Any) -> None:
    """Only the writes fail: the failures are counted on, and `since` is when they began."""
    harness.add("A", 5)
    harness.cycle()
    harness["outlet"].sandbox.faults.add("status", on="write", status=502, times=-1)
    harness.warehouse.set_stock("A", 3)
    harness.cycle()
    first = harness.breaker("outlet")
    harness.later(minutes=3)
    harness.cycle()
    second = harness.breaker("outlet")
    assert (first.failures, second.failures) == (1, 2)
    assert first.since == second.since
    assert read_store(harness.context, "outlet").error is None
    assert harness.breaker("outlet") == second
    harness["outlet"].restore()
    harness.later(minutes=3)
    harness.cycle()
    assert harness.breaker("outlet") is None


def test_every_foreign_call_is_counted_by_how_it_ended(harness: Any) -> None:
    harness.add("A", 5, shown=2)
    harness.cycle()
    counted = harness.state.counters()
    assert counted["calls|main|200"] == harness["main"].sandbox.calls.total()
    assert counted["items|main|applied"] == counted["items|outlet|applied"] == 1
    assert counted["calls|source|200"] == harness.source.calls.total()


def test_a_cycle_waits_for_no_store_that_hangs(harness: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What falls is written in the other store meanwhile; what hung is served when it answers after all."""
    monkeypatch.setattr("bridge.sync.cycle.HANGS", 0.05)
    harness.add("A", 9)
    harness.cycle()
    hangs, written = Event(), Event()
    harness["main"].sandbox.before_request(lambda _: hangs.wait(30))
    harness["outlet"].sandbox.before_request(lambda _: written.set(), on="write")
    harness.warehouse.set_stock("A", 7)
    with ThreadPoolExecutor(1) as aside:
        done = aside.submit(harness.cycle)
        assert written.wait(30)
        assert not done.done()
        hangs.set()
        assert {store: report.applied for store, report in done.result().stores.items()} == {"main": 1, "outlet": 1}
    assert (harness["main"].shows("A"), harness["outlet"].shows("A")) == (7, 7)


@pytest.mark.parametrize("is_known", [False, True], ids=["not known to be in trouble", "in trouble before"])
def test_what_a_store_that_hangs_keeps_others_from(
    harness: Any, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    """As long as nobody knows that it cannot be read, it may still tell of an order, so nothing is increased; once that
    is known, its last reading counts however long it hangs again."""
    monkeypatch.setattr("bridge.sync.cycle.HANGS", 0.05)
    harness.add("A", 9)
    harness.add("B", 9)
    harness.cycle()
    if is_known:
        harness["outlet"].go_down()
        harness.cycle()
        harness["outlet"].restore()
    harness.warehouse.set_stock("A", 7)
    harness.warehouse.receive("B", 5)
    hangs, written = Event(), Event()
    harness["outlet"].sandbox.before_request(lambda _: hangs.wait(30), times=-1)
    harness["main"].sandbox.after_apply(lambda _: written.set(), on="write", times=-1)
    with ThreadPoolExecutor(1) as aside:
        done = aside.submit(harness.cycle)
        assert written.wait(30)
        assert not done.done()
        assert (harness["main"].shows("A"), harness["main"].shows("B")) == (7, 14 if is_known else 9)
        hangs.set()
        done.result()
    harness.cycle()
    assert (harness["main"].shows("B"), harness["outlet"].shows("B")) == (14, 14)
