"""A WooCommerce shop in this process, and the connector for it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar

from connectors.base import Sender
from connectors.testing.clock import SandboxClock
from connectors.testing.local import Offers, seconds_of
from connectors.testing.troubles import Troubles
from connectors.woocommerce.sandbox import KEY, SECRET, Call, Order, Product, Sandbox, Shop, serve
from connectors.woocommerce.sandbox.troubles import TROUBLES
from connectors.woocommerce.store import WooCommerceStore


def ref_of(product: Product) -> str:
    """What the bridge calls it."""
    return f"{product.parent_id}:{product.id}" if product.parent else str(product.id)


class LocalStore:
    """version: of WooCommerce. utc_offset: of the clock on its wall."""

    platform: ClassVar[str] = "woocommerce"
    connector: ClassVar[Any] = WooCommerceStore
    troubles: ClassVar[Troubles] = TROUBLES
    signing: ClassVar[str] = ""
    places: Mapping[str, str] = {}

    def __init__(
        self, name: str, clock: SandboxClock, rules: str = "", *, warehouses: Sequence[str] = (),
        version: str = "10.5.0", utc_offset: timedelta = timedelta(0),
    ) -> None:  # fmt: skip
        del warehouses  # it has no places
        self.name, self.rules, self.offered, self.sent = name, rules, Offers(), Offers()
        self.address = f"https://{name}.example"
        self.shop = Shop(clock=clock, url=self.address, utc_offset=utc_offset)
        self.sandbox = Sandbox(self.shop, version=version, sleep=clock.advance)
        self.sandbox.before_request(self._note_sent, on=TROUBLES.write, times=-1)
        self.sandbox.after_apply(self._note, on=TROUBLES.write, times=-1)
        self._keys = dict(self.sandbox.keys.known)

    def rows(self, call: Call) -> list[Any]:
        """What a call writes of products that there are."""
        return [row for row in json.loads(call.body).get("update", ()) if row.get("id") in self.shop.products]

    def _note_sent(self, call: Call) -> None:
        self.sent += [(self.shop.products[row["id"]].sku, row["stock_quantity"]) for row in self.rows(call)]

    def _note(self, call: Call) -> None:
        for row in self.rows(call):
            product = self.shop.products[row["id"]]
            self.offered.append((product.sku, int(self.shop.quantity(product) or 0)))

    @property
    def options(self) -> Mapping[str, str]:
        return {"url": self.address, "consumer_key": KEY, "consumer_secret": SECRET}

    @property
    def section(self) -> str:
        lines = [f'{key} = "{text}"' for key, text in {"connector": self.platform, **self.options}.items()]
        return "\n".join((f"[stores.{self.name}]", *lines, self.rules, ""))

    @contextmanager
    def listen(self) -> Iterator[None]:
        with serve(self.sandbox) as self.address:
            self.shop.url = self.address
            yield

    @property
    def writes(self) -> int:
        return sum(count for name, count in self.sandbox.calls.items() if name.startswith("POST products"))

    def open(
        self, options: Any, locations: Sequence[str], send: Sender, now: Callable[[], datetime]
    ) -> WooCommerceStore:
        del locations
        return WooCommerceStore(options, send=send, adapter=self.sandbox.adapter(), now=now, clock=seconds_of(now))

    def add(self, sku: str, units: int, title: str = "") -> str:
        return str(self.shop.add_product(sku, units, name=title or sku).id)

    def add_sizes(self, product: str, units: Mapping[str, int]) -> None:
        parent = self.shop.add_variable(product)
        for sku, count in units.items():
            self.shop.add_variation(parent, sku, count)

    def ref(self, sku: str) -> str:
        return ref_of(self.shop.find(sku))

    def shows(self, sku: str, place: str = "") -> int:
        del place
        return int(self.shop.quantity(self.shop.find(sku)) or 0)

    def sell(self, sku: str, units: int, place: str = "", at: datetime | None = None) -> Order:
        del place
        order = self.shop.place_order({sku: units})
        order.created = order.modified = at or order.created
        return order

    def ship(self, order: Order) -> None:
        self.shop.ship(order)

    def reopen(self, order: Order) -> None:
        self.shop.set_order_status(order, "processing")

    def cancel(self, order: Order) -> None:
        self.shop.cancel(order)

    def edit_order(self, order: Order, units: int) -> None:
        self.shop.edit_line(order, order.lines[0].id, units)

    def accept_return(self, order: Order, units: int) -> None:
        self.shop.refund(order, {order.lines[0].id: units})

    def edit(self, sku: str, units: int, place: str = "") -> None:
        del place
        self.shop.hand_edit(sku, units)

    def rename(self, sku: str, new: str) -> None:
        self.shop.set_sku(sku, new)

    def swap(self, one: str, other: str) -> None:
        self.shop.swap_skus(one, other)

    def recreate(self, sku: str) -> str:
        return str(self.shop.recreate(sku).id)

    def delete(self, sku: str) -> None:
        self.shop.delete(sku)

    def untrack(self, sku: str) -> None:
        self.shop.set_managed(sku, managed=False)

    def refuse(self, sku: str) -> str:
        """A plugin vetoes it."""
        self.shop.refuse(sku, "product_locked", 400)
        return "product_locked"

    def accept(self, sku: str) -> None:
        self.shop.refuse(sku, "")

    def lose(self, count: int) -> Callable[[], None]:
        kept = dict(self.shop.products)
        for product in list(kept)[:count]:
            del self.shop.products[product]
        self.shop.forget_lists()

        def back() -> None:
            self.shop.products = kept
            self.shop.forget_lists()

        return back

    def lose_orders(self, count: int) -> Callable[[], None]:
        kept = dict(list(self.shop.orders.items())[-count:])
        self.shop.orders = {name: order for name, order in self.shop.orders.items() if name not in kept}

        def back() -> None:
            self.shop.orders |= kept

        return back

    def revoke(self) -> None:
        self.sandbox.keys.revoke_all()

    def slow_down(self, item_seconds: float) -> None:
        self.sandbox.item_seconds = item_seconds

    def go_down(self) -> None:
        self.sandbox.faults.add("refuse", times=-1)

    def restore(self) -> None:
        if not self.sandbox.keys.known:
            self.sandbox.keys.known.update(self._keys)
        self.sandbox.faults.mend()
