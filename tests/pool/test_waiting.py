"""One layer of waiting: what is learned of a store's limits is shared by all workers, and a person can see it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from bridge.core.schedule import SourceFacts, pull_is_due
from bridge.state import pack
from bridge.sync import run_session
from bridge.sync.cycle import read_store
from bridge.sync.timetable import proof_since, source_facts


def lessons(stage: Any, store: str) -> Any:
    return stage.state.store_record(store).connector_state


def session_of_another_worker(stage: Any, store: str) -> Any:
    return run_session(stage.build(), store, full=False, proof=proof_since)


def test_two_workers_on_one_shop_share_one_budget(stage: Any) -> None:
    """The bucket is empty when the first worker leaves: the second waits for points before it asks at all."""
    stage.add("A", 5)
    stage.cycle()
    (bucket,) = stage["main"].sandbox.buckets.values()
    stage.session("main")
    assert lessons(stage, "main")["left"] == bucket.status()["currentlyAvailable"]
    bucket.level = 2.0
    drained = {**lessons(stage, "main"), "left": 2.0, "at": stage.clock.now.timestamp()}
    stage.state.note_store("main", connector_state=drained)
    slept = stage.slept
    assert session_of_another_worker(stage, "main").error is None
    assert stage.slept > slept
    assert "calls|main|throttled" not in stage.state.counters()


def test_a_worker_that_knows_of_no_budget_is_told_by_the_store(stage: Any) -> None:
    """The same without what the first one left: the test above can fail."""
    stage.add("A", 5)
    stage.cycle()
    (bucket,) = stage["main"].sandbox.buckets.values()
    bucket.level = 2.0
    stage.state.note_store("main", connector_state=None)
    assert session_of_another_worker(stage, "main").error is None
    assert stage.state.counters()["calls|main|throttled"] >= 1


def test_what_one_session_learned_of_a_slow_host_the_next_one_knows(stage: Any) -> None:
    for n in range(60):
        stage.add(f"S-{n:02d}", 9, shown=5)
    stage.cycle()
    assert lessons(stage, "outlet")["size"] == 100  # a quick store: the first 25 were no trouble
    for n in range(60):
        stage.warehouse.set_stock(f"S-{n:02d}", 8)
    before = stage["outlet"].writes
    stage.cycle()
    assert stage["outlet"].writes == before + 1
    stage.later(hours=25)  # the host may have been moved to a smaller machine meanwhile
    for n in range(60):
        stage.warehouse.set_stock(f"S-{n:02d}", 7)
    before = stage["outlet"].writes
    stage.cycle()
    assert stage["outlet"].writes == before + 2


def test_unreadable_lessons_are_ignored(stage: Any) -> None:
    stage.add("A", 5, shown=3)
    for nonsense in ({"left": "x", "rate": None, "at": []}, {"size": 1e9, "limit": -1, "at": 0}, {"size": True}):
        for store in stage.stores:
            stage.state.note_store(store, connector_state=nonsense)
        stage.cycle()
    assert stage.shows("A") == {"main": 5, "outlet": 5}


def test_a_store_that_names_a_time_is_left_alone_until_then(stage: Any) -> None:
    stage.add("A", 5)
    stage.cycle()
    stage["outlet"].sandbox.faults.add("maintenance", times=-1)  # Retry-After 600
    stage.session("outlet")
    circuit = stage.trouble("outlet")
    assert circuit.retry_at - stage.clock.now >= timedelta(seconds=590)
    assert (circuit.kind, circuit.failures) == ("failing", 1)
    assert stage.state.counters()["calls|outlet|503"] == 1


def test_the_source_is_left_alone_until_the_time_it_names(stage: Any) -> None:
    stage.add("A", 5)
    stage.cycle()
    stage.source.switches.rate_limit = 1  # used up, and renewed with the hour
    assert stage.cycle().source.error
    facts = source_facts(stage.context)
    assert facts.retry_at is not None
    wait = facts.retry_at - stage.clock.now
    assert timedelta(minutes=2) < wait <= timedelta(hours=1)
    assert not pull_is_due(facts, stage.clock.now + wait / 2)
    assert pull_is_due(facts, facts.retry_at + timedelta(seconds=1))
    stage.later(hours=1)
    stage.source.switches.rate_limit = 1_000
    assert stage.cycle().source.error is None
    assert source_facts(stage.context).retry_at is None


def test_a_429_with_budget_left_is_no_word_about_the_hour(stage: Any) -> None:
    """A gateway in front may throttle on its own account, and names no time."""
    stage.add("A", 5)
    stage.cycle()
    stage.source.faults.add("429", times=2)
    assert stage.cycle().source.error is None
    assert 0 < stage.slept < 5


def test_a_pull_is_due_again_once_the_source_may_be_asked() -> None:
    now = pack.at(10_000_000)
    waiting = SourceFacts(None, None, timedelta(seconds=5), retry_at=now + timedelta(seconds=1))
    assert not pull_is_due(waiting, now)
    assert pull_is_due(waiting, now + timedelta(seconds=1))


def test_reading_well_does_not_end_what_writing_met(stage: Any) -> None:
    """Only the writes fail: the failures are counted on, and `since` is when they began."""
    stage.add("A", 5)
    stage.cycle()
    stage["outlet"].sandbox.faults.add("status", on="write", status=502, times=-1)
    stage.warehouse.set_stock("A", 3)
    stage.cycle()
    first = stage.trouble("outlet")
    stage.later(minutes=3)
    stage.cycle()
    second = stage.trouble("outlet")
    assert (first.failures, second.failures) == (1, 2)
    assert first.since == second.since
    assert read_store(stage.context, "outlet").error is None
    assert stage.trouble("outlet") == second
    stage["outlet"].restore()
    stage.later(minutes=3)
    stage.cycle()
    assert stage.trouble("outlet") is None


def test_every_foreign_call_is_counted_by_how_it_ended(stage: Any) -> None:
    stage.add("A", 5, shown=2)
    stage.cycle()
    counted = stage.state.counters()
    assert counted["calls|main|200"] == stage["main"].sandbox.calls.total()
    assert counted["items|main|applied"] == counted["items|outlet|applied"] == 1
    assert counted["calls|source|200"] == stage.source.calls.total()


def test_a_cycle_waits_for_no_store_that_hangs(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What falls is written in the other store meanwhile; what hung is served when it answers after all."""
    monkeypatch.setattr("bridge.sync.cycle.HANGS", 0.05)
    stage.add("A", 9)
    stage.cycle()
    hangs, written = Event(), Event()
    stage["main"].sandbox.before_request(lambda _: hangs.wait(30))
    stage["outlet"].sandbox.before_request(lambda _: written.set(), on="write")
    stage.warehouse.set_stock("A", 7)
    with ThreadPoolExecutor(1) as aside:
        done = aside.submit(stage.cycle)
        assert written.wait(30)
        assert not done.done()
        hangs.set()
        assert {store: report.applied for store, report in done.result().stores.items()} == {"main": 1, "outlet": 1}
    assert (stage["main"].shows("A"), stage["outlet"].shows("A")) == (7, 7)


@pytest.mark.parametrize("is_known", [False, True], ids=["not known to be in trouble", "in trouble before"])
def test_what_a_store_that_hangs_keeps_others_from(stage: Any, monkeypatch: pytest.MonkeyPatch, is_known: bool) -> None:
    """As long as nobody knows that it cannot be read, it may still tell of an order, so nothing is increased; once that
    is known, its last reading counts however long it hangs again."""
    monkeypatch.setattr("bridge.sync.cycle.HANGS", 0.05)
    stage.add("A", 9)
    stage.add("B", 9)
    stage.cycle()
    if is_known:
        stage["outlet"].go_down()
        stage.cycle()
        stage["outlet"].restore()
    stage.warehouse.set_stock("A", 7)
    stage.warehouse.receive("B", 5)
    hangs, written = Event(), Event()
    stage["outlet"].sandbox.before_request(lambda _: hangs.wait(30), times=-1)
    stage["main"].sandbox.after_apply(lambda _: written.set(), on="SetQuantities", times=-1)
    with ThreadPoolExecutor(1) as aside:
        done = aside.submit(stage.cycle)
        assert written.wait(30)
        assert not done.done()
        assert (stage["main"].shows("A"), stage["main"].shows("B")) == (7, 14 if is_known else 9)
        hangs.set()
        done.result()
    stage.cycle()
    assert (stage["main"].shows("B"), stage["outlet"].shows("B")) == (14, 14)
