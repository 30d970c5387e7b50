"""Undoing a run in whole rounds: what it wrote is put back where the shop still shows it, and only there."""

from datetime import timedelta
from typing import Any

import pytest

from bridge.core.model import StockKey
from bridge.ops import rollback, steer
from bridge.ops.rollback import Past, Undo
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.sync.session import is_paused
from tests.harness.installation import Installation


@pytest.fixture
def run(harness: Installation) -> str:
    """The id of a run that wrote nonsense: the warehouse said 17 and 12 where it held 20."""
    for sku in ("A", "B", "C", "D"):
        harness.add(sku, 20)
    harness.cycle()
    harness.later(hours=1)
    for sku, units in {"A": 17, "B": 12, "C": 30}.items():
        harness.warehouse.set_stock(sku, units)
    return harness.cycle().run


def past(harness: Installation, run: str) -> Past:
    found = rollback.past(harness.context, run)
    assert found is not None
    return found


def look(harness: Installation, run: str) -> Undo:
    return rollback.preview(harness.context, run, "main", past(harness, run).writes["main"])


def undo(harness: Installation, run: str, only: set[StockKey] | None = None) -> Undo:
    writes = past(harness, run).writes["main"]
    stock_keys = {write.stock_key for write in writes} if only is None else only
    harness.clock.advance(10)
    return rollback.roll_back(harness.context, run, "main", writes, by="a test", only=stock_keys)


def numbers(harness: Installation, *skus: str) -> list[int]:
    return [harness.main.shows(sku) for sku in skus or ("A", "B", "C", "D")]


def kept(made: Undo) -> dict[str, str]:
    return {x.write.sku: x.why for x in made.kept}


def test_a_cut_of_the_day_before_does_not_count_with_that_of_undoing(harness: Installation, run: str) -> None:
    name = pack.stock_key(next(write.stock_key for write in past(harness, run).writes["main"] if write.sku == "C"))
    yesterday = pack.ms(harness.clock.now - timedelta(hours=25))
    harness.db.hset(keys.of_store("main", "spent"), name, pack.dumps([yesterday, 500, 1]))
    undo(harness, run)
    assert harness.main.shows("C") == 20
    _, units, zeroed = harness.state.notes("main", "spent")[name]
    assert (units, zeroed) == (10, 0)


def test_what_a_run_wrote_over_is_put_back_and_the_store_paused(harness: Installation, run: str) -> None:
    assert numbers(harness) == [17, 12, 30, 20]
    made = undo(harness, run)
    assert numbers(harness) == [20] * 4
    assert (made.report.applied, made.kept, made.report.error) == (3, [], None)
    assert is_paused(harness.context, "main")
    for _ in range(2):
        assert harness.cycle().stores["main"].error == "paused"
        assert numbers(harness) == [20] * 4
    assert harness.due() == {"A", "B", "C"}


def test_looking_writes_nothing_and_pauses_nothing(harness: Installation, run: str) -> None:
    writes = harness.main.writes
    made = look(harness, run)
    assert sorted((d.shown, d.quantity) for d in made.back) == [(12, 20), (17, 20), (30, 20)]
    assert (harness.main.writes, is_paused(harness.context, "main")) == (writes, False)


def test_after_resume_the_bridge_writes_its_targets_again(harness: Installation, run: str) -> None:
    undo(harness, run)
    steer.resume(harness.context, "main")
    harness.cycle()
    assert numbers(harness) == [17, 12, 30, 20]


def test_what_moved_since_is_listed_and_left(harness: Installation, run: str) -> None:
    """One was shipped, one edited, one written again by a later run."""
    harness.warehouse.set_stock("C", 31)
    later = harness.cycle().run
    harness.main.ship(harness.main.sell("A", 4))
    harness.main.edit("B", 7)
    made = undo(harness, run)
    assert numbers(harness)[2] == 31
    assert made.report.applied == 0
    assert kept(made) == {
        "A": "it shows 13 instead of the 17 that the run wrote",
        "B": "it shows 7 instead of the 12 that the run wrote",
        "C": f"run {later} wrote there since",
    }
    assert not is_paused(harness.context, "main")


def test_a_listing_that_is_gone_holds_up_nobody(harness: Installation, run: str) -> None:
    harness.main.delete("A")
    made = undo(harness, run)
    assert numbers(harness, "B", "C") == [20, 20]
    assert kept(made) == {"A": "the store no longer has it there"} or made.report.missing == 1


def test_the_guard_keeps_falls_that_are_too_drastic(harness: Installation) -> None:
    """A run raised everything from nothing; putting it back would empty the shop."""
    for n in range(6):
        harness.add(f"S{n}", 0)
    harness.cycle()
    for n in range(6):
        harness.warehouse.receive(f"S{n}", 9)
    made = undo(harness, harness.cycle().run)
    assert [harness.main.shows(f"S{n}") for n in range(6)] == [9] * 6
    assert "all 6 listings" in str(made.guard)
    assert len(made.kept) == 6


def test_only_what_was_seen_is_put_back(harness: Installation, run: str) -> None:
    chosen = {d.stock_key for d in look(harness, run).back if d.shown == 12}
    undo(harness, run, only=chosen)
    assert numbers(harness) == [17, 20, 30, 20]


def test_the_rollback_is_a_run_that_can_be_undone(harness: Installation, run: str) -> None:
    made = undo(harness, run)
    noted = harness.state.runs(1)[0]
    assert (noted["run"], noted["undoes"], noted["stores"]["main"]["applied"]) == (made.run, run, 3)
    said = harness.state.history("A")[-1]
    assert (said["what"], said["from"], said["to"], said["why"]) == ("write", 17, 20, f"undoes run {run}")
    undo(harness, made.run)
    assert numbers(harness) == [17, 12, 30, 20]


def test_a_lost_reply_leaves_the_store_paused_and_the_write_in_doubt(harness: Installation, run: str) -> None:
    harness.main.sandbox.faults.add("drop", on="write", after=True, times=-1)
    made = undo(harness, run)
    assert made.report.error
    assert is_paused(harness.context, "main")
    assert len(harness.state.notes("main", "flight")) == 1
    harness.main.restore()
    harness.cycle()
    assert numbers(harness) == [20] * 4


def test_the_last_run_is_put_back_whole_when_the_history_lost_it(harness: Installation, run: str) -> None:
    harness.state.db.delete(keys.HISTORY)
    found = past(harness, run)
    assert (found.forgotten, len(found.writes["main"])) == ({"main": 0}, 3)
    assert undo(harness, run).report.applied == 3
    assert numbers(harness) == [20] * 4


def test_what_a_rollback_could_not_put_back_is_put_back_by_the_next(harness: Installation, run: str) -> None:
    """It writes over its own undo data no sooner than the run is undone."""
    harness.state.db.delete(keys.HISTORY)
    first = next(d.stock_key for d in look(harness, run).back if d.shown == 12)
    undo(harness, run, only={first})
    undo(harness, run)
    assert numbers(harness) == [20] * 4


def test_a_run_that_writes_nothing_takes_nothing_away(harness: Installation, run: str) -> None:
    harness.state.db.delete(keys.HISTORY)
    for _ in range(3):
        harness.cycle()
    assert undo(harness, run).report.applied == 3


def test_undo_data_outlives_a_state_that_is_rebuilt(harness: Installation, run: str) -> None:
    harness.state.db.delete(keys.HISTORY, keys.LEVELS)
    harness.cycle()
    assert undo(harness, run).report.applied == 3


def test_writes_that_neither_history_nor_undo_data_hold_are_counted(harness: Installation, run: str) -> None:
    harness.state.db.delete(keys.of_store("main", "undo"))
    harness.state.db.xtrim(keys.HISTORY, maxlen=1, approximate=False)
    found = past(harness, run)
    assert found.forgotten == {"main": 3 - len(found.writes.get("main", ()))}
    harness.state.db.delete(keys.HISTORY)
    assert past(harness, run).forgotten == {"main": 3}


def test_nobody_knows_a_run_that_never_was(harness: Installation, run: str) -> None:
    assert rollback.past(harness.context, "nonsense") is None
    idle = harness.cycle().run
    assert past(harness, idle).writes == {}


def test_a_listing_without_a_warehouse_sku_is_put_back_as_well(harness: Installation, run: str) -> None:
    """The run wrote by a wrong map; the map was put right before."""
    harness.warehouse.add("Z", 5)
    harness.configure(main='[stores.main.map]\n"D" = "Z"')
    run = harness.cycle().run
    assert harness.main.shows("D") == 5
    harness.configure(main='[stores.main.map]\n"D" = "NOTHING"')
    undo(harness, run)
    assert harness.main.shows("D") == 20


def test_after_a_lost_key_a_look_clears_nothing_and_says_that_a_sync_comes_first(
    harness: Installation, run: str, redis: Any
) -> None:
    """The look that seed 50250 took."""
    harness.state.commit(Change(due=[("main", harness.main.ref("D"))]))
    redis.delete(keys.of_store("main", "bysku"))
    seen = look(harness, run)
    assert (list(seen.back), harness.due()) == ([], {"D"})
    assert "stockbridge sync" in (seen.report.error or "")
    assert harness.cycle().stores["main"].error is None
