"""A connector on a scripted Shopify, and a shop of the sandbox."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.base import Sender, send_once
from connectors.shopify.sandbox import ManualClock, Sandbox, Shop, Variant
from connectors.shopify.store import ShopifyStore

from .harness import ShopifyHarness
from .scripted import HOME, TOKEN, Connect, Script, Ticks, options


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def connect(ticks: Ticks) -> Iterator[Connect]:
    """Build a connector on a scripted Shopify: connect(script, locations=…, option=…)."""
    opened: list[ShopifyStore] = []

    def build(
        script: Script, *, locations: Sequence[str] = (HOME,), send: Sender = send_once, **given: Any
    ) -> ShopifyStore:
        keys = given if given.keys() & {"access_token", "client_id"} else {"access_token": TOKEN, **given}
        connector = ShopifyStore(
            options(**keys),
            locations=locations,
            send=send,
            transport=httpx.MockTransport(script),
            now=lambda: datetime(2026, 11, 20, 12, tzinfo=UTC),
            clock=ticks,
        )
        opened.append(connector)
        return connector

    yield build
    for connector in opened:
        connector.close()


# ---------------------------------------------------------------- the sandbox


@pytest.fixture
def harness() -> ShopifyHarness:
    return ShopifyHarness()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def shop(clock: ManualClock) -> Shop:
    shop = Shop(clock=clock)
    shop.add_location("Warehouse")
    shop.add_location("Shop floor")
    return shop


@pytest.fixture
def sandbox(shop: Shop) -> Sandbox:
    return Sandbox(shop)


@pytest.fixture
def mug(shop: Shop) -> Variant:
    return shop.add_variant("MUG", on_hand=dict.fromkeys(shop.locations, 10))


@pytest.fixture
def two(shop: Shop) -> None:
    """Two variants to begin with."""
    for sku in ("A", "B"):
        shop.add_variant(sku, on_hand=dict.fromkeys(shop.locations, 5))
