"""What reading a whole store may cost the bridge itself."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bridge.sync.cycle import read_store

LISTINGS = 40


def test_what_a_connector_can_is_not_looked_up_for_every_listing(harness: Any) -> None:
    """In a real process each look-up searches the installed packages, which takes milliseconds."""
    for n in range(LISTINGS):
        harness.add(f"SKU-{n}", 10)
    harness.cycle()
    asked: list[str] = []

    def capabilities(store: str) -> Any:
        asked.append(store)
        return harness.context.capabilities(store)

    report = read_store(replace(harness.context, capabilities=capabilities), "main", full=True)
    assert report.error is None
    assert 0 < len(asked) < LISTINGS / 4


def test_a_shop_that_writes_its_bulk_file_for_many_minutes_is_read(harness_with: Any) -> None:
    """Longer than a request that fails is repeated for; a session that gave up would only begin another operation."""
    harness = harness_with(rules="bulk_above = 0")
    harness.add("A", 10, shown=8)
    harness.sandbox.bulk.polls = 60
    assert harness.cycle().stores["main"].error is None
    assert harness.available("A") == 10
    assert harness.slept > 600
    assert harness.sandbox.calls["BulkRun"] == 2


def test_in_a_rush_a_session_reads_what_moved_once(harness: Any) -> None:
    """Were each look to reach back five minutes, every session would read more than the one before it."""
    skus = [f"SKU-{n}" for n in range(LISTINGS)]
    for sku in skus:
        harness.add(sku, 1_000)
    harness.cycle()
    pages = []
    for _ in range(8):
        for n in range(2 * LISTINGS):
            harness.sell(skus[n % LISTINGS], 1)
        before = harness.sandbox.calls["Orders"]
        harness.cycle()
        pages.append(harness.sandbox.calls["Orders"] - before)
    assert max(pages) <= 2 * LISTINGS / 20 * 3 + 2  # 20 orders a page, of this cycle and of the ten seconds before it
    harness.cycle()
    assert [harness.available(sku) for sku in skus] == [1_000 - 8 * 2] * LISTINGS


def test_an_order_that_shows_up_minutes_late_is_met(harness_with: Any) -> None:
    harness = harness_with(more={"outlet": ""})
    harness.add("A", 20)
    for _ in range(3):
        harness.sell("A", 1)
        harness.cycle()
    harness.sell("A", 5, at=harness.clock.now - timedelta(minutes=4))
    for _ in range(31):
        harness.cycle()
    assert (harness.available("A"), harness.available("A", "outlet")) == (12, 12)
    assert harness.cycle().code == 0
