"""The shop behind the API: what it sells, and what it was asked for. It knows nothing of HTTP."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.testing.catalogue import Generator


@dataclass(slots=True)
class Product:
    """stock: what shoppers can buy; None: the shop does not count it. locked: why nobody may set it."""

    id: str
    sku: str
    title: str
    stock: int | None
    changed_at: datetime
    locked: str = ""


@dataclass(slots=True)
class Order:
    """lines: product id → (SKU when it was ordered, units)."""

    id: str
    lines: Mapping[str, tuple[str, int]]
    placed_at: datetime
    changed_at: datetime
    shipped_at: datetime | None = None
    cancelled: bool = False


@dataclass
class Shop:
    """now: its clock. written: the last numbers that were set from outside, as (product id, stock)."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    products: dict[str, Product] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    written: list[tuple[str, int]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _made: int = 0

    def add(self, sku: str, stock: int | None, title: str = "") -> str:
        with self.lock:
            self._made += 1
            product = Product(f"{self._made:06d}", sku, title or f"Product {self._made}", stock, self.now())
            self.products[product.id] = product
            return product.id

    def seed(self, count: int, seed: int) -> None:
        """So many products, the same for the same seed."""
        generator = Generator(seed)
        for number in range(count):
            article = generator.article(number)
            self.add(article.sku, generator.units(), f"{article.name} {article.size}")

    def edit(self, product: str, stock: int) -> None:
        """A person types another number."""
        with self.lock:
            found = self.products[product]
            found.stock, found.changed_at = stock, self.now()

    def order(self, units: Mapping[str, int]) -> str:
        """product id → units; they leave the stock at once."""
        with self.lock:
            lines = {product: (self.products[product].sku, count) for product, count in units.items()}
            order = Order(f"{1001 + len(self.orders)}", lines, self.now(), self.now())
            self.orders[order.id] = order
            self._move(order, -1)
            return order.id

    def ship(self, order: str) -> None:
        with self.lock:
            self.orders[order].shipped_at = self.orders[order].changed_at = self.now()

    def cancel(self, order: str) -> None:
        with self.lock:
            found = self.orders[order]
            found.cancelled, found.changed_at = True, self.now()
            self._move(found, +1)

    def set_stock(self, given: Mapping[str, Any]) -> dict[str, object]:
        """One item of `PUT /api/stock` → what is said of it."""
        with self.lock:
            found = self.products.get(given["id"])
            if found is None:
                return {"refused": "gone", "why": "there is no such product"}
            if found.locked:
                return {"refused": "locked", "why": found.locked}
            if "was" in given and given["was"] != found.stock:
                return {"refused": "changed", "why": f"the stock is {found.stock} by now"}
            self.edit(found.id, given["stock"])
            self.written.append((found.id, given["stock"]))
            return {"stock": found.stock}

    def _move(self, order: Order, sign: int) -> None:
        for product, (_, units) in order.lines.items():
            found = self.products.get(product)
            if found and found.stock is not None:
                self.edit(product, found.stock + sign * units)
