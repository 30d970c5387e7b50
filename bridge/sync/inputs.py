"""Everything the core needs to decide on some listings, loaded in a handful of round trips."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from bridge.core.availability import Claim, Pool, Stock, stock_of
from bridge.core.guard import Hold
from bridge.core.match import Catalogue, known_parts, parts_of, resolve, with_skus
from bridge.core.model import Skip, StockKey, StoreRules
from bridge.core.owed import Lines, note_of, noted, noted_skus, units_of
from bridge.core.plan import PlanInput
from bridge.core.shelf import with_shelves
from bridge.core.sku import normalized_sku
from bridge.state import pack
from bridge.state.records import StoreRecord
from bridge.state.snapshot import READ, Snapshot
from bridge.sync.context import SyncContext
from bridge.sync.tills import shelf_stocks
from bridge.sync.timetable import counts_since
from bridge.sync.warehouses import unknown_to_source
from connectors.base import Listing, OrderLine
from connectors.values import replace

OF_OTHERS = (
    "mapped_at", "read_at", "orders_since", "refresh_requested", "breaker", "doubted_orders", "doubted_list",
    "unreadable", "unmapped_lines",
)  # fmt: skip
"""What a decision asks of the records of all stores."""


@dataclass(frozen=True)
class View:
    """inputs: one per listing that exists. pools: source SKU → its pool, for every part of every case.
    taken: store → those of the SKUs with a pool that its listings take pieces of, maybe among others."""

    inputs: Mapping[str, PlanInput]
    pools: Mapping[str, Pool]
    taken: Mapping[str, Set[str]]

    def sharing_of(self, parts: Collection[str]) -> frozenset[str]:
        """Stores whose listings take pieces of any of these SKUs."""
        return frozenset(store for store, skus in self.taken.items() if not skus.isdisjoint(parts))


def load_view(
    context: SyncContext, store: str, refs: Sequence[str], *,
    proof_since: datetime | None, held: Mapping[StockKey, Hold],
) -> View:  # fmt: skip
    """proof_since: a pull and readings begun at or after it prove an increase; None: nothing does."""
    snapshot = Snapshot.of(context.state)
    context = replace(context, state=snapshot)
    rules = context.rules(store)
    listings = context.state.listings(store, refs)
    parts = resolve_all(context, rules, listings.values())
    skus = sorted({sku for found in parts.values() if not isinstance(found, Skip) for sku in found})
    pools, taken = load_pools(context, snapshot, skus)
    records = context.state.store_records(context.stores, *OF_OTHERS)
    near_lines, proven = near_lines_of(records.values()), _proven_stores(context, proof_since, records)
    # what was never mapped, or whose orders were never read, may share anything; what may sell a listing made anew
    # finds it with its next session
    unmapped = {s for s, x in records.items() if not x.mapped_at or x.orders_since is None or x.refresh_requested}
    proven = proven if unmapped <= proven else frozenset()
    shown, duplicates = context.state.store_stock(store, list(listings)), _duplicates(context, rules, listings.values())
    holds: dict[str, dict[str, Hold]] = {}
    unknown_warehouses = unknown_to_source(context, store)
    for stock_key, hold in held.items():
        holds.setdefault(stock_key.ref, {})[stock_key.location] = hold
    unproven = frozenset[str]().union(*(skus for each, skus in taken.items() if each not in proven))
    inputs: dict[str, PlanInput] = {}
    for ref, listing in listings.items():
        takes = () if isinstance(made := parts[ref], Skip) else made
        inputs[ref] = PlanInput(
            listing=listing,
            parts=made,
            known=shown.get(ref, {}),
            holds=holds.get(ref, {}),
            duplicates=duplicates.get(rules.normalized(listing.sku), 1) if duplicates else 1,
            proven=bool(proven and takes) and unproven.isdisjoint(takes),
            unknown_warehouses=unknown_warehouses,
            near_line=not near_lines.isdisjoint(takes),
        )
    return View(inputs, pools, taken)


def _duplicates(context: SyncContext, rules: StoreRules, listings: Iterable[Listing]) -> dict[str, int]:
    """Comparable SKU → how many listings have it, where a rule asks for that."""
    if rules.duplicates == "all":
        return {}
    named = context.state.named(rules.store, sorted({rules.normalized(x.sku) for x in listings}))
    every = context.state.listings(rules.store, sorted({ref for refs in named.values() for ref in refs}))
    found = {normalized: [x for ref in refs if (x := every.get(ref))] for normalized, refs in named.items()}
    return {
        normalized: sum(rules.normalized(x.sku) == normalized for x in those) for normalized, those in found.items()
    }


def catalogue(context: SyncContext, rules: StoreRules, names: Iterable[str]) -> Catalogue:
    """Comparable form → source SKUs of that form, for some names. Where forms are looser than SKUs, those of rows that
    cannot be read are among them: a name means none that only looks like it."""
    forms = {normalized_sku(name, rules.match) for name in names}
    if rules.match != "loose":
        return {sku: [sku] for sku in context.state.products(sorted(forms))}
    unread = sorted(sku for sku in _unread_skus(context) if rules.normalized(sku) in forms)
    return with_skus(context.state.alike(sorted(forms)), unread, rules)


def _unread_skus(context: SyncContext) -> frozenset[str]:
    """Source SKUs of rows that cannot be read."""
    return frozenset(note["sku"] for note in context.state.bad_rows().values() if note["sku"])


def resolve_all(
    context: SyncContext, rules: StoreRules, listings: Iterable[Listing]
) -> dict[str, Mapping[str, int] | Skip]:
    """ref → the listing's parts as source SKUs, or why it has none."""
    listings = list(listings)
    known = catalogue(context, rules, (name for x in listings for name in parts_of(x.sku, rules)))
    found = {x.ref: resolve(x.sku, rules, known) for x in listings}
    if rules.match != "loose" or not (unread := _unread_skus(context)):
        return found
    untold = unread - context.state.products(sorted(unread)).keys()  # of which nothing was ever read
    return {ref: Skip.UNMAPPED if not isinstance(x, Skip) and untold & x.keys() else x for ref, x in found.items()}


def taken_parts(context: SyncContext, rules: StoreRules, listings: Iterable[Listing]) -> dict[str, Mapping[str, int]]:
    """ref → the pieces that a unit ordered of it takes of the source SKUs that are known; without listings of which
    nothing is known. Of a bundle with an unknown part there is nothing to offer, and its orders take the others."""
    listings = list(listings)
    known = catalogue(context, rules, (name for x in listings for name in parts_of(x.sku, rules)))
    found = {x.ref: known_parts(x.sku, rules, known) for x in listings}
    return {ref: parts for ref, parts in found.items() if parts}


def resolve_noted(
    context: SyncContext, rules: StoreRules, owed: Mapping[str, Lines]
) -> dict[tuple[str, str], Mapping[str, int]]:
    """(ref, order) → parts of what the order is of, where it was noted under another SKU than its listing has now."""
    noted = {(ref, order): x.sku for ref, lines in owed.items() for order, x in lines.items() if x.sku is not None}
    if not noted:
        return {}
    parts = taken_parts(context, rules, (Listing(sku, sku, "") for sku in sorted(set(noted.values()))))
    return {place: parts[sku] for place, sku in noted.items() if sku in parts}


def resolve_told(
    context: SyncContext, rules: StoreRules, owed: Mapping[str, Lines], moves: Mapping[str, Sequence[OrderLine]],
    listings: Mapping[str, Listing],
) -> dict[tuple[str, str], Mapping[str, int]]:  # fmt: skip
    """The same, with orders that are only now told under another SKU than their listing has."""
    told = {ref: [(m.order, note_of(m, listings.get(ref))) for m in of if m.order] for ref, of in moves.items()}
    every = {ref: noted(owed.get(ref, {}), told.get(ref, ())) for ref in {**owed, **told}}
    return resolve_noted(context, rules, every)


def load_pools(
    context: SyncContext, snapshot: Snapshot, skus: Sequence[str]
) -> tuple[dict[str, Pool], dict[str, Set[str]]]:
    """Stock, ledger and every store's committed units of some source SKUs; and what `View.taken` is. snapshot: the
    context's state, which reads what all stores have of them in two round trips, however many stores there are."""
    named = context.refs_named(skus)
    snapshot.fetch({(what, store): refs for what in READ if what != "bysku" for store, refs in named.items()})
    claims: dict[str, list[Claim]] = {}
    taken = {store: _add_claims(claims, context, store, skus, named.get(store, ())) for store in context.stores}
    ledgers, pools = context.state.ledgers(skus), dict[str, Pool]()
    for sku, stock in load_stocks(context, skus).items():
        if ledger := ledgers[sku][1]:
            pools[sku] = Pool(stock, (*ledger.claims, *claims.get(sku, ())), ledger.unmatched, ledger.confirmed)
        else:  # nearly every SKU's
            pools[sku] = Pool(stock, tuple(claims.get(sku, ())))
    return pools, taken


def load_stocks(context: SyncContext, skus: Sequence[str]) -> dict[str, Stock]:
    """SKU → what the warehouses and the shelves hold of it; nothing of what the source has deleted."""
    carriers = context.state.products(skus)
    levels = context.state.levels(sorted({product for found in carriers.values() for product in found}))
    shelves, found = shelf_stocks(context, skus), dict[str, Stock]()
    for sku in skus:
        own = [levels[p] for p in carriers.get(sku, ()) if p in levels and levels[p].sku == sku]
        stock = stock_of(sku, own)
        is_live = shelves and any(not level.deleted for level in own)
        found[sku] = with_shelves(stock, shelves[sku]) if is_live else stock
    return found


def _add_claims(
    claims: dict[str, list[Claim]], context: SyncContext, store: str, skus: Sequence[str], refs: Sequence[str]
) -> Set[str]:
    """Add to claims, SKU → its claims, what is sold of every listing of a store that takes pieces of these SKUs → what
    they take, which may be more than these. refs: the listings that may. A listing that is excluded, held, paused,
    renamed or gone from the store still reserves, and so does a line that names none."""
    rules, readable = context.rules(store), context.capabilities(store).readable
    known = with_skus(catalogue(context, rules, skus) if rules.match == "loose" else {}, skus, rules)
    listings, every_shown = context.state.listings(store, refs), context.state.store_stock(store, refs)
    every_owed, found = context.state.owed(store, refs), set[str]()
    for ref in refs:
        own = known_parts(listings[ref].sku, rules, known) if ref in listings else {}
        found.update(own)
        shown, lines = every_shown.get(ref, {}), every_owed.get(ref, {})
        committed = [(k.committed, rules.warehouses_of(place)) for place, k in shown.items() if k.committed or lines]
        if not committed or not readable:  # where it shows no numbers, nothing but its orders tells
            committed = [(sum(units_of(lines).values()), rules.everywhere)] if lines else []
        for units, warehouses, pieces in _taken(rules, known, own, lines, committed) if committed else ():
            found.update(pieces)
            for sku, each in pieces.items():
                if units * each > 0 and warehouses != frozenset():
                    claims.setdefault(sku, []).append(Claim(store, ref, "committed", units * each, warehouses))
    return found


Opens = Sequence[tuple[int, frozenset[str] | None]]
"""(committed units of a listing at one location, the warehouses they may come from)"""


def _taken(
    rules: StoreRules, known: Catalogue, own: Mapping[str, int], lines: Lines, committed: Opens
) -> Iterable[tuple[int, frozenset[str] | None, Mapping[str, int]]]:
    """(units, the warehouses they may come from, the pieces that each takes) of what is sold of one listing. own: what
    it takes today. Of a SKU noted earlier only those pieces count that the listing of today does not take anyway: no
    unit counts twice on one SKU."""
    for units, warehouses in committed:
        yield units, warehouses, own
    for was, units in noted_skus(lines).items():
        pieces = {sku: max(0, n - own.get(sku, 0)) for sku, n in known_parts(was, rules, known).items()}
        for some, warehouses in _noted_at(units, committed):
            yield some, warehouses, pieces


def _noted_at(units: int, committed: Opens) -> Opens:
    """Where the units noted under one SKU may come from: no order says at which location it is open, so at each as many
    as are open there. What no location explains may come from wherever the listing has open ones, else from wherever it
    is."""
    here = [(min(units, count), warehouses) for count, warehouses in committed if count > 0]
    rest = units - sum(count for count, _ in here)
    if rest <= 0:
        return here
    places = [warehouses for _, warehouses in here or committed]
    named = [warehouses for warehouses in places if warehouses is not None]
    return [*here, (rest, frozenset[str]().union(*named) if len(named) == len(places) else None)]


Records = Mapping[str, StoreRecord]


def _proven_stores(context: SyncContext, since: datetime | None, records: Records) -> frozenset[str]:
    """Stores read, and the source pulled, since then. Empty when the source was not. Of a store that is away the
    last reading counts for `stale_after`; one that cannot be read at all has none to wait for. What a store may
    sell and nobody has met yet is not read either, and its own listings share it as those of others do."""
    if since is None:
        return frozenset()
    since = pack.at(pack.ms(since))  # as exact as what the state keeps
    pulled = context.state.source_record().pull
    if pulled is None or pulled.began < since:
        return frozenset()
    stale = min(since, counts_since(context))
    oldest = {store: stale if record.breaker else since for store, record in records.items()}
    met = {s: record.read_at for s, record in records.items() if record.orders_since is not None}
    read = {s for s, read_at in met.items() if read_at and read_at >= oldest[s]}
    read |= {s for s in records if not context.capabilities(s).readable}
    hiding = {s for s, x in records.items() if is_hiding_orders(context, s, x)}
    return frozenset(s for s in read - hiding if not records[s].refresh_requested)


def is_hiding_orders(context: SyncContext, store: str, record: StoreRecord) -> bool:
    """Whether units may be sold that nobody knows of. An order that the store cannot show may hold units of anything it
    sells; so may one that it does not tell of while it denies others, or whose lines name nothing while its list is not
    believed, until all orders were read again."""
    if record.doubted_orders or any(each.kind == "order" for each in record.unreadable):
        return True
    return record.doubted_list is not None and (record.doubted_list.hides or _owes_a_reading(context, store))


def _owes_a_reading(context: SyncContext, store: str) -> bool:
    """Whether a store that counts committed units itself was asked in vain for a listing that it never showed: what it
    has sold of it is not known."""
    if not context.capabilities(store).reads_committed:
        return False
    marks = sorted(context.state.to_reread(store))
    return len(context.state.store_stock(store, marks)) < len(marks)


def near_lines_of(records: Iterable[StoreRecord]) -> frozenset[str]:
    """Source SKUs that an open order line of these stores may be of which maps to nothing."""
    return frozenset(line.near for record in records for line in record.unmapped_lines) - {""}
