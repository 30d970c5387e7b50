"""How quantities that people change by hand are found: one search per poll, which may be late, blind or not heeded."""

from datetime import timedelta
from functools import partial

import pytest

from connectors.base import send_once
from connectors.shopify.sandbox import TOKEN
from connectors.shopify.sandbox.local import LocalStore
from tests.harness.installation import Installation
from tests.harness.shops import Build, calmed


@pytest.fixture
def calm(alone: Installation) -> Installation:
    return calmed(alone)


def test_an_edit_of_the_second_location_is_seen_too(harness_with: Build) -> None:
    kinds = (partial(LocalStore, warehouses=("1", "2")), LocalStore)
    harness = harness_with(only="main", kinds=kinds, warehouses={"1": "Main", "2": "Other"})
    harness.warehouse.add("A", {"1": 10, "2": 4})
    harness.main.add("A", 4)
    harness.cycle()
    harness.cycle()
    harness.main.edit("A", 40, "2")
    before = harness.main.sandbox.calls.total()
    harness.cycle()
    assert (harness.main.shows("A", "1"), harness.main.shows("A", "2")) == (10, 4)
    asked = harness.main.sandbox.calls.total() - before
    assert asked == 4, "the poll, the listing, the write, and a look at what it left"


def test_stocking_off_by_hand_is_seen(calm: Installation) -> None:
    calm["main"].shop.unstock("SKU-3")
    calm.cycle()
    (known,) = calm.state.store_stock("main", [calm["main"].ref("SKU-3")])[calm["main"].ref("SKU-3")].values()
    assert not known.stocked


def test_an_idle_poll_is_one_request(calm: Installation) -> None:
    before = calm["main"].sandbox.calls.total()
    calm.cycle()
    assert calm["main"].sandbox.calls.total() - before == 1


def test_the_echo_of_our_own_writes_is_read_no_second_time(calm: Installation) -> None:
    for n in range(30):
        calm.warehouse.set_stock(f"SKU-{n}", 7)
    assert calm.cycle().stores["main"].applied == 30
    before = dict(calm["main"].sandbox.calls)
    for _ in range(40):
        calm.cycle()
    asked = {
        name: n - before.get(name, 0) for name, n in calm["main"].sandbox.calls.items() if n != before.get(name, 0)
    }
    assert set(asked) == {"Poll"}


def test_an_edit_that_the_search_learns_of_late_is_seen(calm: Installation) -> None:
    calm["main"].shop.index_lag = timedelta(minutes=4)
    calm["main"].edit("SKU-3", 500)
    for _ in range(60):
        calm.cycle()
    assert calm["main"].shows("SKU-3") == 10


def test_more_than_forty_pages_go_by_bulk(alone: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.shopify.edits.PAGE", 5)
    alone.configure(main="bulk_above = 0")
    for n in range(5 * 42):
        alone.add(f"SKU-{n}", 10)
    alone.cycle()
    alone.cycle()
    for n in range(5 * 42):
        alone.main.edit(f"SKU-{n}", 500)
    before = dict(alone.main.sandbox.calls)
    alone.cycle()
    assert alone.main.sandbox.calls["BulkRun"] - before["BulkRun"] == 1
    assert alone.main.sandbox.calls["LevelsAt"] - before["LevelsAt"] <= 40
    assert {alone.main.shows(f"SKU-{n}") for n in range(5 * 42)} == {10}


# -- a filter that is not heeded ---------------------------------------------------------------------------


def blind(harness: Installation) -> bool:
    return bool(harness.state.store_record("main").edits.get("blind"))


def test_a_filter_that_lets_old_rows_through_is_told_and_ends_at_its_first_page(
    calm: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.shopify.edits.PAGE", 5)
    calm["main"].shop.level_filter = "ignored"
    before = calm["main"].sandbox.calls.total()
    calm.cycle()
    assert calm["main"].sandbox.calls.total() - before == 1
    assert blind(calm)
    calm["main"].shop.level_filter = "heeded"
    calm.cycle()
    calm.cycle()
    assert not blind(calm)


def test_own_writes_that_never_come_back_are_told(calm: Installation) -> None:
    calm["main"].shop.level_filter = "deaf"
    calm.warehouse.set_stock("SKU-3", 7)
    calm.cycle()
    calm.later(minutes=9)
    calm.cycle()
    assert not blind(calm)
    calm.later(minutes=2)
    calm.cycle()
    assert blind(calm)
    calm["main"].shop.level_filter = "heeded"
    calm.warehouse.set_stock("SKU-3", 8)
    calm.cycle()
    calm.cycle()
    assert not blind(calm)


def test_a_listing_that_was_deleted_after_our_write_says_nothing_about_the_filter(calm: Installation) -> None:
    calm["main"].shop.level_filter = "deaf"
    calm.warehouse.set_stock("SKU-3", 7)
    calm.cycle()
    calm["main"].delete("SKU-3")
    calm.later(minutes=12)
    calm.cycle()
    assert not blind(calm)


def test_check_asks_once_with_a_stamp_that_nothing_can_have(calm: Installation) -> None:
    def warned() -> bool:
        with_network = calm.context.open_store("main", send_once)
        return any("heed" in text for text in with_network.check().warnings)

    assert not warned()
    calm["main"].shop.level_filter = "ignored"
    assert warned()


def test_without_quotes_only_the_date_would_count(calm: Installation) -> None:
    """The sandbox imitates it; an edit of this morning would come back with every poll."""
    text = "{ location { inventoryLevels(first: 250, query: %s) { nodes { id } } } }"
    late = "updated_at:>=2026-11-20T23:00:00Z"
    found = [
        calm["main"].sandbox.ask(text % f'"{query}"', token=TOKEN)["data"]["location"]["inventoryLevels"]["nodes"]
        for query in (late, late.replace("=2", "='2") + "'")
    ]
    assert [len(rows) for rows in found] == [30, 0]
