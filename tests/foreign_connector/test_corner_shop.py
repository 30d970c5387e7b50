"""The connector keeps the contract: the inherited suite, on the sandbox."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors.base import Sender
from connectors.testing.contract import ConnectorContract
from connectors.testing.harness import StoreFault
from connectors.testing.http import in_memory
from corner_shop import CornerShopConnector
from corner_shop.options import Options
from corner_shop.sandbox import KEY, Sandbox, Shop

FAULTS: Mapping[StoreFault, tuple[str, bool]] = {
    StoreFault.THROTTLED: ("throttled", False),
    StoreFault.DOWN: ("down", False),
    StoreFault.GARBLED: ("page", False),
    StoreFault.BROKEN: ("broken", False),
    StoreFault.LOST_REPLY: ("drop", True),
}


class CornerShopHarness:
    """A shop to act in behind the connector's back. Its pages are so short that every list has several."""

    location = ""
    secrets: tuple[str, ...] = (KEY,)

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.shop = Shop(now=self.now)
        self.sandbox = Sandbox(self.shop, page=2)

    def connect(self, send: Sender) -> CornerShopConnector:
        options = Options(url="https://corner.example", key=SecretStr(KEY))
        return CornerShopConnector(options, send=send, transport=in_memory(self.sandbox.handle))

    def connect_widely(self, send: Sender) -> CornerShopConnector:
        return self.connect(send)

    def now(self) -> datetime:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def add(self, sku: str, units: int) -> str:
        return self.shop.add(sku, units)

    def units(self, ref: str) -> int:
        return self.shop.products[ref].stock or 0

    def edit(self, ref: str, units: int) -> None:
        self.shop.edit(ref, units)

    def order(self, ref: str, units: int) -> str:
        return self.shop.order({ref: units})

    def order_several(self, units: Mapping[str, int]) -> str:
        return self.shop.order(units)

    def ship(self, order: str) -> None:
        self.shop.ship(order)

    def cancel(self, order: str) -> None:
        self.shop.cancel(order)

    def vanish(self, ref: str) -> None:
        del self.shop.products[ref]

    def poison(self, ref: str) -> None:
        self.shop.products[ref].locked = "this product is locked for an inventory"

    def revoke(self) -> None:
        self.sandbox.key = None

    def fail(self, fault: StoreFault) -> None:
        kind, after = FAULTS[fault]
        self.sandbox.faults.add(kind, after=after)


class TestCornerShop(ConnectorContract):
    @pytest.fixture
    def harness(self) -> CornerShopHarness:
        return CornerShopHarness()


def test_no_key_travels_in_an_address() -> None:
    harness = CornerShopHarness()
    harness.add("A", 1)
    list(harness.connect(lambda request: request()).listings())
    assert harness.sandbox.calls
    assert harness.sandbox.leaks == []
