"""A model of the whole trade, played at random against the core.

`Bridge` sees only what the APIs would show it of the world and uses nothing but the core. A failing run
is replayed by its seed.
"""

from datetime import datetime, timedelta

import pytest

from bridge.core import ledger as book
from bridge.core.availability import Claim, Pool, Stock, target_for
from bridge.core.ledger import Ledger, Shipment
from bridge.core.model import StockKey, StoreStock
from bridge.core.outcomes import confirm_target, judge_outcomes
from bridge.core.plan import PlanInput, decide
from connectors.base import Listing
from tests.harness.sweeps import sweep

from .world import CAN, RULES, SKUS, STOCK_KEYS, WINDOWS, Order, Trade, World, parts, write


class Bridge:
    """The shell in miniature: reads, pulls, pushes; every decision is the core's."""

    def __init__(self) -> None:
        self.levels: dict[tuple[str, str], int] = {}
        self.ledgers: dict[str, Ledger] = {sku: Ledger() for sku in SKUS}
        self.known: dict[StockKey, StoreStock] = {}
        self.lines: dict[tuple[str, str], tuple[StockKey, int]] = {}

    def cycle(self, world: World, between: "Play | None" = None) -> None:
        for store in RULES:
            self.read(world, store)
        self.pull(world)
        if between:
            between.disturb()
        for store in RULES:
            self.push(world, store)

    def read(self, world: World, store: str) -> None:
        for ref in {stock_key.ref for stock_key in STOCK_KEYS if stock_key.store == store}:
            self.read_listing(
                world, [stock_key for stock_key in STOCK_KEYS if stock_key.store == store and stock_key.ref == ref]
            )

    def known_committed(self, stock_keys: list[StockKey]) -> int:
        return sum(units for stock_key, units in self.lines.values() if stock_key in stock_keys)

    def read_listing(self, world: World, stock_keys: list[StockKey]) -> None:
        store, ref = stock_keys[0].store, stock_keys[0].ref
        then = self.known_committed(stock_keys)
        orders = [o for o in world.orders if o.stock_key in stock_keys and o.visible]
        for o in orders:
            self.lines[store, o.id] = (o.stock_key, o.committed)
        before = {s.location: self.known[s] for s in stock_keys if s in self.known}
        now = {s.location: (world.on_hand(s), world.open_at(s)) for s in stock_keys}
        new = self.new_shipments(world, stock_keys, orders)
        left = (
            book.left_beyond_orders(before, now, (then, self.known_committed(stock_keys)), new)
            if store == "acme"
            else {}
        )
        for o in orders:
            self.record_shipment(world, o, unnamed=max(0, -left.get(o.stock_key.location, 0)))
        for location, units in left.items():
            if units > 0:
                self.leave(world, StockKey(store, ref, location), units)
        for s in stock_keys:
            old = self.known.get(s)
            self.known[s] = StoreStock(
                world.shown[s], world.open_at(s), world.on_hand(s), True, world.now,
                old.last_target if old else None, old.basis if old else {},
            )  # fmt: skip

    def new_shipments(self, world: World, stock_keys: list[StockKey], orders: list[Order]) -> dict[str, int]:
        sku, pieces = next(iter(parts(stock_keys[0]).items()))
        new: dict[str, int] = {}
        for o in orders:
            seen = self.shipment(o.stock_key, o.id, o.shipped * pieces, o.shipped_at, o.at)
            units = book.new_pieces(self.ledgers[sku], seen, now=world.now, windows=WINDOWS) // pieces
            if units > 0:
                new[o.stock_key.location] = new.get(o.stock_key.location, 0) + units
        return new

    @staticmethod
    def shipment(stock_key: StockKey, order: str, pieces: int, at: datetime, ordered: datetime | None) -> Shipment:
        where = RULES[stock_key.store].warehouses_of(stock_key.location)
        return Shipment(stock_key.store, stock_key.ref, order, stock_key.location, pieces, at, ordered, where)

    def record_shipment(self, world: World, o: Order, unnamed: int) -> None:
        for sku, n in parts(o.stock_key).items():
            seen = self.shipment(o.stock_key, o.id, o.shipped * n, o.shipped_at, o.at)
            self.ledgers[sku] = book.record_shipment(
                self.ledgers[sku], seen, unnamed=unnamed * n, now=world.now, windows=WINDOWS
            )

    def leave(self, world: World, stock_key: StockKey, units: int) -> None:
        for sku, n in parts(stock_key).items():
            seen = self.shipment(stock_key, "", units * n, world.now, None)
            self.ledgers[sku] = book.leave(self.ledgers[sku], seen, windows=WINDOWS)

    def pull(self, world: World) -> None:
        for sku in SKUS:
            before = {w: n for (s, w), n in self.levels.items() if s == sku}
            after = {w: n for (s, w), n in world.levels.items() if s == sku}
            for warehouse, pieces in book.decreases_between(before, after):
                self.ledgers[sku] = book.record_decrease(self.ledgers[sku], warehouse, pieces, world.now, WINDOWS)
            self.ledgers[sku] = self.pruned(sku, world.now)
        self.levels = dict(world.levels)

    def pruned(self, sku: str, now: datetime) -> Ledger:
        lines = self.lines.items()
        still_open = {(store, stock_key.ref, order) for (store, order), (stock_key, units) in lines if units}
        return book.prune(self.ledgers[sku], now=now, windows=WINDOWS, still_open=still_open).ledger

    def pools(self) -> dict[str, Pool]:
        pools = {}
        for sku in SKUS:
            claims = [
                Claim(
                    s.store, s.ref, "committed", k.committed * parts(s)[sku], RULES[s.store].warehouses_of(s.location)
                )
                for s, k in self.known.items()
                if sku in parts(s) and k.committed
            ]
            units = {w: n for (s, w), n in self.levels.items() if s == sku}
            ledger = self.ledgers[sku]
            pools[sku] = Pool(Stock(sku, units), (*ledger.claims, *claims), ledger.unmatched, ledger.confirmed)
        return pools

    def push(self, world: World, store: str) -> None:
        pools = self.pools()
        for ref in sorted({s.ref for s in STOCK_KEYS if s.store == store}):
            stock_keys = [s for s in STOCK_KEYS if s.store == store and s.ref == ref]
            case = PlanInput(
                Listing(ref, ref, ref),
                parts(stock_keys[0]),
                {s.location: self.known[s] for s in stock_keys},
                {},
                1,
                True,
            )
            decisions = decide(case, pools, RULES[store], CAN[store])
            for d in decisions:
                if known := confirm_target(d):
                    self.known[d.stock_key] = known
            needed = [d for d in decisions if d.has_change]
            outcomes = [write(world, d.stock_key, d.update.quantity, d.update.was) for d in needed]
            self.known |= judge_outcomes(needed, outcomes, tries={}, now=world.now).applied


class Play(Trade):
    """One random history. `takes`: may stock-takes happen? `blind`: may orders be too old for the API?
    `loses`: may the bridge lose its state?"""

    def __init__(self, seed: int, *, takes: bool = False, blind: bool = False, loses: bool = False) -> None:
        super().__init__(seed)
        self.bridge = Bridge()
        self.takes, self.loses = takes, loses
        if blind:
            self.old_orders()
        self.bridge.cycle(self.world)

    def step(self) -> None:
        self.world.now += timedelta(minutes=self.dice.choice((1, 5, 60, 600)))
        acts = [self.sell] * 5 + [self.ship] * 3 + [self.tell_shop] * 4 + [self.tell_warehouse] * 4
        acts += [self.cancel, self.edit, self.receive, self.tick, self.tick, self.tick, self.tick, self.tick]
        acts += [self.stock_take] * self.takes + [self.lose_state] * self.loses
        self.overdue()
        self.dice.choice(acts)()

    def lose_state(self) -> None:
        self.bridge = Bridge()

    def disturb(self) -> None:
        """Something happens between reading and writing."""
        if self.dice.random() < 0.3:
            self.dice.choice((self.sell, self.tell_shop, self.cancel))()

    def tick(self) -> None:
        self.bridge.cycle(self.world)
        self.check_offers()
        if self.dice.random() < 0.3:
            self.bridge.cycle(self.world, between=self)

    def check_offers(self) -> None:
        """No shop offers more than is truly free, plus what the promise names: stock-takes mistaken for
        shipments, and at one location what a store without locations shipped from who knows which warehouse."""
        pools = self.true_pools()
        for stock_key in STOCK_KEYS:
            for sku, n in parts(stock_key).items():
                window = self.world.lost.get(sku, 0) + (self.unplaced(sku) if stock_key.location else 0)
                free = sum(max(0, units) for units in pools[sku].free.values())
                assert self.world.shown[stock_key] <= (free + window) // n, (stock_key, sku, self.world.now)
        for sku in [sku for sku in self.world.lost if self.nothing_under_way(sku)]:
            del self.world.lost[sku]

    def unplaced(self, sku: str) -> int:
        return sum(n for s, _, n, _, store in self.world.unconfirmed if s == sku and not RULES[store].locations)

    def nothing_under_way(self, sku: str) -> bool:
        """No shipment is half told: from here an old stock-take can no longer be mistaken for one."""
        ledger = self.bridge.ledgers[sku]
        told = not any(u[0] == sku for u in self.world.unconfirmed) and not self.world.opened
        return told and not ledger.decreases and not ledger.claims and not any(o.gone for o in self.world.orders)

    def quiet(self) -> None:
        """Everything is told, every wait has passed: now every number must be right."""
        for o in self.world.orders:
            if o.gone:
                self.tell_shop(o)
        self.tell_opened()
        while self.world.unconfirmed:
            self.tell_warehouse()
        for _ in range(3):
            self.bridge.cycle(self.world)
            self.world.now += 2 * WINDOWS.release + timedelta(hours=1)
        self.bridge.cycle(self.world)
        pools = self.true_pools()
        for stock_key in STOCK_KEYS:
            own = self.world.open_at(stock_key)
            target = target_for(
                stock_key, stock_key.ref, parts(stock_key), pools, RULES[stock_key.store], own
            ).available
            want = max(0, target + own) - own if stock_key.store == "acme" else max(0, target)
            assert self.world.shown[stock_key] == want, stock_key


HISTORIES = [
    pytest.param({}, id="shipments in either order"),
    pytest.param({"blind": True}, id="orders too old for the store's API"),
    pytest.param({"takes": True}, id="stock-takes among shipments"),
    pytest.param({"loses": True}, id="state lost now and then"),
]


@pytest.mark.parametrize("kind", HISTORIES)
@pytest.mark.parametrize("seed", sweep(range(10), 2))
def test_no_offer_exceeds_the_window_and_quiet_is_right(seed: int, kind: dict[str, bool]) -> None:
    play = Play(seed, **kind)
    for _ in range(250):
        play.step()
    play.quiet()
