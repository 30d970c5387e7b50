"""Rows that are dated in the future hide nothing: no instant of theirs moves a cursor past the moment of reading."""

from datetime import timedelta
from typing import Any

import pytest

from bridge.state.records import OrdersLook
from connectors.values import replace

NEXT_MONTH = timedelta(days=30)


@pytest.fixture
def shops(harness: Any) -> Any:
    """A and B are on sale in both shops, all is well."""
    for sku in ("A", "B"):
        harness.add(sku, 28)
    harness.cycle()
    assert harness.cycle().code == 0
    return harness


def test_an_order_dated_in_the_future_hides_no_other(shops: Any) -> None:
    """Any clock that was once wrong leaves such a stamp; in both platforms."""
    for name in ("main", "outlet"):
        order = shops[name].sell("B", 1)
        for stamp in ("modified", "updated_at"):
            if hasattr(order, stamp):
                setattr(order, stamp, shops.clock.now + NEXT_MONTH)
        shops.cycle()
        shops[name].sell("A", 1)
        shops.cycle()
        shops.cycle(full=True)
    shops.cycle()
    assert (shops["outlet"].shows("A"), shops["main"].shows("A")) == (26, 26)
    assert (shops["outlet"].shows("B"), shops["main"].shows("B")) == (26, 26)


@pytest.mark.parametrize("name", ["main", "outlet"])
def test_a_cursor_that_stands_in_the_future_is_drawn_back(shops: Any, name: str) -> None:
    future = shops.clock.now + NEXT_MONTH
    shops.state.note_store(name, orders_since=future, orders_look=OrdersLook(future, future, 0), listings_since=future)
    shops[name].sell("A", 2)
    shops.cycle()
    assert shops.state.store_record(name).orders_since <= shops.clock.now
    for full in (False, True):
        shops.cycle(full=full)
        assert (shops["outlet"].shows("A"), shops["main"].shows("A")) == (26, 26)


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_of_ours_that_is_hours_wrong_hides_nothing(harness: Any, hours: int) -> None:
    """Cursors move by the store's own clock, those of orders and those of listings."""
    shops = harness
    shops.context = replace(shops.context, now=lambda: shops.clock.now + timedelta(hours=hours))
    for sku in ("A", "B"):
        shops.add(sku, 28)
    shops.cycle()
    shops["outlet"].sell("A", 2)
    shops["outlet"].rename("B", "C")
    shops.warehouse.add("C", 20)
    shops.cycle()
    shops.later(minutes=16)
    shops.cycle()
    assert (shops["outlet"].shows("A"), shops["main"].shows("A"), shops["outlet"].shows("C")) == (26, 26, 20)
