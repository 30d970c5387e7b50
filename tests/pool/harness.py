"""Shops of two platforms, `main` and `outlet`, on one warehouse: real state in a real Redis, real clients and
connectors, sandboxes behind them, and one hand-moved clock for all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import redis as redis_package
from pydantic import SecretStr

from bridge.config import Settings, parse
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
from connectors.base import Sender, StoreConnector
from connectors.testing.clock import ManualClock
from connectors.testing.local import LocalStore, MakeStore

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
SOURCE = """
{settings}
[source]
base_url = "http://127.0.0.1:9"
token = "3pl_test-token"
"""
Kinds = Sequence[Callable[..., LocalStore]]
NAMES = ("main", "outlet")
ADDRESS, TOKEN = "http://127.0.0.1:9", "3pl_test-token"


@dataclass
class PoolHarness:
    """The warehouse, the shops and the bridge between them.

    plans: name → how to build that shop. settings: further tables of the configuration.
    """

    db: redis_package.Redis
    plans: Mapping[str, MakeStore]
    settings: str = ""
    warehouses: Mapping[str, str] = field(default_factory=lambda: {"1": "Main"})
    start: datetime = START
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    slept: float = 0.0

    def __post_init__(self) -> None:
        self.clock = ManualClock(self.start)
        self.warehouse = threepl.Warehouse(clock=self.clock, warehouses=dict(self.warehouses))
        self.source = threepl.Sandbox(self.warehouse, tokens={"3pl_test-token": frozenset({"inventory"})})
        self.stores: dict[str, Any] = {name: plan(name, self.clock) for name, plan in self.plans.items()}
        self.context = self.build()

    def build(self, stores: Mapping[str, LocalStore] | None = None) -> SyncContext:
        """A worker of its own: what it knows is in Redis. stores: those that stand in the configuration."""
        sections = [store.section for store in (self.stores if stores is None else stores).values()]
        settings = parse("\n".join((SOURCE.format(settings=self.settings), *sections)), {})
        return SyncContext(
            settings=settings,
            state=State(self.db, tuple(settings.stores)),
            open_source=self._open_source,
            open_store=lambda store, send: self.open_store(settings, store, send, self.clock),
            capabilities=lambda store: self.stores[store].connector.capabilities,
            now=lambda: self.clock.now,
            wait=self._wait,
            emit=lambda event, **facts: self.events.append((event, facts)),
        )

    def open_store(self, settings: Settings, store: str, send: Sender, now: Callable[[], datetime]) -> StoreConnector:
        chosen = settings.stores[store]
        places = sorted(set(chosen.rules.locations.values()))
        made: StoreConnector = self.stores[store].open(chosen.options, places, send, now)
        return made

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

    def join(self, name: str, plan: MakeStore) -> Any:
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
        every = [pair for store in self.stores.values() for pair in (*store.offered, *store.sent)]
        return max((units for name, units in every if name == sku), default=0)

    def forget_offers(self) -> None:
        for store in self.stores.values():
            store.offered.clear()
            store.sent.clear()

    def quarantine(self, store: str) -> dict[str, str]:
        """ref → why the store refuses it."""
        found = self.state.notes(store, "quarantine")
        return {name.split("\x1f")[0]: note["why"] for name, note in found.items()}

    def breaker(self, store: str) -> Any:
        return self.state.store_record(store).breaker


@contextmanager
def harnesses(redis_url: str, kinds: Kinds) -> Iterator[Callable[..., PoolHarness]]:
    """harness_with(main="buffer = 2", outlet=""): the rules of the two shops; kinds: what they are;
    more: further shops, name → how to build it; only: leave the other one out."""
    db = connect(redis_url)

    def build(
        main: str = "", outlet: str = "", *, only: str = "", more: Mapping[str, MakeStore] | None = None,
        kinds: Kinds = kinds, **named: Any,
    ) -> PoolHarness:  # fmt: skip
        made = zip(NAMES, kinds, (main, outlet), strict=True)
        plans = {name: partial(kind, rules=rules) for name, kind, rules in made if not only or name == only}
        return PoolHarness(db, {**plans, **(more or {})}, **named)

    yield build
    db.close()


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
