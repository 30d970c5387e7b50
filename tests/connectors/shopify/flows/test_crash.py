"""A worker dies behind a write, and an order that Shopify does not show moves what was written meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from tests.harness.installation import Installation


class KilledError(Exception):
    """The process is gone."""


def dies(_: Any) -> None:
    raise KilledError


def sold_long_ago(harness: Installation, units: int, *, of: int) -> Any:
    """An open order of A that is too old for Shopify to show it, in a store that was synced and read twice → it."""
    harness.add("A", of)
    order = harness.main.sell("A", units, at=harness.clock.now - timedelta(days=70))
    harness.cycle()
    harness.later(minutes=2)
    harness.cycle()
    return order


@pytest.mark.parametrize("shipped", [2, 3, 5])
@pytest.mark.parametrize("landed", [True, False], ids=["landed", "lost"])
def test_a_parcel_behind_a_write_whose_sender_died_is_not_put_back(
    alone: Installation, shipped: int, landed: bool
) -> None:
    """The order is too old for Shopify to show it: only the numbers, as believed before the write, tell of it."""
    order = sold_long_ago(alone, 5, of=20)
    alone.warehouse.receive("A", 3)
    (alone.main.sandbox.after_apply if landed else alone.main.sandbox.before_request)(dies, on="write")
    with pytest.raises(KilledError):
        alone.cycle()
    alone.main.shop.fulfil(order, {"A": shipped})
    alone.context = alone.build()
    for _ in range(3):
        alone.cycle()
        assert alone.main.shows("A") <= 18
    alone.later(minutes=2)  # what was lost could land over the number that it was to replace
    alone.cycle()
    assert alone.main.shows("A") == 18


def test_a_number_that_landed_is_understood_however_long_its_listing_was_not_shown(alone: Installation) -> None:
    """An order that Shopify does not show is called off meanwhile: nothing left, our own write had lowered it."""
    order = sold_long_ago(alone, 2, of=15)
    alone.warehouse.set_stock("A", 10)
    alone.main.sandbox.after_apply(dies, on="write")
    with pytest.raises(KilledError):
        alone.cycle()
    alone.context = alone.build()
    bring_back = alone.main.lose(1)
    alone.later(minutes=1)
    alone.cycle(full=True)
    alone.later(minutes=10)
    alone.cycle()
    bring_back()
    alone.main.cancel(order)
    alone.later(minutes=16)
    assert [alone.cycle().code for _ in range(2)] == [0, 0]
    assert not alone.state.ledgers(["A"])["A"][1].shipments
    assert (alone.main.shows("A"), alone.state.notes("main", "flight")) == (10, {})
