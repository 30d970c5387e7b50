"""Shops of two platforms on one warehouse: real state in a real Redis, real clients and connectors, sandboxes
behind them, and one hand-moved clock for all."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import redis as redis_package
from pydantic import SecretStr

from bridge.config import parse
from bridge.ops import steer
from bridge.ops.cycle import run_cycle
from bridge.ops.resync import ask_again
from bridge.state.store import State
from bridge.sync.context import SyncContext
from bridge.sync.cycle import Cycle, run_session
from bridge.sync.report import COUNTS, Pushed
from bridge.sync.timetable import proof_since
from bridge.threeplguys import sandbox as threepl
from bridge.threeplguys.client import SourceClient
from connectors import shopify, woocommerce
from connectors.shopify import sandbox as shopify_stand_in
from connectors.woocommerce import sandbox as woo_stand_in

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
SOURCE = """
{settings}
[source]
base_url = "http://127.0.0.1:9"
token = "3pl_test-token"
"""
Offers = list[tuple[str, int]]


def seconds_of(clock: Any) -> Callable[[], float]:
    return lambda: clock.now.timestamp()  # noqa: PLW0108  (the clock moves)


class ShopifyStore:
    """One Shopify shop with one location. offered: what shoppers could buy after each write, as (SKU, units)."""

    connector = shopify.ShopifyConnector

    def __init__(self, name: str, clock: Any, rules: str = "") -> None:
        self.name, self.rules, self.offered = name, rules, Offers()
        self.shop = shopify_stand_in.Shop(clock=clock)
        self.shop.add_location("Warehouse")
        self.sandbox = shopify_stand_in.Sandbox(self.shop, token="shpat_sandbox")
        self.sandbox.after_apply(self._note, on="SetQuantities", times=-1)

    def _note(self, call: Any) -> None:
        for row in call.variables["input"]["quantities"]:
            if item := self.shop.items.get(row["inventoryItemId"]):
                self.offered.append((item.sku, item.levels[row["locationId"]].available))

    @property
    def section(self) -> str:
        return (
            f'[stores.{self.name}]\nconnector = "shopify"\nshop = "{self.name}.myshopify.com"\n'
            f'access_token = "shpat_sandbox"\nbase_url = "http://127.0.0.1:9"\n{self.rules}\n'
        )

    def open(self, chosen: Any, send: Any, clock: Any) -> Any:
        places = sorted(set(chosen.rules.locations.values()))
        return shopify.ShopifyConnector(
            chosen.options, locations=places, send=send, transport=self.sandbox.transport(), now=clock,
            clock=seconds_of(clock),
        )  # fmt: skip

    def add(self, sku: str, units: int) -> str:
        return str(self.shop.add_variant(sku, on_hand=units).item.id)

    def ref(self, sku: str) -> str:
        return str(self.shop.variant(sku).item.id)

    def shows(self, sku: str) -> int:
        return int(self.shop.level(sku).available)

    def sell(self, sku: str, units: int) -> Any:
        return self.shop.place_order({sku: units})

    def ship(self, order: Any) -> None:
        self.shop.fulfil(order)

    def cancel(self, order: Any) -> None:
        self.shop.cancel(order)

    def edit(self, sku: str, units: int) -> None:
        self.shop.hand_edit(sku, units, name="available")

    def recreate(self, sku: str) -> str:
        return str(self.shop.recreate(sku).item.id)

    def revoke(self) -> None:
        self.sandbox.faults.add("unauthorized", times=-1)

    def restore(self) -> None:
        self.sandbox.faults.mend()

    def go_down(self) -> None:
        self.sandbox.faults.add("refuse", times=-1)

    @property
    def writes(self) -> int:
        return int(self.sandbox.calls["SetQuantities"])


class WooStore:
    """One WooCommerce shop. offered: as above; sent: the numbers as they stood in the requests."""

    connector = woocommerce.WooCommerceConnector

    def __init__(self, name: str, clock: Any, rules: str = "", *, version: str = "10.5.0", **shop: Any) -> None:
        self.name, self.rules, self.offered, self.sent = name, rules, Offers(), Offers()
        self.shop = woo_stand_in.Shop(clock=clock, url=f"https://{name}.example", **shop)
        self.sandbox = woo_stand_in.Sandbox(self.shop, version=version, sleep=clock.advance)
        self.sandbox.before_request(self._note_sent, on="write", times=-1)
        self.sandbox.after_apply(self._note, on="write", times=-1)

    def rows(self, call: Any) -> list[Any]:
        return [row for row in json.loads(call.body).get("update", ()) if row.get("id") in self.shop.products]

    def _note_sent(self, call: Any) -> None:
        self.sent += [(self.shop.products[row["id"]].sku, row["stock_quantity"]) for row in self.rows(call)]

    def _note(self, call: Any) -> None:
        for row in self.rows(call):
            product = self.shop.products[row["id"]]
            self.offered.append((product.sku, self.shop.quantity(product) or 0))

    @property
    def section(self) -> str:
        return (
            f'[stores.{self.name}]\nconnector = "woocommerce"\nurl = "https://{self.name}.example"\n'
            f'consumer_key = "{woo_stand_in.KEY}"\nconsumer_secret = "{woo_stand_in.SECRET}"\n{self.rules}\n'
        )

    def open(self, chosen: Any, send: Any, clock: Any) -> Any:
        return woocommerce.WooCommerceConnector(
            chosen.options, send=send, adapter=self.sandbox.adapter(), now=clock, clock=seconds_of(clock)
        )

    def add(self, sku: str, units: int) -> str:
        return str(self.shop.add_product(sku, units).id)

    def ref(self, sku: str) -> str:
        product = self.shop.find(sku)
        return f"{product.parent_id}:{product.id}" if product.parent else str(product.id)

    def shows(self, sku: str) -> int:
        return int(self.shop.quantity(self.shop.find(sku)) or 0)

    def sell(self, sku: str, units: int) -> Any:
        return self.shop.place_order({sku: units})

    def ship(self, order: Any) -> None:
        self.shop.ship(order)

    def cancel(self, order: Any) -> None:
        self.shop.cancel(order)

    def edit(self, sku: str, units: int) -> None:
        self.shop.hand_edit(sku, units)

    def recreate(self, sku: str) -> str:
        return str(self.shop.recreate(sku).id)

    def revoke(self) -> None:
        self.kept = dict(self.sandbox.keys.known)
        self.sandbox.keys.revoke_all()

    def restore(self) -> None:
        if not self.sandbox.keys.known:
            self.sandbox.keys.known.update(self.kept)
        self.sandbox.faults.mend()

    def go_down(self) -> None:
        self.sandbox.faults.add("refuse", times=-1)

    @property
    def writes(self) -> int:
        return sum(n for name, n in self.sandbox.calls.items() if name.startswith("POST products"))


Store = ShopifyStore | WooStore


@dataclass
class PoolHarness:
    """The warehouse, the shops and the bridge between them.

    plans: name → how to build that shop. settings: further tables of the configuration.
    """

    db: redis_package.Redis
    plans: Mapping[str, Callable[[str, Any], Store]]
    settings: str = ""
    warehouses: Mapping[str, str] = field(default_factory=lambda: {"1": "Main"})
    start: datetime = START
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    slept: float = 0.0

    def __post_init__(self) -> None:
        self.clock = shopify_stand_in.ManualClock(self.start)
        self.warehouse = threepl.Warehouse(clock=self.clock, warehouses=dict(self.warehouses))
        self.source = threepl.Sandbox(self.warehouse, tokens={"3pl_test-token": frozenset({"inventory"})})
        self.stores: dict[str, Any] = {name: plan(name, self.clock) for name, plan in self.plans.items()}
        self.context = self.build()

    def build(self, stores: Mapping[str, Store] | None = None) -> SyncContext:
        """A worker of its own: what it knows is in Redis. stores: those that stand in the configuration."""
        sections = [store.section for store in (self.stores if stores is None else stores).values()]
        settings = parse("\n".join((SOURCE.format(settings=self.settings), *sections)), {})
        return SyncContext(
            settings=settings,
            state=State(self.db, tuple(settings.stores)),
            open_source=self._open_source,
            open_store=lambda store, send: self.stores[store].open(settings.stores[store], send, self.clock),
            capabilities=lambda store: self.stores[store].connector.capabilities,
            now=lambda: self.clock.now,
            wait=self._wait,
            emit=lambda event, **facts: self.events.append((event, facts)),
        )

    def _open_source(self, send: Any, observe: Any) -> SourceClient:
        http = httpx.Client(transport=self.source.transport())
        return SourceClient("http://127.0.0.1:9", SecretStr("3pl_test-token"), http=http, observe=observe, send=send)

    def _wait(self, seconds: float) -> None:
        self.slept += seconds
        self.clock.advance(seconds)

    # -- what people and time do ---------------------------------------------------------------------

    def configure(self, **rules: str) -> None:
        """The merchant edits the rules of some stores; every worker starts anew."""
        for name, text in rules.items():
            self.stores[name].rules = text
        self.context = self.build()

    def join(self, name: str, plan: Callable[[str, Any], Store]) -> Any:
        """One more store, built and not yet configured: fill it, then `configure()`."""
        self.stores[name] = plan(name, self.clock)
        return self.stores[name]

    def leave(self, name: str) -> None:
        """A store is taken out of the configuration; the shop itself goes on."""
        self.context = self.build({other: store for other, store in self.stores.items() if other != name})

    def add(self, sku: str, units: int, shown: int | None = None) -> None:
        """A product that the warehouse and every shop know."""
        self.warehouse.add(sku, units)
        for store in self.stores.values():
            store.add(sku, units if shown is None else shown)

    def later(self, **span: float) -> None:
        self.clock.advance(timedelta(**span).total_seconds())

    def release(self, store: str, *, reject: bool = False) -> None:
        steer.release(self.context, store, reject=reject)

    def resync(self, store: str, *skus: str, full: bool = False) -> None:
        ask_again(self.context, store, skus, full=full)

    # -- what the bridge does ------------------------------------------------------------------------

    def cycle(self, **named: Any) -> Cycle:
        """One whole cycle, ten seconds later."""
        self.clock.advance(10)
        done = run_cycle(self.context, **named)
        assert all(adds_up(report) for report in done.stores.values()), done.stores
        return done

    def session(self, store: str) -> Pushed:
        """What a worker does with one store between two pulls."""
        self.clock.advance(10)
        report = run_session(self.context, store, full=False, proof=proof_since)
        assert adds_up(report), report
        return report

    # -- what can be seen ----------------------------------------------------------------------------

    @property
    def state(self) -> State:
        return self.context.state

    def __getitem__(self, name: str) -> Any:
        return self.stores[name]

    def shows(self, sku: str) -> dict[str, int]:
        return {name: store.shows(sku) for name, store in self.stores.items()}

    def highest(self, sku: str) -> int:
        """The most that any write so far offered shoppers, in any shop."""
        every = [pair for store in self.stores.values() for pair in (*store.offered, *getattr(store, "sent", ()))]
        return max((units for name, units in every if name == sku), default=0)

    def forget_offers(self) -> None:
        for store in self.stores.values():
            store.offered.clear()
            if isinstance(store, WooStore):
                store.sent.clear()

    def quarantine(self, store: str) -> dict[str, str]:
        """ref → why the store refuses it."""
        found = self.state.notes(store, "quarantine")
        return {name.split("\x1f")[0]: note["why"] for name, note in found.items()}

    def breaker(self, store: str) -> Any:
        return self.state.store_record(store).breaker


def adds_up(report: Pushed) -> bool:
    """Every stock key that was due became something, and one thing."""
    counts: list[int] = [getattr(report, name) for name in COUNTS]
    return report.due == sum(counts)


def keep(harness: PoolHarness, sku: str, most: int) -> dict[str, int]:
    """One cycle that keeps the promise → what the shops offer: nowhere more than `most`, in no write and after it."""
    harness.forget_offers()
    done = harness.cycle()
    assert not any(report.error for report in done.stores.values()), done
    assert harness.highest(sku) <= most
    shown = harness.shows(sku)
    assert max(shown.values()) <= most, shown
    return shown


def has_ended(harness: PoolHarness, sku: str, units: int) -> None:
    """Right now in every shop, and it stays so: also after hours, and after everything was read anew."""
    everywhere = dict.fromkeys(harness.stores, units)
    assert [keep(harness, sku, units) for _ in range(2)] == [everywhere] * 2
    harness.later(hours=3)
    assert keep(harness, sku, units) == everywhere
    harness.later(hours=25)
    harness.cycle()
    assert keep(harness, sku, units) == everywhere
