"""The shipment ledger: which pieces left a store by shipping and are not yet missing from the warehouse.

Warehouse and store learn of one shipment at different times, in either order. A *shipment* is what a
store saw leave; it is unconfirmed, and subtracted everywhere, until the warehouse level has fallen for
it. A *level decrease* is what the warehouse saw leave and no shipment explains yet.

One ledger belongs to one source SKU. Everything here is a function of values: time is an argument.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.core.availability import Claim
from bridge.core.model import StoreStock, Windows
from connectors.values import replace

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LevelDecrease:
    """Pieces by which a warehouse's level fell. Warehouse "": not a real decrease, but pieces that expired."""

    warehouse: str
    pieces: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Shipment:
    """Pieces of one order line, in total, that left one location of a store by shipping.

    order "": its on hand showed them leave, no order named them (orders too old for the store's API).
    pieces: in total so far. confirmed_by: the decreases, or slices of them, that explain pieces of it.
    ordered_at: None counts as long ago. at: when the newest pieces left; the wait is counted from here.
    """

    store: str
    ref: str
    order: str
    location: str
    pieces: int
    at: datetime
    ordered_at: datetime | None = None
    warehouses: frozenset[str] | None = None
    confirmed_by: tuple[LevelDecrease, ...] = ()

    @property
    def unconfirmed(self) -> int:
        return self.pieces - sum(f.pieces for f in self.confirmed_by)

    @property
    def line(self) -> tuple[str, str, str, str]:
        return (self.store, self.ref, self.order, self.location)


@dataclass(frozen=True, slots=True)
class Ledger:
    shipments: tuple[Shipment, ...] = ()
    decreases: tuple[LevelDecrease, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.shipments or self.decreases)

    @property
    def unmatched(self) -> dict[str, int]:
        """Pieces per warehouse that fell and no shipment explains."""
        return _summed(self.decreases)

    @property
    def confirmed(self) -> dict[str, int]:
        """Pieces per warehouse that fell for the shipments remembered here."""
        return _summed(f for d in self.shipments for f in d.confirmed_by if f.warehouse)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What the ledger subtracts from the pool."""
        return tuple(
            Claim(d.store, d.ref, "unconfirmed", d.unconfirmed, d.warehouses)
            for d in self.shipments
            if d.unconfirmed > 0
        )


def _summed(decreases: Iterable[LevelDecrease]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for f in decreases:
        sums[f.warehouse] = sums.get(f.warehouse, 0) + f.pieces
    return sums


def record_decrease(ledger: Ledger, warehouse: str, pieces: int, seen_at: datetime, windows: Windows) -> Ledger:
    """The level of one warehouse fell: confirm what left earlier, and keep the rest as a decrease that a
    later shipment may explain."""
    return _matched(replace(ledger, decreases=(*ledger.decreases, LevelDecrease(warehouse, pieces, seen_at))), windows)


def new_pieces(ledger: Ledger, seen: Shipment, *, now: datetime, windows: Windows) -> int:
    """Pieces of `seen` that the ledger did not know of; negative: a fulfilment was taken back. What
    left so long ago that its settlement was forgotten is no news, or reading it would revive it."""
    known = next((d.pieces for d in ledger.shipments if d.line == seen.line), None)
    if known is None and now - seen.at >= 2 * windows.release:
        return 0
    return seen.pieces - (known or 0)


def record_shipment(ledger: Ledger, seen: Shipment, *, unnamed: int = 0, now: datetime, windows: Windows) -> Ledger:
    """An order shows `seen.pieces` as shipped, in total. Reading it again changes nothing.

    unnamed: how many of the new pieces had been seen leaving its on hand before the order said so."""
    new = new_pieces(ledger, seen, now=now, windows=windows)
    known = next((d for d in ledger.shipments if d.line == seen.line), replace(seen, pieces=0))
    if new < 0:  # a fulfilment was cancelled: the decreases that explained it are free to explain the next one
        confirmed_by, excess = _split(known.confirmed_by, seen.pieces)
        ledger = _with(ledger, replace(known, pieces=seen.pieces, confirmed_by=confirmed_by))
        return replace(ledger, decreases=(*ledger.decreases, *(f for f in excess if f.warehouse)))
    if not new:
        return ledger
    ledger, confirmed_by = _named(ledger, seen, min(unnamed, new))
    grown = replace(seen, at=min(seen.at, now), confirmed_by=(*known.confirmed_by, *confirmed_by))
    return _matched(_with(ledger, grown), windows)


def leave(ledger: Ledger, seen: Shipment, *, windows: Windows) -> Ledger:
    """`seen.pieces` more left its on hand together with committed units, and no order names them (order "")."""
    before = next((d for d in ledger.shipments if d.line == seen.line), replace(seen, pieces=0))
    grown = replace(seen, pieces=before.pieces + seen.pieces, confirmed_by=before.confirmed_by)
    return _matched(_with(ledger, grown), windows)


def _with(ledger: Ledger, shipment: Shipment) -> Ledger:
    others = tuple(d for d in ledger.shipments if d.line != shipment.line)
    return replace(ledger, shipments=(*others, shipment) if shipment.pieces else others)


def _split(
    decreases: tuple[LevelDecrease, ...], pieces: int
) -> tuple[tuple[LevelDecrease, ...], tuple[LevelDecrease, ...]]:
    """The first `pieces` of some decreases, and the rest."""
    first, rest = [], []
    for f in decreases:
        some = min(pieces, f.pieces)
        pieces -= some
        first.append(replace(f, pieces=some))
        rest.append(replace(f, pieces=f.pieces - some))
    return tuple(f for f in first if f.pieces), tuple(f for f in rest if f.pieces)


def _named(ledger: Ledger, seen: Shipment, pieces: int) -> tuple[Ledger, tuple[LevelDecrease, ...]]:
    """Move pieces that left without a name to the order that names them now → what had confirmed them."""
    nameless = next((d for d in ledger.shipments if d.line == replace(seen, order="").line), None)
    if nameless is None or not pieces:
        return ledger, ()
    moved = min(pieces, nameless.pieces)
    confirmed_by, rest = _split(nameless.confirmed_by, moved)
    return _with(ledger, replace(nameless, pieces=nameless.pieces - moved, confirmed_by=rest)), confirmed_by


def _matched(ledger: Ledger, windows: Windows) -> Ledger:
    """Let decreases explain shipments as far as they can: the oldest first, as they expire first; and
    where a decrease finds none, by passing on one that another shipment, which the decrease explains as well,
    took before."""
    order = sorted(ledger.shipments, key=lambda d: (d.at, d.line))
    shipments = {d.line: d for d in order}
    decreases = []
    for f in ledger.decreases:
        rest = _confirm(f, shipments, windows)
        rest = _pass_on(rest, shipments, windows)
        decreases.append(rest)
    return Ledger(tuple(shipments.values()), tuple(f for f in decreases if f.pieces))


def _confirm(f: LevelDecrease, shipments: dict[tuple[str, str, str, str], Shipment], windows: Windows) -> LevelDecrease:
    for line, d in shipments.items():
        some = min(f.pieces, d.unconfirmed)
        if some > 0 and _explains(f, d, windows):
            shipments[line] = replace(d, confirmed_by=(*d.confirmed_by, replace(f, pieces=some)))
            f = replace(f, pieces=f.pieces - some)
    return f


def _pass_on(f: LevelDecrease, shipments: dict[tuple[str, str, str, str], Shipment], windows: Windows) -> LevelDecrease:
    """A decrease nobody needs where it happened takes the place of one that is needed elsewhere."""
    for line, d in shipments.items():
        if not f.pieces or not _explains(f, d, windows):
            continue
        kept: list[LevelDecrease] = []
        for slot in d.confirmed_by:
            swap = replace(slot, pieces=min(slot.pieces, f.pieces)) if slot.warehouse != f.warehouse else None
            passed = swap.pieces - _confirm(swap, shipments, windows).pieces if swap and swap.pieces else 0
            kept += [replace(slot, pieces=slot.pieces - passed), replace(f, pieces=passed)]
            f = replace(f, pieces=f.pieces - passed)
        shipments[line] = replace(d, confirmed_by=tuple(k for k in kept if k.pieces))
    return f


def _explains(f: LevelDecrease, d: Shipment, windows: Windows) -> bool:
    place = d.warehouses is None or f.warehouse in d.warehouses
    if f.warehouse in windows.shelves:
        place = place and d.warehouses is not None and d.warehouses <= windows.shelves
    was_open = d.ordered_at is None or d.ordered_at <= f.seen_at
    return bool(f.warehouse) and place and was_open and d.at - f.seen_at <= windows.match


@dataclass(frozen=True, slots=True)
class Pruned:
    """expired: shipments that expire now. expiring: those that will within a day."""

    ledger: Ledger
    expired: tuple[Shipment, ...] = ()
    expiring: tuple[Shipment, ...] = ()


def prune(
    ledger: Ledger, *, now: datetime, windows: Windows, still_open: Collection[tuple[str, str, str]] = ()
) -> Pruned:
    """Expire shipments that nobody ever counted, forget those confirmed long ago, and decreases
    too old to explain anything. A confirmed shipment is remembered for twice `release`, or reading its
    order again would revive it; and as long as its order may ship another parcel.

    still_open: (store, ref, order) of lines with units left to ship."""
    kept, expired, expiring = [], [], []
    for d in ledger.shipments:
        age = now - d.at
        if age >= 2 * windows.release and (d.store, d.ref, d.order) not in still_open:
            continue
        let_go = d.unconfirmed > 0 and age >= windows.release
        kept.append(replace(d, confirmed_by=(*d.confirmed_by, LevelDecrease("", d.unconfirmed, now))) if let_go else d)
        if let_go:
            expired.append(d)
        elif d.unconfirmed and age >= max(windows.release - _DAY, windows.release / 2):
            expiring.append(d)
    decreases = tuple(f for f in ledger.decreases if now - f.seen_at <= windows.match)
    return Pruned(Ledger(tuple(kept), decreases), tuple(expired), tuple(expiring))


def left_beyond_orders(
    before: Mapping[str, StoreStock],
    after: Mapping[str, tuple[int, int]],
    known_committed: tuple[int, int],
    shipped: Mapping[str, int],
) -> Mapping[str, int]:
    """What its on hand of one listing say that its orders do not, per location, in units of the listing.

    before: location → what was believed. after: location → (on hand, committed) as read now.
    known_committed: committed units of all orders known, (then, now). shipped: location → units that orders newly
    show as shipped.

    A positive number left together with committed units and no order names it. A negative one is units
    that orders name now and that had left before. A decrease of its on hand beyond that is no shipment.
    """  # fmt: skip
    then, now = known_committed
    nameless = (sum(k.committed for k in before.values()) - then) - (
        sum(after[at][1] if at in after else k.committed for at, k in before.items()) - now
    )
    left: dict[str, int] = {}
    for location, known in before.items():
        on_hand = after[location][0] if location in after else known.on_hand
        unexplained = known.on_hand - on_hand - shipped.get(location, 0)
        if unexplained > 0:
            left[location] = max(0, min(unexplained, nameless))
            nameless -= left[location]
        elif unexplained < 0 and shipped.get(location):
            left[location] = -min(-unexplained, shipped[location])
    return {location: units for location, units in left.items() if units}


def left_before_named(
    known: Mapping[str, StoreStock], committed: int, shipped: Mapping[str, int], nameless: Mapping[str, int]
) -> Mapping[str, int]:
    """Units that orders newly show as shipped and that were seen leaving before, per location; of a listing that was
    not read with its orders.

    committed: units of all orders known before. nameless: location → units that left and that no order names yet.
    """
    named_late = committed - sum(k.committed for k in known.values())
    found: dict[str, int] = {}
    for location, units in shipped.items():
        found[location] = max(0, min(units, named_late, nameless.get(location, 0)))
        named_late -= found[location]
    return {location: units for location, units in found.items() if units}


def decreases_between(before: Mapping[str, int], after: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    """(warehouse, pieces) for every warehouse whose level is lower than it was."""
    return [(w, units - after.get(w, 0)) for w, units in sorted(before.items()) if after.get(w, 0) < units]
