"""The smallest connector that keeps the whole contract: an example to copy, and a store for tests.

`MemoryStore` plays the foreign platform: it has its own idea of stock and orders, refuses what it must
and fails on demand. `MemoryConnector` is what you would write for a real one: it translates, and never
decides, sleeps or retries. `BlindMemoryConnector` is the same for a store that takes numbers and shows none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, SecretStr

from connectors.base import (
    Batch,
    Capabilities,
    Listing,
    Location,
    OperatorStoreError,
    OrderLine,
    Outcome,
    Reading,
    Sender,
    Shipped,
    StoreInfo,
    Verdict,
)
from connectors.values import replace


@dataclass(slots=True)
class Product:
    """stock: units shoppers can buy. frozen: the store refuses to change it."""

    sku: str
    stock: int
    changed_at: datetime
    frozen: bool = False


@dataclass(slots=True)
class Order:
    """also: ref → units of further lines."""

    id: str
    ref: str
    units: int
    placed_at: datetime
    changed_at: datetime
    shipped_at: datetime | None = None
    cancelled: bool = False
    also: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class MemoryStore:
    """One shop. failures: exceptions to raise, one per request, before doing anything. accepted: (ref, location) → the
    last number that it took there, where it has locations."""

    key: str = "secret-key"
    products: dict[str, Product] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    accepted: dict[tuple[str, str], int] = field(default_factory=dict)
    now: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)

    SHOPS: ClassVar[dict[str, "MemoryStore"]] = {}

    def request(self, key: str) -> None:
        """What every request goes through: faults first, then the key."""
        if self.failures:
            raise self.failures.pop(0)
        if key != self.key:
            raise OperatorStoreError("The memory store does not accept the key; correct it in the configuration.")

    def set_stock(self, ref: str, units: int, was: int | None) -> Outcome:
        product = self.products.get(ref)
        if product is None:
            return Outcome(Verdict.MISSING, reason="no such product")
        if product.frozen:
            return Outcome(Verdict.REJECTED, reason="this product is frozen")
        if was is not None and product.stock != was:
            return Outcome(Verdict.DEFERRED, reason="stale: the store shows another number")
        product.stock, product.changed_at = units, self.now
        return Outcome(Verdict.APPLIED, shown=product.stock)


class MemoryConnector:
    """One store. See connectors.base.StoreConnector for what each method promises."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        shop: str
        key: SecretStr

        def shop_identity(self) -> str:
            return self.shop.casefold()

    capabilities: ClassVar[Capabilities] = Capabilities(
        max_batch=100, writes="available", reads_committed=False, compare_and_set=True, lost_write_seconds=0.0
    )

    def __init__(self, store: MemoryStore, key: SecretStr, send: Sender) -> None:
        self._store, self._key, self._send = store, key, send

    @classmethod
    def open(cls, options: BaseModel, *, locations: Sequence[str], send: Sender) -> Self:  # noqa: ARG003
        chosen = cls.Options.model_validate(options)
        return cls(MemoryStore.SHOPS.setdefault(chosen.shop, MemoryStore()), chosen.key, send)

    def close(self) -> None:
        """Nothing is held open."""

    def check(self) -> StoreInfo:
        self._send(self._request)
        return StoreInfo("memory", (Location("", "everywhere"),))

    def listings(self, changed_since: datetime | None = None) -> Iterator[Listing]:
        for ref, product in self._send(self._products).items():
            if changed_since is None or product.changed_at >= changed_since:
                yield _listing(ref, product)

    def read(self, refs: Sequence[str] | None = None) -> Iterator[Reading]:
        found = self._send(self._products)
        yield from (_reading(ref, found[ref]) for ref in (found if refs is None else refs) if ref in found)

    def listings_with_readings(self) -> Iterator[tuple[Listing | None, Sequence[Reading]]]:
        """The skill ListsWithReadings: one request says both."""
        for ref, product in self._send(self._products).items():
            yield _listing(ref, product), (_reading(ref, product),)

    def changes(self, since: datetime | None) -> Iterator[OrderLine]:
        def orders() -> tuple[Order, ...]:
            self._request()
            return tuple(self._store.orders.values())

        for order in self._send(orders):
            if since is None or order.changed_at >= since:
                yield from _order_lines(order)

    def push(self, batch: Batch) -> Sequence[Outcome]:
        def write() -> Sequence[Outcome]:
            self._request()
            return [self._store.set_stock(update.ref, update.quantity, update.was) for update in batch.updates]

        return self._send(write)

    def _products(self) -> dict[str, Product]:
        self._request()
        return dict(self._store.products)

    def _request(self) -> None:
        self._store.request(self._key.get_secret_value())


class BlindMemoryConnector(MemoryConnector):
    """The same store where no call tells the stock: what it accepted last is all that is known of it. A number may be
    sent for each of several locations; the store's own is the last one."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        max_batch=100, writes="available", reads_committed=False, locations=True, readable=False, lost_write_seconds=0.0
    )

    def read(self, refs: Sequence[str] | None = None) -> Iterator[Reading]:  # noqa: ARG002
        yield from ()

    def listings_with_readings(self) -> Iterator[tuple[Listing | None, Sequence[Reading]]]:
        return ((listing, ()) for listing, _ in super().listings_with_readings())

    def push(self, batch: Batch) -> Sequence[Outcome]:
        outcomes = super().push(replace(batch, updates=tuple(replace(u, was=None) for u in batch.updates)))
        for update, outcome in zip(batch.updates, outcomes, strict=True):
            if outcome.verdict is Verdict.APPLIED:
                self._store.accepted[update.ref, update.location] = update.quantity
        return outcomes


def _listing(ref: str, product: Product) -> Listing:
    return Listing(ref, product.sku, f"Product {ref}")


def _reading(ref: str, product: Product) -> Reading:
    return Reading(ref, "", available=product.stock, committed=None, on_hand=product.stock)


def _order_lines(order: Order) -> Iterator[OrderLine]:
    for ref, units in {order.ref: order.units, **order.also}.items():
        shipped = (Shipped("", units, order.shipped_at),) if order.shipped_at else ()
        left = 0 if order.cancelled or order.shipped_at else units
        yield OrderLine(ref, order.changed_at, order.id, order.placed_at, committed=left, shipped=shipped)
