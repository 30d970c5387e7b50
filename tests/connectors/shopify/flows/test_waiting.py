"""The budget of query points is shared by all workers."""

from typing import Any

from bridge.sync.cycle import run_session
from bridge.sync.timetable import proof_since


def dump_state(harness: Any, store: str) -> Any:
    return harness.state.store_record(store).connector_state


def session_of_another_worker(harness: Any, store: str) -> Any:
    return run_session(harness.build(), store, full=False, proof=proof_since)


def test_two_workers_on_one_shop_share_one_budget(harness: Any) -> None:
    """The bucket is empty when the first worker leaves: the second waits for points before it asks at all."""
    harness.add("A", 5)
    harness.cycle()
    (bucket,) = harness["main"].sandbox.buckets.values()
    harness.session("main")
    assert dump_state(harness, "main")["left"] == bucket.status()["currentlyAvailable"]
    bucket.level = 2.0
    drained = {**dump_state(harness, "main"), "left": 2.0, "at": harness.clock.now.timestamp()}
    harness.state.note_store("main", connector_state=drained)
    slept = harness.slept
    assert session_of_another_worker(harness, "main").error is None
    assert harness.slept > slept
    assert "calls|main|throttled" not in harness.state.counters()


def test_a_worker_that_knows_of_no_budget_is_told_by_the_store(harness: Any) -> None:
    """The same without what the first one left: the test above can fail."""
    harness.add("A", 5)
    harness.cycle()
    (bucket,) = harness["main"].sandbox.buckets.values()
    bucket.level = 2.0
    harness.state.note_store("main", connector_state=None)
    assert session_of_another_worker(harness, "main").error is None
    assert harness.state.counters()["calls|main|throttled"] >= 1
