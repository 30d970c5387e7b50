"""Life in the warehouse and in the shops: changes of stock, and orders with what becomes of them."""

import heapq
import itertools
import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from bridge.core.sku import called_sku
from bridge.demo.catalogue import FIRST, PLACES
from bridge.demo.causes import Causes
from bridge.demo.sandboxes import Sandboxes
from bridge.demo.truth import Sale
from connectors.testing.storefront import Carton, Offer

APART = 15.0
"""Seconds between a count of a product and an order for it. A stock-take that falls among the shipments of
the same product can be taken for one of them; that window is the bridge's, and known."""

FILLED = 10
"""Pieces on a shelf that was empty."""

PLENTY = 24
"""Pieces that must be free in the only warehouse that has a product, before a second shop sells it as well."""

NEVER = 8
"""Steps of an order until one that may be left open."""

FATES = (
    ((1, "count"), (2, "ship")),
    ((1, "ship"), (3, "count")),
    ((NEVER, "count"), (NEVER, "ship")),
    ((1, "count"), (1, "ship")),
    ((1, "ship"), (NEVER, "count")),
    ((2, "cancel"),),
)
"""Ways in which an order goes on: after how many steps' time what happens. The warehouse and the shop learn of a
shipment in either order, or one of them later."""

CHANGES = {"receive": 45, "count": 35, "cartons": 5, "drop": 5, "replace": 5, "restore": 5, "launch": 5}
"""What happens in the warehouse, and how often."""

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
    _later: list[tuple[float, int, Sale, str]] = field(default_factory=list)
    _ticket: "itertools.count[int]" = field(default_factory=itertools.count)
    _sold: dict[str, float] = field(default_factory=dict)
    _seller: dict[str, str] = field(default_factory=dict)
    _counted: dict[str, float] = field(default_factory=dict)
    _gone: dict[str, str] = field(default_factory=dict)

    def run_until(self, now: float) -> None:
        """What was put off and is due."""
        while self._later and self._later[0][0] <= now:
            self._go_on(*heapq.heappop(self._later)[2:], now)

    @property
    def orders(self) -> int:
        return self.ordered.total()

    @property
    def waiting(self) -> int:
        return len(self._later)

    # ---------------------------------------------------------------- the warehouse

    def change(self, now: float) -> None:
        """One change of the warehouse's stock; the first is a receipt of cartons."""
        stock = self.sandboxes.warehouse.see("stock")
        kind = self.chance.choices(list(CHANGES), weights=list(CHANGES.values()))[0] if self.changes else "cartons"
        packed = {carton.sku: carton for carton in self.sandboxes.made.cartons.values()}
        idle = [sku for sku in stock if self._sold.get(sku, 0.0) <= now]
        cartons = [packed[sku] for sku in idle if sku in packed]
        loose = [sku for sku in idle if sku not in packed]
        kind = "receive" if (kind == "restore" and not self._gone) or (kind == "cartons" and not cartons) else kind
        kind = "count" if kind == "launch" and not self.sandboxes.made.awaited else kind
        if kind == "cartons":
            sku, what = self._unload(self.chance.choice(cartons))
        else:
            restocked = kind in ("receive", "count")  # what a till sells stays in the range
            sku = self.chance.choice([sku for sku in loose if restocked or sku not in self.sandboxes.till.items])
            sku, what = (self._restock if restocked else self._rearrange)(kind, sku, stock)
        self.causes.note([sku], what)
        self._counted[sku] = now + APART
        self.changes += 1

    def _unload(self, carton: Carton) -> Change:
        """Full cartons arrive, and the pieces in them."""
        count = self.chance.randint(1, 4)
        self.sandboxes.warehouse.do("receive_cartons", carton=carton.id, count=count, warehouse=FIRST)
        self.tell("warehouse", f"{count} full cartons of {carton.pieces} × {carton.sku} arrived at {PLACES[FIRST]}")
        return carton.sku, "a receipt of cartons"

    def _restock(self, kind: str, sku: str, stock: Stock) -> Change:
        """Units arrive, or those that are there are counted."""
        place = self.chance.choice(list(PLACES)) if kind == "receive" else FIRST
        held = stock[sku].get(place, 0)
        if kind == "receive":
            units, what = self.chance.randint(5, 40), "a receipt"
            self.sandboxes.warehouse.do("receive", product=sku, units=units, warehouse=place)
            told = f"{units} × {sku} arrived"
        else:
            units, what = max(0, held + (self.chance.randint(-held // 3, 3) or 2)), "a stock-take"
            self.sandboxes.warehouse.do("set_stock", product=sku, units=units, warehouse=place)
            told = f"{sku} was counted"
        now = self.sandboxes.warehouse.see("stock")[sku].get(place, 0)
        self.tell("warehouse", f"{told} at {PLACES[place]}: {held} → {now}")
        return sku, what

    def _rearrange(self, kind: str, sku: str, stock: Stock) -> Change:
        """A product leaves the range, gets another id, comes back, or is new."""
        warehouse = self.sandboxes.warehouse
        match kind:
            case "drop":  # sold off elsewhere, and taken out of the range
                for place in stock[sku]:
                    warehouse.do("set_stock", product=sku, units=0, warehouse=place)
                self._gone[sku] = warehouse.do("delete", product=sku)["id"]
                self.tell("warehouse", f"{sku} was deleted with {sum(stock[sku].values())} units left")
                return sku, "deleted in the warehouse"
            case "replace":
                units = self.chance.randint(5, 20)
                warehouse.do("recreate", product=sku, units=units)
                self.tell("warehouse", f"{sku} was deleted and made anew under another id, with {units} units")
                return sku, "made anew in the warehouse"
            case "restore":
                sku, product = self._gone.popitem()
                warehouse.do("restore", product=product)
                warehouse.do("set_stock", product=product, units=7, warehouse=FIRST)
                self.tell("warehouse", f"{sku} is back with 7 units")
                return sku, "back in the warehouse"
            case _:  # "launch": a product that the shops have been waiting for
                offer, units = self.sandboxes.made.awaited.pop(), self.chance.randint(5, 30)
                warehouse.do("add", sku=offer.sku, units=units, name=offer.title)
                self.sandboxes.truth.arrived(offer)
                self.tell("warehouse", f"{offer.sku} is new, with {units} units")
                return offer.sku, "new in the warehouse"

    # ---------------------------------------------------------------- the till

    def sell_at_the_counter(self, now: float) -> None:
        """Somebody buys, or what ran out on the shelf is filled up; the till reports what lies there then."""
        till = self.sandboxes.till
        idle = [sku for sku in till.shelf if self._sold.get(sku, 0.0) <= now]
        if not idle:
            return
        sku = self.chance.choice(idle)
        held = till.shelf[sku]
        sold = min(held, self.chance.randint(1, 3))
        what = "a sale at the counter" if sold else "a shelf filled up"
        self.causes.note([sku], what)
        self._counted[sku] = now + APART
        till.report(sku, held - sold if sold else FILLED)
        till.sold += sold
        self.tell("till", f"{what} of {sku}: {held} → {till.shelf[sku]} on the shelf")

    # ---------------------------------------------------------------- the shops

    def order(self, now: float, *, fate: int | None = None, spared: Collection[str] = ()) -> None:
        """One order, in each shop that tells of orders in turn, and a plan for what becomes of it. A shop of which
        nothing can be sold now misses its turn. spared: products of which nothing is. Raises RuntimeError when no shop
        has anything left."""
        stores, number = list(self.sandboxes.selling), self.orders
        # The turn shifts by one after each cycle of fates, so that every shop meets each of them.
        turn = (number + number // len(FATES)) % len(stores)
        possible = ((store, self._for_sale(store, now, spared)) for store in stores[turn:] + stores[:turn])
        found = next(((store, sale) for store, sale in possible if sale), None)
        if found is None:
            raise RuntimeError("nothing is left to sell")
        store, (ref, offer, place, most) = found
        units, parts = self.chance.randint(1, min(3, most)), dict(offer.parts or {})
        self.causes.note(parts, f"an order in {store}")
        sale = Sale(store, self.sandboxes.selling[store].order(ref, units, place), place, units, parts)
        self.sandboxes.truth.sales.append(sale)
        self._sold.update(dict.fromkeys(parts, math.inf))
        self._seller.update(dict.fromkeys(parts, store))
        self.tell("shop", f"{sale}: {units} × {offer.sku}{f' from {PLACES[place]}' if place else ''}")
        for steps, what in FATES[(number if fate is None else fate) % len(FATES)]:
            if steps < NEVER or not self.open_ends:
                heapq.heappush(self._later, (now + steps * self.pace, next(self._ticket), sale, what))
        self.ordered[store] += 1

    def _for_sale(self, store: str, now: float, spared: Collection[str]) -> tuple[str, Offer, str, int] | None:
        """An offer that can be sold at a place, and how many of it; None: there is none now. Which warehouse the pieces
        of a shop without places leave is known only when they are counted. So pieces of two shops are under way
        together only where there is one warehouse to leave from. Nothing is sent from a shelf, so no more is ordered
        than the warehouses have."""
        stock, sendable, truth = self.sandboxes.stock(), self.sandboxes.in_the_warehouse(), self.sandboxes.truth
        offers = [(ref, x) for ref, x in truth.offers[store].items() if x.parts and x.tracked]
        busy = {*spared, *(sku for sku, until in self._counted.items() if until > now)}
        for sku in [sku for sku, until in self._sold.items() if until > now and self._seller[sku] != store]:
            free = truth.free(sku, stock)
            if free.get(FIRST, 0) < PLENTY or any(units for place, units in free.items() if place != FIRST):
                busy.add(sku)
        self.chance.shuffle(offers)
        if not self.orders:  # the first is of something that people look for
            offers.sort(key=lambda found: found[1].sku not in self.sandboxes.made.cartons)
        for ref, offer in offers:
            for place in offer.shows if busy.isdisjoint(offer.parts or ()) else ():
                most = truth.available(offer, place, sendable)
                if most > 0:
                    return ref, offer, place, most
        return None

    def _go_on(self, sale: Sale, what: str, now: float) -> None:
        """The next step of an order; the last one ends its claim to the stock."""
        match what:
            case "ship":
                self.causes.note(sale.parts, f"shipped from {sale.store}")
                self.sandboxes.selling[sale.store].ship(sale.name)
                sale.shipped = True
                self.tell("shop", f"{sale} is shipped")
            case "count":
                self.causes.note(sale.parts, "counted in the warehouse")
                self._forward(sale)
                sale.counted = True
                self.tell("warehouse", f"{sale} was forwarded: {', '.join(map(called_sku, sale.parts))} fell")
            case "cancel":
                self.causes.note(sale.parts, f"a cancellation in {sale.store}")
                self.sandboxes.selling[sale.store].cancel(sale.name)
                sale.shipped = sale.counted = True
                self.tell("shop", f"{sale} was cancelled")
        if not sale.takes:
            self.sandboxes.truth.sales.remove(sale)
            busy = {sku for other in self.sandboxes.truth.sales for sku in other.parts}
            self._sold.update({sku: now + APART for sku in sale.parts if sku not in busy})

    def _forward(self, sale: Sale) -> None:
        """What was sold leaves the warehouse: full cartons with what is in them, pieces one by one."""
        parts = dict(sale.parts)
        for carton in self.sandboxes.made.cartons.values():
            if full := parts.pop(carton.part, 0):
                parts[carton.sku] -= full * carton.pieces
                for place, count in self._leaves(sale, carton.part, sale.units * full):
                    self.sandboxes.warehouse.do("ship_cartons", carton=carton.id, count=count, warehouse=place)
        for sku, pieces in parts.items():
            for place, units in self._leaves(sale, sku, sale.units * pieces):
                self.sandboxes.warehouse.do("forward", product=sku, units=units, warehouse=place)

    def _leaves(self, sale: Sale, sku: str, pieces: int) -> Iterator[tuple[str, int]]:
        """The warehouses that pieces leave: the one they were sold from, else first the one that has most."""
        if sale.place:
            yield sale.place, pieces
            return
        held = self.sandboxes.in_the_warehouse()[sku]
        for place in sorted(held, key=lambda place: -held[place]):
            if some := min(pieces, held[place]):
                yield place, some
            pieces -= some
