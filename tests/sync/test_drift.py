"""Whole rounds: what people and other programs change in a shop is named, and what orders and our own writes do
is not."""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.state import keys
from bridge.sync import steer
from bridge.sync.drift import report
from bridge.sync.health import store_state

Build = Callable[..., Any]


def named(stage: Any) -> dict[str, tuple[int, int, str]]:
    """SKU → (old, new, cause) of everything in the report."""
    drifts, _ = report(stage.context, "main")
    return {stage.shop.items[stock_key.ref].sku: (x.was, x.now, x.cause.value) for stock_key, x in drifts.items()}


def standing(stage: Any) -> set[str]:
    drifts, _ = report(stage.context, "main")
    return {stage.shop.items[stock_key.ref].sku for stock_key, x in drifts.items() if x.is_open}


def stocked(stage: Any, count: int = 30) -> Any:
    """A shop in order, every listing with twenty."""
    stage.skus = [f"S{n:02}" for n in range(count)]
    for sku in stage.skus:
        stage.add(sku, 20)
    stage.cycle()
    assert named(stage) == {}
    stage.later(hours=1)
    return stage


# -- edits -----------------------------------------------------------------------------------------------


def test_ten_hand_edits_are_listed_with_old_and_new_number_and_cause(stage: Any) -> None:
    """Beside them orders are placed, shipped, cancelled and returned, on edited listings as well."""
    skus = stocked(stage).skus
    shipped, cancelled, returned = (stage.sell(sku, 4) for sku in skus[10:13])
    stage.cycle()
    stage.shop.fulfil(returned)
    stage.warehouse.forward(skus[12], 4)
    stage.cycle()
    assert named(stage) == {}
    stage.later(minutes=30)
    for sku in (*skus[:3], skus[20], skus[21]):
        stage.sell(sku, 2)
    stage.shop.fulfil(shipped)
    stage.shop.cancel(cancelled, restock=False)
    stage.shop.refund(returned, {skus[12]: 2}, restock="RETURN")
    edits = {sku: 20 + n for sku, n in zip(skus[:10], (5, -3, 40, -10, 1, -1, 7, -7, 80, -4), strict=True)}
    for sku, units in edits.items():
        stage.shop.hand_edit(sku, stage.on_hand(sku) + units - 20)
    stage.session(full=True)
    assert named(stage) == {sku: (20, units, "edited in the store") for sku, units in edits.items()}
    stage.cycle()
    assert standing(stage) == set()
    assert [stage.on_hand(sku) for sku in skus[:10]] == [20] * 10


def test_a_drift_is_written_down_in_the_change_that_makes_it_due(stage: Any) -> None:
    stocked(stage)
    steer.pause(stage.context, "main", "test")
    stage.shop.hand_edit("S00", 33)
    stage.shop.hand_edit("S01", 5)
    stage.session(full=True)
    assert standing(stage) == {"S00", "S01"} == stage.due()
    assert stage.available("S01") == 5
    steer.resume(stage.context, "main")
    stage.cycle()
    assert standing(stage) == set()
    assert [stage.available(sku) for sku in ("S00", "S01")] == [20, 20]


def test_without_healing_it_is_reported_and_stays(stage_with: Build) -> None:
    stage = stocked(stage_with(rules="heal = false"))
    writes = stage.writes()
    stage.shop.hand_edit("S00", 33)
    stage.shop.hand_edit("S01", 5)
    for _ in range(2):
        stage.session(full=True)
        assert named(stage) == {"S00": (20, 33, "edited in the store"), "S01": (20, 5, "edited in the store")}
    assert (stage.writes(), standing(stage)) == (writes, {"S00", "S01"})
    stage.shop.hand_edit("S01", 20)
    stage.session(full=True)
    assert standing(stage) == {"S00"}


def test_what_is_left_out_or_unknown_is_nobodys_drift(stage_with: Build) -> None:
    stage = stage_with(rules='[stores.main.skus."A"]\nsync = false')
    stage.add("A", 20)
    stage.shop.add_variant("NOBODYS", on_hand=3)
    stage.cycle()
    for sku in ("A", "NOBODYS"):
        stage.shop.hand_edit(sku, 9)
    stage.session(full=True)
    assert named(stage) == {}


def test_an_edit_that_a_write_runs_into_is_named(stage: Any) -> None:
    stocked(stage)
    stage.warehouse.receive("S00", 5)
    stage.sandbox.before_request(lambda _: stage.shop.hand_edit("S00", 3), on="SetQuantities")
    stage.cycle()
    assert named(stage) == {"S00": (20, 3, "edited in the store")}
    assert (stage.available("S00"), standing(stage)) == (25, set())


# -- orders ----------------------------------------------------------------------------------------------


def test_an_order_that_lands_while_the_stock_is_read_is_no_drift(stage: Any) -> None:
    """Sold and handed over the counter after the orders were read, and before the stock was."""
    stocked(stage)

    def counter(_: Any) -> None:
        stage.shop.fulfil(stage.sell("S00", 5))

    stage.offered.clear()
    stage.sandbox.after_apply(counter, on="Orders")
    stage.session(full=True)
    assert named(stage) == {}
    for _ in range(2):
        stage.cycle()
        assert (stage.available("S00"), stage.highest("S00")) == (15, 0)


def test_what_may_be_an_order_is_not_raised_before_the_orders_were_asked_again(stage: Any) -> None:
    """The fall is met when a write is read back: no order was asked for since."""
    stocked(stage)
    stage.warehouse.receive("S00", 5)
    stage.sandbox.after_apply(lambda _: stage.shop.fulfil(stage.sell("S00", 4)), on="SetQuantities")
    stage.cycle()
    assert named(stage) == {"S00": (25, 21, "order not yet seen")}
    stage.offered.clear()
    for _ in range(2):
        stage.cycle()
        assert (stage.available("S00"), stage.highest("S00")) == (21, 0)
    assert named(stage) == {}


# -- our own writes --------------------------------------------------------------------------------------


def test_a_write_that_was_lost_is_named(stage: Any) -> None:
    stocked(stage)
    stage.warehouse.receive("S00", 5)
    stage.sandbox.faults.add("drop", on="SetQuantities", times=-1)
    stage.cycle()
    stage.sandbox.faults.mend()
    stage.later(minutes=1)
    stage.cycle()
    assert named(stage) == {"S00": (25, 20, "our write did not land")}
    assert (stage.available("S00"), standing(stage)) == (25, set())
    stage.session(full=True)
    assert standing(stage) == set()


def test_a_write_whose_reply_was_lost_is_no_drift(stage: Any) -> None:
    stocked(stage)
    stage.warehouse.receive("S00", 5)
    stage.sandbox.faults.add("drop", on="SetQuantities", after=True, times=-1)
    stage.cycle()
    stage.sandbox.faults.mend()
    stage.later(minutes=1)
    for _ in range(2):
        stage.cycle()
        assert (named(stage), stage.available("S00")) == ({}, 25)


def test_a_write_that_was_claimed_and_not_applied_is_named(stage: Any) -> None:
    stocked(stage)
    stage.warehouse.receive("S00", 5)
    stage.sandbox.after_apply(lambda _: stage.shop.hand_edit("S00", 20), on="SetQuantities")
    stage.cycle()
    assert named(stage) == {"S00": (25, 20, "our write did not land")}
    assert stage.state.store_record("main").not_applied == 1
    stage.cycle()
    assert (stage.available("S00"), standing(stage)) == (25, set())


def test_what_was_claimed_and_not_applied_colours_until_a_reading_shows_it_right(stage: Any) -> None:
    """The first time it is sent again; what goes on needs a person, and is forgotten when it is right, or in a day."""
    stocked(stage)
    stage.cycle()
    stage.warehouse.receive("S00", 5)
    stage.sandbox.after_apply(lambda _: stage.shop.hand_edit("S00", 20), on="SetQuantities", times=3)

    def found() -> tuple[int, int, int]:
        code = stage.cycle().code
        state = store_state(stage.context, "main")
        return code, state.not_applied, state.never_applied

    assert found() == (75, 1, 0)
    assert found() == (1, 1, 1)
    assert found() == (1, 1, 1)
    stage.cycle()  # this one stands, and was not read since
    assert (stage.available("S00"), found()) == (25, (0, 0, 0))
    assert stage.state.store_record("main").not_applied == 3


def test_a_claim_of_a_day_ago_colours_no_longer(stage: Any) -> None:
    stocked(stage)
    stage.cycle()
    stage.warehouse.receive("S00", 5)
    stage.sandbox.after_apply(lambda _: stage.shop.hand_edit("S00", 20), on="SetQuantities")
    stage.cycle()
    stage.configure("paused = true")
    stage.later(hours=23)
    stage.cycle()
    assert store_state(stage.context, "main").not_applied == 1
    stage.later(hours=2)
    assert store_state(stage.context, "main").not_applied == 0


# -- another program -------------------------------------------------------------------------------------


def test_another_program_is_recognised_after_a_few_heals(stage: Any) -> None:
    stocked(stage)
    sentences = []
    for hour in range(5):
        stage.shop.hand_edit("S00", 7)
        stage.later(hours=hour and 4)
        stage.session(full=True)
        stage.cycle()
        _, rival = report(stage.context, "main")
        sentences.append(rival and rival.sentence("main"))
        assert stage.available("S00") == 20
    assert sentences[:3] == [None] * 3
    assert "the stock of store main: 1 listing changed back 3 times since 2026-11-20" in sentences[3]


def test_ten_hand_edits_are_not_another_program(stage: Any) -> None:
    for sku in stocked(stage).skus[:10]:
        stage.shop.hand_edit(sku, 3)
    stage.session(full=True)
    assert report(stage.context, "main")[1] is None


# -- bounds ----------------------------------------------------------------------------------------------


def test_what_was_put_right_is_forgotten_after_a_week(stage: Any) -> None:
    stocked(stage)
    stage.shop.hand_edit("S00", 33)
    stage.session(full=True)
    stage.cycle()
    assert set(named(stage)) == {"S00"}
    stage.later(days=8)
    stage.cycle()
    assert named(stage) == {}


def test_the_report_is_bounded_and_says_so(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEPT_DRIFTS", 4)
    for sku in stocked(stage).skus[:10]:
        stage.shop.hand_edit(sku, 33)
    stage.session(full=True)
    assert len(named(stage)) == 4
    assert stage.state.store_record("main").dropped_drift.count == 6
