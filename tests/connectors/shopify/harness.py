"""A shop of the sandbox to act in, as connectors.testing.harness.StoreHarness describes it."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Sender
from connectors.shopify import webhooks
from connectors.shopify.options import Options
from connectors.shopify.sandbox import Sandbox, Shop, Variant
from connectors.shopify.store import ShopifyStore
from connectors.testing.harness import StoreFault

from .scripted import TOKEN, options

FAULTS: Mapping[StoreFault, Mapping[str, Any]] = {
    StoreFault.THROTTLED: {"kind": "throttled"},
    StoreFault.DOWN: {"kind": "refuse"},
    StoreFault.GARBLED: {"kind": "html"},
    StoreFault.BROKEN: {"kind": "status", "status": 503},
    StoreFault.LOST_REPLY: {"kind": "drop", "after": True},
}


SECRET = "shpss_0123456789abcdef"


class ShopifyHarness:
    """Everything runs on one clock, which `wait` moves."""

    secrets: tuple[str, ...] = (TOKEN, SECRET)
    signature = "x-shopify-hmac-sha256"

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.shop = Shop(clock=self.now, domain="acme.myshopify.com")
        self.sandbox = Sandbox(self.shop, token=TOKEN)
        self.sandbox.app.client_secret = SECRET
        self.location = self.shop.add_location("Home").id

    def connect(self, send: Sender, *, locations: Sequence[str] | None = None, **given: Any) -> ShopifyStore:
        return ShopifyStore(
            options(**{"access_token": TOKEN, "webhook_secret": SECRET, **given}),
            locations=[self.location] if locations is None else locations,
            send=send,
            transport=self.sandbox.transport(),
            now=self.now,
            clock=lambda: self.moment.timestamp(),  # noqa: PLW0108  (the moment moves)
        )

    def connect_widely(self, send: Sender) -> ShopifyStore:
        return self.connect(send, locations=[self.location, self.shop.add_location("Other").id])

    def now(self) -> datetime:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def variant(self, ref: str) -> Variant:
        return self.shop.items[ref].variant

    def add(self, sku: str, units: int) -> str:
        return self.shop.add_variant(sku, on_hand=units).item.id

    def units(self, ref: str) -> int:
        return self.shop.level(self.variant(ref)).on_hand

    def edit(self, ref: str, units: int) -> None:
        self.shop.hand_edit(self.variant(ref), units)

    def order(self, ref: str, units: int) -> str:
        return self.order_several({ref: units})

    def order_several(self, units: Mapping[str, int]) -> str:
        return self.shop.place_order({self.variant(ref): sold for ref, sold in units.items()}).id

    def ship(self, order: str) -> None:
        self.shop.fulfil(order)

    def cancel(self, order: str) -> None:
        self.shop.cancel(order)

    def vanish(self, ref: str) -> None:
        self.shop.delete_variant(self.variant(ref))

    def poison(self, ref: str) -> None:
        self.variant(ref).components = {"gid://shopify/ProductVariant/1": 1}

    def spoil(self, ref: str) -> None:
        self.shop.broken |= {ref}

    def revoke(self) -> None:
        self.sandbox.tokens.revoke_all()

    def fail(self, fault: StoreFault) -> None:
        self.sandbox.faults.add(**FAULTS[fault])

    # ------------------------------------------------------------ webhooks

    def signing(self) -> Options:
        return options(access_token=TOKEN, webhook_secret=SECRET)

    def other_stores(self) -> Mapping[str, Options]:
        return {
            "another key": options(access_token=TOKEN, webhook_secret="shpss_another"),
            "no key": options(access_token=TOKEN),
            "another shop with the same app": options(
                access_token=TOKEN, webhook_secret=SECRET, shop="acme-eu.myshopify.com"
            ),
        }

    def signed(self, topic: str, body: bytes) -> Mapping[str, str]:
        signature = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
        said = {"topic": topic, "shop-domain": "acme.myshopify.com", "hmac-sha256": signature, "webhook-id": "w-1"}
        return {f"x-shopify-{name}": text for name, text in said.items()}

    def deliver(self) -> None:
        self.sandbox.hooks.courier.deliver()

    def subscribed(self) -> list[tuple[str, str]]:
        return [(each.spelled, each.uri) for each in self.sandbox.hooks.subscriptions.values()]

    def subscribe_another(self, address: str) -> None:
        assert self.sandbox.ask(webhooks.CREATE.text, token=TOKEN, topic="ORDERS_CREATE", webhook={"uri": address})

    def give_up(self) -> None:
        """It deletes it."""
        self.sandbox.hooks.subscriptions.popitem()

    def lose_answers(self, count: int) -> None:
        self.sandbox.faults.add("drop", on="mutation", after=True, times=count)
