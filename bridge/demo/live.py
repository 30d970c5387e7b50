"""Life in the warehouse and in the shops: changes of stock, and orders with what becomes of them."""

import heapq
import itertools
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bridge.demo.catalogue import FIRST, PLACES, Offer
from bridge.demo.causes import Causes
from bridge.demo.sandboxes import Sandboxes
from bridge.demo.truth import Sale

APART = 15.0
"""Seconds between a count of a product and an order for it. A stock-take that falls among the shipments of
the same product can be taken for one of them; that window is the bridge's, and known."""

PLENTY = 24
"""Pieces that must be free in the only warehouse that has a product, before a second shop sells it as well."""

FATES = 6
"""Ways in which an order goes on."""

Tell = Callable[[str, str], None]
Stock = Mapping[str, Mapping[str, int]]
Change = tuple[str, str]
"""The product that changed, and what happened to it in a few words."""


@dataclass
class Live:
    """tell: called with who ("warehouse" or "shop") and what happened. pace: seconds between the steps of an
    order. open_ends: some orders stay as they are; otherwise every order is shipped in the end. ordered: store →
    orders so far."""

    sandboxes: Sandboxes
    chance: random.Random
    tell: Tell
    pace: float = 2.0
    open_ends: bool = True
    causes: Causes = field(default_factory=Causes)
    changes: int = 0
    ordered: Counter[str] = field(default_factory=Counter)
    _later: list[tuple[float, int, Callable[[float], None]]] = field(default_factory=list)
    _ticket: "itertools.count[int]" = field(default_factory=itertools.count)
    _sold: dict[str, float] = field(default_factory=dict)
    _seller: dict[str, str] = field(default_factory=dict)
    _counted: dict[str, float] = field(default_factory=dict)
    _gone: dict[str, str] = field(default_factory=dict)

    def run_until(self, now: float) -> None:
        """What was put off and is due."""
        while self._later and self._later[0][0] <= now:
            heapq.heappop(self._later)[2](now)

    @property
    def orders(self) -> int:
        return self.ordered.total()

    @property
    def waiting(self) -> int:
        return len(self._later)

    def _in(self, now: float, seconds: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._later, (now + seconds, next(self._ticket), act))

    # ---------------------------------------------------------------- the warehouse

    def change(self, now: float) -> None:
        """One change of the warehouse's stock."""
        stock = self.sandboxes.warehouse.see("stock")
        acts = (self._receive, self._count, self._empty, self._replace, self._restore, self._await)
        act = self.chance.choices(acts, weights=(45, 35, 5, 5, 5, 5))[0]
        free = [sku for sku in stock if self._sold.get(sku, 0.0) <= now]
        sku, what = act(self.chance.choice(free), stock)
        self.causes.note([sku], what)
        self._counted[sku] = now + APART
        self.changes += 1

    def _receive(self, sku: str, stock: Stock) -> Change:
        place, units = self.chance.choice(list(PLACES)), self.chance.randint(5, 40)
        self.sandboxes.warehouse.do("receive", product=sku, units=units, warehouse=place)
        self._told(f"{units} × {sku} arrived at {PLACES[place]}: {stock[sku].get(place, 0)} → ", sku, place)
        return sku, "a receipt"

    def _count(self, sku: str, stock: Stock) -> Change:
        held = stock[sku].get(FIRST, 0)
        units = max(0, held + (self.chance.randint(-held // 3, 3) or 2))
        self.sandboxes.warehouse.do("set_stock", product=sku, units=units, warehouse=FIRST)
        self._told(f"{sku} was counted at {PLACES[FIRST]}: {held} → ", sku, FIRST)
        return sku, "a stock-take"

    def _empty(self, sku: str, stock: Stock) -> Change:
        """Sold off elsewhere, and taken out of the range."""
        for place in stock[sku]:
            self.sandboxes.warehouse.do("set_stock", product=sku, units=0, warehouse=place)
        self._gone[sku] = self.sandboxes.warehouse.do("delete", product=sku)["id"]
        self.tell("warehouse", f"{sku} was deleted with {sum(stock[sku].values())} units left")
        return sku, "deleted in the warehouse"

    def _replace(self, sku: str, _: Stock) -> Change:
        units = self.chance.randint(5, 20)
        self.sandboxes.warehouse.do("recreate", product=sku, units=units)
        self.tell("warehouse", f"{sku} was deleted and made anew under another id, with {units} units")
        return sku, "made anew in the warehouse"

    def _restore(self, sku: str, stock: Stock) -> Change:
        if not self._gone:
            return self._receive(sku, stock)
        back, product = self._gone.popitem()
        self.sandboxes.warehouse.do("restore", product=product)
        self.sandboxes.warehouse.do("set_stock", product=product, units=7, warehouse=FIRST)
        self.tell("warehouse", f"{back} is back with 7 units")
        return back, "back in the warehouse"

    def _await(self, sku: str, stock: Stock) -> Change:
        """A product that the shops have been waiting for."""
        if not self.sandboxes.made.awaited:
            return self._count(sku, stock)
        offer, units = self.sandboxes.made.awaited.pop(), self.chance.randint(5, 30)
        self.sandboxes.warehouse.do("add", sku=offer.sku, units=units, name=offer.title)
        self.sandboxes.truth.arrived(offer)
        self.tell("warehouse", f"{offer.sku} is new, with {units} units")
        return offer.sku, "new in the warehouse"

    def _told(self, text: str, sku: str, place: str) -> None:
        now = self.sandboxes.warehouse.see("stock")[sku].get(place, 0)
        self.tell("warehouse", f"{text}{now}")

    # ---------------------------------------------------------------- the shops

    def order(self, now: float, *, store: str = "", fate: int | None = None) -> None:
        """One order, by default in each shop in turn, and a plan for what becomes of it."""
        store, number = store or self._in_turn(), self.orders
        ref, offer, place, most = self._for_sale(store, now)
        units, parts = self.chance.randint(1, min(3, most)), dict(offer.parts or {})
        self.causes.note(parts, f"an order in {store}")
        sale = Sale(store, self.sandboxes.shops[store].order(ref, units, place), place, units, parts)
        self.sandboxes.truth.sales.append(sale)
        self._sold.update(dict.fromkeys(parts, math.inf))
        self._seller.update(dict.fromkeys(parts, store))
        self.tell("shop", f"{sale}: {units} × {offer.sku}{f' from {PLACES[place]}' if place else ''}")
        self._plan(sale, now, number if fate is None else fate)
        self.ordered[store] += 1

    def _in_turn(self) -> str:
        """The turn shifts by one after each cycle of fates, so that every shop meets each of them."""
        stores = list(self.sandboxes.shops)
        return stores[(self.orders + self.orders // FATES) % len(stores)]

    def _for_sale(self, store: str, now: float) -> tuple[str, Offer, str, int]:
        """An offer that can be sold at a place, and how many of it."""
        stock, truth = self.sandboxes.warehouse.see("stock"), self.sandboxes.truth
        offers = [(ref, x) for ref, x in truth.offers[store].items() if x.parts and x.tracked]
        self.chance.shuffle(offers)
        for ref, offer in offers:
            if not all(self._calm(sku, store, now, stock) for sku in offer.parts or ()):
                continue
            for place in offer.shows:
                most = truth.available(offer, place, stock)
                if most > 0:
                    return ref, offer, place, most
        raise RuntimeError("nothing is left to sell")

    def _calm(self, sku: str, store: str, now: float, stock: Stock) -> bool:
        """Which warehouse the pieces of a shop without places leave is known only when they are counted. So pieces
        of two shops are under way together only where there is one warehouse to leave from."""
        if self._counted.get(sku, 0.0) > now:
            return False
        if self._sold.get(sku, 0.0) <= now or self._seller[sku] == store:
            return True
        free = self.sandboxes.truth.free(sku, stock)
        return free.get(FIRST, 0) >= PLENTY and not any(units for place, units in free.items() if place != FIRST)

    def _plan(self, sale: Sale, now: float, number: int) -> None:
        """The warehouse and the shop learn of a shipment in either order, or one of them later."""
        ship, count = self._ship(sale), self._forward(sale)
        long = math.inf if self.open_ends else 8 * self.pace
        fates: tuple[tuple[tuple[float, Callable[[float], None]], ...], ...] = (
            ((self.pace, count), (2 * self.pace, ship)),
            ((self.pace, ship), (3 * self.pace, count)),
            ((long, count), (long, ship)),
            ((self.pace, count), (self.pace, ship)),
            ((self.pace, ship), (long, count)),
            ((2 * self.pace, self._cancel(sale)),),
        )
        for seconds, act in fates[number % FATES]:
            if seconds < math.inf:
                self._in(now, seconds, act)

    def _ship(self, sale: Sale) -> Callable[[float], None]:
        def act(now: float) -> None:
            self.causes.note(sale.parts, f"shipped from {sale.store}")
            self.sandboxes.shops[sale.store].ship(sale.name)
            sale.shipped = True
            self.tell("shop", f"{sale} is shipped")
            self._is_right(sale, now)

        return act

    def _forward(self, sale: Sale) -> Callable[[float], None]:
        def act(now: float) -> None:
            self.causes.note(sale.parts, "counted in the warehouse")
            for sku, pieces in sale.parts.items():
                for place, units in self._leaves(sale, sku, sale.units * pieces):
                    self.sandboxes.warehouse.do("forward", product=sku, units=units, warehouse=place)
            sale.counted = True
            self.tell("warehouse", f"{sale} was forwarded: {', '.join(sale.parts)} fell")
            self._is_right(sale, now)

        return act

    def _leaves(self, sale: Sale, sku: str, pieces: int) -> Iterator[tuple[str, int]]:
        """The warehouses that pieces leave: the one they were sold from, else first the one that has most."""
        if sale.place:
            yield sale.place, pieces
            return
        held = self.sandboxes.warehouse.see("stock")[sku]
        for place in sorted(held, key=lambda place: -held[place]):
            if some := min(pieces, held[place]):
                yield place, some
            pieces -= some

    def _cancel(self, sale: Sale) -> Callable[[float], None]:
        def act(now: float) -> None:
            self.causes.note(sale.parts, f"a cancellation in {sale.store}")
            self.sandboxes.shops[sale.store].cancel(sale.name)
            sale.shipped = sale.counted = True
            self.tell("shop", f"{sale} was cancelled")
            self._is_right(sale, now)

        return act

    def _is_right(self, sale: Sale, now: float) -> None:
        if not sale.takes:
            self.sandboxes.truth.sales.remove(sale)
            busy = {sku for other in self.sandboxes.truth.sales for sku in other.parts}
            self._sold.update({sku: now + APART for sku in sale.parts if sku not in busy})
