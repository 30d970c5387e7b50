"""What shops and warehouses do all day is no drift, in whatever order it comes between two readings."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from bridge.ops.drift_report import report

SKUS = "ABC"


class Day:
    """A random working day. spoilt: orders with units taken out, whose parcels are not called back any more."""

    def __init__(self, harness: Any, seed: int) -> None:
        self.harness, self.chance = harness, random.Random(seed)
        self.orders: list[tuple[str, Any]] = []
        self.spoilt: set[str] = set()
        self.log: list[str] = []

    def step(self) -> None:
        names = (
            "sell",
            "sell",
            "ship",
            "parcel",
            "call_back",
            "cancel",
            "refund",
            "receive",
            "count",
            "forward",
            "wait",
        )
        name = self.chance.choice(names)
        act: Callable[[], None] = getattr(self, name)
        self.log.append(name)
        with suppress(ValueError, IndexError):  # the order has nothing left for this
            act()

    def sell(self) -> None:
        sku = self.chance.choice(SKUS)
        self.orders.append((sku, self.harness.sell(sku, self.chance.randint(1, 4))))

    def ship(self) -> None:
        self.harness.shop.fulfil(self.chance.choice(self.orders)[1])

    def parcel(self) -> None:
        sku, order = self.chance.choice(self.orders)
        self.harness.shop.fulfil(order, {sku: 1})

    def call_back(self) -> None:
        _, order = self.chance.choice(self.orders)
        if order.id not in self.spoilt:
            self.harness.shop.cancel_fulfillment(order)

    def cancel(self) -> None:
        _, order = self.chance.choice(self.orders)
        self.spoilt.add(order.id)
        self.harness.shop.cancel(order, restock=self.chance.random() < 0.5)

    def refund(self) -> None:
        sku, order = self.chance.choice(self.orders)
        self.spoilt.add(order.id)
        self.harness.shop.refund(order, {sku: 1}, restock=self.chance.choice(("RETURN", "NO_RESTOCK", "CANCEL")))

    def receive(self) -> None:
        self.harness.warehouse.receive(self.chance.choice(SKUS), self.chance.randint(1, 6))

    def count(self) -> None:
        self.harness.warehouse.set_stock(self.chance.choice(SKUS), self.chance.randint(30, 45))

    def forward(self) -> None:
        self.harness.warehouse.forward(self.chance.choice(SKUS), self.chance.randint(1, 3))

    def wait(self) -> None:
        self.harness.later(minutes=self.chance.choice((1, 20, 300, 1500)))


@pytest.mark.parametrize("seed", range(10))
def test_nothing_of_a_working_day_is_drift(harness: Any, seed: int) -> None:
    for sku in SKUS:
        harness.add(sku, 40)
    harness.cycle()
    day = Day(harness, seed)
    for _ in range(40):
        for _ in range(day.chance.randint(0, 3)):
            day.step()
        day.chance.choice((harness.cycle, harness.session, lambda: harness.session(full=True)))()
        drifts, _ = report(harness.context, "main")
        assert {harness.shop.items[stock_key.ref].sku: x for stock_key, x in drifts.items()} == {}, day.log[-9:]
