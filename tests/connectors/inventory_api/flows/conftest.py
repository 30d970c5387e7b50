"""The Inventory Update API played through the whole bridge: `outlet` is a shop that can be read, `run` is not."""

import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis as redis_package

from connectors.base import Sender
from connectors.inventory_api.sandbox import TOKEN, Product, Sandbox, Shop
from connectors.inventory_api.sandbox.catalogue import named
from connectors.inventory_api.store import InventoryStore
from connectors.testing.clock import ManualClock
from connectors.testing.local import NOWHERE, two_platforms
from tests.harness.installation import Installation
from tests.harness.shops import Build, harnesses

SKUS = ("A", "B", "C")
RULES = 'stores = { "1" = "3" }'


class RunStore:
    """The shop, and the items file of its merchant. rules: lines of its table, `stores` among them."""

    connector = InventoryStore

    def __init__(self, name: str, clock: ManualClock, rules: str = RULES, *, folder: Path) -> None:
        self.name, self.rules = name, rules
        self.shop = Shop({"3": "Main Street", "4": "Station Road"}, folder / f"{name}.csv")
        self.sandbox = Sandbox(self.shop, sleep=clock.advance)
        self.offered: list[tuple[str, int]] = []
        self.sent: list[tuple[str, int]] = []

    @property
    def section(self) -> str:
        return (
            f'[stores.{self.name}]\nconnector = "inventory_api"\nurl = "{NOWHERE}"\ntoken = "{TOKEN}"\n'
            f'items = "{self.shop.items_file}"\n{self.rules}\n'
        )

    def open(self, options: Any, locations: Any, send: Sender, now: Callable[[], datetime]) -> InventoryStore:
        return InventoryStore(options, send=send, transport=self.sandbox.transport())

    def add(self, sku: str, units: int) -> str:
        return self.shop.add(named(sku, len(self.shop.products)), dict.fromkeys(self.shop.stores, units))

    def add_product(self, product: Product) -> str:
        return self.shop.add(product)

    def ref(self, sku: str) -> str:
        return self.shop.product(sku)[0]

    def shows(self, sku: str, code: str = "3") -> int:
        return self.shop.quantity(sku, code)

    @property
    def taken(self) -> list[tuple[str, int]]:
        """What the shop took since `forget`, by SKU."""
        return sorted((product.sku, quantity) for product, _, quantity in self.shop.written)

    def forget(self) -> None:
        self.shop.written.clear()


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    """run(rules): how to build the shop, for `more` of a harness."""
    return lambda rules=RULES: partial(RunStore, rules=rules, folder=tmp_path)


@pytest.fixture
def harness_with(redis_url: str, redis: redis_package.Redis, run: Any) -> Iterator[Build]:
    """harness_with(rules): both shops before the first cycle; the products are there, and `run` shows 99 of each."""
    with harnesses(redis_url, two_platforms()) as build:

        def with_run(rules: str = RULES, **named: Any) -> Installation:
            harness = build(only="outlet", more={"run": run(rules)}, **named)
            for sku, units in zip(SKUS, (10, 20, 30), strict=True):
                harness.add(sku, units, shown=units)
                harness["run"].shop.set_by_hand(sku, "3", 99)
            return harness

        yield with_run


@pytest.fixture
def fresh(harness_with: Build) -> Installation:
    return harness_with()


@pytest.fixture
def harness(fresh: Installation) -> Installation:
    """The same, at rest."""
    return rested(fresh)


def rested(harness: Installation) -> Installation:
    """After the first cycle, and the second sending that follows a beginning."""
    harness.cycle()
    harness.later(minutes=5)
    harness.cycle()
    assert harness.cycle().code == 0
    harness["run"].forget()
    return harness


@pytest.fixture
def at_rest() -> Callable[[Installation], Installation]:
    return rested


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[..., str]:
    """Run a command on the state of a harness → what it prints."""

    def say(harness: Installation, command: Any, *args: Any) -> str:
        monkeypatch.setattr(sys.modules[command.__module__], "opened", lambda *_: nullcontext(harness.context))
        command(*args)
        return str(capsys.readouterr().out)

    return say
