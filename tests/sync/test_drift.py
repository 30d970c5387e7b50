"""Whole rounds: what people and other programs change in a shop is named, and what orders and our own writes do
is not."""

from typing import Any

import pytest

from bridge.core.drift import Drift
from bridge.ops import steer
from bridge.ops.drift_report import report
from bridge.ops.health import store_state
from bridge.state import keys
from tests.harness.installation import Installation
from tests.harness.shops import Build


def drifts(harness: Installation) -> dict[str, Drift]:
    """By SKU: everything in the report."""
    found, _ = report(harness.context, "main")
    known = harness.state.listings("main", [stock_key.ref for stock_key in found])
    return {known[stock_key.ref].sku: drift for stock_key, drift in found.items()}


def named(harness: Installation) -> dict[str, tuple[int, int, str]]:
    """SKU → (old, new, cause) of everything in the report."""
    return {sku: (drift.was, drift.now, drift.cause.value) for sku, drift in drifts(harness).items()}


def standing(harness: Installation) -> set[str]:
    return {sku for sku, drift in drifts(harness).items() if drift.is_open}


def stocked(harness: Installation) -> list[str]:
    """A shop in order, every listing with twenty → their SKUs."""
    skus = [f"S{n:02}" for n in range(30)]
    for sku in skus:
        harness.add(sku, 20)
    harness.cycle()
    assert named(harness) == {}
    harness.later(hours=1)
    return skus


# -- edits -----------------------------------------------------------------------------------------------


def test_ten_hand_edits_are_listed_with_old_and_new_number_and_cause(harness: Installation) -> None:
    """Beside them orders are placed, shipped, cancelled and returned, on edited listings as well."""
    skus = stocked(harness)
    shipped, cancelled, returned = (harness.main.sell(sku, 4) for sku in skus[10:13])
    harness.cycle()
    harness.main.ship(returned)
    harness.warehouse.forward(skus[12], 4)
    harness.cycle()
    assert named(harness) == {}
    harness.later(minutes=30)
    for sku in (*skus[:3], skus[20], skus[21]):
        harness.main.sell(sku, 2)
    harness.main.ship(shipped)
    harness.main.cancel(cancelled)
    harness.main.accept_return(returned, 2)
    sold_is_on_hand = harness.main.connector.capabilities.writes == "on_hand"
    before = {sku: 20 if sold_is_on_hand else harness.main.shows(sku) for sku in skus[:10]}
    edits = dict(zip(skus[:10], (5, -3, 40, -10, 1, -1, 7, -7, 80, -4), strict=True))
    for sku, units in edits.items():
        harness.main.edit(sku, harness.main.shows(sku) + units)
    harness.session(full=True)
    assert named(harness) == {
        sku: (before[sku], before[sku] + units, "edited in the store") for sku, units in edits.items()
    }
    harness.cycle()
    assert standing(harness) == set()
    assert [harness.main.shows(sku) for sku in skus[:10]] == [18] * 3 + [20] * 7


def test_a_drift_is_written_down_in_the_change_that_makes_it_due(harness: Installation) -> None:
    stocked(harness)
    steer.pause(harness.context, "main", "test")
    harness.main.edit("S00", 33)
    harness.main.edit("S01", 5)
    harness.session(full=True)
    assert standing(harness) == {"S00", "S01"} == harness.due()
    assert harness.main.shows("S01") == 5
    steer.resume(harness.context, "main")
    harness.cycle()
    assert standing(harness) == set()
    assert [harness.main.shows(sku) for sku in ("S00", "S01")] == [20, 20]


def test_without_healing_it_is_reported_and_stays(harness_with: Build) -> None:
    harness = harness_with("heal = false")
    stocked(harness)
    writes = harness.main.writes
    harness.main.edit("S00", 33)
    harness.main.edit("S01", 5)
    for _ in range(2):
        harness.session(full=True)
        assert named(harness) == {"S00": (20, 33, "edited in the store"), "S01": (20, 5, "edited in the store")}
    assert (harness.main.writes, standing(harness)) == (writes, {"S00", "S01"})
    harness.main.edit("S01", 20)
    harness.session(full=True)
    assert standing(harness) == {"S00"}


def test_what_is_left_out_or_unknown_is_nobodys_drift(harness_with: Build) -> None:
    harness = harness_with('[stores.main.skus."A"]\nsync = false')
    harness.add("A", 20)
    harness.main.add("NOBODYS", 3)
    harness.cycle()
    for sku in ("A", "NOBODYS"):
        harness.main.edit(sku, 9)
    harness.session(full=True)
    assert named(harness) == {}


# -- orders ----------------------------------------------------------------------------------------------


def test_an_order_that_lands_while_the_stock_is_read_is_no_drift(harness: Installation) -> None:
    """Sold and handed over the counter after the orders were read, and before the stock was."""
    stocked(harness)

    def counter(_: Any) -> None:
        harness.main.ship(harness.main.sell("S00", 5))

    harness.forget_offers()
    harness.main.sandbox.after_apply(counter, on="orders")
    harness.session(full=True)
    assert named(harness) == {}
    for _ in range(2):
        harness.cycle()
        assert (harness.main.shows("S00"), harness.highest("S00")) == (15, 0)


def test_what_may_be_an_order_is_not_raised_before_the_orders_were_asked_again(harness: Installation) -> None:
    """The fall is met when a write is read back: no order was asked for since."""
    stocked(harness)
    harness.warehouse.receive("S00", 5)
    harness.main.sandbox.after_apply(lambda _: harness.main.ship(harness.main.sell("S00", 4)), on="write")
    harness.cycle()
    assert named(harness) == {"S00": (25, 21, "order not yet seen")}
    harness.forget_offers()
    for _ in range(2):
        harness.cycle()
        assert (harness.main.shows("S00"), harness.highest("S00")) == (21, 0)
    assert named(harness) == {}


# -- our own writes --------------------------------------------------------------------------------------


def test_a_write_that_was_lost_is_named(harness: Installation) -> None:
    stocked(harness)
    harness.warehouse.receive("S00", 5)
    harness.main.sandbox.faults.add("drop", on="write", times=-1)
    harness.cycle()
    harness.main.restore()
    harness.later(minutes=1)
    harness.outwait()
    harness.cycle()
    assert named(harness) == {"S00": (25, 20, "our write did not land")}
    assert (harness.main.shows("S00"), standing(harness)) == (25, set())
    harness.session(full=True)
    assert standing(harness) == set()


def test_a_write_whose_reply_was_lost_is_no_drift(harness: Installation) -> None:
    stocked(harness)
    harness.warehouse.receive("S00", 5)
    harness.main.sandbox.faults.add("drop", on="write", after=True, times=-1)
    harness.cycle()
    harness.main.restore()
    harness.later(minutes=1)
    for _ in range(2):
        harness.cycle()
        assert (named(harness), harness.main.shows("S00")) == ({}, 25)


def test_a_write_that_was_claimed_and_not_applied_is_named(harness: Installation) -> None:
    stocked(harness)
    harness.warehouse.receive("S00", 5)
    harness.main.sandbox.after_apply(lambda _: harness.main.edit("S00", 20), on="write")
    harness.cycle()
    assert named(harness) == {"S00": (25, 20, "our write did not land")}
    assert harness.state.store_record("main").not_applied == 1
    harness.cycle()
    assert (harness.main.shows("S00"), standing(harness)) == (25, set())


def test_what_was_claimed_and_not_applied_colours_until_a_reading_shows_it_right(harness: Installation) -> None:
    """The first time it is sent again; what goes on needs a person, and is forgotten when it is right, or in a day."""
    stocked(harness)
    harness.cycle()
    harness.warehouse.receive("S00", 5)
    harness.main.sandbox.after_apply(lambda _: harness.main.edit("S00", 20), on="write", times=3)

    def found() -> tuple[int, int, int]:
        code = harness.cycle().code
        state = store_state(harness.context, "main")
        return code, state.not_applied, state.never_applied

    assert found() == (75, 1, 0)
    assert found() == (1, 1, 1)
    assert found() == (1, 1, 1)
    harness.cycle()  # this one stands, and was not read since
    assert (harness.main.shows("S00"), found()) == (25, (0, 0, 0))
    assert harness.state.store_record("main").not_applied == 3


def test_a_claim_of_a_day_ago_colours_no_longer(harness: Installation) -> None:
    stocked(harness)
    harness.cycle()
    harness.warehouse.receive("S00", 5)
    harness.main.sandbox.after_apply(lambda _: harness.main.edit("S00", 20), on="write")
    harness.cycle()
    harness.configure(main="paused = true")
    harness.later(hours=23)
    harness.cycle()
    assert store_state(harness.context, "main").not_applied == 1
    harness.later(hours=2)
    assert store_state(harness.context, "main").not_applied == 0


# -- another program -------------------------------------------------------------------------------------


def test_another_program_is_recognised_after_a_few_heals(harness: Installation) -> None:
    stocked(harness)
    sentences = []
    for hour in range(5):
        harness.main.edit("S00", 7)
        harness.later(hours=hour and 4)
        harness.session(full=True)
        harness.cycle()
        _, other_writer = report(harness.context, "main")
        sentences.append(other_writer.sentence("main") if other_writer else "")
        assert harness.main.shows("S00") == 20
    assert sentences[:3] == [""] * 3
    assert "the stock of store main: 1 listing changed back 3 times since 2026-11-20" in sentences[3]


def test_ten_hand_edits_are_not_another_program(harness: Installation) -> None:
    for sku in stocked(harness)[:10]:
        harness.main.edit(sku, 3)
    harness.session(full=True)
    assert report(harness.context, "main")[1] is None


# -- bounds ----------------------------------------------------------------------------------------------


def test_what_was_put_right_is_forgotten_after_a_week(harness: Installation) -> None:
    stocked(harness)
    harness.main.edit("S00", 33)
    harness.session(full=True)
    harness.cycle()
    assert set(named(harness)) == {"S00"}
    harness.later(days=8)
    harness.cycle()
    assert named(harness) == {}


def test_the_report_is_bounded_and_says_so(harness: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEPT_DRIFTS", 4)
    for sku in stocked(harness)[:10]:
        harness.main.edit(sku, 33)
    harness.session(full=True)
    assert len(named(harness)) == 4
    assert getattr(harness.state.store_record("main").dropped_drift, "count", 0) == 6
