"""A shop of the sandbox to act in, as connectors.testing.harness.StoreHarness describes it."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Outcome, Sender, send_once
from connectors.testing.harness import StoreFault, batch, update
from connectors.woocommerce.hints import webhook_key
from connectors.woocommerce.options import Options
from connectors.woocommerce.sandbox import KEY, SECRET, Product, Sandbox, Shop
from connectors.woocommerce.sandbox.hooks import signature
from connectors.woocommerce.store import WooCommerceStore

from .scripted import options

FAULTS: Mapping[StoreFault, tuple[str, Mapping[str, Any]]] = {
    StoreFault.THROTTLED: ("throttled", {}),
    StoreFault.DOWN: ("refuse", {}),
    StoreFault.GARBLED: ("html", {}),
    StoreFault.BROKEN: ("fatal", {"items": 0}),
    StoreFault.LOST_REPLY: ("drop", {"after": True}),
}


class WooHarness:
    """Everything runs on one clock, which `wait` moves."""

    secrets: tuple[str, ...] = (KEY, SECRET)
    location = ""
    signature = "x-wc-webhook-signature"

    def __init__(self, version: str = "10.5.0", **settings: Any) -> None:
        self.moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.shop = Shop(clock=self.now, **settings)
        self.sandbox = Sandbox(self.shop, version=version, sleep=self.wait)
        self.opened: list[WooCommerceStore] = []

    def connect(self, send: Sender = send_once, **given: Any) -> WooCommerceStore:
        connector = WooCommerceStore(
            options(**given),
            send=send,
            adapter=self.sandbox.adapter(),
            now=self.now,
            clock=lambda: self.moment.timestamp(),  # noqa: PLW0108  (the moment moves)
        )
        self.opened.append(connector)
        return connector

    def connect_widely(self, send: Sender) -> WooCommerceStore:
        return self.connect(send)

    def close(self) -> None:
        for connector in self.opened:
            connector.close()
        self.sandbox.hooks.courier.close()

    def now(self) -> datetime:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def product(self, ref: str) -> Product:
        return self.shop.find(int(ref.rpartition(":")[2]))

    def add(self, sku: str, units: int) -> str:
        return str(self.shop.add_product(sku, units).id)

    def variations(self, sku: str, units: Any, **settings: Any) -> list[str]:
        """A variable product → the refs of its variations, in their order."""
        parent = self.shop.add_variable(sku, units, **settings)
        return [f"{parent.id}:{child.id}" for child in parent.children]

    def units(self, ref: str) -> int:
        return self.shop.quantity(self.product(ref)) or 0

    def edit(self, ref: str, units: int) -> None:
        self.shop.hand_edit(self.product(ref), units)

    def order(self, ref: str, units: int, **settings: Any) -> str:
        return self.order_several({ref: units}, **settings)

    def order_several(self, units: Mapping[str, int], **settings: Any) -> str:
        return str(self.shop.place_order({self.product(ref): sold for ref, sold in units.items()}, **settings).id)

    def ship(self, order: str) -> None:
        self.shop.ship(order)

    def cancel(self, order: str) -> None:
        self.shop.cancel(order)

    def vanish(self, ref: str) -> None:
        self.shop.delete(self.product(ref))

    def poison(self, ref: str) -> None:
        self.shop.refuse(self.product(ref))

    def spoil(self, ref: str) -> None:
        self.shop.break_off(self.product(ref))
        self.shop.touch(self.product(ref))

    def revoke(self) -> None:
        self.sandbox.keys.revoke_all()

    def fail(self, fault: StoreFault) -> None:
        kind, settings = FAULTS[fault]
        self.sandbox.faults.add(kind, **settings)

    # ------------------------------------------------------------ webhooks

    def signing(self) -> Options:
        return options()

    def other_stores(self) -> Mapping[str, Options]:
        return {"another key": options(consumer_secret=f"{SECRET[:-1]}1")}

    def signed(self, topic: str, body: bytes) -> Mapping[str, str]:
        said = {"topic": topic, "source": "https://shop.example/", "signature": signature(webhook_key(SECRET), body)}
        return {f"x-wc-webhook-{name}": text for name, text in said.items()}

    def deliver(self) -> None:
        self.sandbox.hooks.courier.deliver()

    def subscribed(self) -> list[tuple[str, str]]:
        return [(each.topic, each.delivery_url) for each in self.sandbox.hooks.webhooks.values()]

    def subscribe_another(self, address: str) -> None:
        self.sandbox.ask("POST", "webhooks", {"name": "ERP", "topic": "order.created", "delivery_url": address})

    def give_up(self) -> None:
        """It disables it."""
        next(iter(self.sandbox.hooks.webhooks.values())).status = "disabled"

    def lose_answers(self, count: int) -> None:
        self.sandbox.faults.add("drop", on="POST webhooks", after=True, times=count)

    def calls(self, label: str) -> int:
        return self.sandbox.calls[label]


def push(
    harness: WooHarness, *rows: tuple[str, Any] | tuple[str, int, int], send: Sender = send_once, **given: Any
) -> Sequence[Outcome]:
    """rows: (ref, quantity) or (ref, quantity, was)."""
    return harness.connect(send, **given).push(batch(*(update(harness, *row) for row in rows)))


def bodies(harness: WooHarness, label: str = "POST products/batch") -> list[Any]:
    """What the writes with that label carried."""
    return [json.loads(call.body) for call in harness.sandbox.log if call.label == label]
