"""A Shopify shop in this process, and the connector for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

from connectors.base import Sender
from connectors.shopify.sandbox import SECRET, TOKEN, Call, Order, Sandbox, Shop, Variant, serve
from connectors.shopify.sandbox.troubles import TROUBLES
from connectors.shopify.store import ShopifyStore
from connectors.testing.clock import SandboxClock
from connectors.testing.local import NOWHERE, Offers, seconds_of
from connectors.testing.troubles import Troubles


class LocalStore:
    """Of one location, or of one for each of some warehouses. What it is sent is on hand, so `sent` stays empty."""

    platform: ClassVar[str] = "shopify"
    connector: ClassVar[Any] = ShopifyStore
    troubles: ClassVar[Troubles] = TROUBLES
    signing: ClassVar[str] = f'webhook_secret = "{SECRET}"'

    def __init__(self, name: str, clock: SandboxClock, rules: str = "", *, warehouses: Sequence[str] = ()) -> None:
        self.name, self.rules, self.offered, self.sent = name, rules, Offers(), Offers()
        self.address = NOWHERE
        self.shop = Shop(clock=clock, domain=f"{name}.myshopify.com")
        homes = ["Warehouse", *(f"Warehouse {w}" for w in warehouses[1:])]
        self.places: Mapping[str, str] = {
            w: self.shop.add_location(home).id for w, home in zip(warehouses or [""], homes, strict=True)
        }
        self.sandbox = Sandbox(self.shop, sleep=clock.advance)
        self.sandbox.after_apply(self._note, on=TROUBLES.write, times=-1)

    def _note(self, call: Call) -> None:
        for row in call.variables["input"]["quantities"]:
            if item := self.shop.items.get(row["inventoryItemId"]):
                self.offered.append((item.sku, item.levels[row["locationId"]].available))

    @property
    def options(self) -> Mapping[str, str]:
        return {"shop": f"{self.name}.myshopify.com", "access_token": TOKEN, "base_url": self.address}

    @property
    def section(self) -> str:
        lines = [f'{key} = "{text}"' for key, text in {"connector": self.platform, **self.options}.items()]
        if pairs := ", ".join(f'"{w}" = "{place}"' for w, place in self.places.items() if w):
            lines.append(f"locations = {{ {pairs} }}")
        return "\n".join((f"[stores.{self.name}]", *lines, self.rules, ""))

    @contextmanager
    def listen(self) -> Iterator[None]:
        with serve(self.sandbox) as at:
            self.address = at.url
            yield

    @property
    def writes(self) -> int:
        return self.sandbox.calls[TROUBLES.write]

    def open(self, options: Any, locations: Sequence[str], send: Sender, now: Callable[[], datetime]) -> ShopifyStore:
        transport = self.sandbox.transport()
        return ShopifyStore(
            options, locations=locations, send=send, transport=transport, now=now, clock=seconds_of(now)
        )

    def add(self, sku: str, units: int, title: str = "") -> str:
        return self._add(sku, units, title or "Default Title").item.id

    def _add(self, sku: str, units: int, title: str) -> Variant:
        return self.shop.add_variant(sku, on_hand=dict.fromkeys(self.places.values(), units), title=title)

    def add_sizes(self, product: str, units: Mapping[str, int]) -> None:
        first, *others = (self._add(sku, count, product) for sku, count in units.items())
        first.product.variants += others

    def ref(self, sku: str) -> str:
        return self.shop.variant(sku).item.id

    def shows(self, sku: str, place: str = "") -> int:
        return self.shop.level(sku, self.places[place]).available

    def sell(self, sku: str, units: int, place: str = "", at: datetime | None = None) -> Order:
        return self.shop.place_order({sku: units}, location=self.places[place], at=at)

    def ship(self, order: Order) -> None:
        self.shop.fulfil(order)

    def reopen(self, order: Order) -> None:
        self.shop.cancel_fulfillment(order)

    def cancel(self, order: Order) -> None:
        self.shop.cancel(order)

    def edit_order(self, order: Order, units: int) -> None:
        self.shop.edit_order(order, order.lines[0].id, units)

    def accept_return(self, order: Order, units: int) -> None:
        self.shop.refund(order, {order.lines[0].id: units}, restock="RETURN")

    def edit(self, sku: str, units: int, place: str = "") -> None:
        self.shop.hand_edit(sku, units, name="available", location=self.places[place])

    def rename(self, sku: str, new: str) -> None:
        self.shop.set_sku(sku, new)

    def swap(self, one: str, other: str) -> None:
        self.shop.swap_skus(one, other)

    def recreate(self, sku: str) -> str:
        made = self.shop.recreate(sku).item.id
        for place in self.places.values():
            self.shop.level(sku, place, create=True)
        return made

    def delete(self, sku: str) -> None:
        self.shop.delete_variant(sku)

    def untrack(self, sku: str) -> None:
        self.shop.set_tracked(sku, tracked=False)

    def refuse(self, sku: str) -> str:
        """The merchant makes a bundle of it."""
        parts = (other.id for other in self.shop.variants.values() if other.sku != sku)
        self.shop.variant(sku).components = {next(parts): 1}
        return "bundle"

    def accept(self, sku: str) -> None:
        self.shop.variant(sku).components = {}

    def lose(self, count: int) -> Callable[[], None]:
        kept = dict(self.shop.variants), dict(self.shop.items)
        for variant in list(self.shop.variants.values())[:count]:
            del self.shop.variants[variant.id], self.shop.items[variant.item.id]

        def back() -> None:
            self.shop.variants, self.shop.items = kept

        return back

    def lose_orders(self, count: int) -> Callable[[], None]:
        kept = dict(list(self.shop.orders.items())[-count:])
        self.shop.orders = {name: order for name, order in self.shop.orders.items() if name not in kept}

        def back() -> None:
            self.shop.orders |= kept

        return back

    def revoke(self) -> None:
        self.sandbox.faults.add("unauthorized", times=-1)

    def slow_down(self, item_seconds: float) -> None:
        """It writes a batch at once."""

    def go_down(self) -> None:
        self.sandbox.faults.add("refuse", times=-1)

    def restore(self) -> None:
        self.sandbox.faults.mend()
