"""Two shops and a warehouse with clocks of their own, and processes of the bridge between them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
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
from tests.harness.grants import tokens_on
from tests.harness.installation import Installation

from .engine import Board, Process, Wire
from .goods import CASE, CASE_ID, EACH, HELD, Listing

HALF = Fraction(1, 2)
SETTINGS = '[guard]\nmax_zeroed = "100%"\nmax_cut = "100%"\n'
POLL = 'poll = "30s"'


@dataclass(frozen=True)
class Layout:
    """What is sold where, and by which rules."""

    rules: Mapping[str, str]
    listings: tuple[Listing, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """Warehouses that have a location of their own in `main`, on a platform that knows locations."""
        return tuple(sorted({x.place for x in self.listings if x.place}))

    @property
    def needs_two(self) -> bool:
        return any(x.reach for x in self.listings)


def plain(store: str, skus: str, **rule: Any) -> tuple[Listing, ...]:
    return tuple(Listing(store, sku, {sku: 1}, **rule) for sku in skus)


def kit(store: str, **rule: Any) -> Listing:
    return Listing(store, "KIT", {"A": 2, "B": 1}, **rule)


def split(*made: Listing) -> tuple[Listing, ...]:
    """Each at two locations, one for each warehouse."""
    return tuple(replace(x, place=w, reach=frozenset({w})) for x in made for w in ("1", "2"))


def duplicate(store: str, **rule: Any) -> Listing:
    return Listing(store, "A-RED", {"A": 1}, **rule)


def case(store: str, **rule: Any) -> Listing:
    return Listing(store, "CASE", {CASE: 1, HELD: EACH}, **rule)


def crate(store: str, **rule: Any) -> Listing:
    return Listing(store, "CRATE", {CASE: 1, HELD: EACH + 1, "B": 1}, **rule)


FIRST = 'warehouses = ["1"]\n'
BUNDLE = '[stores.{}.bundles]\n"KIT" = {{ "A" = 2, "B" = 1 }}\n'
DUPLICATE = '[stores.{}.map]\n"A-RED" = "A"\n'
LAYOUTS = (
    Layout({"main": "", "outlet": ""}, (*plain("main", "ABC"), *plain("outlet", "ABC"))),
    Layout(
        {"main": "buffer = 2\n" + BUNDLE.format("main"), "outlet": ""},
        (*plain("main", "AB", buffer=2), kit("main", buffer=2), *plain("outlet", "ABC")),
    ),
    Layout(
        {"main": "", "outlet": 'share = "50%"\n' + BUNDLE.format("outlet")},
        (*plain("main", "ABCD"), *plain("outlet", "AB", share=HALF), kit("outlet", share=HALF)),
    ),
    Layout(
        {"main": "cap = 6\n" + DUPLICATE.format("main"), "outlet": "buffer = 1\n" + DUPLICATE.format("outlet")},
        (*plain("main", "AB", cap=6), duplicate("main", cap=6), *plain("outlet", "AB", buffer=1),
         duplicate("outlet", buffer=1)),
    ),
    Layout({"main": "", "outlet": FIRST}, (*plain("main", "AB"), *plain("outlet", "AB", reach=frozenset("1")))),
    Layout({"main": "", "outlet": ""}, (*split(*plain("main", "AB")), *plain("outlet", "AB"))),
    Layout(
        {"main": BUNDLE.format("main"), "outlet": FIRST + DUPLICATE.format("outlet")},
        (
            *split(*plain("main", "AB"), kit("main")),
            *plain("outlet", "AB", reach=frozenset("1")), duplicate("outlet", reach=frozenset("1")),
        ),
    ),
)  # fmt: skip
CARTONS = f'[stores.{{}}.cartons]\n"CASE" = "{CASE_ID}"\n'
CRATE = '[stores.{}.bundles]\n"CRATE" = {{ "CASE" = 1, "A" = 1, "B" = 1 }}\n'
PACKED = (
    Layout(
        {"main": CARTONS.format("main"), "outlet": ""}, (*plain("main", "AB"), case("main"), *plain("outlet", "A"))
    ),
    Layout(
        {"main": "", "outlet": "buffer = 1\n" + CARTONS.format("outlet") + CRATE.format("outlet")},
        (*plain("main", "AB"), *plain("outlet", "A", buffer=1), case("outlet", buffer=1), crate("outlet", buffer=1)),
    ),
    Layout(
        {"main": CARTONS.format("main"), "outlet": FIRST + CARTONS.format("outlet")},
        (
            *split(*plain("main", "A"), case("main")), *plain("outlet", "A", reach=frozenset("1")),
            case("outlet", reach=frozenset("1")),
        ),
    ),
)  # fmt: skip
"""Those that sell cartons."""

PACKS = 0.2
"""Of seeds, that play one of them."""


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


def packed_by(seed: int) -> Random | None:
    """Dice of their own, for a seed that sells cartons, so that the others play as they did."""
    dice = Random(f"{seed} packed cartons")
    return dice if dice.random() < PACKS else None


def harness_of(dice: Random, db: redis_package.Redis, packed: Random | None) -> tuple[SimHarness, Layout]:
    """packed: dice that choose what is sold where, if cartons are."""
    first, other = two_played()
    layout = dice.choice([x for x in LAYOUTS if first.connector.capabilities.locations or not x.places])
    if packed is not None:
        layout = packed.choice([x for x in PACKED if first.connector.capabilities.locations or not x.places])
    chosen = dice.choice(other.settings)
    plans: dict[str, MakeStore] = {
        "main": partial(first, rules=layout.rules["main"], warehouses=layout.places),
        "outlet": partial(other, rules=layout.rules["outlet"], **chosen),
    }
    two = layout.needs_two or dice.random() < 0.3
    places = {"1": "Main", "2": "Back"} if two else {"1": "Main"}
    return SimHarness(db, plans, warehouses=places), layout
