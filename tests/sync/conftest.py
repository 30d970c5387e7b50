"""A whole bridge in one process: real state in a real Redis, real clients and connectors, sandboxes behind
them, and one hand-moved clock for all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import redis as redis_package
from pydantic import SecretStr

from bridge.config import parse
from bridge.ops import steer
from bridge.ops.cycle import run_cycle
from bridge.ops.resync import ask_again
from bridge.state.connect import connect
from bridge.state.store import State
from bridge.sync.context import SyncContext
from bridge.sync.cycle import Cycle, run_session
from bridge.sync.report import COUNTS, Pushed
from bridge.sync.timetable import proof_since
from bridge.threeplguys import sandbox as threepl
from bridge.threeplguys.client import SourceClient
from connectors.shopify import ShopifyConnector
from connectors.shopify.sandbox import ManualClock, Sandbox, Shop

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
SOURCE = """
{settings}
[source]
base_url = "http://127.0.0.1:9"
token = "3pl_test-token"
{source}
"""
STORE = """
[stores.{name}]
connector = "shopify"
shop = "{name}.myshopify.com"
access_token = "shpat_sandbox"
base_url = "http://127.0.0.1:9"
{rules}
"""


@dataclass
class Harness:
    """The warehouse, the shops and the bridge between them.

    rules: of the store `main`. more: further stores and their rules. settings, source: further tables, and
    lines of [source]. offered: what shoppers could buy after each write, as (SKU, units), in order.
    """

    db: redis_package.Redis
    rules: str = ""
    more: dict[str, str] = field(default_factory=dict)
    settings: str = ""
    source_lines: str = ""
    warehouses: dict[str, str] = field(default_factory=lambda: {"1": "Main"})
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    offered: list[tuple[str, int]] = field(default_factory=list)
    slept: float = 0.0

    def __post_init__(self) -> None:
        self.clock = ManualClock(START)
        self.warehouse = threepl.Warehouse(clock=self.clock, warehouses=self.warehouses)
        self.source = threepl.Sandbox(self.warehouse, tokens={"3pl_test-token": frozenset({"inventory"})})
        self.shops = {name: Shop(clock=self.clock) for name in ("main", *self.more)}
        for shop in self.shops.values():
            shop.add_location("Warehouse")
        self.sandboxes = {name: self._sandbox(shop) for name, shop in self.shops.items()}
        self.context = self.build()

    def _sandbox(self, shop: Shop) -> Sandbox:
        sandbox = Sandbox(shop, token="shpat_sandbox")
        sandbox.after_apply(lambda call: self._note_offers(shop, call), on="SetQuantities", times=-1)
        return sandbox

    def _note_offers(self, shop: Shop, call: Any) -> None:
        for row in call.variables["input"]["quantities"]:
            if item := shop.items.get(row["inventoryItemId"]):
                self.offered.append((item.sku, item.levels[row["locationId"]].available))

    @property
    def shop(self) -> Shop:
        return self.shops["main"]

    @property
    def sandbox(self) -> Sandbox:
        return self.sandboxes["main"]

    @property
    def location(self) -> Any:
        return self.shop.location()

    @property
    def state(self) -> State:
        return self.context.state

    def build(self) -> SyncContext:
        """A worker of its own: what it knows is in Redis."""
        text = SOURCE.format(settings=self.settings, source=self.source_lines)
        for name, rules in {"main": self.rules, **self.more}.items():
            text += STORE.format(name=name, rules=rules)
        settings = parse(text, {})
        return SyncContext(
            settings=settings,
            state=State(self.db, tuple(settings.stores)),
            open_source=self._open_source,
            open_store=lambda store, send: self._open_store(settings.stores[store], send),
            capabilities=lambda _: ShopifyConnector.capabilities,
            now=lambda: self.clock.now,
            wait=self._wait,
            emit=lambda event, **facts: self.events.append((event, facts)),
        )

    def configure(self, rules: str, **more: str) -> None:
        """The merchant edits the configuration; every worker starts anew."""
        self.rules = rules
        self.more |= more
        self.context = self.build()

    def _open_source(self, send: Any, observe: Any) -> SourceClient:
        http = httpx.Client(transport=self.source.transport())
        return SourceClient("http://127.0.0.1:9", SecretStr("3pl_test-token"), http=http, observe=observe, send=send)

    def _open_store(self, chosen: Any, send: Any) -> ShopifyConnector:
        return ShopifyConnector(
            chosen.options, locations=sorted(set(chosen.rules.locations.values())), send=send,
            transport=self.sandboxes[chosen.name].transport(), now=lambda: self.clock.now,
            clock=self._seconds,
        )  # fmt: skip

    def _seconds(self) -> float:
        return self.clock.now.timestamp()

    def _wait(self, seconds: float) -> None:
        self.slept += seconds
        self.clock.advance(seconds)

    # -- what people and time do ---------------------------------------------------------------------

    def add(self, sku: str, units: int, shown: int | None = None) -> None:
        """A product that the warehouse and every shop know."""
        self.warehouse.add(sku, units)
        for shop in self.shops.values():
            shop.add_variant(sku, on_hand=units if shown is None else shown)

    def sell(self, sku: str, units: int, *, store: str = "main", **named: Any) -> Any:
        return self.shops[store].place_order({sku: units}, **named)

    def later(self, **span: float) -> None:
        self.clock.advance(timedelta(**span).total_seconds())

    def release(self, store: str = "main", *, reject: bool = False) -> None:
        """A person lets held falls through, or drops them."""
        steer.release(self.context, store, reject=reject)

    def resync(self, *skus: str, store: str = "main", full: bool = False) -> None:
        ask_again(self.context, store, skus, full=full)

    # -- what the bridge does ------------------------------------------------------------------------

    def cycle(self, **named: Any) -> Cycle:
        """One whole cycle, ten seconds later."""
        self.clock.advance(10)
        done = run_cycle(self.context, **named)
        assert all(adds_up(report) for report in done.stores.values()), done.stores
        return done

    def session(self, store: str = "main", *, full: bool = False) -> Pushed:
        """What a worker does with one store between two pulls."""
        self.clock.advance(10)
        report = run_session(self.context, store, full=full, proof=proof_since)
        assert adds_up(report), report
        return report

    # -- what can be seen ----------------------------------------------------------------------------

    def available(self, sku: str, store: str = "main") -> int:
        return self.shops[store].level(sku).available

    def on_hand(self, sku: str, store: str = "main") -> int:
        return self.shops[store].level(sku).on_hand

    def ref(self, sku: str, store: str = "main") -> str:
        return self.shops[store].variant(sku).item.id

    def highest(self, sku: str) -> int:
        """The most that any write so far offered shoppers."""
        return max((units for name, units in self.offered if name == sku), default=0)

    def writes(self, store: str = "main") -> int:
        return self.sandboxes[store].calls["SetQuantities"]

    def quarantine(self, store: str = "main") -> dict[str, str]:
        """SKU → why the store refuses it."""
        shop, found = self.shops[store], self.state.notes(store, "quarantine")
        return {shop.items[name.split("\x1f")[0]].sku: note["why"] for name, note in found.items()}

    def due(self, store: str = "main") -> set[str]:
        return {self.shops[store].items[ref].sku for ref in self.state.due(store)}


def adds_up(report: Pushed) -> bool:
    """Every stock key that was due became something, and one thing."""
    counts: list[int] = [getattr(report, name) for name in COUNTS]
    return report.due == sum(counts)


@pytest.fixture
def harness_with(redis_url: str, redis: redis_package.Redis) -> Iterator[Callable[..., Harness]]:
    """A stage with rules of its own: `harness_with(rules="buffer = 2")`."""
    db = connect(redis_url)
    yield lambda **named: Harness(db, **named)
    db.close()


@pytest.fixture
def harness(harness_with: Callable[..., Harness]) -> Harness:
    return harness_with()
