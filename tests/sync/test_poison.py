"""One bad item never blocks its batch, and what a store did not confirm is never taken for done."""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.core.outcomes import MAX_TRIES
from connectors.base import RetryableStoreError


def listed(harness: Any, count: int, units: int = 10) -> list[str]:
    skus = [f"S{n:04}" for n in range(count)]
    for sku in skus:
        harness.add(sku, units)
    return skus


def receive(harness: Any, skus: list[str], units: int = 1) -> None:
    for sku in skus:
        harness.warehouse.receive(sku, units)


def as_bundle(harness: Any, sku: str, part: str) -> None:
    """The merchant makes a bundle of it after the map was read."""
    harness.shop.variant(sku).components = {part: 1}


def calm(harness: Any) -> None:
    """Nothing goes wrong from here on."""
    harness.sandbox.faults.mend()


def quiet(harness: Any) -> None:
    """First rounds, until the store was read a second time: from here on only what is due is read."""
    harness.cycle()
    harness.later(minutes=2)
    harness.cycle()


def wrong(harness: Any, skus: list[str], units: int) -> list[str]:
    return [sku for sku in skus if harness.available(sku) != units]


# -- poisoned rows ---------------------------------------------------------------------------------------


def test_three_bad_rows_in_a_batch_of_250_hold_up_nobody(harness: Any) -> None:
    skus = listed(harness, 250)
    harness.cycle()
    receive(harness, skus)
    as_bundle(harness, skus[7], skus[8])
    gone = harness.shop.variant(skus[99])
    harness.sandbox.before_request(lambda _: harness.shop.hand_edit(skus[200], 3), on="SetQuantities")
    harness.shop.delete_variant(gone)
    before = harness.writes()
    report = harness.cycle().stores["main"]
    assert wrong(harness, [s for s in skus if s not in (skus[7], skus[99])], 11) == []
    assert harness.available(skus[7]) == 10
    assert harness.quarantine() == {}  # the map was read anew because of what is gone, and knows it for a bundle
    # 247 at once; the stale row is read anew and follows in the same session.
    assert (report.applied, report.rejected, report.missing, report.deferred) == (248, 1, 1, 0)
    assert harness.writes() - before <= 4
    assert harness.due() == set()


def test_a_thousand_changed_skus_take_four_writes(harness: Any) -> None:
    skus = listed(harness, 1_000)
    harness.cycle()
    receive(harness, skus)
    before = harness.writes()
    assert harness.cycle().stores["main"].applied == 1_000
    assert harness.writes() - before == 4
    assert wrong(harness, skus, 11) == []


@pytest.fixture
def refused(harness: Any) -> Any:
    """B is in quarantine, because Shopify derives its stock from A."""
    listed(harness, 0)
    harness.add("A", 10)
    harness.add("B", 10)
    harness.cycle()
    as_bundle(harness, "B", "A")
    receive(harness, ["B"])
    assert harness.cycle().stores["main"].rejected == 1
    assert set(harness.quarantine()) == {harness.ref("B")}
    return harness


def test_what_is_in_quarantine_is_left_alone(refused: Any) -> None:
    before = refused.writes()
    refused.cycle()
    assert (refused.writes(), refused.due()) == (before, set())


def test_a_change_lets_a_quarantined_item_try_again(refused: Any) -> None:
    refused.shop.variant("B").components = {}
    receive(refused, ["B"])
    refused.cycle()
    assert (refused.available("B"), refused.quarantine()) == (12, {})


def test_resync_lets_a_quarantined_item_try_again(refused: Any) -> None:
    refused.shop.variant("B").components = {}
    refused.resync("main", "B")
    refused.cycle()
    assert (refused.available("B"), refused.quarantine()) == (11, {})


def test_the_next_map_knows_the_bundle_and_forgets_the_quarantine(refused: Any) -> None:
    refused.later(hours=25)
    receive(refused, ["B"])
    before = refused.writes()
    done = refused.cycle()
    assert (done.stores["main"].rejected, refused.writes()) == (0, before)
    assert refused.quarantine() == {}


def test_an_item_that_is_deferred_again_and_again_is_set_aside(harness: Any) -> None:
    """Somebody else writes the same item before each of our writes, and we try twice in each session."""
    harness.add("A", 10)
    harness.add("B", 10)
    harness.cycle()
    receive(harness, ["A", "B"])
    numbers = iter(range(100, 200))
    harness.sandbox.before_request(lambda _: harness.shop.hand_edit("A", next(numbers)), on="SetQuantities", times=-1)
    cycles = [harness.cycle().stores["main"] for _ in range(MAX_TRIES // 2)]
    assert [r.deferred for r in cycles] == [1] * (MAX_TRIES // 2 - 1) + [0]
    assert "stale" in harness.quarantine()[harness.ref("A")]
    assert harness.available("B") == 11
    assert harness.due() == set()


# -- a broken connector, a broken store ----------------------------------------------------------------


def sabotage(harness: Any, store: str, fault: Exception, *, on: str = "push") -> None:
    """A bug in the connector of one store."""
    opened = harness.context.open_store

    def open_store(name: str, send: Any) -> Any:
        connector = opened(name, send)
        if name == store:
            setattr(connector, on, lambda *_: raising(fault))
        return connector

    object.__setattr__(harness.context, "open_store", open_store)


def raising(fault: Exception) -> Any:
    raise fault


@pytest.fixture
def two(harness_with: Callable[..., Any]) -> Any:
    harness = harness_with(more={"outlet": ""})
    listed(harness, 3)
    harness.cycle()
    receive(harness, ["S0000"])
    return harness


@pytest.mark.parametrize("step", ["push", "changes"])
def test_a_bug_in_a_connector_marks_nothing_as_done_and_the_others_go_on(two: Any, step: str) -> None:
    receive(two, ["S0001"], -1)
    sabotage(two, "main", ZeroDivisionError("oops"), on=step)
    with pytest.raises(ZeroDivisionError):
        two.cycle()
    assert two.available("S0001", "outlet") == 9
    assert two.available("S0000", "outlet") == 11  # the last reading of `main` counts for `stale_after`
    assert two.due() == {"S0000", "S0001"}
    assert two.state.store_record("main").breaker.kind == "bug"
    two.context = two.build()
    two.later(minutes=5)
    assert two.cycle().code == 0
    assert two.available("S0000") == 11
    assert two.state.store_record("main").breaker is None


def test_a_store_that_is_down_is_its_own_business(two: Any) -> None:
    two.sandbox.faults.add("status", status=503, times=-1)
    done = two.cycle()
    assert done.code == 75
    assert (done.stores["main"].error is None, done.stores["outlet"].error) == (False, None)
    assert two.available("S0000", "outlet") == 11  # its last reading counts for `stale_after`
    two.later(minutes=6)
    receive(two, ["S0001"], -1)
    receive(two, ["S0000"])
    two.cycle()
    assert two.available("S0001", "outlet") == 9  # decreases need no proof
    assert two.available("S0000", "outlet") == 11  # an increase needs a reading of both
    calm(two)
    two.cycle()
    assert [two.available("S0000", name) for name in ("main", "outlet")] == [12, 12]


def test_a_revoked_token_needs_a_person(two: Any) -> None:
    two.sandbox.faults.add("unauthorized", times=-1)
    done = two.cycle()
    assert done.code == 1
    assert two.state.store_record("main").breaker.kind == "operator"


# -- lost replies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("landed", [True, False])
def test_after_a_lost_reply_the_number_is_read_back_and_right(harness: Any, landed: bool) -> None:
    """What landed is seen at once; what did not is sent once more, and its reply is lost as well."""
    harness.add("A", 10)
    harness.cycle()
    receive(harness, ["A"])
    harness.sandbox.faults.add("drop", on="SetQuantities", after=landed, times=-1)
    report = harness.cycle().stores["main"]
    assert (report.due, report.applied, report.waiting) == (1, 0, 0 if landed else 1)
    assert (bool(report.error), harness.due()) == (not landed, set() if landed else {"A"})
    calm(harness)
    assert harness.available("A") == (11 if landed else 10)
    harness.cycle()
    assert (harness.available("A"), harness.due()) == (11, set())


def test_a_write_that_lands_late_is_found_and_corrected(harness: Any) -> None:
    """The raise to twenty is still on its way when the warehouse takes it back: nothing is to be written,
    and then it lands."""
    harness.add("A", 15)
    quiet(harness)
    receive(harness, ["A"], 5)
    harness.sandbox.faults.add("late", on="SetQuantities", times=-1)
    harness.cycle()
    calm(harness)
    harness.warehouse.set_stock("A", 15)
    harness.cycle()
    assert harness.available("A") == 15
    harness.sandbox.land()
    assert harness.available("A") == 20
    harness.cycle()
    harness.cycle()
    assert harness.available("A") == 15


def test_a_newer_number_that_came_meanwhile_stands_at_the_end(harness: Any) -> None:
    harness.add("A", 10)
    quiet(harness)
    receive(harness, ["A"], 5)
    harness.sandbox.faults.add("late", on="SetQuantities", times=-1)
    harness.cycle()
    calm(harness)
    harness.warehouse.set_stock("A", 12)
    harness.cycle()
    harness.sandbox.land()
    harness.cycle()
    harness.cycle()
    assert harness.available("A") == 12


def test_a_fulfilment_behind_a_lost_reply_is_not_put_back(harness: Any) -> None:
    """The number landed, its answer was lost, and then the parcel left."""
    harness.add("A", 10)
    harness.cycle()
    order = harness.sell("A", 4)
    receive(harness, ["A"], 5)
    harness.sandbox.faults.add("drop", on="SetQuantities", after=True, times=-1)
    harness.cycle()
    harness.shop.fulfil(order)
    calm(harness)
    for _ in range(3):
        harness.cycle()
        assert harness.available("A") == 11
    harness.warehouse.forward("A", 4)
    harness.cycle()
    assert harness.available("A") == 11


def test_a_throttle_is_waited_for_and_nothing_is_in_doubt(harness: Any) -> None:
    harness.add("A", 10)
    harness.cycle()
    receive(harness, ["A"])
    harness.sandbox.faults.add("throttled", on="SetQuantities", times=2)
    assert harness.cycle().code == 0
    assert (harness.available("A"), harness.state.notes("main", "flight")) == (11, {})


def test_a_connector_that_loses_an_outcome_marks_nothing_as_done(harness: Any) -> None:
    harness.add("A", 10)
    harness.cycle()
    receive(harness, ["A"])
    sabotage(harness, "main", ValueError("0 outcomes for 1 updates"))
    with pytest.raises(ValueError, match="outcomes"):
        harness.cycle()
    assert harness.due() == {"A"}


def test_an_unsent_batch_is_not_in_doubt(harness: Any) -> None:
    harness.add("A", 10)
    harness.cycle()
    receive(harness, ["A"])
    sabotage(harness, "main", RetryableStoreError("the line is dead", sent=False))
    assert harness.cycle().code == 75
    assert (harness.state.notes("main", "flight"), harness.due()) == ({}, {"A"})
