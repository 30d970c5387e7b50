"""A Shopify quantity that people change by hand is seen with the next poll, not with the daily reading."""

from datetime import timedelta
from typing import Any

import pytest

from bridge.core.drift import Cause
from bridge.ops import drift_report
from connectors.base import send_once
from connectors.shopify.sandbox import TOKEN


@pytest.fixture
def calm(harness: Any) -> Any:
    """A shop that was read, written and polled once since."""
    for n in range(30):
        harness.add(f"SKU-{n}", 10)
    harness.cycle()
    harness.later(minutes=5)  # the second reading after a start
    harness.cycle()
    harness.cycle()
    return harness


def test_an_edit_by_hand_is_seen_with_the_next_poll_told_as_drift_and_healed(calm: Any) -> None:
    calm.shop.hand_edit("SKU-3", 500)
    report = calm.cycle().stores["main"]
    assert (report.applied, calm.available("SKU-3")) == (1, 10)
    (found,) = drift_report.report(calm.context, "main")[0].values()
    assert (found.cause, found.was, found.now) == (Cause.EDITED, 10, 500)


def test_an_edit_of_the_second_location_is_seen_too(harness_with: Any) -> None:
    harness = harness_with(warehouses={"1": "Main", "2": "Other"})
    other = harness.shop.add_location("Other")
    harness.configure(main=f'locations = {{ "1" = "{harness.location.id}", "2" = "{other.id}" }}')
    harness.warehouse.add("A", {"1": 10, "2": 4})
    harness.shop.add_variant("A", on_hand={harness.location.id: 10, other.id: 4})
    harness.cycle()
    harness.cycle()
    harness.shop.hand_edit("A", 40, location=other)
    before = harness.sandbox.calls.total()
    harness.cycle()
    assert harness.shop.level("A", other).available == 4
    assert harness.sandbox.calls.total() - before == 4, "the poll, the listing, the write, and a look at what it left"


def test_stocking_off_by_hand_is_seen(calm: Any) -> None:
    calm.shop.unstock("SKU-3")
    calm.cycle()
    (known,) = calm.state.store_stock("main", [calm.ref("SKU-3")])[calm.ref("SKU-3")].values()
    assert not known.stocked


def test_an_idle_poll_is_one_request(calm: Any) -> None:
    before = calm.sandbox.calls.total()
    calm.cycle()
    assert calm.sandbox.calls.total() - before == 1


def test_the_echo_of_our_own_writes_is_read_no_second_time(calm: Any) -> None:
    for n in range(30):
        calm.warehouse.set_stock(f"SKU-{n}", 7)
    assert calm.cycle().stores["main"].applied == 30
    before = dict(calm.sandbox.calls)
    for _ in range(40):
        calm.cycle()
    asked = {name: n - before.get(name, 0) for name, n in calm.sandbox.calls.items() if n != before.get(name, 0)}
    assert set(asked) == {"Poll"}


def test_an_edit_that_the_search_learns_of_late_is_seen(calm: Any) -> None:
    calm.shop.index_lag = timedelta(minutes=4)
    calm.shop.hand_edit("SKU-3", 500)
    for _ in range(60):
        calm.cycle()
    assert calm.available("SKU-3") == 10


def test_nothing_is_lost_when_the_listing_cannot_be_read_after_the_poll(calm: Any) -> None:
    calm.shop.hand_edit("SKU-3", 500)
    calm.sandbox.faults.add("status", on="LevelsOf", status=503, times=50)
    assert calm.cycle().stores["main"].error
    calm.sandbox.faults.clear()
    calm.later(minutes=20)
    calm.cycle()
    assert calm.available("SKU-3") == 10


def test_more_than_forty_pages_go_by_bulk(harness: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.shopify.edits.PAGE", 5)
    harness.configure(main="bulk_above = 0")
    for n in range(5 * 42):
        harness.add(f"SKU-{n}", 10)
    harness.cycle()
    harness.cycle()
    for n in range(5 * 42):
        harness.shop.hand_edit(f"SKU-{n}", 500)
    before = dict(harness.sandbox.calls)
    harness.cycle()
    assert harness.sandbox.calls["BulkRun"] - before["BulkRun"] == 1
    assert harness.sandbox.calls["LevelsAt"] - before["LevelsAt"] <= 40
    assert {harness.available(f"SKU-{n}") for n in range(5 * 42)} == {10}


# -- a filter that is not heeded ---------------------------------------------------------------------------


def blind(harness: Any) -> bool:
    return bool(harness.state.store_record("main").edits.get("blind"))


def test_a_filter_that_lets_old_rows_through_is_told_and_ends_at_its_first_page(
    calm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.shopify.edits.PAGE", 5)
    calm.shop.level_filter = "ignored"
    before = calm.sandbox.calls.total()
    calm.cycle()
    assert calm.sandbox.calls.total() - before == 1
    assert blind(calm)
    calm.shop.level_filter = "heeded"
    calm.cycle()
    calm.cycle()
    assert not blind(calm)


def test_own_writes_that_never_come_back_are_told(calm: Any) -> None:
    calm.shop.level_filter = "deaf"
    calm.warehouse.set_stock("SKU-3", 7)
    calm.cycle()
    calm.later(minutes=9)
    calm.cycle()
    assert not blind(calm)
    calm.later(minutes=2)
    calm.cycle()
    assert blind(calm)
    calm.shop.level_filter = "heeded"
    calm.warehouse.set_stock("SKU-3", 8)
    calm.cycle()
    calm.cycle()
    assert not blind(calm)


def test_a_listing_that_was_deleted_after_our_write_says_nothing_about_the_filter(calm: Any) -> None:
    calm.shop.level_filter = "deaf"
    calm.warehouse.set_stock("SKU-3", 7)
    calm.cycle()
    calm.shop.delete_variant("SKU-3")
    calm.later(minutes=12)
    calm.cycle()
    assert not blind(calm)


def test_check_asks_once_with_a_stamp_that_nothing_can_have(calm: Any) -> None:
    def warned() -> bool:
        with_network = calm.context.open_store("main", send_once)
        return any("heed" in text for text in with_network.check().warnings)

    assert not warned()
    calm.shop.level_filter = "ignored"
    assert warned()


def test_without_quotes_only_the_date_would_count(calm: Any) -> None:
    """The sandbox imitates it; an edit of this morning would come back with every poll."""
    text = "{ location { inventoryLevels(first: 250, query: %s) { nodes { id } } } }"
    late = "updated_at:>=2026-11-20T23:00:00Z"
    found = [
        calm.sandbox.ask(text % f'"{query}"', token=TOKEN)["data"]["location"]["inventoryLevels"]["nodes"]
        for query in (late, late.replace("=2", "='2") + "'")
    ]
    assert [len(rows) for rows in found] == [30, 0]
