"""Batches that Shopify takes whole or not at all: rows that break them are named, dropped, and the rest is sent."""

import pytest

from bridge.core.outcomes import MAX_TRIES
from tests.harness.installation import Installation
from tests.harness.sweeps import sweep


def listed(harness: Installation, count: int) -> list[str]:
    """A shop in order with ten of each, of which one more has arrived → their SKUs."""
    skus = [f"S{n:04}" for n in range(count)]
    for sku in skus:
        harness.add(sku, 10)
    harness.cycle()
    for sku in skus:
        harness.warehouse.receive(sku, 1)
    return skus


def test_three_bad_rows_in_a_batch_of_250_hold_up_nobody(alone: Installation) -> None:
    skus, main = listed(alone, 250), alone.main
    bundle, gone = skus[7], skus[99]
    main.refuse(bundle)
    main.sandbox.before_request(lambda _: main.edit(skus[200], 3), on="write")
    main.delete(gone)
    before = main.writes
    report = alone.cycle().stores["main"]
    assert [sku for sku in skus if sku not in (bundle, gone) and main.shows(sku) != 11] == []
    assert main.shows(bundle) == 10
    assert alone.quarantine() == {}  # the map was read anew because of what is gone, and knows it for a bundle
    # 247 at once; the stale row is read anew and follows in the same session.
    assert (report.applied, report.rejected, report.missing, report.deferred) == (248, 1, 1, 0)
    assert main.writes - before <= 4
    assert alone.due() == set()


@pytest.mark.parametrize("changed", sweep([300, 1_000], 1))
def test_changed_skus_take_a_write_for_each_250(alone: Installation, changed: int) -> None:
    skus = listed(alone, changed)
    before = alone.main.writes
    assert alone.cycle().stores["main"].applied == changed
    assert alone.main.writes - before == -(-changed // 250)
    assert {alone.main.shows(sku) for sku in skus} == {11}


def test_the_next_map_knows_the_bundle_and_forgets_the_quarantine(alone: Installation) -> None:
    first, second = listed(alone, 2)
    alone.main.refuse(second)
    assert alone.cycle().stores["main"].rejected == 1
    assert set(alone.quarantine()) == {alone.main.ref(second)}
    alone.later(hours=25)
    alone.warehouse.receive(second, 1)
    before = alone.main.writes
    done = alone.cycle()
    assert (done.stores["main"].rejected, alone.main.writes) == (0, before)
    assert alone.quarantine() == {}
    assert alone.main.shows(first) == 11


def test_an_item_that_is_deferred_again_and_again_is_set_aside(alone: Installation) -> None:
    """Somebody else writes the same item before each of our writes, and we try twice in each session."""
    first, second = listed(alone, 2)
    numbers = iter(range(100, 200))
    alone.main.sandbox.before_request(lambda _: alone.main.edit(first, next(numbers)), on="write", times=-1)
    cycles = [alone.cycle().stores["main"] for _ in range(MAX_TRIES // 2)]
    assert [report.deferred for report in cycles] == [1] * (MAX_TRIES // 2 - 1) + [0]
    assert "stale" in alone.quarantine()[alone.main.ref(first)]
    assert alone.main.shows(second) == 11
    assert alone.due() == set()


def test_a_change_between_reading_and_writing_is_named_and_written_over(alone: Installation) -> None:
    sku, *_ = listed(alone, 2)
    alone.main.sandbox.before_request(lambda _: alone.main.edit(sku, 3), on="write")
    alone.cycle()
    (found,) = alone.state.drifts("main").values()
    assert (found.was, found.now, found.cause.value, found.is_open) == (10, 3, "edited in the store", False)
    assert alone.main.shows(sku) == 11
