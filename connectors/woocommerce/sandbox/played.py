"""A WooCommerce shop that the simulation plays with."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

from connectors.testing.clock import ManualClock
from connectors.testing.played import NEXT_MONTH, Acts
from connectors.woocommerce.sandbox import Product
from connectors.woocommerce.sandbox.local import LocalStore, ref_of

READ_ONLY, ALL = "read", "read_write"


class PlayedStore(LocalStore):
    """Its own number for a listing is what shoppers may buy. Nothing compares when it is written."""

    settings: ClassVar[Sequence[Mapping[str, Any]]] = (
        {"version": "10.5.0"},
        {"version": "10.5.0"},
        {"version": "9.9.5"},
    )
    call: ClassVar[str] = "products/batch"
    public: ClassVar[str] = "publish"
    away: ClassVar[Sequence[str]] = ("draft", "private", "pending", "trash")
    long_ago: ClassVar[timedelta | None] = None

    def __init__(self, name: str, clock: ManualClock, rules: str = "", **settings: Any) -> None:
        super().__init__(name, clock, rules, **settings)
        self.clock = clock
        self.strains: Acts = {"vetoed": self.veto}
        self.oddities: Acts = {"future": self.schedule, "read-only": self.read_only, "switch": self.switch}

    @property
    def counts(self) -> bool:
        return self.shop.manage_stock

    def _product(self, dice: Random) -> Product:
        return dice.choice(sorted(self.shop.products.values(), key=lambda product: product.id))

    def veto(self, dice: Random) -> str:
        """A plugin vetoes every write to one product, or no longer."""
        product = self._product(dice)
        self.shop.refuse(product, "" if product.refused else "woocommerce_rest_cannot_edit")
        return f"{self.name}: writes to {product.sku} are {'refused' if product.refused else 'taken again'}"

    def end_strains(self) -> None:
        for product in self.shop.products.values():
            product.refused = None

    def schedule(self, dice: Random) -> str:
        """Its stamp is of the future until it is touched."""
        product = self._product(dice)
        self.shop.schedule(product, self.clock.now + NEXT_MONTH)
        return f"{self.name}: {product.sku} is scheduled for the next month"

    def read_only(self, dice: Random) -> str:
        """The key may read and not write, or write again."""
        del dice
        for key in self.sandbox.keys.known.values():
            key.permissions = ALL if key.permissions == READ_ONLY else READ_ONLY
            return f"{self.name}: the key may {key.permissions}"
        return f"{self.name}: no key is known"

    def switch(self, dice: Random) -> str:
        del dice
        self.shop.manage_stock = not self.shop.manage_stock
        return f"{self.name}: stock management is {'on' if self.shop.manage_stock else 'off'}"

    def end_oddities(self) -> None:
        for key in self.sandbox.keys.known.values():
            key.permissions = ALL
        self.shop.manage_stock = True

    def numbers(self) -> Iterator[tuple[str, str, int]]:
        return ((ref_of(each), "", int(self.shop.quantity(each) or 0)) for each in self.shop.products.values())

    def newest(self) -> set[tuple[str, ...]]:
        found = [(self.shop.products[row["id"]], row) for row in self.rows(self.sandbox.log[-1])]
        return {(product.sku,) for product, row in found if self.shop.quantity(product) == row["stock_quantity"]}

    def refs(self) -> set[str]:
        return {ref_of(each) for each in self.shop.products.values()}

    def has(self, ref: str, location: str, number: int) -> bool:
        return (ref, location, number) in self.numbers()

    def late_others(self, call: Any) -> Iterator[Any]:
        """PHP may still be at a batch whose sender is gone; `item` is the product that it saved last."""
        now = {row["id"]: row["stock_quantity"] for row in self.rows(call)}
        for job in self.sandbox.late:
            late: Any = getattr(job, "call")  # noqa: B009  (what lands late is of the sandbox's own making)
            rows = self.rows(late)
            saved = next((n + 1 for n, row in enumerate(rows) if row["id"] == late.item), 0)
            if any(now.get(row["id"], row["stock_quantity"]) != row["stock_quantity"] for row in rows[saved:]):
                yield late

    def set_status(self, sku: str, status: str) -> None:
        self.shop.set_status(sku, status)

    def leave_out(self, dice: Random) -> bool:
        """A plugin filters the lists; asked for by id everything is there."""
        products = sorted(self.shop.products)
        self.shop.left_out = set(dice.sample(products, dice.randint(1, len(products))))
        return True

    def leave_in(self) -> None:
        self.shop.left_out = set()
