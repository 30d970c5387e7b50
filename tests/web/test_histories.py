"""Random days of a shop with a till: whatever is sold at the counter, online and shipped meanwhile, no shop offers a
piece that nobody has, and once both sides have told of everything each number is right."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

pytestmark = pytest.mark.full

STEPS = 30


class Day:
    """What is true of A. stock, shelf: pieces that lie there. orders: placed and not shipped, with their pieces.
    underway: shipped, and still in the warehouse's count. moved: the warehouse counted something since the last pull: a
    receipt in the same would hide a shipment, which `delivery.md` has for itself."""

    def __init__(self, till: Any, seed: int) -> None:
        self.till, self.harness, self.dice = till, till.harness, Random(seed)
        self.stock, self.shelf, self.underway = 10, 6, 0
        self.moved = False
        self.orders: list[tuple[str, Any, int]] = []
        for sku in ("A", *(f"Z{n}" for n in range(20))):  # so that the guard has no reason to hold anything of A
            self.harness.add(sku, 10)
        till.count("A", self.shelf)
        self.harness.cycle()

    @property
    def free(self) -> int:
        return self.stock + self.shelf - self.underway - sum(pieces for *_, pieces in self.orders)

    def at_the_counter(self) -> None:
        """Sold, or brought; the till reports what is there now."""
        self.shelf = max(0, self.shelf + self.dice.randint(-2, 1))
        self.till.count("A", self.shelf)

    def online(self) -> None:
        name = self.dice.choice(["main", "outlet"])
        if self.harness[name].shows("A") > 0 and self.free > 0:
            self.orders.append((name, self.harness[name].sell("A", 1), 1))

    def ship(self) -> None:
        """From the warehouse, which counts it later."""
        if self.orders and self.stock > self.underway:
            name, order, pieces = self.orders.pop(self.dice.randrange(len(self.orders)))
            self.harness[name].ship(order)
            self.underway += pieces

    def counted(self) -> None:
        if self.underway and not self.moved:
            self.harness.warehouse.forward("A", self.underway)
            self.stock, self.underway, self.moved = self.stock - self.underway, 0, True

    def receive(self) -> None:
        if not self.moved:
            self.harness.warehouse.receive("A", 2)
            self.stock, self.moved = self.stock + 2, True

    def cycle(self) -> None:
        self.harness.cycle()
        self.moved = False
        shown = self.harness.shows("A")
        assert max(shown.values()) <= max(0, self.free), shown


@pytest.mark.parametrize("seed", range(6))
def test_no_shop_offers_what_nobody_has(till: Any, seed: int) -> None:
    day = Day(till, seed)
    acts: list[Callable[[], None]] = [
        day.at_the_counter, day.at_the_counter, day.online, day.online, day.ship, day.counted, day.receive, day.cycle,
        day.cycle,
    ]  # fmt: skip
    for _ in range(STEPS):
        day.dice.choice(acts)()
    day.cycle()
    while day.orders and day.stock > day.underway:
        day.ship()
    day.cycle()
    day.counted()
    for _ in range(3):
        day.harness.later(minutes=3)
        day.cycle()
    assert set(day.harness.shows("A").values()) == {max(0, day.free)}
