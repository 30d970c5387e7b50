"""What shops and their hosts do besides, and no promise makes an exception for: stamps in the future, writes that are
refused, a switch that is off."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Any

from .harness import SimHarness

NEXT_MONTH = timedelta(days=30)
WRITE = {"main": "SetQuantities", "outlet": "write"}
READ_ONLY, ALL = "read", "read_write"


class Oddities:
    """closed: stores of which a firewall lets no write through."""

    def __init__(self, harness: SimHarness, dice: Random) -> None:
        self.harness, self.dice = harness, dice
        self.closed: set[str] = set()
        self.acts: Mapping[str, Callable[[], str]] = {
            "future": self.schedule, "read-only": self.read_only, "firewall": self.firewall, "switch": self.switch,
        }  # fmt: skip

    @property
    def shop(self) -> Any:
        return self.harness["outlet"].shop

    def _product(self) -> Any:
        return self.dice.choice(sorted(self.shop.products.values(), key=lambda product: int(product.id)))

    def schedule(self) -> str:
        """Its stamp is of the future until it is touched."""
        product = self._product()
        self.shop.schedule(product, self.harness.clock.now + NEXT_MONTH)
        return f"outlet: {product.sku} is scheduled for the next month"

    def read_only(self) -> str:
        """The key may read and not write, or write again."""
        for key in self.harness["outlet"].sandbox.keys.known.values():
            key.permissions = ALL if key.permissions == READ_ONLY else READ_ONLY
            return f"outlet: the key may {key.permissions}"
        return "outlet: no key is known"

    def firewall(self) -> str:
        """It lets no write through, or lets them through again."""
        where = self.dice.choice(("main", "outlet"))
        if where in self.closed:
            return self._open(where)
        self.closed.add(where)
        self.harness[where].sandbox.faults.add("status", status=403, on=WRITE[where], times=-1)
        return f"{where}: a firewall refuses writes"

    def _open(self, where: str) -> str:
        self.closed.discard(where)
        faults = self.harness[where].sandbox.faults
        faults.queue = [fault for fault in faults.queue if fault.kind == "act" or fault.status != 403]
        return f"{where}: the firewall lets writes through"

    def switch(self) -> str:
        self.shop.manage_stock = not self.shop.manage_stock
        return f"outlet: stock management is {'on' if self.shop.manage_stock else 'off'}"

    def end(self) -> None:
        """All is as it should be again."""
        for where in sorted(self.closed):
            self._open(where)
        for key in self.harness["outlet"].sandbox.keys.known.values():
            key.permissions = ALL
        self.shop.manage_stock = True
