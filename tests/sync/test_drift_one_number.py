"""Drift where a store has one number: a sale lowers what it shows, and only orders tell which units are open."""

from typing import Any

import pytest
from pydantic import SecretStr

from bridge.core.drift import Cause
from bridge.ops.drift_report import report
from connectors.base import RetryableStoreError
from connectors.testing.memory import MemoryConnector, MemoryStore, Order, Product
from connectors.values import replace
from tests.harness.installation import Installation


class Corner:
    """A store without on-hand numbers of its own: a sale lowers what it shows, and orders tell the committed units."""

    def __init__(self, harness: Installation) -> None:
        self.harness, self.store = harness, MemoryStore()
        can = replace(MemoryConnector.capabilities, compare_and_set=False, lost_write_seconds=10.0)
        harness.context = replace(harness.context, capabilities=lambda _: can, open_store=self.open)
        for sku in ("A", "B", "C", "D"):
            harness.warehouse.add(sku, 20)
            self.store.products[sku] = Product(sku, 20, harness.clock.now)
        harness.cycle()

    def open(self, _: str, send: Any) -> MemoryConnector:
        self.store.now = self.harness.clock.now
        return MemoryConnector(self.store, SecretStr("secret-key"), send)

    def sell(self, sku: str, units: int) -> Order:
        now = self.harness.clock.now
        order = self.store.orders[f"O{len(self.store.orders)}"] = Order(
            f"O{len(self.store.orders)}", sku, units, now, now
        )
        self.store.products[sku].stock -= units
        return order

    def drifts(self) -> dict[str, tuple[int, int, Cause]]:
        drifts, _ = report(self.harness.context, "main")
        return {stock_key.ref: (x.was, x.now, x.cause) for stock_key, x in drifts.items()}

    def numbers(self) -> list[int]:
        return [x.stock for x in self.store.products.values()]


@pytest.fixture
def corner(harness: Installation) -> Corner:
    return Corner(harness)


def test_sales_shipments_and_cancellations_explain_what_a_store_with_one_number_shows(corner: Corner) -> None:
    harness = corner.harness
    orders = {sku: corner.sell(sku, 3) for sku in "ABC"}
    harness.session(full=True)
    harness.later(minutes=1)
    orders["A"].shipped_at = orders["A"].changed_at = harness.clock.now
    orders["B"].cancelled, orders["B"].changed_at = True, harness.clock.now
    corner.store.products["B"].stock += 3
    orders["C"].cancelled, orders["C"].changed_at = True, harness.clock.now
    harness.session(full=True)
    assert corner.drifts() == {}
    for _ in range(2):
        harness.cycle()
    assert (corner.numbers(), corner.drifts()) == ([17, 20, 20, 20], {})


def test_an_edit_beside_a_sale_is_measured_without_it(corner: Corner) -> None:
    corner.sell("A", 3)
    corner.store.products["A"].stock += 10
    corner.sell("B", 3)
    corner.store.products["B"].stock -= 6
    corner.harness.session(full=True)
    assert corner.drifts() == {"A": (17, 27, Cause.EDITED), "B": (17, 11, Cause.EDITED)}
    corner.harness.cycle()
    assert corner.numbers() == [17, 17, 20, 20]


def test_a_sale_that_a_write_went_over_is_no_drift(corner: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    """It landed between reading and writing, and the store cannot compare: the next cycle takes it off again."""
    harness = corner.harness
    harness.warehouse.receive("A", 5)
    set_stock = MemoryStore.set_stock

    def late(store: MemoryStore, ref: str, units: int, was: int | None) -> Any:
        if not store.orders:
            corner.sell("A", 3)
        return set_stock(store, ref, units, None)

    monkeypatch.setattr(MemoryStore, "set_stock", late)
    harness.cycle()
    assert corner.numbers()[0] == 25
    harness.later(minutes=1)
    harness.cycle()
    assert (corner.numbers()[0], corner.drifts()) == (22, {})


def test_a_lost_write_is_named_once_it_can_no_longer_land(corner: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store cannot compare, so until then it may still land, and no other number is written."""
    harness = corner.harness
    harness.warehouse.receive("A", 5)
    push = MemoryConnector.push

    def lost(*_: object) -> None:
        raise RetryableStoreError("no answer")

    monkeypatch.setattr(MemoryConnector, "push", lost)
    harness.cycle()
    monkeypatch.setattr(MemoryConnector, "push", push)
    harness.warehouse.receive("A", 1)
    report = harness.cycle().stores["main"]
    assert (report.due, report.waiting, corner.numbers()[0], corner.drifts()) == (1, 1, 20, {})
    harness.later(minutes=2)
    harness.cycle()
    assert (corner.numbers()[0], corner.drifts()) == (26, {"A": (25, 20, Cause.WRITE)})


def test_the_number_of_a_lost_write_goes_again_at_once(corner: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of the two lands last, it is the same number."""
    harness = corner.harness
    harness.warehouse.receive("A", 5)
    push, calls = MemoryConnector.push, []

    def first_lost(self: MemoryConnector, batch: Any) -> Any:
        calls.append(batch)
        if len(calls) == 1:
            raise RetryableStoreError("no answer")
        return push(self, batch)

    monkeypatch.setattr(MemoryConnector, "push", first_lost)
    report = harness.cycle().stores["main"]
    assert (report.due, report.applied, report.error, corner.numbers()[0]) == (1, 1, None, 25)
