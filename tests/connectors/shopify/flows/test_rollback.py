"""Undoing a run of a Shopify shop: what was sold since comes off by itself, and what changed since is refused."""

import pytest

from bridge.ops import rollback
from bridge.ops.rollback import Undo
from tests.harness.installation import Installation


@pytest.fixture
def run(alone: Installation) -> str:
    """The id of a run that wrote nonsense: the warehouse said 17 and 12 where it held 20."""
    for sku in ("A", "B"):
        alone.add(sku, 20)
    alone.cycle()
    alone.later(hours=1)
    for sku, units in {"A": 17, "B": 12}.items():
        alone.warehouse.set_stock(sku, units)
    return alone.cycle().run


def undo(harness: Installation, run: str) -> Undo:
    past = rollback.past(harness.context, run)
    assert past is not None
    writes = past.writes["main"]
    harness.clock.advance(10)
    only = {write.stock_key for write in writes}
    return rollback.roll_back(harness.context, run, "main", writes, by="a test", only=only)


def test_units_sold_since_come_off_what_is_put_back(alone: Installation, run: str) -> None:
    alone.main.sell("A", 4)
    undo(alone, run)
    assert (alone.main.shop.level("A").on_hand, alone.main.shows("A")) == (20, 16)


def test_an_order_between_looking_and_writing_comes_off_as_well(alone: Installation, run: str) -> None:
    alone.main.sandbox.before_request(lambda _: alone.main.sell("A", 4), on="write")
    undo(alone, run)
    assert alone.main.shows("A") == 16


def test_a_change_while_it_is_written_is_refused_by_the_shop(alone: Installation, run: str) -> None:
    alone.main.sandbox.before_request(lambda _: alone.main.edit("B", 5), on="write")
    made = undo(alone, run)
    assert (alone.main.shows("B"), made.report.deferred, made.report.applied) == (5, 1, 1)
