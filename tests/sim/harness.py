"""Two shops and a warehouse with clocks of their own, and processes of the bridge between them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from random import Random
from typing import Any

import httpx
import redis as redis_package

from bridge.config import Settings, parse
from bridge.state.clock import SharedClock
from bridge.state.store import State
from bridge.sync.context import SyncContext
from bridge.threeplguys.client import SourceClient
from connectors.testing.local import MakeStore
from connectors.testing.played import two_played
from connectors.values import replace
from tests.harness.grants import tokens_on
from tests.harness.installation import Installation

from .engine import Board, Process, Wire
from .goods import Listing
from .layouts import layout_of
from .shelf import SHELF, has_till, section
from .unread import NAME, unread_by

SETTINGS = '[guard]\nmax_zeroed = "100%"\nmax_cut = "100%"\n'
POLL = 'poll = "30s"'
PAGED = 0.3
"""Of seeds, in which the warehouse tells few rows at a time, so that a pull has several pages."""


GUARDED = 0.15
"""Of seeds, in which the guard judges as strictly as it does by itself, and people decide on what it holds."""


def is_guarded(seed: int) -> bool:
    return Random(f"{seed} guard 30").random() < GUARDED


@cache
def settings_of(text: str) -> Settings:
    return parse(text, {})


@dataclass
class View:
    """The clock as somebody's watch shows it: off by `ahead` seconds."""

    clock: Any
    ahead: float = 0.0

    @property
    def now(self) -> datetime:
        moment: datetime = self.clock.now + timedelta(seconds=self.ahead)
        return moment

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)


@dataclass
class SimHarness(Installation):
    """watches: "source", each store and "bridge" → what it takes for the time. said: every event of a process.
    is_granted: processes that start from now on read the warehouse by an OAuth grant."""

    settings: str = SETTINGS
    source_lines: str = POLL
    watches: dict[str, View] = field(default_factory=dict)
    said: Callable[[str, Mapping[str, Any]], None] = lambda event, facts: None
    is_granted: bool = False

    def __post_init__(self) -> None:
        self.watches = {"bridge": View(None)}
        super().__post_init__()
        self.watches = {name: View(self.clock) for name in ("source", "bridge", *self.stores)}
        self.context = self.build()
        self.warehouse.clock = self.watches["source"]
        self.source.switches.rate_limit = 1_000_000
        self.board = Board(
            lambda: float(self.clock.now.timestamp()), lambda: float(self.watches["bridge"].now.timestamp()),
            lambda lease: None, lambda note: None,
        )  # fmt: skip
        for name, store in self.stores.items():
            store.shop.clock, store.sandbox.sleep = self.watches[name], self.clock.advance

    def stand(self, watch: Callable[[], None]) -> None:
        """Requests are effects of the process that runs. watch: lets the judge look in between, so that nothing else
        happens before it sees what a request did."""
        for name, store in self.stores.items():
            store.sandbox.before_request(self._effect(f"before {name}"), times=-1)
        watch()
        for name, store in self.stores.items():
            store.sandbox.after_apply(self._effect(f"after {name}"), times=-1)

    def _effect(self, what: str) -> Callable[[Any], None]:
        return lambda call: self.board.running.effect(f"{what} {call.name}")

    def read_settings(self) -> Settings:
        return settings_of(self.text)

    def build(self) -> SyncContext:
        """The shell of nobody yet: see `process`."""
        return self.context_on(self.read_settings(), self.db, self.watches["bridge"], self.watches["bridge"])

    def emit(self, event: str, **facts: Any) -> None:
        self.said(event, facts)

    def process(self, number: int, pool: redis_package.ConnectionPool, line: Any) -> Process:
        made = Process(number, View(self.clock))
        wire = Wire(self.board, made, pool, line)

        def elapsed() -> float:
            return float((self.clock.now - self.start).total_seconds())

        shared = SharedClock(wire, elapsed)
        made.context = self.context_on(self.read_settings(), wire, shared, made.watch)
        if self.is_granted:
            made.tokens = tokens = tokens_on(State(wire, tuple(self.stores)), shared, self.transport())
            made.context = replace(made.context, grant=lambda: tokens)
        return made

    def second_session(self, waits: Process, pool: redis_package.ConnectionPool, line: Any) -> Process:
        """One more session of the process that waits in one."""
        made = self.process(waits.number, pool, line)
        made.memory, made.watch.ahead = waits.memory, waits.watch.ahead
        return made

    def open_source(self, send: Any, observe: Any) -> SourceClient:
        return self.local.open(send, observe, self.transport(), self.board.running.tokens)

    def transport(self) -> httpx.MockTransport:
        """To the warehouse, each request as an effect of the process that runs."""
        inner = self.source.transport()

        def respond(request: httpx.Request) -> httpx.Response:
            process = self.board.running
            process.effect(f"before source {request.url.path}")
            answer = inner.handle_request(request)
            process.effect(f"after source {request.url.path}")
            return answer

        return httpx.MockTransport(respond)


def harness_of(
    seed: int, kinds: Collection[str], dice: Random, db: redis_package.Redis, *, odd: bool
) -> tuple[SimHarness, tuple[Listing, ...]]:
    """kinds: of exceptions in this seed. odd: some seeds sell cartons, match loosely, have a store that cannot be read,
    or a warehouse whose list is long."""
    first, other = two_played()
    layout = layout_of(seed, dice, locations=first.connector.capabilities.locations, odd=odd)
    chosen = dice.choice(other.settings)
    plans: dict[str, MakeStore] = {
        "main": partial(first, rules=layout.rules["main"], warehouses=layout.places),
        "outlet": partial(other, rules=layout.rules["outlet"], **chosen),
    }
    two = layout.needs_two or dice.random() < 0.3
    places = {"1": "Main", "2": "Back"} if two else {"1": "Main"}
    till = odd and not layout.packs and has_till(seed)
    more = unread_by(seed, kinds, (*places, SHELF) if till else tuple(places)) if odd else None
    plans |= {NAME: more.plan} if more else {}
    text = ("" if odd and is_guarded(seed) else SETTINGS) + (section() if till else "")
    harness = SimHarness(db, plans, settings=text, warehouses=places)
    if odd and (pages := Random(f"{seed} pages 19423")).random() < PAGED:
        harness.source.switches.max_take = pages.choice((2, 3))
    return harness, layout.listings + (more.listings if more else ())
