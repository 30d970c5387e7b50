"""A whole bridge in one process: real state in a real Redis, real clients and connectors, sandboxes behind them, and
one hand-moved clock for all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import redis as redis_package

from bridge.config import Settings, parse
from bridge.ops import steer
from bridge.ops.cycle import run_cycle
from bridge.ops.resync import ask_again
from bridge.state.store import State
from bridge.sync.context import SyncContext
from bridge.sync.cycle import Cycle, run_session
from bridge.sync.report import COUNTS, Pushed
from bridge.sync.timetable import proof_since
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.sandbox import Item
from connectors.base import Sender, StoreConnector
from connectors.testing.clock import ManualClock
from connectors.testing.local import LocalStore, MakeStore

from .warehouse import LocalWarehouse

START = datetime(2026, 11, 20, 8, tzinfo=UTC)


@dataclass
class Installation:
    """The warehouse, the shops and the bridge between them.

    plans: name → how to build that shop. settings: further tables of the configuration. source_lines: lines of
    [source]. warehouses: id → name.
    """

    db: redis_package.Redis
    plans: Mapping[str, MakeStore]
    settings: str = ""
    source_lines: str = ""
    warehouses: Mapping[str, str] = field(default_factory=lambda: {"1": "Main"})
    start: datetime = START
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    slept: float = 0.0

    def __post_init__(self) -> None:
        self.clock = ManualClock(self.start)
        self.local = LocalWarehouse(self.clock, dict(self.warehouses))
        self.warehouse, self.source = self.local.world, self.local.sandbox
        self.stores: dict[str, Any] = {name: plan(name, self.clock) for name, plan in self.plans.items()}
        self.configured = list(self.stores)
        self.context = self.build()

    # -- the bridge ----------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The configuration."""
        stores = [self.stores[name].section for name in self.configured]
        return "\n".join((self.settings, self.local.section(self.source_lines), *stores))

    def read_settings(self) -> Settings:
        return parse(self.text, {})

    def build(self) -> SyncContext:
        """A worker of its own: what it knows is in Redis."""
        return self.context_on(self.read_settings(), self.db, self.clock, self.clock)

    def context_on(
        self, settings: Settings, db: redis_package.Redis, shared: Callable[[], datetime], own: Callable[[], datetime]
    ) -> SyncContext:
        """shared, own: the clock of all machines, and of the one it runs on."""
        return SyncContext(
            settings=settings,
            state=State(db, tuple(settings.stores), tills=tuple(settings.inbound)),
            open_source=self.open_source,
            open_store=lambda store, send: self.open_store(settings, store, send, own),
            capabilities=lambda store: self.stores[store].connector.capabilities,
            now=shared,
            wait=self.wait,
            emit=self.emit,
        )

    def open_source(self, send: Any, observe: Any) -> SourceClient:
        return self.local.open(send, observe)

    def open_store(self, settings: Settings, store: str, send: Sender, now: Callable[[], datetime]) -> StoreConnector:
        chosen = settings.stores[store]
        places = sorted(set(chosen.rules.locations.values()))
        made: StoreConnector = self.stores[store].open(chosen.options, places, send, now)
        return made

    def wait(self, seconds: float) -> None:
        self.slept += seconds
        self.clock.advance(seconds)

    def emit(self, event: str, **facts: Any) -> None:
        self.events.append((event, facts))

    # -- what people and time do ---------------------------------------------------------------------

    def configure(self, **rules: str) -> None:
        """The merchant edits the rules of some stores, or adds some that were joined; every worker starts anew."""
        for name, text in rules.items():
            self.stores[name].rules = text
        self.configured = list(self.stores)
        self.context = self.build()

    def join(self, name: str, plan: MakeStore) -> Any:
        """One more store, built and not yet configured: fill it, then `configure()`."""
        self.stores[name] = plan(name, self.clock)
        return self.stores[name]

    def leave(self, name: str) -> None:
        """A store is taken out of the configuration until `configure()`; the shop itself goes on."""
        self.configured = [other for other in self.stores if other != name]
        self.context = self.build()

    def add(self, sku: str, units: int, shown: int | None = None) -> None:
        """A product that the warehouse and every shop know."""
        self.warehouse.add(sku, units)
        for store in self.stores.values():
            store.add(sku, units if shown is None else shown)

    def later(self, **span: float) -> None:
        self.clock.advance(timedelta(**span).total_seconds())

    def outwait(self, store: str = "main") -> None:
        """Let a write that was never answered become one that can land no more, where the store cannot compare."""
        able = self[store].connector.capabilities
        self.later(seconds=0 if able.compare_and_set else able.lost_write_seconds + 30)

    def release(self, store: str = "main", *, reject: bool = False) -> None:
        """A person lets held falls through, or drops them."""
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

    def session(self, store: str = "main", *, full: bool = False) -> Pushed:
        """What a worker does with one store between two pulls."""
        self.clock.advance(10)
        report = run_session(self.context, store, full=full, proof=proof_since)
        assert adds_up(report), report
        return report

    # -- what can be seen ----------------------------------------------------------------------------

    @property
    def state(self) -> State:
        return self.context.state

    def __getitem__(self, name: str) -> Any:
        return self.stores[name]

    @property
    def main(self) -> LocalStore:
        """The shop of that name."""
        found: LocalStore = self.stores["main"]
        return found

    def shows(self, sku: str) -> dict[str, int]:
        return {name: store.shows(sku) for name, store in self.stores.items()}

    def highest(self, sku: str) -> int:
        """The most that any write so far offered shoppers, in any shop."""
        every = [pair for store in self.stores.values() for pair in (*store.offered, *store.sent)]
        return max((units for name, units in every if name == sku), default=0)

    def forget_offers(self) -> None:
        for store in self.stores.values():
            store.offered.clear()
            store.sent.clear()

    def item(self, sku: str) -> Item:
        """What the warehouse knows by that SKU."""
        found = self.warehouse.find(sku)
        assert found is not None, sku
        return found

    def due(self, store: str = "main") -> set[str]:
        """SKUs of the listings whose number is to be decided on; the ref of one that is mapped no longer."""
        waiting = list(self.state.due(store))
        known = self.state.listings(store, waiting)
        return {known[ref].sku if ref in known else ref for ref in waiting}

    def quarantine(self, store: str = "main") -> dict[str, str]:
        """ref → why the store refuses it."""
        found = self.state.notes(store, "quarantine")
        return {name.split("\x1f")[0]: note["why"] for name, note in found.items()}

    def breaker(self, store: str = "main") -> Any:
        return self.state.store_record(store).breaker

    @property
    def source_breaker(self) -> Any:
        return self.state.source_record().breaker


def adds_up(report: Pushed) -> bool:
    """Every stock key that was due became something, and one thing."""
    counts: list[int] = [getattr(report, name) for name in COUNTS]
    return report.due == sum(counts)
