"""How fresh the shops are, in virtual time: the real tasks, schedule, shell, state and connectors; sandboxes in this
process; and a clock that moves by the latency of each call, by every wait, and from one look of beat to the next.

One worker does everything, one call after the other, so a real group of workers is never slower than what is measured
here. What the bridge itself computes takes no virtual time (a few milliseconds per call in truth)."""

import heapq
import math
import os
import random
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from bench.server import fresh_redis
from bench.world import PLACE, SOURCE_TOKEN, configuration
from bridge import overlap, tasks
from bridge.celery import TICK
from bridge.config import parse
from bridge.core.schedule import SHARE
from bridge.state.deliveries import Rest
from bridge.sync.context import SyncContext
from bridge.sync.webhooks import Delivery, take
from bridge.threeplguys import sandbox as threepl
from bridge.threeplguys.client import SourceClient
from bridge.wiring import build
from connectors import registry
from connectors.base import StoreConnector
from connectors.skills import Hint
from connectors.testing.catalogue import numbered
from connectors.testing.clock import ManualClock
from connectors.testing.local import NOWHERE, LocalStore, MakeStore
from connectors.values import replace

BUDGET = 1_000
ITEM_SECONDS = 0.025
CHANGE, SALE = KINDS = ("warehouse change", "sale in another shop")
NEVER = 3600.0
"""Real seconds after which the worker leaves a session that waits: it does one thing after the other, however busy this
machine is."""

WAIT_LIMIT = 1200.0
"""Virtual seconds before the first event, so that the first sync is over: a shop that takes one item a request is sent
2,000 twice, because everything is sent once more after a beginning from nothing."""


@dataclass(order=True)
class Event:
    """at: virtual seconds since the beginning. Each SKU has one event at most, so that none overtakes another."""

    at: float
    kind: str
    sku: str
    shop: str
    waits: set[str] = field(default_factory=set, compare=False)


def readable() -> dict[str, MakeStore]:
    """Name → class of a shop, of each platform whose shops can be read; two where there is only one such platform."""
    found = {name for name in registry.beside("sandbox.local") if registry.load_connector(name).capabilities.readable}
    kinds = {name: registry.load_beside(name, "sandbox.local").LocalStore for name in sorted(found)}
    return kinds if len(kinds) > 1 else kinds | {f"{name}-2": kind for name, kind in kinds.items()}


def unreadable() -> dict[str, MakeStore]:
    """The same of the others: they are sent what they should show, and tell nobody what they sell."""
    found = {
        name for name in registry.beside("sandbox.played") if not registry.load_connector(name).capabilities.readable
    }
    kinds = {name: registry.load_beside(name, "sandbox.played").PlayedStore for name in sorted(found)}
    return {name: partial(kind, warehouses=[PLACE]) for name, kind in kinds.items()}


class VirtualShops:
    """A warehouse with 1,000 requests per hour, shops, and what happens there. sellers, others: their names and
    classes; the first sell. deliver: told of each shop that sells something, as its webhook arrives."""

    def __init__(
        self, skus: int, latency: float, sellers: Mapping[str, MakeStore], others: Mapping[str, MakeStore]
    ) -> None:
        self.clock, self.latency, self.lock = ManualClock(), latency, threading.RLock()
        self.began = self.clock.now
        self.source = threepl.Sandbox(
            threepl.Warehouse(clock=self.clock), tokens={SOURCE_TOKEN: frozenset({"inventory"})}
        )
        self.sellers, made = list(sellers), {**sellers, **others}
        self.stores: dict[str, LocalStore] = {name: kind(name, self.clock) for name, kind in made.items()}
        for sku, _ in numbered(skus):
            self.source.world.add(sku, 100)
            for store in self.stores.values():
                store.add(sku, 100)
        self.events, self.open = list[Event](), dict[str, Event]()
        self.deliver: Callable[[str], object] = lambda _: None
        self.took: dict[tuple[str, str], list[float]] = {(what, name): [] for what in KINDS for name in self.stores}
        self._listen()

    def _listen(self) -> None:
        self.source.before = self.call
        for name, store in self.stores.items():
            if name in self.sellers:
                store.slow_down(ITEM_SECONDS)
            store.sandbox.before_request(self.call, times=-1)
            store.sandbox.after_apply(partial(self.look, name), on=store.troubles.write, times=-1)

    @property
    def now(self) -> float:
        return (self.clock.now - self.began).total_seconds()

    def call(self, _: object) -> None:
        """Whatever arrives has been under way for the latency, and life went on meanwhile."""
        self.pass_time(self.latency)

    def pass_time(self, seconds: float) -> None:
        """Every event comes at its own moment."""
        with self.lock:
            ends = self.now + seconds
            while self.events and self.events[0].at <= ends:
                event = heapq.heappop(self.events)
                self.clock.advance(max(0.0, event.at - self.now))
                self._happen(event)
            self.clock.advance(max(0.0, ends - self.now))

    def _happen(self, event: Event) -> None:
        self.open[event.sku] = event
        if event.kind == CHANGE:
            event.waits = {*self.stores}
            self.source.world.set_stock(event.sku, 60 if int(event.at) % 2 else 140)
        else:
            event.waits = {*self.stores} - {event.shop}
            self.stores[event.shop].sell(event.sku, 2)
            self.deliver(event.shop)

    def look(self, shop: str, _: object) -> None:
        """A write was applied: which events has it answered?"""
        for event in list(self.open.values()):
            if shop in event.waits and self.stores[shop].shows(event.sku) == self._right(event):
                event.waits.remove(shop)
                self.took[event.kind, shop].append(self.now - event.at)
                if not event.waits:
                    del self.open[event.sku]

    def _right(self, event: Event) -> int:
        (held,) = self.source.world.known(event.sku).units.values()
        return held - 2 * (event.kind == SALE)


@contextmanager
def worker(shops: VirtualShops, *, webhooks: bool = False) -> Iterator[Callable[[], None]]:
    """The bridge's own tasks, with a list for a broker → do all that was sent. webhooks: what shops deliver arrives."""
    text = configuration(NOWHERE, [store.section for store in shops.stores.values()])
    sent: deque[Callable[[], None]] = deque()
    with fresh_redis() as url:
        os.environ |= {"STOCKBRIDGE_CONFIG_TOML": text, "REDIS_URL": url}  # Celery asks for them; nothing is sent
        context = _context(shops, build(parse(text, {}), url, emit=lambda *_, **__: None))
        if webhooks:
            shops.deliver = partial(_deliver, context)
        kept = {
            (tasks, "context"): tasks.context,
            (tasks.pull, "delay"): tasks.pull.delay,
            (tasks.push, "delay"): tasks.push.delay,
            (overlap, "AFTER"): overlap.AFTER,
        }
        new = (
            lambda: context,
            lambda: sent.append(tasks.pull),
            lambda store: sent.append(partial(tasks.push, store)),
            NEVER,
        )
        for (owner, name), act in zip(kept, new, strict=True):
            setattr(owner, name, act)
        try:
            yield partial(_work, sent)
        finally:
            for (owner, name), act in kept.items():
                setattr(owner, name, act)


def _deliver(context: SyncContext, shop: str) -> None:
    take(context, shop, [Delivery(context.now(), Hint("orders/create", "orders"))], Rest())


def _work(sent: deque[Callable[[], None]]) -> None:
    tasks.tick()
    while sent:
        sent.popleft()()


def _context(shops: VirtualShops, context: SyncContext) -> SyncContext:
    def open_source(send: Any, observe: Any) -> SourceClient:
        source, http = context.settings.source, httpx.Client(transport=shops.source.transport())
        return SourceClient(source.base_url, source.credential, http=http, observe=observe, send=send)

    def open_store(store: str, send: Any) -> StoreConnector:
        return shops.stores[store].open(context.settings.stores[store].options, (), send, shops.clock)

    return replace(context, open_source=open_source, open_store=open_store, now=shops.clock, wait=shops.pass_time)


@dataclass(frozen=True)
class Freshness:
    """took: (kind of event, shop) → seconds until it showed each that concerns it. missed: never shown. share: of the
    hourly budget, in the hour that used most of it."""

    took: dict[tuple[str, str], list[float]]
    missed: int
    share: float
    bar: float = SHARE


def freshness(skus: int, hours: float, latency: float, *, webhooks: bool = False, seed: int = 7) -> Freshness:
    """Some hours in which the warehouse changes a SKU every 20 s and each seller sells one every 60 s, at random.
    webhooks: shops tell of each sale as it happens; else all of that is lost."""
    shops, dice = VirtualShops(skus, latency, readable(), unreadable()), random.Random(seed)  # noqa: S311  (not a secret)
    shops.events = _events(dice, shops.sellers, skus, hours * 3600)
    heapq.heapify(shops.events)
    used, last = list[int](), WAIT_LIMIT + hours * 3600 + 120
    with worker(shops, webhooks=webhooks) as work:
        while shops.now < last:
            work()
            shops.pass_time(TICK * (math.floor(shops.now / TICK) + 1) - shops.now)
            while len(used) <= shops.now // 3600:
                used.append(shops.source.calls.total())
    spent = [later - earlier for earlier, later in zip(used, [*used[1:], shops.source.calls.total()], strict=True)]
    return Freshness(shops.took, sum(len(event.waits) for event in shops.open.values()), max(spent) / BUDGET)


def _events(dice: random.Random, sellers: Iterable[str], skus: int, seconds: float) -> list[Event]:
    """As many as there are SKUs at most."""
    every = ((20.0, CHANGE, ""), *((60.0, SALE, name) for name in sellers))
    names = dice.sample([sku for sku, _ in numbered(skus)], skus)
    found = [
        (at, kind, shop)
        for pause, kind, shop in every
        for at in sorted(WAIT_LIMIT + dice.random() * seconds for _ in range(round(seconds / pause)))
    ]
    return [Event(at, kind, name, shop) for (at, kind, shop), name in zip(found, names, strict=False)]
