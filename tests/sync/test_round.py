"""Whole rounds against the sandboxes."""

from typing import Any

from bridge.sync import steer


def test_first_sync_makes_the_shop_equal_to_its_targets(stage: Any) -> None:
    for n in range(30):
        stage.add(f"SKU-{n}", 10 + n, shown=9 + n)
    done = stage.cycle()
    assert done.code == 0, done
    assert [stage.available(f"SKU-{n}") for n in range(30)] == [10 + n for n in range(30)]
    assert done.stores["main"].applied == 30


def test_an_idle_cycle_asks_the_source_once_and_the_store_once_and_writes_nothing(stage: Any) -> None:
    stage.add("A", 5)
    stage.cycle()
    stage.cycle()
    before, reads = dict(stage.sandbox.calls), stage.source.calls.total()
    stage.cycle()
    asked = {name: n - before.get(name, 0) for name, n in stage.sandbox.calls.items() if n != before.get(name)}
    assert stage.source.calls.total() == reads + 1
    assert asked == {"Poll": 1}  # orders and changed stock in one request


def test_sold_units_do_not_come_back(stage: Any) -> None:
    stage.add("A", 20)
    stage.cycle()
    stage.sell("A", 5)
    for _ in range(3):
        stage.cycle()
        assert stage.available("A") == 15


# -- what is remembered of sessions ------------------------------------------------------------------------


def runs(stage: Any) -> list[dict[str, Any]]:
    return [run["stores"]["main"] for run in stage.state.runs(200) if run["stores"]]


def test_a_session_that_can_do_nothing_is_no_run(stage: Any) -> None:
    """Paused by a person: status says so, and the runs that did something stay in sight."""
    stage.add("A", 5, shown=2)
    stage.cycle()
    steer.pause(stage.context, "main", by="a test")
    stage.warehouse.set_stock("A", 3)
    stage.cycle()
    before = runs(stage)
    for _ in range(5):
        assert stage.session().error == "paused"
    assert runs(stage) == before


def test_a_run_that_ended_in_trouble_tells_its_requests(stage: Any) -> None:
    stage.add("A", 5)
    stage.cycle()
    stage.sandbox.faults.add("unauthorized", times=-1)
    stage.session()
    newest = runs(stage)[0]
    assert newest["error"]
    assert newest["requests"] > 0
