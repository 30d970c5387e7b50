"""One group of listings as just read → one change of the state: known orders, departures, what is shown,
and everything that is due because of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from bridge.core import ledger as book
from bridge.core.flight import Sent
from bridge.core.ledger import Departure, Ledger
from bridge.core.model import Known, Skip, StoreRules
from bridge.core.owed import UNTOLD, Lines, is_unnamed, note_of, units_of
from bridge.core.owed import after as owed_after
from bridge.state import keys, pack
from bridge.state.change import Change, Conflict
from bridge.state.lease import Lease
from bridge.sync import drift, flight
from bridge.sync.drift import Seen, Told
from bridge.sync.levels import ATTEMPTS, mark_due
from bridge.sync.shell import Shell
from bridge.sync.skuindex import Entry, noted_entries, reindex
from bridge.sync.view import resolve_all, resolve_told
from connectors.base import Listing, Movement, Reading, Shipped

OfListing = TypeVar("OfListing", Reading, Movement)


def by_ref(rows: Iterable[OfListing]) -> dict[str, list[OfListing]]:
    found: dict[str, list[OfListing]] = defaultdict(list)
    for row in rows:
        found[row.ref].append(row)
    return found


_NOTHING = Told()


@dataclass
class _Group:
    """Loaded state of some listings, and the change that grows from it. ledgers: of listings that were shown before
    or that orders tell of. noted: (ref, order) → its parts, where they are others than the listing's of today.
    leaves, enters: the index."""

    store: str
    rules: StoreRules
    now: datetime
    parts: Mapping[str, Mapping[str, int]]
    ledgers: dict[str, tuple[str | None, Ledger]]
    noted: Mapping[tuple[str, str], Mapping[str, int]]
    fresh: dict[str, Ledger] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    leaves: set[Entry] = field(default_factory=set)
    enters: set[Entry] = field(default_factory=set)

    def ledger(self, sku: str) -> Ledger:
        return self.fresh.get(sku) or self.ledgers[sku][1]

    def parts_of(self, ref: str, order: str) -> Mapping[str, int]:
        """What an order of a listing is of: what the listing was when the order was placed."""
        return self.noted.get((ref, order)) or self.parts.get(ref, {})

    def touched(self, refs: Iterable[str]) -> set[str]:
        """The source SKUs that these listings take, or that their orders are of."""
        refs = set(refs)
        own = {sku for ref in refs for sku in self.parts.get(ref, ())}
        return own | {sku for (ref, _), parts in self.noted.items() if ref in refs for sku in parts}


def observe(
    shell: Shell, store: str, lease: Lease, refs: Sequence[str],
    moves: Mapping[str, Sequence[Movement]], readings: Mapping[str, Sequence[Reading]], *, asked: bool = True,
) -> None:  # fmt: skip
    """Take in what was read of some listings: known open orders, departures, what is shown, what is due, and what
    drifted. asked: orders were read ahead of it."""
    for _ in range(ATTEMPTS):
        change = _change_for(shell, store, refs, moves, readings, asked=asked)
        try:
            return shell.state.commit(change, lease)
        except Conflict:
            continue
    raise Conflict


def _change_for(
    shell: Shell, store: str, refs: Sequence[str],
    moves: Mapping[str, Sequence[Movement]], readings: Mapping[str, Sequence[Reading]], *, asked: bool,
) -> Change:  # fmt: skip
    state, change = shell.state, Change()
    listings = state.listings(store, refs)
    parts = {
        ref: p
        for ref, p in resolve_all(shell, shell.rules(store), listings.values()).items()
        if not isinstance(p, Skip)
    }
    owed, shown, flights = state.owed(store, refs), state.shown(store, refs), flight.by_ref(shell, store)
    noted = resolve_told(shell, shell.rules(store), owed, moves, listings)
    group = _Group(store, shell.rules(store), shell.now(), parts, {}, noted)
    group.ledgers = state.ledgers(sorted(group.touched(ref for ref in refs if ref in shown or ref in moves)))
    seen: list[Seen] = []
    for ref in refs:
        known, told, read = shown.get(ref, {}), moves.get(ref, ()), readings.get(ref, ())
        lines = owed.get(ref, {})
        fresh = _lines(shell, lines, told, read, listings.get(ref))
        then, now = units_of(lines), units_of(fresh)
        before = _landed(known, read, flights.get(ref, ()))
        said = _depart(shell, group, ref, told, before, read, (sum(then.values()), sum(now.values())))
        _note_lines(shell, group, change, ref, listings.get(ref), lines, fresh)
        if now != then and not read:
            _gone(group, change, ref, {} if shell.capabilities(store).reads_open else known, sum(now.values()))
        _show(group, change, ref, known, before, read, sum(now.values()))
        if ref in listings and known and read:
            sent = flights.get(ref, ())
            seen.append(Seen(listings[ref], parts.get(ref, {}), known, read, told, then, now, said, sent))
        change.puts += [(keys.of_store(store, "numbers"), m.order, m.number) for m in told if m.number and m.order]
    drift.note(shell, store, change, seen, asked=asked)
    if group.leaves or group.enters:
        reindex(shell, store, change, leaves=group.leaves, enters=group.enters)
    for sku, ledger in group.fresh.items():
        change.swap(keys.LEDGER, sku, group.ledgers[sku][0], pack.ledger(ledger))
    mark_due(shell, change, group.touched(group.moved))
    change.due.extend((store, ref) for ref in group.moved if not is_unnamed(ref))
    return change


def _lines(
    shell: Shell, known: Lines, moves: Sequence[Movement], readings: Sequence[Reading], listing: Listing | None
) -> Lines:
    """Open units per order after what was read. Of what no order tells no more is left than the store counts."""
    keep = 2 * shell.windows.release
    told = [(m.order, m.open, note_of(m, listing)) for m in moves if m.order]
    lines = owed_after(known, told, now=shell.now(), keep=keep)
    if UNTOLD not in lines or not readings:
        return lines
    untold = sum(r.open or 0 for r in readings) - sum(units_of(lines).values())
    least = max(0, min(lines[UNTOLD].units, untold))
    return owed_after(lines, [(UNTOLD, least, None)], now=shell.now(), keep=keep)


def _note_lines(
    shell: Shell, group: _Group, change: Change, ref: str, listing: Listing | None, before: Lines, after: Lines
) -> None:
    """What the orders of a listing owe now. It stands in the index where they are noted, and leaves it where only
    orders that are over had kept it."""
    if after == before:
        return
    store, listed = group.store, listing is not None
    change.put(keys.of_store(store, "ordered"), ref, pack.owed(after) if after else None)
    own = {(group.rules.form(listing.sku), ref)} if listing else set()
    then, now = (noted_entries(shell, store, ref, lines, listed=listed) | own for lines in (before, after))
    group.leaves |= then - now
    group.enters |= now - then


def _landed(before: Mapping[str, Known], readings: Sequence[Reading], sent: Collection[Sent]) -> Mapping[str, Known]:
    """What was believed, with an unanswered write counted as landed where the store shows its number. Where
    it shows yet another one, something left behind the write or without it; the higher number is the safe one,
    because no more can have left than open units went."""
    if not sent:
        return before
    now = {r.location: r.books for r in readings}
    found = dict(before)
    for place, k in before.items():
        if numbers := {x.quantity for x in sent if x.location == place}:
            books = now[place] if now.get(place) in numbers else max(k.books, *numbers)
            found[place] = replace(k, books=books, sellable=k.sellable + books - k.books)
    return found


def _depart(
    shell: Shell, group: _Group, ref: str, moves: Sequence[Movement],
    before: Mapping[str, Known], readings: Sequence[Reading], known_open: tuple[int, int],
) -> Told:  # fmt: skip
    """Enter into the ledger what orders show as shipped, and what left the books without an order's word. What was
    never seen before and no order tells of has not left."""
    if not before and not moves:
        return _NOTHING
    news = _news(shell, group, ref, moves)
    new = _summed((location, max(0, units)) for _, location, units in news)
    after = {r.location: (r.books, r.open) for r in readings if r.open is not None}
    left = book.left_books(before, after, known_open, new) if after and before else {}
    for m in moves:
        for s in (*m.shipped, *_taken_back(group, ref, m)):
            seen = _departure(group, ref, m.order, s.location, s.units, s.at, m.ordered_at)
            _enter(shell, group, ref, seen, unnamed=max(0, -left.get(s.location, 0)))
    for location, units in left.items():
        if units > 0:
            _enter(shell, group, ref, _departure(group, ref, "", location, units, group.now, None), unnamed=None)
    return Told(new, left, _summed((order, units) for order, _, units in news))


def _summed(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for name, units in pairs:
        sums[name] += units
    return sums


def _taken_back(group: _Group, ref: str, m: Movement) -> list[Shipped]:
    """Shipments of an order that the ledger knows and the order shows no longer: nothing left from there."""
    stands = {s.location for s in m.shipped}
    known = {
        d.location
        for sku in group.parts_of(ref, m.order)
        for d in group.ledger(sku).departures
        if m.order and (d.store, d.ref, d.order) == (group.store, ref, m.order)
    }
    return [Shipped(location, 0, m.changed_at) for location in sorted(known - stands)]


def _news(shell: Shell, group: _Group, ref: str, moves: Sequence[Movement]) -> list[tuple[str, str, int]]:
    """(order, location, units) that left since; negative: a shipment was taken back."""
    found = []
    for m in moves:
        sku, pieces = next(iter(group.parts_of(ref, m.order).items()), ("", 0))
        for s in m.shipped if sku else ():
            seen = _departure(group, ref, m.order, s.location, s.units * pieces, s.at, m.ordered_at)
            units = book.news(group.ledger(sku), seen, now=group.now, windows=shell.windows) // pieces
            found.append((m.order, s.location, units))
    return found


def _departure(
    group: _Group, ref: str, order: str, location: str, units: int, left: datetime, ordered: datetime | None
) -> Departure:
    warehouses = group.rules.warehouses_of(location)
    return Departure(group.store, ref, order, location, units, left, ordered, warehouses)


def _enter(shell: Shell, group: _Group, ref: str, seen: Departure, *, unnamed: int | None) -> None:
    """One departure in units of the listing → the ledger of each part. unnamed None: no order names it."""
    if seen.warehouses == frozenset():
        return  # a location that no warehouse is mapped to takes nothing from the pool
    for sku, pieces in group.parts_of(ref, seen.order).items():
        part = replace(seen, pieces=seen.pieces * pieces)
        ledger = group.ledger(sku)
        if unnamed is None:
            after = book.leave(ledger, part, windows=shell.windows)
        else:
            after = book.depart(ledger, part, unnamed=unnamed * pieces, now=group.now, windows=shell.windows)
        if after != ledger:
            group.fresh[sku] = after
            group.moved.add(ref)


def _show(
    group: _Group, change: Change, ref: str, known: Mapping[str, Known], before: Mapping[str, Known],
    readings: Sequence[Reading], open_lines: int,
) -> None:  # fmt: skip
    """What the listing shows now; anything that differs from what was believed makes it due."""
    if not readings:
        return
    fresh = {r.location: _now(r, before.get(r.location), open_lines, group.now) for r in readings}
    old = {place: (k.sellable, k.open, k.books, k.stocked) for place, k in known.items()}
    new = {place: (k.sellable, k.open, k.books, k.stocked) for place, k in fresh.items()}
    if old != new:
        group.moved.add(ref)
    change.put(keys.of_store(group.store, "shown"), ref, pack.shown({**known, **fresh}))
    count(change, group.store, known, {**known, **fresh})


def _gone(group: _Group, change: Change, ref: str, known: Mapping[str, Known], open_lines: int) -> None:
    """The store shows it no longer, so only its orders tell what it reserves."""
    group.moved.add(ref)
    if known:
        fresh = {place: replace(k, open=open_lines) for place, k in known.items()}
        change.put(keys.of_store(group.store, "shown"), ref, pack.shown(fresh))


def _now(r: Reading, before: Known | None, open_lines: int, now: datetime) -> Known:
    is_open = open_lines if r.open is None else r.open
    if before is None:
        return Known(r.sellable, is_open, r.books, r.stocked, now)
    return Known(r.sellable, is_open, r.books, r.stocked, now, before.aim, before.footing)


def count(change: Change, store: str, before: Mapping[str, Known], after: Mapping[str, Known]) -> None:
    """Keep the totals the guard measures against: spots that show stock, and their units."""
    units, spots = 0, 0
    for sign, known in ((1, after), (-1, before)):
        for k in known.values():
            if k.sellable > 0:
                units += sign * k.sellable
                spots += sign
    change.count_store(store, units=units, stock_keys=spots)
