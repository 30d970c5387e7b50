"""Undoing a run in whole rounds: what it wrote is put back where the shop still shows it, and only there."""

from typing import Any

import pytest

from bridge.core.model import StockKey
from bridge.ops import rollback, steer
from bridge.ops.rollback import Past, Undo
from bridge.state import keys
from bridge.state.change import Change
from bridge.sync.session import is_paused


@pytest.fixture
def wrong(harness: Any) -> Any:
    """A run that wrote nonsense: the warehouse said 17 and 12 where it held 20. stage.run: its id."""
    for sku in ("A", "B", "C", "D"):
        harness.add(sku, 20)
    harness.cycle()
    harness.later(hours=1)
    for sku, units in {"A": 17, "B": 12, "C": 30}.items():
        harness.warehouse.set_stock(sku, units)
    harness.run = harness.cycle().run
    harness.undo = lambda **more: undo(harness, **more)
    harness.look = lambda: rollback.preview(harness.context, harness.run, "main", past(harness).writes["main"])
    return harness


def past(harness: Any, run: str = "") -> Past:
    found = rollback.past(harness.context, run or harness.run)
    assert found is not None
    return found


def undo(harness: Any, run: str = "", only: set[StockKey] | None = None) -> Undo:
    writes = past(harness, run).writes["main"]
    stock_keys = {write.stock_key for write in writes} if only is None else only
    harness.clock.advance(10)
    return rollback.roll_back(harness.context, run or harness.run, "main", writes, by="a test", only=stock_keys)


def numbers(harness: Any) -> list[int]:
    return [harness.on_hand(sku) for sku in ("A", "B", "C", "D")]


def kept(made: Undo) -> dict[str, str]:
    return {x.write.sku: x.why for x in made.kept}


def test_what_a_run_wrote_over_is_put_back_and_the_store_paused(wrong: Any) -> None:
    assert numbers(wrong) == [17, 12, 30, 20]
    made = wrong.undo()
    assert numbers(wrong) == [20] * 4
    assert (made.report.applied, made.kept, made.report.error) == (3, [], None)
    assert is_paused(wrong.context, "main")
    for _ in range(2):
        assert wrong.cycle().stores["main"].error == "paused"
        assert numbers(wrong) == [20] * 4
    assert wrong.due() == {"A", "B", "C"}


def test_looking_writes_nothing_and_pauses_nothing(wrong: Any) -> None:
    writes = wrong.writes()
    made = wrong.look()
    assert sorted((d.shown, d.quantity) for d in made.back) == [(12, 20), (17, 20), (30, 20)]
    assert (wrong.writes(), is_paused(wrong.context, "main")) == (writes, False)


def test_after_resume_the_bridge_writes_its_targets_again(wrong: Any) -> None:
    wrong.undo()
    steer.resume(wrong.context, "main")
    wrong.cycle()
    assert numbers(wrong) == [17, 12, 30, 20]


def test_units_sold_since_come_off_what_is_put_back(wrong: Any) -> None:
    wrong.sell("A", 4)
    wrong.undo()
    assert (wrong.on_hand("A"), wrong.available("A")) == (20, 16)


def test_an_order_between_looking_and_writing_comes_off_as_well(wrong: Any) -> None:
    wrong.sandbox.before_request(lambda _: wrong.sell("A", 4), on="SetQuantities")
    wrong.undo()
    assert wrong.available("A") == 16


def test_what_moved_since_is_listed_and_left(wrong: Any) -> None:
    """One was shipped, one edited, one written again by a later run."""
    wrong.warehouse.set_stock("C", 31)
    later = wrong.cycle().run
    wrong.shop.fulfil(wrong.sell("A", 4))
    wrong.shop.hand_edit("B", 7)
    made = wrong.undo()
    assert numbers(wrong)[2] == 31
    assert made.report.applied == 0
    assert kept(made) == {
        "A": "it shows 13 instead of the 17 that the run wrote",
        "B": "it shows 7 instead of the 12 that the run wrote",
        "C": f"run {later} wrote there since",
    }
    assert not is_paused(wrong.context, "main")


def test_a_listing_that_is_gone_holds_up_nobody(wrong: Any) -> None:
    wrong.shop.delete_variant("A")
    made = wrong.undo()
    assert numbers_of(wrong, "B", "C") == [20, 20]
    assert kept(made) == {"A": "the store no longer has it there"} or made.report.missing == 1


def numbers_of(harness: Any, *skus: str) -> list[int]:
    return [harness.on_hand(sku) for sku in skus]


def test_a_change_while_it_is_written_is_refused_by_the_shop(wrong: Any) -> None:
    wrong.sandbox.before_request(lambda _: wrong.shop.hand_edit("B", 5), on="SetQuantities")
    made = wrong.undo()
    assert (wrong.on_hand("B"), made.report.deferred, made.report.applied) == (5, 1, 2)


def test_the_guard_keeps_falls_that_are_too_drastic(harness: Any) -> None:
    """A run raised everything from nothing; putting it back would empty the shop."""
    for n in range(6):
        harness.add(f"S{n}", 0)
    harness.cycle()
    for n in range(6):
        harness.warehouse.receive(f"S{n}", 9)
    harness.run = harness.cycle().run
    made = undo(harness)
    assert [harness.available(f"S{n}") for n in range(6)] == [9] * 6
    assert "all 6 listings" in str(made.guard)
    assert len(made.kept) == 6


def test_only_what_was_seen_is_put_back(wrong: Any) -> None:
    chosen = {d.stock_key for d in wrong.look().back if d.shown == 12}
    wrong.undo(only=chosen)
    assert numbers(wrong) == [17, 20, 30, 20]


def test_the_rollback_is_a_run_that_can_be_undone(wrong: Any) -> None:
    made = wrong.undo()
    noted = wrong.state.runs(1)[0]
    assert (noted["run"], noted["undoes"], noted["stores"]["main"]["applied"]) == (made.run, wrong.run, 3)
    said = wrong.state.history("A")[-1]
    assert (said["what"], said["from"], said["to"], said["why"]) == ("write", 17, 20, f"undoes run {wrong.run}")
    undo(wrong, made.run)
    assert numbers(wrong) == [17, 12, 30, 20]


def test_a_lost_reply_leaves_the_store_paused_and_the_write_in_doubt(wrong: Any) -> None:
    wrong.sandbox.faults.add("drop", on="SetQuantities", after=True, times=-1)
    made = wrong.undo()
    assert made.report.error
    assert is_paused(wrong.context, "main")
    assert len(wrong.state.notes("main", "flight")) == 1
    wrong.sandbox.faults.clear()
    wrong.cycle()
    assert numbers(wrong) == [20] * 4


def test_the_last_run_is_put_back_whole_when_the_history_lost_it(wrong: Any) -> None:
    wrong.state.db.delete(keys.HISTORY)
    found = past(wrong)
    assert (found.forgotten, len(found.writes["main"])) == ({"main": 0}, 3)
    assert wrong.undo().report.applied == 3
    assert numbers(wrong) == [20] * 4


def test_what_a_rollback_could_not_put_back_is_put_back_by_the_next(wrong: Any) -> None:
    """It writes over its own undo data no sooner than the run is undone."""
    wrong.state.db.delete(keys.HISTORY)
    first = next(d.stock_key for d in wrong.look().back if d.shown == 12)
    wrong.undo(only={first})
    wrong.undo()
    assert numbers(wrong) == [20] * 4


def test_a_run_that_writes_nothing_takes_nothing_away(wrong: Any) -> None:
    wrong.state.db.delete(keys.HISTORY)
    for _ in range(3):
        wrong.cycle()
    assert wrong.undo().report.applied == 3


def test_undo_data_outlives_a_state_that_is_rebuilt(wrong: Any) -> None:
    wrong.state.db.delete(keys.HISTORY, keys.LEVELS)
    wrong.cycle()
    assert wrong.undo().report.applied == 3


def test_writes_that_neither_history_nor_undo_data_hold_are_counted(wrong: Any) -> None:
    wrong.state.db.delete(keys.of_store("main", "undo"))
    wrong.state.db.xtrim(keys.HISTORY, maxlen=1, approximate=False)
    found = past(wrong)
    assert found.forgotten == {"main": 3 - len(found.writes.get("main", ()))}
    wrong.state.db.delete(keys.HISTORY)
    assert past(wrong).forgotten == {"main": 3}


def test_nobody_knows_a_run_that_never_was(wrong: Any) -> None:
    assert rollback.past(wrong.context, "nonsense") is None
    idle = wrong.cycle().run
    assert past(wrong, idle).writes == {}


def test_a_listing_without_a_warehouse_sku_is_put_back_as_well(wrong: Any) -> None:
    """The run wrote by a wrong map; the map was put right before."""
    wrong.warehouse.add("Z", 5)
    wrong.configure(main='[stores.main.map]\n"D" = "Z"')
    wrong.run = wrong.cycle().run
    assert wrong.on_hand("D") == 5
    wrong.configure(main='[stores.main.map]\n"D" = "NOTHING"')
    wrong.undo()
    assert wrong.on_hand("D") == 20


def test_after_a_lost_key_a_look_clears_nothing_and_says_that_a_sync_comes_first(wrong: Any, redis: Any) -> None:
    """The look that seed 50250 took."""
    wrong.state.commit(Change(due=[("main", wrong.ref("D"))]))
    redis.delete(keys.of_store("main", "bysku"))
    look = wrong.look()
    assert (list(look.back), wrong.due()) == ([], {"D"})
    assert "stockbridge sync" in (look.report.error or "")
    assert wrong.cycle().stores["main"].error is None
