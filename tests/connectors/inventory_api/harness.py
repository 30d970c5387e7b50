"""A shop of the sandbox to act in, as connectors.testing.harness.StoreHarness describes it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.base import Sender
from connectors.inventory_api.options import Options
from connectors.inventory_api.sandbox import TOKEN, Product, Sandbox, Shop
from connectors.inventory_api.store import InventoryStore
from connectors.testing.harness import StoreFault

URL = "https://run.example"
FAULTS: Mapping[StoreFault, Mapping[str, Any]] = {
    StoreFault.THROTTLED: {"kind": "throttled"},
    StoreFault.DOWN: {"kind": "refuse"},
    StoreFault.GARBLED: {"kind": "html"},
    StoreFault.BROKEN: {"kind": "status", "status": 503},
    StoreFault.LOST_REPLY: {"kind": "drop", "after": True},
}


class InventoryHarness:
    """The shop, and the items file that its merchant keeps. token_status: what a bad token is answered with."""

    secrets: tuple[str, ...] = (TOKEN,)
    location = "3"

    def __init__(self, folder: Path, *, token_status: int = 401) -> None:
        self.moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.shop = Shop({"3": "Main Street", "4": "Station Road"}, folder / "items.csv")
        self.sandbox = Sandbox(self.shop)
        self.sandbox.token_status = token_status
        self.number = 0

    def options(self, **given: Any) -> Options:
        """As a configuration would have them; given: other values of some keys."""
        known = {"url": URL, "token": SecretStr(TOKEN), "items": str(self.shop.items_file), "stores": {"1": "3"}}
        return Options.model_validate({**known, **given})

    def connect(self, send: Sender, **given: Any) -> InventoryStore:
        return InventoryStore(self.options(**given), send=send, transport=self.sandbox.transport())

    def connect_widely(self, send: Sender) -> InventoryStore:
        return self.connect(send, stores={"1": "3", "2": "4"})

    def now(self) -> datetime:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def add(self, sku: str, units: int) -> str:
        """By style, size and width."""
        self.number += 1
        return self.shop.add(Product(sku, style=f"STYLE {self.number}", size="09.5", width="D"), {"3": units})

    def units(self, ref: str) -> int:
        return self.shop.quantity(ref, "3")

    def edit(self, ref: str, units: int) -> None:
        self.shop.set_by_hand(ref, "3", units)

    def order(self, ref: str, units: int) -> str:
        return self.order_several({ref: units})

    def order_several(self, units: Mapping[str, int]) -> str:
        """Somebody buys, and the API has no word for it."""
        for ref, sold in units.items():
            self.shop.set_by_hand(ref, "3", self.units(ref) - sold)
        return "sold"

    def ship(self, order: str) -> None: ...

    def cancel(self, order: str) -> None: ...

    def vanish(self, ref: str) -> None:
        self.shop.remove(ref)

    def poison(self, ref: str) -> None:
        self.shop.product(ref)[1].refused = "This product is locked"

    def revoke(self) -> None:
        self.sandbox.token = None

    def fail(self, fault: StoreFault) -> None:
        self.sandbox.faults.add(**FAULTS[fault])
