"""A store that takes numbers and shows none, on the pool of the others."""

from typing import Any

from pydantic import SecretStr

from bridge.core.model import StoreStock
from connectors.base import Batch, Outcome, RetryableStoreError
from connectors.testing.local import two_platforms
from connectors.testing.memory import BlindMemoryConnector, MemoryStore, Order, Product

KEY = "secret-key"


class Connector(BlindMemoryConnector):
    """Fails the test when it is read. store: the harness's own, which loses replies."""

    def __init__(self, store: "BlindStore", send: Any) -> None:
        super().__init__(store.shop, SecretStr(KEY), send)
        self.harness = store

    def read(self, refs: Any = None) -> Any:
        raise AssertionError("what cannot be read is not asked")

    def push(self, batch: Batch) -> Any:
        self.harness.batches.append([(u.ref, u.location, u.quantity) for u in batch.updates])
        how = self.harness.replies.pop(0) if self.harness.replies else None
        if how == "lost before it landed":
            raise RetryableStoreError("the connection broke")
        outcomes: list[Outcome] = list(super().push(batch))
        if how == "lost after it landed":
            raise RetryableStoreError("the connection broke")
        return [how(outcome) for outcome in outcomes] if callable(how) else outcomes


class BlindStore:
    """batches: what was sent, as (ref, location, quantity). replies: what becomes of the next answers: a way to lose
    one, or a function that changes each outcome of it."""

    connector = BlindMemoryConnector

    def __init__(self, name: str, clock: Any, rules: str = "") -> None:
        self.name, self.rules, self.clock = name, rules, clock
        self.shop = MemoryStore(key=KEY)
        self.offered: list[tuple[str, int]] = []
        self.batches: list[list[tuple[str, str, int]]] = []
        self.replies: list[Any] = []

    @property
    def section(self) -> str:
        """Of a platform that is installed: the configuration knows no other."""
        return two_platforms()[0](self.name, self.clock, self.rules).section

    def open(self, options: Any, locations: Any, send: Any, now: Any) -> Connector:
        self.shop.now = now()
        return Connector(self, send)

    def add(self, sku: str, units: int) -> str:
        """It has it; which number it shows is its own business."""
        ref = f"r{len(self.shop.products)}-{sku}"
        self.shop.products[ref] = Product(sku, units, self.clock.now)
        return ref

    def ref(self, sku: str) -> str:
        return next(ref for ref, product in self.shop.products.items() if product.sku == sku)

    def shows(self, sku: str) -> int:
        return self.shop.products[self.ref(sku)].stock

    def sell(self, sku: str, units: int) -> Order:
        """It tells of the order, and takes nothing off by itself."""
        now = self.clock.now
        order = Order(f"o{len(self.shop.orders)}", self.ref(sku), units, now, now)
        return self.shop.orders.setdefault(order.id, order)

    def ship(self, order: Order) -> None:
        order.shipped_at = order.changed_at = self.clock.now

    def cancel(self, order: Order) -> None:
        order.cancelled, order.changed_at = True, self.clock.now

    def forget(self) -> None:
        self.batches.clear()

    @property
    def sent(self) -> list[tuple[str, int]]:
        """What was sent since `forget`, as (SKU, quantity)."""
        return [(ref.partition("-")[2], quantity) for batch in self.batches for ref, _, quantity in batch]


def known(harness: Any, sku: str, location: str = "") -> StoreStock:
    """What the bridge believes that `run` shows."""
    ref = harness["run"].ref(sku)
    found: StoreStock = harness.state.store_stock("run", [ref])[ref][location]
    return found
