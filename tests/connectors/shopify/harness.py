"""A shop of the sandbox to act in, as connectors.testing.harness.StoreHarness describes it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Sender
from connectors.shopify import ShopifyConnector
from connectors.shopify.sandbox import Sandbox, Shop, Variant
from connectors.testing.harness import StoreFault

from .scripted import TOKEN, options

FAULTS: Mapping[StoreFault, Mapping[str, Any]] = {
    StoreFault.THROTTLED: {"kind": "throttled"},
    StoreFault.DOWN: {"kind": "refuse"},
    StoreFault.GARBLED: {"kind": "html"},
    StoreFault.BROKEN: {"kind": "status", "status": 503},
    StoreFault.LOST_REPLY: {"kind": "drop", "after": True},
}


class ShopifyHarness:
    """Everything runs on one clock, which `wait` moves."""

    secrets: tuple[str, ...] = (TOKEN,)

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.shop = Shop(clock=self.now)
        self.sandbox = Sandbox(self.shop, token=TOKEN)
        self.location = self.shop.add_location("Home").id

    def connect(self, send: Sender, *, locations: Sequence[str] | None = None, **given: Any) -> ShopifyConnector:
        return ShopifyConnector(
            options(access_token=TOKEN, **given),
            locations=[self.location] if locations is None else locations,
            send=send,
            transport=self.sandbox.transport(),
            now=self.now,
            clock=lambda: self.moment.timestamp(),  # noqa: PLW0108  (the moment moves)
        )

    def connect_widely(self, send: Sender) -> ShopifyConnector:
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
