"""A shop with the Inventory Update API that the simulation plays with: it sells, and tells nobody."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from connectors.base import Sender
from connectors.inventory_api.sandbox.app import TOKEN, Call, Sandbox
from connectors.inventory_api.sandbox.catalogue import named
from connectors.inventory_api.sandbox.troubles import TROUBLES
from connectors.inventory_api.sandbox.world import Shop, named_by
from connectors.inventory_api.store import InventoryStore
from connectors.testing.clock import ManualClock
from connectors.testing.local import seconds_of
from connectors.testing.played import Acts
from connectors.testing.troubles import Troubles

CODE = "3"
LIMIT = timedelta(seconds=InventoryStore.capabilities.lost_write_seconds)


@cache
def _folder() -> TemporaryDirectory[str]:
    """Of the items files of this process; it goes with it."""
    return TemporaryDirectory(prefix="stockbridge-items-")


class PlayedConnector(InventoryStore):
    """changed: when the items file was, by the shop's clock."""

    changed: datetime

    def items_changed(self) -> datetime:
        return self.changed


class PlayedSandbox(Sandbox):
    """What is under way lands within the time limit of a write, or never."""

    def __init__(self, shop: Shop, clock: ManualClock) -> None:
        super().__init__(shop, sleep=clock.advance)
        self.clock, self._begun = clock, dict[int, datetime]()
        self.before_request(lambda call: self._begun.update({id(call): clock.now}), times=-1)

    def under_way(self) -> list[Call]:
        """Reports that may still land."""
        calls = [getattr(job, "args")[0] for job in self.late]  # noqa: B009  (what lands late is of its own making)
        return [call for call in calls if self.clock.now - self._begun[id(call)] <= LIMIT]

    def land(self) -> None:
        able = {id(call) for call in self.under_way()}
        self.late = [job for job in self.late if id(getattr(job, "args")[0]) in able]  # noqa: B009
        super().land()


class PlayedStore:
    """One shop, which keeps the number that it was given last, whatever it sells. A part of what
    `connectors.testing.played.PlayedStore` asks for: nothing can be asked of it, and its listings keep their names.

    repeats: whether the bridge sends everything again each day."""

    connector: ClassVar[Any] = InventoryStore
    troubles: ClassVar[Troubles] = TROUBLES
    call: ClassVar[str] = "report"
    long_ago: ClassVar[timedelta | None] = None
    counts: ClassVar[bool] = True
    places: Mapping[str, str] = {"": CODE}

    def __init__(
        self, name: str, clock: ManualClock, rules: str = "", *, warehouses: Sequence[str], repeats: bool = False
    ) -> None:
        self.name, self.clock, self.rules, self.repeats, self.changed = name, clock, rules, repeats, clock.now
        self._warehouses = warehouses
        self.shop = Shop({CODE: "Main Street"}, Path(_folder().name, f"{name}.csv"))
        self.sandbox = PlayedSandbox(self.shop, clock)
        self.strains: Acts = {"refused": self.refuse}
        self.oddities: Acts = {}

    @property
    def section(self) -> str:
        lines = {"connector": "inventory_api", "url": f"https://{self.name}.example", "token": TOKEN}
        lines |= {"items": str(self.shop.items_file), "repush_every": "24h" if self.repeats else "off"}
        codes = ", ".join(f'"{warehouse}" = "{CODE}"' for warehouse in self._warehouses)
        texts = (f'{key} = "{text}"' for key, text in lines.items())
        return "\n".join((f"[stores.{self.name}]", *texts, f"stores = {{ {codes} }}", "parallel = 1", self.rules, ""))

    def open(self, options: Any, locations: Sequence[str], send: Sender, now: Callable[[], datetime]) -> InventoryStore:
        del locations
        made = PlayedConnector(options, send=send, transport=self.sandbox.transport(), clock=seconds_of(now))
        made.changed = self.changed
        return made

    # -- what happens in it ----------------------------------------------------------------------------

    def add(self, sku: str, units: int) -> str:
        self.changed = self.clock.now
        return self.shop.add(named(sku, len(self.shop.products)), {CODE: units})

    def sell(self, sku: str, units: int, place: str = "") -> None:
        """Somebody buys; the number stays until another one is reported."""

    def ship(self, order: None) -> None: ...

    def cancel(self, order: None) -> None: ...

    def edit(self, sku: str, units: int, place: str = "") -> None:
        del place
        self.shop.set_by_hand(sku, CODE, units)

    def refuse(self, dice: Random) -> str:
        """It takes no number for one product, or takes them again."""
        product = dice.choice([*self.shop.products.values()])
        product.refused = "" if product.refused else "The product is archived"
        return f"{self.name}: numbers of {product.sku} are {'refused' if product.refused else 'taken again'}"

    def end_strains(self) -> None:
        for product in self.shop.products.values():
            product.refused = ""

    def end_oddities(self) -> None: ...

    def revoke(self) -> None:
        self.sandbox.token = None

    def go_down(self) -> None:
        self.sandbox.faults.add("refuse", times=-1)

    def restore(self) -> None:
        self.sandbox.token = TOKEN
        self.sandbox.faults.mend()

    # -- what is seen of it ----------------------------------------------------------------------------

    def ref(self, sku: str) -> str:
        return self.shop.product(sku)[0]

    def refs(self) -> set[str]:
        return set(self.shop.products)

    def shows(self, sku: str, place: str = "") -> int:
        del place
        return self.shop.quantity(sku, CODE)

    @property
    def writes(self) -> int:
        return len(self.shop.written)

    def numbers(self) -> Iterator[tuple[str, str, int]]:
        return ((ref, CODE, self.shop.quantity(ref, CODE)) for ref in self.shop.products)

    def newest(self) -> set[tuple[str, ...]]:
        given = self.sandbox.log[-1].given
        _, product = self.shop.product(named_by(given))
        return {(product.sku,)} if self.shows(product.sku) == given["quantity"] else set()

    def late_others(self, call: Call) -> Iterator[Call]:
        """Each report is of one product."""
        ref, number = named_by(call.given), call.given["quantity"]
        for late in self.sandbox.under_way():
            if named_by(late.given) == ref and late.given["quantity"] != number:
                yield late
