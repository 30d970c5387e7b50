"""What shops and warehouses do all day, at random."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bridge.ops.drift_report import report
from tests.harness.installation import Installation

SKUS = "ABC"


class WorkingDay:
    """steps: names of what may happen. left: orders whose parcel has left once, which nobody cancels. spoilt: those
    with units taken out, with which nothing else is done. log: what happened."""

    steps = (
        "sell", "sell", "ship", "call_back", "cancel", "edit", "accept_return", "receive", "count", "forward", "wait"
    )  # fmt: skip

    def __init__(self, harness: Installation, seed: int) -> None:
        self.harness, self.chance = harness, random.Random(seed)
        self.orders: list[tuple[str, Any]] = []
        self.left: set[str] = set()
        self.spoilt: set[str] = set()
        self.log: list[str] = []

    def step(self) -> None:
        name = self.chance.choice(self.steps)
        act: Callable[[], None] = getattr(self, name)
        self.log.append(name)
        with suppress(ValueError, IndexError):  # the order has nothing left for this
            act()

    def sell(self) -> None:
        sku = self.chance.choice(SKUS)
        self.orders.append((sku, self.harness.main.sell(sku, self.chance.randint(1, 4))))

    def ship(self) -> None:
        _, order = self.chance.choice(self.orders)
        if order.id not in self.spoilt:
            self.harness.main.ship(order)
            self.left.add(order.id)

    def call_back(self) -> None:
        _, order = self.chance.choice(self.orders)
        if order.id not in self.spoilt:
            self.harness.main.reopen(order)

    def cancel(self) -> None:
        _, order = self.chance.choice(self.orders)
        if order.id not in self.left:
            self.spoilt.add(order.id)
            self.harness.main.cancel(order)

    def edit(self) -> None:
        _, order = self.chance.choice(self.orders)
        if order.id not in self.spoilt:
            self.harness.main.edit_order(order, self.chance.randint(1, 4))

    def accept_return(self) -> None:
        _, order = self.chance.choice(self.orders)
        self.spoilt.add(order.id)
        self.harness.main.accept_return(order, 1)

    def receive(self) -> None:
        self.harness.warehouse.receive(self.chance.choice(SKUS), self.chance.randint(1, 6))

    def count(self) -> None:
        self.harness.warehouse.set_stock(self.chance.choice(SKUS), self.chance.randint(30, 45))

    def forward(self) -> None:
        self.harness.warehouse.forward(self.chance.choice(SKUS), self.chance.randint(1, 3))

    def wait(self) -> None:
        self.harness.later(minutes=self.chance.choice((1, 20, 300, 1500)))


def has_no_drift(day: WorkingDay) -> None:
    """Forty times some of it happens and is read, and nothing of it is drift."""
    harness = day.harness
    for sku in SKUS:
        harness.add(sku, 40)
    harness.cycle()
    for _ in range(40):
        for _ in range(day.chance.randint(0, 3)):
            day.step()
        day.chance.choice((harness.cycle, harness.session, lambda: harness.session(full=True)))()
        assert report(harness.context, "main")[0] == {}, day.log[-9:]
