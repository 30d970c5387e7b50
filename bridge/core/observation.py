"""What a reading of some listings says: (what was known, order lines, readings) → stock, ledgers, due. Pure.

Orders are read ahead of stock, so what they explain is known when units are missed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bridge.core import ledger as book
from bridge.core.in_flight import Sent, may_land_on, with_landed
from bridge.core.ledger import Ledger, Shipment
from bridge.core.model import StoreRules, StoreStock, Windows
from bridge.core.owed import UNTOLD, Lines, note_of, units_of
from bridge.core.owed import after as owed_after
from bridge.core.unread import moved_by_orders, without_leaves
from connectors.base import Listing, OrderLine, Reading, Shipped
from connectors.values import Value, replace

Parts = Mapping[str, int]
"""Source SKU → pieces."""


@dataclass(frozen=True, kw_only=True)
class KnownBefore:
    """What is known of some listings of one store before they are read, by ref where nothing else is said.

    parts: none for a listing that maps to nothing. noted: (ref, order) → the parts that the order is of, where they are
    others than the listing's of today. sent: writes in flight. ledgers: by source SKU, of listings that were shown
    before or that orders tell of. reads_committed: the store itself counts open
    units. readable: the store has readings at all. compares: it refuses a write where its number has moved on. now:
    when they were read.
    """

    rules: StoreRules
    windows: Windows
    now: datetime
    reads_committed: bool
    readable: bool = True
    compares: bool = False
    listings: Mapping[str, Listing] = field(default_factory=dict)
    parts: Mapping[str, Parts] = field(default_factory=dict)
    noted: Mapping[tuple[str, str], Parts] = field(default_factory=dict)
    lines: Mapping[str, Lines] = field(default_factory=dict)
    shown: Mapping[str, Mapping[str, StoreStock]] = field(default_factory=dict)
    sent: Mapping[str, Collection[Sent]] = field(default_factory=dict)
    ledgers: Mapping[str, Ledger] = field(default_factory=dict)

    def parts_of(self, ref: str, order: str) -> Parts:
        """What an order of a listing is of: what the listing was when the order was placed."""
        return self.noted.get((ref, order)) or self.parts.get(ref, {})

    def skus_of(self, refs: Collection[str]) -> set[str]:
        """The source SKUs that these listings take, or that their orders are of."""
        own = {sku for ref in refs for sku in self.parts.get(ref, ())}
        return own | {sku for (ref, _), parts in self.noted.items() if ref in refs for sku in parts}


class OrderNews(Value, frozen=True):
    """What orders say of one listing in one reading: units that left per location as they name them, what left
    besides (negative: had left before they named it), and their news per order."""

    shipped: Mapping[str, int] = {}
    left: Mapping[str, int] = {}
    orders: Mapping[str, int] = {}

    @property
    def new_leaves(self) -> Mapping[str, int]:
        """Units per location that nobody saw leave before the orders said so."""
        new = {location: units + min(0, self.left.get(location, 0)) for location, units in self.shipped.items()}
        return {location: units for location, units in new.items() if units > 0}


class ListingReading(Value, frozen=True):
    """One listing as it was just read. known: what was believed of it. then, now: committed units per known order.
    quiet: it shows just that, and neither orders nor writes tell of it."""

    listing: Listing
    parts: Parts
    known: Mapping[str, StoreStock]
    readings: Sequence[Reading]
    order_lines: Sequence[OrderLine]
    then: Mapping[str, int]
    now: Mapping[str, int]
    told: OrderNews
    sent: Collection[Sent]
    quiet: bool = False


@dataclass
class Observation:
    """What changed. ledgers: by source SKU. lines: ref → committed units per order. shown: ref → what each location
    shows. moved: refs of listings that are due. seen: listings that were known before, for whoever looks for drift."""

    ledgers: dict[str, Ledger] = field(default_factory=dict)
    lines: dict[str, Lines] = field(default_factory=dict)
    shown: dict[str, Mapping[str, StoreStock]] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    seen: list[ListingReading] = field(default_factory=list)


def observe(
    before: KnownBefore, refs: Iterable[str],
    order_lines: Mapping[str, Sequence[OrderLine]], readings: Mapping[str, Sequence[Reading]],
) -> Observation:  # fmt: skip
    """Returns what the readings and order lines of some listings change."""
    found = Observation()
    for ref in refs:
        told, read = order_lines.get(ref, ()), readings.get(ref, ())
        is_alone = not (told or ref in before.lines or ref in before.sent)
        if not (is_alone and read and _observe_quiet(before, found, ref, read)):
            _observe_listing(before, found, ref, told, read)
    return found


def _observe_quiet(before: KnownBefore, found: Observation, ref: str, readings: Sequence[Reading]) -> bool:
    """Take in what nearly every listing shows, of which neither orders nor writes tell: it is met, or shows what was
    believed, so nothing can have left it → whether it is so."""
    known, listing = before.shown.get(ref), before.listings.get(ref)
    shown = {r.location: _shown(r, known.get(r.location) if known else None, 0, before.now) for r in readings}
    if not known:
        found.moved.add(ref)
    elif _numbers(shown) != _numbers(known):
        return False
    elif listing is not None:
        parts, told = before.parts.get(ref, {}), OrderNews()
        found.seen.append(ListingReading(listing, parts, known, readings, (), {}, {}, told, (), quiet=True))
    found.shown[ref] = shown
    return True


def _observe_listing(
    before: KnownBefore, found: Observation, ref: str, order_lines: Sequence[OrderLine], readings: Sequence[Reading]
) -> None:
    known, lines, listing = before.shown.get(ref, {}), before.lines.get(ref, {}), before.listings.get(ref)
    sent = before.sent.get(ref, ())
    fresh = committed_lines(before, lines, order_lines, readings, listing)
    committed_then, committed_now = units_of(lines), units_of(fresh)
    units = sum(committed_now.values())
    live = [
        x for x in sent if x.location in known and may_land_on(x, known[x.location].on_hand, compares=before.compares)
    ]
    landed = with_landed(known, readings, live)
    told = _ship(before, found, ref, order_lines, landed, readings, (sum(committed_then.values()), units))
    if fresh != lines:
        found.lines[ref] = fresh
    if committed_now != committed_then and not readings:  # only its orders tell now what it reserves
        found.moved.add(ref)
    if known and not readings and before.reads_committed and told.new_leaves:
        found.shown[ref] = without_leaves(known, told.new_leaves)
    if known and not readings and before.readable and not before.reads_committed:
        moved = moved_by_orders(known, units, order_lines, committed_then, told.orders)
        found.shown |= {ref: moved} if moved != known else {}
    if readings:
        shown = {r.location: _shown(r, landed.get(r.location), units, before.now) for r in readings}
        if _numbers(shown) != _numbers(known):
            found.moved.add(ref)
        found.shown[ref] = {**known, **shown}
    if listing is not None and known and readings:
        parts = before.parts.get(ref, {})
        found.seen.append(
            ListingReading(listing, parts, known, readings, order_lines, committed_then, committed_now, told, sent)
        )


def _numbers(shown: Mapping[str, StoreStock]) -> dict[str, tuple[int, int, int, bool]]:
    return {place: (k.available, k.committed, k.on_hand, k.stocked) for place, k in shown.items()}


def _shown(r: Reading, before: StoreStock | None, units: int, now: datetime) -> StoreStock:
    committed = units if r.committed is None else r.committed
    if before is None:
        return StoreStock(r.available, committed, r.on_hand, r.stocked, now)
    return StoreStock(r.available, committed, r.on_hand, r.stocked, now, before.last_target, before.basis)


def committed_lines(
    before: KnownBefore, lines: Lines, order_lines: Sequence[OrderLine], readings: Sequence[Reading],
    listing: Listing | None,
) -> Lines:  # fmt: skip
    """Returns the committed units per order after what was read. Of what no order tells no more is left than the store
    counts."""
    keep = 2 * before.windows.release
    told = [(m.order, m.committed, note_of(m, listing)) for m in order_lines if m.order]
    fresh = owed_after(lines, told, now=before.now, keep=keep)
    if UNTOLD not in fresh or not readings:
        return fresh
    untold = sum(r.committed or 0 for r in readings) - sum(units_of(fresh).values())
    least = max(0, min(fresh[UNTOLD].units, untold))
    return owed_after(fresh, [(UNTOLD, least, None)], now=before.now, keep=keep)


# -- what left -----------------------------------------------------------------------------------------


def _ship(
    before: KnownBefore, found: Observation, ref: str, order_lines: Sequence[OrderLine],
    known: Mapping[str, StoreStock], readings: Sequence[Reading], known_committed: tuple[int, int],
) -> OrderNews:  # fmt: skip
    """Enter into the ledgers what orders show as shipped, and what left its on hand without an order's word. What was
    never seen before and no order tells of has not left."""
    if not known and not order_lines:
        return OrderNews()
    news = _news(before, found, ref, order_lines)
    new = _summed((location, max(0, units)) for _, location, units in news)
    after = {r.location: (r.on_hand, r.committed) for r in readings if r.committed is not None}
    left = book.left_beyond_orders(known, after, known_committed, new) if after and known else {}
    if known and not readings:
        sku, pieces = next(iter(before.parts_of(ref, "").items()), ("", 0))
        ledger = found.ledgers.get(sku) or before.ledgers.get(sku) or Ledger()
        own = (before.rules.store, ref, "")  # no order names it yet
        nameless = _summed(
            (d.location, d.pieces // pieces) for d in ledger.shipments if (d.store, d.ref, d.order) == own
        )
        named = book.left_before_named(known, known_committed[0], new, nameless)
        left = {location: -units for location, units in named.items()}
    for m in order_lines:
        for s in (*m.shipped, *_taken_back(before, found, ref, m)):
            shipment = _shipment(before, ref, m.order, s.location, s.units, s.at, m.ordered_at)
            _enter(before, found, shipment, unnamed=max(0, -left.get(s.location, 0)))
    for location, units in left.items():
        if units > 0:
            _enter(before, found, _shipment(before, ref, "", location, units, before.now, None), unnamed=None)
    return OrderNews(new, left, _summed((order, units) for order, _, units in news))


def _summed(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for name, units in pairs:
        sums[name] += units
    return sums


def _news(
    before: KnownBefore, found: Observation, ref: str, order_lines: Sequence[OrderLine]
) -> list[tuple[str, str, int]]:
    """(order, location, units) that left since; negative: a shipment was taken back."""
    news = []
    for m in order_lines:
        sku, pieces = next(iter(before.parts_of(ref, m.order).items()), ("", 0))
        for s in m.shipped if sku else ():
            shipment = _shipment(before, ref, m.order, s.location, s.units * pieces, s.at, m.ordered_at)
            ledger = found.ledgers.get(sku) or before.ledgers[sku]
            units = book.new_pieces(ledger, shipment, now=before.now, windows=before.windows) // pieces
            news.append((m.order, s.location, units))
    return news


def _taken_back(before: KnownBefore, found: Observation, ref: str, m: OrderLine) -> list[Shipped]:
    """Shipments of an order that the ledgers know and the order shows no longer: nothing left from there."""
    stands = {s.location for s in m.shipped}
    ledgers = (found.ledgers.get(sku) or before.ledgers[sku] for sku in before.parts_of(ref, m.order))
    known = {
        d.location
        for ledger in ledgers
        for d in ledger.shipments
        if m.order and (d.store, d.ref, d.order) == (before.rules.store, ref, m.order)
    }
    return [Shipped(location, 0, m.changed_at) for location in sorted(known - stands)]


def _shipment(
    before: KnownBefore, ref: str, order: str, location: str, units: int, left: datetime, ordered: datetime | None
) -> Shipment:
    nowhere = not before.readable and not location  # its orders need not say from where
    warehouses = before.rules.everywhere if nowhere else before.rules.warehouses_of(location)
    return Shipment(before.rules.store, ref, order, location, units, left, ordered, warehouses)


def _enter(before: KnownBefore, found: Observation, seen: Shipment, *, unnamed: int | None) -> None:
    """One shipment in units of its listing → the ledger of each part. unnamed None: no order names it."""
    if seen.warehouses == frozenset():
        return  # a location that no warehouse is mapped to takes nothing from the pool
    for sku, pieces in before.parts_of(seen.ref, seen.order).items():
        part = replace(seen, pieces=seen.pieces * pieces)
        ledger = found.ledgers.get(sku) or before.ledgers[sku]
        if unnamed is None:
            after = book.leave(ledger, part, windows=before.windows)
        else:
            after = book.record_shipment(ledger, part, unnamed=unnamed * pieces, now=before.now, windows=before.windows)
        if after != ledger:
            found.ledgers[sku] = after
            found.moved.add(seen.ref)
