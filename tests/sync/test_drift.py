"""Whole rounds: what people and other programs change in a shop is named, and what orders and our own writes do
is not."""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.ops import steer
from bridge.ops.drift_report import report
from bridge.ops.health import store_state
from bridge.state import keys

Build = Callable[..., Any]


def named(harness: Any) -> dict[str, tuple[int, int, str]]:
    """SKU → (old, new, cause) of everything in the report."""
    drifts, _ = report(harness.context, "main")
    return {harness.shop.items[stock_key.ref].sku: (x.was, x.now, x.cause.value) for stock_key, x in drifts.items()}


def standing(harness: Any) -> set[str]:
    drifts, _ = report(harness.context, "main")
    return {harness.shop.items[stock_key.ref].sku for stock_key, x in drifts.items() if x.is_open}


def stocked(harness: Any, count: int = 30) -> Any:
    """A shop in order, every listing with twenty."""
    harness.skus = [f"S{n:02}" for n in range(count)]
    for sku in harness.skus:
        harness.add(sku, 20)
    harness.cycle()
    assert named(harness) == {}
    harness.later(hours=1)
    return harness


# -- edits -----------------------------------------------------------------------------------------------


def test_ten_hand_edits_are_listed_with_old_and_new_number_and_cause(harness: Any) -> None:
    """Beside them orders are placed, shipped, cancelled and returned, on edited listings as well."""
    skus = stocked(harness).skus
    shipped, cancelled, returned = (harness.sell(sku, 4) for sku in skus[10:13])
    harness.cycle()
    harness.shop.fulfil(returned)
    harness.warehouse.forward(skus[12], 4)
    harness.cycle()
    assert named(harness) == {}
    harness.later(minutes=30)
    for sku in (*skus[:3], skus[20], skus[21]):
        harness.sell(sku, 2)
    harness.shop.fulfil(shipped)
    harness.shop.cancel(cancelled, restock=False)
    harness.shop.refund(returned, {skus[12]: 2}, restock="RETURN")
    edits = {sku: 20 + n for sku, n in zip(skus[:10], (5, -3, 40, -10, 1, -1, 7, -7, 80, -4), strict=True)}
    for sku, units in edits.items():
        harness.shop.hand_edit(sku, harness.on_hand(sku) + units - 20)
    harness.session(full=True)
    assert named(harness) == {sku: (20, units, "edited in the store") for sku, units in edits.items()}
    harness.cycle()
    assert standing(harness) == set()
    assert [harness.on_hand(sku) for sku in skus[:10]] == [20] * 10


def test_a_drift_is_written_down_in_the_change_that_makes_it_due(harness: Any) -> None:
    stocked(harness)
    steer.pause(harness.context, "main", "test")
    harness.shop.hand_edit("S00", 33)
    harness.shop.hand_edit("S01", 5)
    harness.session(full=True)
    assert standing(harness) == {"S00", "S01"} == harness.due()
    assert harness.available("S01") == 5
    steer.resume(harness.context, "main")
    harness.cycle()
    assert standing(harness) == set()
    assert [harness.available(sku) for sku in ("S00", "S01")] == [20, 20]


def test_without_healing_it_is_reported_and_stays(harness_with: Build) -> None:
    harness = stocked(harness_with(rules="heal = false"))
    writes = harness.writes()
    harness.shop.hand_edit("S00", 33)
    harness.shop.hand_edit("S01", 5)
    for _ in range(2):
        harness.session(full=True)
        assert named(harness) == {"S00": (20, 33, "edited in the store"), "S01": (20, 5, "edited in the store")}
    assert (harness.writes(), standing(harness)) == (writes, {"S00", "S01"})
    harness.shop.hand_edit("S01", 20)
    harness.session(full=True)
    assert standing(harness) == {"S00"}


def test_what_is_left_out_or_unknown_is_nobodys_drift(harness_with: Build) -> None:
    harness = harness_with(rules='[stores.main.skus."A"]\nsync = false')
    harness.add("A", 20)
    harness.shop.add_variant("NOBODYS", on_hand=3)
    harness.cycle()
    for sku in ("A", "NOBODYS"):
        harness.shop.hand_edit(sku, 9)
    harness.session(full=True)
    assert named(harness) == {}


def test_an_edit_that_a_write_runs_into_is_named(harness: Any) -> None:
    stocked(harness)
    harness.warehouse.receive("S00", 5)
    harness.sandbox.before_request(lambda _: harness.shop.hand_edit("S00", 3), on="SetQuantities")
    harness.cycle()
    assert named(harness) == {"S00": (20, 3, "edited in the store")}
    assert (harness.available("S00"), standing(harness)) == (25, set())


# -- orders ----------------------------------------------------------------------------------------------


def test_an_order_that_lands_while_the_stock_is_read_is_no_drift(harness: Any) -> None:
    """Sold and handed over the counter after the orders were read, and before the stock was."""
    stocked(harness)

    def counter(_: Any) -> None:
        harness.shop.fulfil(harness.sell("S00", 5))

    harness.forget_offers()
    harness.sandbox.after_apply(counter, on="Orders")
    harness.session(full=True)
    assert named(harness) == {}
    for _ in range(2):
        harness.cycle()
        assert (harness.available("S00"), harness.highest("S00")) == (15, 0)


def test_what_may_be_an_order_is_not_raised_before_the_orders_were_asked_again(harness: Any) -> None:
    """The fall is met when a write is read back: no order was asked for since."""
    stocked(harness)
    harness.warehouse.receive("S00", 5)
    harness.sandbox.after_apply(lambda _: harness.shop.fulfil(harness.sell("S00", 4)), on="SetQuantities")
    harness.cycle()
    assert named(harness) == {"S00": (25, 21, "order not yet seen")}
    harness.forget_offers()
    for _ in range(2):
        harness.cycle()
        assert (harness.available("S00"), harness.highest("S00")) == (21, 0)
    assert named(harness) == {}


# -- our own writes --------------------------------------------------------------------------------------


def test_a_write_that_was_lost_is_named(harness: Any) -> None:
    stocked(harness)
    harness.warehouse.receive("S00", 5)
    harness.sandbox.faults.add("drop", on="SetQuantities", times=-1)
    harness.cycle()
    harness.sandbox.faults.mend()
    harness.later(minutes=1)
    harness.cycle()
    assert named(harness) == {"S00": (25, 20, "our write did not land")}
    assert (harness.available("S00"), standing(harness)) == (25, set())
    harness.session(full=True)
    assert standing(harness) == set()


def test_a_write_whose_reply_was_lost_is_no_drift(harness: Any) -> None:
    stocked(harness)
    harness.warehouse.receive("S00", 5)
    harness.sandbox.faults.add("drop", on="SetQuantities", after=True, times=-1)
    harness.cycle()
    harness.sandbox.faults.mend()
    harness.later(minutes=1)
    for _ in range(2):
        harness.cycle()
        assert (named(harness), harness.available("S00")) == ({}, 25)


def test_a_write_that_was_claimed_and_not_applied_is_named(harness: Any) -> None:
    stocked(harness)
    harness.warehouse.receive("S00", 5)
    harness.sandbox.after_apply(lambda _: harness.shop.hand_edit("S00", 20), on="SetQuantities")
    harness.cycle()
    assert named(harness) == {"S00": (25, 20, "our write did not land")}
    assert harness.state.store_record("main").not_applied == 1
    harness.cycle()
    assert (harness.available("S00"), standing(harness)) == (25, set())


def test_what_was_claimed_and_not_applied_colours_until_a_reading_shows_it_right(harness: Any) -> None:
    """The first time it is sent again; what goes on needs a person, and is forgotten when it is right, or in a day."""
    stocked(harness)
    harness.cycle()
    harness.warehouse.receive("S00", 5)
    harness.sandbox.after_apply(lambda _: harness.shop.hand_edit("S00", 20), on="SetQuantities", times=3)

    def found() -> tuple[int, int, int]:
        code = harness.cycle().code
        state = store_state(harness.context, "main")
        return code, state.not_applied, state.never_applied

    assert found() == (75, 1, 0)
    assert found() == (1, 1, 1)
    assert found() == (1, 1, 1)
    harness.cycle()  # this one stands, and was not read since
    assert (harness.available("S00"), found()) == (25, (0, 0, 0))
    assert harness.state.store_record("main").not_applied == 3


def test_a_claim_of_a_day_ago_colours_no_longer(harness: Any) -> None:
    stocked(harness)
    harness.cycle()
    harness.warehouse.receive("S00", 5)
    harness.sandbox.after_apply(lambda _: harness.shop.hand_edit("S00", 20), on="SetQuantities")
    harness.cycle()
    harness.configure(main="paused = true")
    harness.later(hours=23)
    harness.cycle()
    assert store_state(harness.context, "main").not_applied == 1
    harness.later(hours=2)
    assert store_state(harness.context, "main").not_applied == 0


# -- another program -------------------------------------------------------------------------------------


def test_another_program_is_recognised_after_a_few_heals(harness: Any) -> None:
    stocked(harness)
    sentences = []
    for hour in range(5):
        harness.shop.hand_edit("S00", 7)
        harness.later(hours=hour and 4)
        harness.session(full=True)
        harness.cycle()
        _, other_writer = report(harness.context, "main")
        sentences.append(other_writer.sentence("main") if other_writer else "")
        assert harness.available("S00") == 20
    assert sentences[:3] == [""] * 3
    assert "the stock of store main: 1 listing changed back 3 times since 2026-11-20" in sentences[3]


def test_ten_hand_edits_are_not_another_program(harness: Any) -> None:
    for sku in stocked(harness).skus[:10]:
        harness.shop.hand_edit(sku, 3)
    harness.session(full=True)
    assert report(harness.context, "main")[1] is None


# -- bounds ----------------------------------------------------------------------------------------------


def test_what_was_put_right_is_forgotten_after_a_week(harness: Any) -> None:
    stocked(harness)
    harness.shop.hand_edit("S00", 33)
    harness.session(full=True)
    harness.cycle()
    assert set(named(harness)) == {"S00"}
    harness.later(days=8)
    harness.cycle()
    assert named(harness) == {}


def test_the_report_is_bounded_and_says_so(harness: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEPT_DRIFTS", 4)
    for sku in stocked(harness).skus[:10]:
        harness.shop.hand_edit(sku, 33)
    harness.session(full=True)
    assert len(named(harness)) == 4
    assert harness.state.store_record("main").dropped_drift.count == 6
