"""What a Shopify shop does with its orders all day is no drift, in whatever order it comes between two readings."""

import pytest

from tests.harness.installation import Installation
from tests.harness.sweeps import sweep
from tests.sync.working_day import WorkingDay, has_no_drift


class ShopifyDay(WorkingDay):
    """Orders leave in parcels, and units come off them with and without going back on sale."""

    steps = ("sell", "sell", "ship", "parcel", "call_back", "cancel", "refund", "receive", "count", "forward", "wait")

    def ship(self) -> None:
        self.harness.main.ship(self.chance.choice(self.orders)[1])

    def parcel(self) -> None:
        sku, order = self.chance.choice(self.orders)
        self.harness.main.shop.fulfil(order, {sku: 1})

    def cancel(self) -> None:
        _, order = self.chance.choice(self.orders)
        self.spoilt.add(order.id)
        self.harness.main.shop.cancel(order, restock=self.chance.random() < 0.5)

    def refund(self) -> None:
        sku, order = self.chance.choice(self.orders)
        self.spoilt.add(order.id)
        restock = self.chance.choice(("RETURN", "NO_RESTOCK", "CANCEL"))
        self.harness.main.shop.refund(order, {sku: 1}, restock=restock)


@pytest.mark.parametrize("seed", sweep(range(10), 2))
def test_nothing_of_a_working_day_is_drift(alone: Installation, seed: int) -> None:
    has_no_drift(ShopifyDay(alone, seed))
