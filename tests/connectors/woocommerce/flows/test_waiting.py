"""What is learned of a slow host, and of a maintenance page, is shared by all workers."""

from datetime import timedelta
from typing import Any


def dump_state(harness: Any, store: str) -> Any:
    return harness.state.store_record(store).connector_state


def test_what_one_session_learned_of_a_slow_host_the_next_one_knows(harness: Any) -> None:
    for n in range(60):
        harness.add(f"S-{n:02d}", 9, shown=5)
    harness.cycle()
    assert dump_state(harness, "outlet")["size"] == 100  # a quick store: the first 25 were no trouble
    for n in range(60):
        harness.warehouse.set_stock(f"S-{n:02d}", 8)
    before = harness["outlet"].writes
    harness.cycle()
    assert harness["outlet"].writes == before + 1
    harness.later(hours=25)  # the host may have been moved to a smaller machine meanwhile
    for n in range(60):
        harness.warehouse.set_stock(f"S-{n:02d}", 7)
    before = harness["outlet"].writes
    harness.cycle()
    assert harness["outlet"].writes == before + 2


def test_a_store_that_names_a_time_is_left_alone_until_then(harness: Any) -> None:
    harness.add("A", 5)
    harness.cycle()
    harness["outlet"].sandbox.faults.add("maintenance", times=-1)  # Retry-After 600
    harness.session("outlet")
    circuit = harness.breaker("outlet")
    assert circuit.retry_at - harness.clock.now >= timedelta(seconds=590)
    assert (circuit.kind, circuit.failures) == ("failing", 1)
    assert harness.state.counters()["calls|outlet|503"] == 1
