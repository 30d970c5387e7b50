"""What reading a Shopify shop takes."""

from tests.harness.installation import Installation
from tests.harness.shops import Build


def test_a_shop_that_writes_its_bulk_file_for_many_minutes_is_read(harness_with: Build) -> None:
    """Longer than a request that fails is repeated for; a session that gave up would only begin another operation."""
    harness = harness_with("bulk_above = 0", only="main")
    harness.add("A", 10, shown=8)
    shopify = harness["main"].sandbox
    shopify.bulk.polls = 70
    assert harness.cycle().stores["main"].error is None
    assert harness.main.shows("A") == 10
    assert harness.slept > 600
    assert shopify.calls["BulkRun"] == 1, "one tells the listings and their stock"


def test_orders_and_changed_stock_are_asked_for_in_one_request(alone: Installation) -> None:
    alone.add("A", 5)
    alone.cycle()
    alone.cycle()
    before = alone.main.sandbox.calls.copy()
    alone.cycle()
    assert alone.main.sandbox.calls - before == {"Poll": 1}
