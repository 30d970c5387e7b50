"""The truth: pieces on shelves, orders, what each side was told, and what people do. The bridge sees of it only what
the sandboxes show."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bridge.core.sku import called_sku, carton_of

from .engine import Knowledge
from .goods import CASE, CASE_ID, EACH, HELD, Course, Listing, Order, Parcel
from .harness import SimHarness
from .packing import Packing

Reach = frozenset[str]
TOLD_WITHIN = 48 * 3600.0
"""Both books learn of a shipment by then: later than that is what the ledger lets go."""


@dataclass
class World:
    """harness: sandboxes and their clock. listings: everything sold. supply: (SKU, warehouse) → pieces that ever came.
    taken: (SKU, store, where it ships from) → pieces ever sold there. counted, came: SKU → when the warehouse counted a
    parcel, or received, that no pull has seen yet. murky: SKUs of which a pull did not see a fall. gone: deleted ones.
    known: pulled once. moved: when an order of a listing changed last in its shop. untold: listings with an order so
    old that the shop's API does not show it. made, renamed: (store, SKU) → when its listing was made anew, or given
    that SKU, last. away: (store, SKU) of listings that are no shopper's. binned: (store, SKU) → from when to when it
    lay in the trash. odd: SKUs whose rows cannot be right. late: SKUs that were not known yet when a parcel left, so
    that nobody can tell whether the first level counts it. unlisted: SKUs of which a list of the warehouse left out
    news: when it was one of changes, no client can tell, and only the next whole pull finds them. unread: stores that
    cannot be read. overwritten: those of them in which people typed other numbers, of which nobody learns. unseen: SKU
    → pieces that they sold, counted by the warehouse, of which nobody told the bridge.
    shelf: where a till counts, or "". reported: SKUs that it surely told of. unreported: those of whose number nobody
    was told. heard: when the till last reported anything, as far as anybody may know.
    edited: (store, SKU, place if any) → by how much people changed its number each time. ordered: (store, SKU) that any
    order there ever took pieces of. doubted: those whose rows ever could not be right, or were left out of a list."""

    harness: SimHarness
    dice: Random
    listings: tuple[Listing, ...]
    warehouses: tuple[str, ...]
    shelves: dict[tuple[str, str], int] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    supply: dict[tuple[str, str], Course] = field(default_factory=dict)
    taken: dict[tuple[str, str, Reach], Course] = field(default_factory=dict)
    counted: dict[str, float] = field(default_factory=dict)
    came: dict[str, float] = field(default_factory=dict)
    murky: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)
    known: bool = False
    moved: dict[Listing, float] = field(default_factory=dict)
    untold: set[Listing] = field(default_factory=set)
    made: dict[tuple[str, str], float] = field(default_factory=dict)
    renamed: dict[tuple[str, str], float] = field(default_factory=dict)
    away: set[tuple[str, str]] = field(default_factory=set)
    binned: dict[tuple[str, str], list[tuple[float, float]]] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    overwritten: set[str] = field(default_factory=set)
    unseen: Counter[str] = field(default_factory=Counter)
    shelf: str = ""
    reported: set[str] = field(default_factory=set)
    unreported: set[str] = field(default_factory=set)
    heard: float = float("-inf")
    edited: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    ordered: set[tuple[str, str]] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        stores = self.harness.stores.items()
        self.unread = frozenset(name for name, x in stores if not x.connector.capabilities.readable)
        self.readable = tuple(x for x in self.listings if x.store not in self.unread)
        self.places = (*self.warehouses, *([self.shelf] if self.shelf else ()))
        self.packing = Packing(self)

    @property
    def skus(self) -> list[str]:
        """What the warehouse counts: products, and a carton type where one is sold."""
        return sorted({sku for x in self.listings for sku in x.parts})

    @property
    def products(self) -> list[str]:
        return [sku for sku in self.skus if carton_of(sku) is None]

    @property
    def underway(self) -> set[str]:
        """SKUs of which less is there than the warehouse counts."""
        return {sku for p in self.parcels for sku in p.skus} | ({CASE} if self.packing.untold else set())

    @property
    def now(self) -> float:
        return float(self.harness.clock.now.timestamp())

    # -- what is true --------------------------------------------------------------------------------

    def reach(self, x: Listing) -> Reach:
        """The warehouses that a listing may be shipped from."""
        return x.reach or frozenset(self.places)

    def ships_from(self, x: Listing) -> Reach:
        """Where its orders leave from: at a till's shelf only those who come there take anything."""
        return self.reach(x) - {self.shelf}

    def free(self, sku: str, *, as_ordered: bool = False) -> dict[str, int]:
        """Pieces per warehouse that may still be sold: on shelves, less those ordered and not shipped, where that can
        be known. Whoever has no choice takes first; of several warehouses each comes off the fullest, or the first."""
        free = {w: self.shelves.get((sku, w), 0) for w in self.places if w != self.shelf or sku not in self.gone}
        known = (order for order in self.orders if order.ordered.store not in self.unread)
        for order in sorted(known, key=lambda order: len(self.reach(order.ordered))):
            for _ in range(order.pieces(sku, as_ordered=as_ordered) * order.on_shelf):
                free[min(self.reach(order.ordered) & free.keys(), key=lambda w: (-free[w], w))] -= 1
        return free

    def own(self, listing: Listing) -> int:
        return sum(o.units for o in self.orders if o.listing == listing and o.open)

    def want(self, listing: Listing, *, as_ordered: bool = False) -> int:
        """What the shop should show once everything was told. as_ordered: if orders were only of what they were of."""
        free, reach = {sku: self.free(sku, as_ordered=as_ordered) for sku in listing.parts}, self.reach(listing)
        offer, own = listing.offer({sku: sum(free[sku].get(w, 0) for w in reach) for sku in free}), self.own(listing)
        takes_off = self.harness[listing.store].connector.capabilities.writes == "on_hand"  # its own orders, by itself
        return max(0, offer + own) - own if takes_off else max(0, offer)

    def is_told(self, listing: Listing) -> bool:
        """Shop and warehouse have both told of every shipment of what it shares, and nothing of it is hidden."""
        half = self.underway | self.murky | self.unreported | {sku for x in self.untold for sku in x.parts}
        half |= {sku for o in self.orders if not (o.on_shelf or o.told) for sku in (*o.listing.parts, *o.ordered.parts)}
        return not (half | self.odd | self.unlisted) & listing.parts.keys()

    def is_new(self, x: Listing) -> bool:
        """Whether the bridge cannot know yet that it has this name."""
        return self.renamed.get((x.store, x.sku), -1.0) >= self.harness.board.listed.get(x.store, 0.0)

    def most(self, listing: Listing, knew: Knowledge) -> int:
        """The most that may be offered by whoever knows the warehouse and the shops only as they once were. Orders
        that may come from elsewhere as well are left out: nobody knows yet which warehouse they will leave. An opened
        carton may be taken for one that left, as the promises say; what is in it may not. So may what a store sold
        that cannot be read."""
        reach = self.reach(listing)
        free = {sku: self.unseen[sku] + self.packing.opened * (sku == CASE) for sku in listing.parts}
        for sku in free:
            supply = (self.supply[sku, w] for w in reach if (sku, w) in self.supply)
            free[sku] += sum(max(course.since(knew.pulled)) for course in supply)
        for (sku, store, within), taken in self.taken.items():
            if sku in free and within <= reach:
                free[sku] -= min(taken.since(knew.read.get(store, float("-inf"))))
        return max(0, listing.offer(free))

    def shows(self, listing: Listing) -> int:
        return int(self.harness[listing.store].shows(*listing.stock_key))

    # -- what people do: a sentence, or None when there is nothing to do --------------------------------

    def sell(self) -> str | None:
        x = self.dice.choice(self.listings)
        barred = x in self.untold or (x.store, x.sku) in self.away or self.is_new(x)
        if barred or (can := self.shows(x)) <= 0 or not all(store.counts for store in self.harness.stores.values()):
            return None
        units = self.dice.randint(1, min(can, 4))
        self.order(x, units)
        return f"{x.store} sells {units} {x}"

    def order(self, x: Listing, units: int, **when: Any) -> None:
        self.orders.append(Order(x, units, self.harness[x.store].sell(x.sku, units, *x.stock_key[1:], **when)))
        self._take(x, units)
        self.moved[x] = self.now
        self.ordered |= {(x.store, sku) for sku in x.parts}

    def _take(self, x: Listing, units: int) -> None:
        for sku, pieces in x.parts.items() if x.store not in self.unread else ():
            self.taken[sku, x.store, self.reach(x)].move(self.now, units * pieces)

    def ship(self) -> str | None:
        """Pieces leave the shelves; shop and warehouse learn of it later."""
        orders = [o for o in self.orders if o.on_shelf and o.listing not in self.untold and self._can_ship(o)]
        if not orders:
            return None
        order = self.dice.choice(orders)
        order.on_shelf = False
        parts = dict(order.ordered.parts)
        if cartons := parts.pop(CASE, 0):
            self.packing.ship(order, cartons * order.units)
            parts[HELD] -= cartons * EACH
        for sku, pieces in parts.items():
            self._pick(order, sku, pieces * order.units)
        self.packing.open_what_is_short()
        return f"{order.units} {order.listing} of {order.listing.store} leave"

    def _can_ship(self, order: Order) -> bool:
        reach, parts = self.ships_from(order.ordered), order.ordered.parts
        return all(sum(self.shelves[sku, w] for w in reach) >= order.units * each for sku, each in parts.items())

    def _pick(self, order: Order, sku: str, pieces: int) -> None:
        for w in sorted(self.ships_from(order.ordered)):
            some = min(pieces, self.shelves[sku, w])
            if some:
                self.shelves[sku, w] -= some
                self.parcels.append(Parcel(order, sku, w, some, self.now))
            pieces -= some

    def tell_shop(self, order: Order | None = None) -> str | None:
        waiting = [o for o in self.orders if not o.on_shelf and not o.told]
        if order is None and not waiting:
            return None
        found = order or self.dice.choice(waiting)
        found.told, self.moved[found.listing] = True, self.now
        self.harness[found.listing.store].ship(found.handle)
        return f"{found.listing.store} learns that {found.units} {found.listing} left"

    def tell_warehouse(self, parcel: Parcel | None = None) -> str | None:
        if not self.parcels:
            return None
        found = parcel or self.dice.choice(self.parcels)
        self.parcels.remove(found)
        self.count_out(found.sku, found.pieces, found.warehouse)
        if found.order.ordered.store in self.unread:
            self._note_unseen(found)
        return f"the warehouse counts {found.pieces} {called_sku(found.sku)} out of {found.warehouse}"

    def _note_unseen(self, parcel: Parcel) -> None:
        """What nobody told of is a count as any other, and may be taken for what another store shipped."""
        self.supply[parcel.sku, parcel.warehouse].move(self.now, -parcel.pieces)
        self.unseen[parcel.sku] += parcel.pieces
        self.murky.add(parcel.sku)

    def count_shelf(self, sku: str, units: int) -> None:
        """The bridge may know by now that so many lie on the till's shelf."""
        course = self.supply.setdefault((sku, self.shelf), Course())
        course.move(self.now, units - course.now)

    def count_out(self, sku: str, pieces: int, w: str) -> None:
        """Its books say so many less."""
        if sku == CASE:
            self.harness.warehouse.cartons.ship(CASE_ID, pieces, w)
            self.note_level(self.counted, HELD)
        else:
            self.harness.warehouse.forward(sku, pieces, w)
        self.note_level(self.counted, sku)
        if sku == HELD and CASE in self.skus:
            self.packing.tell(w)

    def note_level(self, which: dict[str, float], sku: str) -> None:
        which[sku] = self.now
        if sku in self.odd or (sku in self.counted and (sku in self.came or not self.known)):
            self.murky.add(sku)

    def product_of(self, sku: str) -> str:
        if sku == CASE:
            return CASE
        return self.ids[sku] if sku in self.gone else self.harness.warehouse.known(sku).id

    def pulled(self, began: float) -> None:
        """The bridge has seen every level as it was then, but for rows that a whole list left out."""
        self.known = True
        out = {sku for sku in self.came if self.product_of(sku) in self.harness.warehouse.left_out} | self.unlisted
        self.counted = {sku: at for sku, at in self.counted.items() if at >= began or sku in out}
        self.came = {sku: at for sku, at in self.came.items() if at >= began or sku in out}

    def tell_overdue(self) -> bool:
        """Whether there was something to tell."""
        overdue = [p for p in self.parcels if self.now - p.at > TOLD_WITHIN]
        if overdue:
            self.packing.tell_all()
        for parcel in overdue:
            self.tell_warehouse(parcel)
            if not parcel.order.told:
                self.tell_shop(parcel.order)
        return bool(overdue)

    def tell_all(self) -> None:
        for order in [o for o in self.orders if not o.on_shelf and not o.told]:
            self.tell_shop(order)
        while self.parcels:
            self.tell_warehouse()
        self.packing.tell_all()

    def call_off(self, among: Sequence[Listing]) -> str | None:
        """An order for one of these is cancelled that is too old to be told."""
        orders = [o for o in self.orders if o.listing in among]
        return self._cancel([o for o in orders if o.on_shelf and o.listing in self.untold])

    def cancel(self) -> str | None:
        return self._cancel([o for o in self.orders if o.on_shelf and o.listing not in self.untold])

    def _cancel(self, orders: Sequence[Order]) -> str | None:
        if not orders:
            return None
        order = self.dice.choice(orders)
        self.orders.remove(order)
        self.harness[order.listing.store].cancel(order.handle)
        self._take(order.ordered, -order.units)
        self.moved[order.listing] = self.now
        return f"{order.listing.store} cancels {order.units} {order.listing}"
