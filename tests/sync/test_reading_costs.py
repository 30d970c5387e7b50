"""What reading a whole store may cost the bridge itself."""

from datetime import timedelta
from typing import Any

from bridge.sync.cycle import read_store
from connectors.values import replace
from tests.harness.installation import Installation
from tests.harness.shops import Build

LISTINGS = 40


def test_what_a_connector_can_is_not_looked_up_for_every_listing(harness: Installation) -> None:
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


def test_in_a_rush_a_session_reads_what_moved_once(harness: Installation) -> None:
    """Were each look to reach back five minutes, every session would read more than the one before it."""
    skus = [f"SKU-{n}" for n in range(LISTINGS)]
    for sku in skus:
        harness.add(sku, 1_000)
    harness.cycle()
    asked = []
    for _ in range(8):
        for n in range(2 * LISTINGS):
            harness.main.sell(skus[n % LISTINGS], 1)
        before = harness.main.sandbox.calls.total()
        harness.cycle()
        asked.append(harness.main.sandbox.calls.total() - before)
    assert max(asked[2:]) <= asked[1]  # of this cycle and of the ten seconds before it
    harness.cycle()
    assert [harness.main.shows(sku) for sku in skus] == [1_000 - 8 * 2] * LISTINGS


def test_an_order_that_shows_up_minutes_late_is_met(harness_with: Build) -> None:
    harness = harness_with(only="")
    harness.add("A", 20)
    for _ in range(3):
        harness.main.sell("A", 1)
        harness.cycle()
    harness.main.sell("A", 5, at=harness.clock.now - timedelta(minutes=4))
    for _ in range(31):
        harness.cycle()
    assert (harness.main.shows("A"), harness["outlet"].shows("A")) == (12, 12)
    assert harness.cycle().code == 0
