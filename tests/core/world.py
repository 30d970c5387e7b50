"""A world that knows the truth: pieces on shelves, orders, shipments, and what the two books say of them.

Each shipment is told twice, to the warehouse's books and to the shop's, each at its own random time.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.core.availability import Claim, Pool, Stock
from bridge.core.match import resolve
from bridge.core.model import StockKey, StoreRules, Windows
from bridge.core.sku import carton_sku
from connectors.base import Capabilities, Outcome, Verdict
from connectors.values import replace

START = datetime(2026, 11, 2, tzinfo=UTC)
WINDOWS = Windows(match=timedelta(hours=72), release=timedelta(hours=96))
CASE, EACH = carton_sku("9"), 3
"""A carton type, and how many pieces of P are in a full one; the shelves hold them as pieces of P as well."""
SKUS = ("P", "Q", CASE)
PACKED: Any = {"cartons": {"BOX": "9"}, "contents": {"9": {"P": EACH}}}
BUNDLES = {"KIT": {"P": 2, "Q": 1}, "SET": {"BOX": 1, "P": 1}}
RULES = {
    "acme": StoreRules(store="acme", locations={"1": "L1", "2": "L2"}, bundles=BUNDLES, buffer=1, **PACKED),
    "outlet": StoreRules(store="outlet", mapping={"P-TWIN": "P"}, **PACKED),
}
CAN = {
    "acme": Capabilities(max_batch=250, writes="on_hand", reads_committed=True, locations=True, compare_and_set=True),
    "outlet": Capabilities(max_batch=100, writes="available", reads_committed=False),
}
STOCK_KEYS = [StockKey("acme", ref, loc) for ref in ("P", "Q", "KIT", "BOX", "SET") for loc in ("L1", "L2")]
STOCK_KEYS += [StockKey("outlet", ref, "") for ref in ("P", "Q", "P-TWIN", "BOX")]


def parts(stock_key: StockKey) -> Mapping[str, int]:
    found = resolve(stock_key.ref, RULES[stock_key.store], {sku: (sku,) for sku in SKUS})
    assert isinstance(found, dict)
    return found


@dataclass
class Order:
    """committed: not shipped, as the shop sees it. shelf: not shipped, in truth. gone: left but not told to the
    shop."""

    id: str
    stock_key: StockKey
    at: datetime
    committed: int
    shelf: int
    shipped: int = 0
    shipped_at: datetime = START
    visible: bool = True

    @property
    def gone(self) -> int:
        return self.committed - self.shelf


@dataclass
class World:
    shelves: dict[tuple[str, str], int] = field(default_factory=dict)  # (sku, warehouse) → pieces in truth
    levels: dict[tuple[str, str], int] = field(default_factory=dict)  # the same as the warehouse's books have it
    shown: dict[StockKey, int] = field(default_factory=dict)  # what shoppers can buy
    orders: list[Order] = field(default_factory=list)
    unconfirmed: list[tuple[str, str, int, datetime, str]] = field(default_factory=list)
    opened: list[tuple[str, int]] = field(default_factory=list)  # (warehouse, cartons) that its books still count
    lost: dict[str, int] = field(default_factory=dict)  # falls that are none and may still pass for shipments
    now: datetime = START

    def open_at(self, stock_key: StockKey) -> int:
        return sum(o.committed for o in self.orders if o.stock_key == stock_key)

    def on_hand(self, stock_key: StockKey) -> int:
        return self.shown[stock_key] + (self.open_at(stock_key) if stock_key.store == "acme" else 0)


def write(world: World, stock_key: StockKey, quantity: int, was: int | None) -> Outcome:
    if CAN[stock_key.store].compare_and_set and world.on_hand(stock_key) != was:
        return Outcome(Verdict.DEFERRED, reason="stale")
    if not CAN[stock_key.store].compare_and_set and world.shown[stock_key] != was:
        return Outcome(Verdict.DEFERRED, reason="re-read before a write showed another number")
    world.shown[stock_key] += quantity - world.on_hand(stock_key)
    return Outcome(Verdict.APPLIED, shown=quantity)


class Trade:
    """What people do in this world, at random."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.world = World()
        self.count = 0
        for sku in SKUS:
            for warehouse in "12":
                units = self.dice.randrange(0, 25 if sku != CASE else self.world.shelves["P", warehouse] // EACH + 1)
                self.world.shelves[sku, warehouse] = self.world.levels[sku, warehouse] = units
        self.world.shown = dict.fromkeys(STOCK_KEYS, 0)

    def old_orders(self) -> None:
        """Pre-orders that the shop still holds open and no longer shows in its orders API."""
        for i, stock_key in enumerate(s for s in STOCK_KEYS if s.store == "acme"):
            units = self.dice.randint(1, 4)
            self.world.orders.append(
                Order(f"old{i}", stock_key, self.world.now - timedelta(days=70), units, units, visible=False)
            )
            self.world.shown[stock_key] = -units

    def sell(self) -> None:
        stock_key = self.dice.choice(STOCK_KEYS)
        if (can := self.world.shown[stock_key]) > 0:
            units = self.dice.randint(1, min(can, 4))
            self.count += 1
            self.world.orders.append(Order(f"o{self.count}", stock_key, self.world.now, units, units))
            self.world.shown[stock_key] -= units

    def ship(self) -> None:
        """Pieces leave the shelves. The two books learn of it later."""
        orders = [o for o in self.world.orders if o.shelf]
        if not orders:
            return
        o = self.dice.choice(orders)
        units = self.dice.randint(1, o.shelf)
        where = RULES[o.stock_key.store].warehouses_of(o.stock_key.location) or {"1", "2"}
        for sku, n in parts(o.stock_key).items():
            if sum(self.world.shelves[sku, w] for w in where) < units * n:
                return
        made = parts(o.stock_key)
        cartons = made.get(CASE, 0) * units
        for w in sorted(where) if cartons else ():  # what is in a carton lies where the carton stands
            some = min(cartons, self.world.shelves[CASE, w])
            cartons -= some
            self.take(CASE, some, {w}, o.stock_key.store)
            self.take("P", some * EACH, {w}, o.stock_key.store)
        for sku, n in made.items():
            if sku != CASE:
                self.take(sku, units * (n - made.get(CASE, 0) * EACH * (sku == "P")), where, o.stock_key.store)
        o.shelf -= units
        self.open_cartons()

    def take(self, sku: str, pieces: int, where: set[str] | frozenset[str], store: str) -> None:
        for w in sorted(where):
            some = min(pieces, self.world.shelves[sku, w])
            self.world.shelves[sku, w] -= some
            pieces -= some
            if some:
                self.world.unconfirmed.append((sku, w, some, self.world.now, store))

    def open_cartons(self) -> None:
        """Whoever took more pieces than lay loose has opened cartons; the books learn of it later."""
        for w in "12":
            packed, pieces = self.world.shelves[CASE, w], self.world.shelves["P", w]
            if opened := packed - min(packed, pieces // EACH):
                self.world.shelves[CASE, w] -= opened
                self.world.opened.append((w, opened))
                self.world.lost[CASE] = self.world.lost.get(CASE, 0) + opened

    def tell_opened(self) -> None:
        for w, opened in self.world.opened:
            self.world.levels[CASE, w] -= opened
        self.world.opened.clear()

    def tell_shop(self, order: Order | None = None) -> None:
        waiting = [order] if order else [o for o in self.world.orders if o.gone]
        if waiting:
            o = self.dice.choice(waiting)
            units = o.gone if order else self.dice.randint(1, o.gone)
            o.committed -= units
            o.shipped += units
            o.shipped_at = self.world.now

    def tell_warehouse(self, at: int | None = None) -> None:
        self.tell_opened()
        if self.world.unconfirmed:
            told = self.dice.randrange(len(self.world.unconfirmed)) if at is None else at
            sku, w, units, *_ = self.world.unconfirmed.pop(told)
            self.world.levels[sku, w] -= units

    def overdue(self) -> None:
        """Both books learn of a shipment within two days: later than that is what `release_after` lets go."""
        for i in reversed(range(len(self.world.unconfirmed))):
            if self.world.now - self.world.unconfirmed[i][3] > timedelta(hours=48):
                self.tell_warehouse(i)
        if self.dice.random() < 0.2:
            for o in self.world.orders:
                if o.gone:
                    self.tell_shop(o)

    def cancel(self) -> None:
        orders = [o for o in self.world.orders if o.shelf]
        if orders:
            o = self.dice.choice(orders)
            self.give_back(o, o.shelf)

    def edit(self) -> None:
        orders = [o for o in self.world.orders if o.shelf > 1]
        if orders:
            self.give_back(self.dice.choice(orders), 1)

    def give_back(self, o: Order, units: int) -> None:
        o.committed -= units
        o.shelf -= units
        self.world.shown[o.stock_key] += units

    def receive(self) -> None:
        at = (self.dice.choice(SKUS), self.dice.choice("12"))
        units = self.dice.randint(1, 12)
        self.count_more(at, units)

    def count_more(self, at: tuple[str, str], units: int) -> None:
        """A carton comes and goes with what is in it."""
        for sku, n in ((at[0], 1), *([("P", EACH)] if at[0] == CASE else [])):
            self.world.shelves[sku, at[1]] += units * n
            self.world.levels[sku, at[1]] += units * n

    def stock_take(self) -> None:
        at = (self.dice.choice(SKUS), self.dice.choice("12"))
        units = min(self.dice.randint(1, 3), self.world.shelves[at])
        self.count_more(at, -units)
        for sku, n in ((at[0], 1), *([("P", EACH)] if at[0] == CASE else [])):
            self.world.lost[sku] = self.world.lost.get(sku, 0) + units * n
        self.open_cartons()

    def true_pools(self) -> dict[str, Pool]:
        pools = {}
        for sku in SKUS:
            claims = tuple(
                Claim(o.stock_key.store, o.stock_key.ref, "committed", o.shelf * parts(o.stock_key)[sku],
                      RULES[o.stock_key.store].warehouses_of(o.stock_key.location))
                for o in self.world.orders if o.shelf and sku in parts(o.stock_key)
            )  # fmt: skip
            merged: dict[tuple[str, str, frozenset[str] | None], Claim] = {}
            for c in claims:
                at = (c.store, c.ref, c.warehouses)
                merged[at] = replace(c, units=c.units + (merged[at].units if at in merged else 0))
            units = {w: n for (s, w), n in self.world.shelves.items() if s == sku}
            pools[sku] = Pool(Stock(sku, units), tuple(merged.values()))
        return pools
