"""Which listings a store has, and under which SKU: the SKU map."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from bridge.config import Settings
from bridge.core.model import StoreRules
from bridge.core.owed import UNNAMED, Lines
from bridge.core.owed import renamed as owed_now
from bridge.core.sku import normalized_sku
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.records import Decided, StoreRecord
from bridge.sync.context import SyncContext
from bridge.sync.due import index_loosely
from bridge.sync.inputs import taken_parts
from bridge.sync.read.absent import left_out, note_gone, note_left_out
from bridge.sync.read.forget import forget_listings, wake
from bridge.sync.read.sku_index import Entered, noted_entries, put_lines, reindex
from bridge.sync.session import StoreSession, note
from bridge.sync.warehouses import unknown_to_source
from connectors.base import Listing
from connectors.chunks import chunks
from connectors.skills import TellsTime
from connectors.values import replace

CHUNK = 500
A_WHILE = timedelta(minutes=1)


@dataclass
class Refresh:
    """One refresh of the SKU map: listings are taken in as a store tells them, and the whole list says at its end which
    of them are gone. changed_since: None: it is the whole list. met: refs that it told. moved: how many listings are
    new or differ. asks_for_orders: what it said may be news to orders that were read before it."""

    session: StoreSession
    changed_since: datetime | None = None
    met: set[str] = field(default_factory=set)
    moved: int = 0
    asks_for_orders: bool = False
    _began: datetime = field(init=False)
    _before: StoreRecord = field(init=False)
    _is_first: bool = field(init=False)

    def __post_init__(self) -> None:
        context, store = self.session.context, self.session.store
        self._began = context.now()
        self._before = context.state.store_record(store, "unmapped_lines", "mapped_at")
        self._is_first = self.changed_since is None and context.state.is_blank(store)
        if self.changed_since is None and context.rules(store).match == "loose":
            index_loosely(context, self.session.lease)

    def is_all_new(self, refs: Iterable[str]) -> bool:
        """Whether nothing can be known of these listings: nothing was known of any when the list began, it told none of
        these before, and no others were read."""
        return self._is_first and self.met.isdisjoint(refs)

    def take(self, listings: Sequence[Listing]) -> None:
        """Commit new and changed listings; they become due."""
        change = Change()
        entered = self.enter(self.session, change, listings)
        put_lines(change, self.session.store, entered.lines)
        reindex(self.session, change, leaves=entered.leaves, enters=entered.enters)
        self.session.commit(change)
        self.took(entered, ())

    def enter(self, session: StoreSession, change: Change, listings: Sequence[Listing]) -> Entered:
        """Add new and changed listings to a change; they become due. Those that were never read are read next, also
        what orders kept in the map while it was gone: it may be listed again as it was."""
        context, store = session.context, session.store
        known = context.state.listings(store, [x.ref for x in listings])
        moved = [x for x in listings if known.get(x.ref) != x]
        new = [x for x in moved if x.ref not in known]
        renamed = [(known[x.ref], x) for x in moved if x.ref in known and known[x.ref].sku != x.sku]
        lines, match = _renamed_lines(session, renamed), context.rules(store).match
        leaves = {(normalized_sku(was.sku, match), was.ref) for was, _ in renamed}
        leaves -= {entry for ref, owed in lines.items() for entry in noted_entries(session, ref, owed)}
        leaves |= {(UNNAMED, x.ref) for x in new}  # an order may have named it before
        enters = [(normalized_sku(x.sku, match), x.ref) for x in moved if x.sku]
        for x in moved:
            change.put_listing(store, x.ref, x)
            change.due.append((store, x.ref))
        wake(session, change, [was for was, _ in renamed])
        wake(session, change, [x for _, x in renamed])
        asks_for_orders = bool(new and self._before.unmapped_lines)
        if asks_for_orders:
            change.note_store(store, revisited_at=None)  # one of these lines may be of it, and only its order knows
        if self._before.mapped_at:
            wake(session, change, new)  # what an order took of one may have been read before it was met
            asks_for_orders |= _read_next(session, change, [x.ref for x in listings])
        return Entered({x.ref: x for x in listings}, lines, leaves, enters, len(moved), asks_for_orders)

    def took(self, entered: Entered, read: Iterable[str]) -> None:
        """Count what was committed. read: refs of which readings were."""
        self._is_first = self._is_first and entered.listings.keys() >= set(read)
        self.moved, self.asks_for_orders = self.moved + entered.moved, self.asks_for_orders or entered.asks_for_orders
        if self.changed_since is None:
            self.met.update(entered.listings)
        context = self.session.context
        context.emit("mapping", store=self.session.store, listings=len(self.met) or self.moved)

    def end(self) -> None:
        """Commit that the list was read. After a whole one, listings that are gone are forgotten, unless they are too
        many to be believed; while known orders still hold units of one, it goes on reserving."""
        session, connector, change, word = self.session, self.session.connector, Change(), None
        context, store = session.context, session.store
        if self.changed_since is None:
            before = context.state.store_record(store, "confirm_absent", "doubted_list", "doubted_orders")
            word = before.confirm_absent
            gone, here, why = left_out(session, self.met, confirmed=word is not None)
            for refs in chunks(gone, CHUNK):
                forget_listings(session, refs)
            note_left_out(session, change, here, why)
            note_gone(session, change, () if word is not None else gone, self._began)
            change.note_store(store, mapped_at=self._began, rules_seen=fingerprint(context, store))
            self.asks_for_orders |= bool(before.doubted_list and why is None) or bool(word and before.doubted_orders)
        # the store's own time when the reading began: from there on the next one asks what changed
        clock = connector.read_at() if isinstance(connector, TellsTime) else None
        change.note_store(store, refreshed_at=self._began, listings_since=clock or self._began, refresh_requested=False)
        context.state.update_store(store, lambda now: _used(word, now), change, session.lease)


@dataclass(frozen=True)
class Listed:
    """Listings that a refresh was told along with their stock, to be taken in with it as one change."""

    refresh: Refresh
    listings: Sequence[Listing]

    @property
    def refs(self) -> Sequence[str]:
        return [x.ref for x in self.listings]

    def enter(self, session: StoreSession, change: Change) -> Entered:
        return self.refresh.enter(session, change, self.listings)

    def is_all_new(self, refs: Iterable[str]) -> bool:
        return self.refresh.is_all_new(refs)

    def took(self, entered: Entered, read: Iterable[str]) -> None:
        self.refresh.took(entered, read)


def refresh_listings(session: StoreSession, *, changed_since: datetime | None = None) -> int:
    """Read listings, all or those changed since → how many are new or differ."""
    refresh = Refresh(session, changed_since)
    for chunk in chunks(session.connector.listings(changed_since), CHUNK):
        refresh.take(chunk)
    refresh.end()
    return refresh.moved


def _used(word: Decided | None, now: StoreRecord) -> dict[str, object]:
    """A person's word is used up by the list that it was believed for, and holds of the open orders that are not
    believed as well, which are asked for next. One that came since then is for the next list."""
    if word is None or now.confirm_absent != word:
        return {}
    orders = now.doubted_orders and replace(now.doubted_orders, confirmed=True)
    return {"confirm_absent": None, "doubted_orders": orders}


def has_any_come_back(session: StoreSession) -> bool:
    """Whether the store shows a listing again that it called gone a while ago: one that came back as it was is in no
    list of changes. True for a store that cannot be read, if it ever called one gone."""
    context, connector = session.context, session.connector
    before = pack.ms(context.now() - A_WHILE)
    gone = sorted(ref for ref, at in context.state.notes(session.store, "gone").items() if at <= before)
    if not connector.capabilities.readable:
        return bool(gone)
    return any(True for chunk in chunks(gone, CHUNK) for _ in connector.read(chunk))


def _read_next(session: StoreSession, change: Change, refs: Sequence[str]) -> bool:
    """Add to a change that those of some listings are read that never were. Where one of them was called gone, all
    orders are read anew: those that were read meanwhile may have named nothing → whether one was."""
    context, store = session.context, session.store
    unread = set(refs) - context.state.store_stock(store, refs).keys()
    back = context.state.notes(store, "gone", sorted(unread)).keys()
    change.reread += [(store, ref) for ref in sorted(unread)]
    change.drops += [(keys.of_store(store, "gone"), ref) for ref in sorted(back)]
    if back:
        change.note_store(store, orders_since=None)
    return bool(back)


def _renamed_lines(session: StoreSession, renamed: Sequence[tuple[Listing, Listing]]) -> dict[str, Lines]:
    """What orders owe of renamed listings, noted under the SKU they had, open or shipped a while ago."""
    if not renamed:
        return {}
    context, store = session.context, session.store
    refs = [x.ref for _, x in renamed]
    owed, shown = context.state.owed(store, refs), context.state.store_stock(store, refs)
    skus = taken_parts(context, context.rules(store), [was for was, _ in renamed])
    ledgers = context.state.ledgers(sorted({sku for found in skus.values() for sku in found}))
    found = dict[str, Lines]()
    for was, x in renamed:
        lines = owed.get(x.ref, {})
        left_by_order = [d for sku in skus.get(x.ref, ()) for d in ledgers[sku][1].shipments]
        left = {d.order for d in left_by_order if (d.store, d.ref) == (store, x.ref) and d.order}
        untold = sum(k.committed for k in shown.get(x.ref, {}).values()) - sum(owed.units for owed in lines.values())
        found[x.ref] = owed_now(lines, was.sku, x.sku, left=left, untold=untold, now=context.now())
    return found


def fingerprint(context: SyncContext, store: str) -> str:
    """Changes when any rule of any store does, because stores share what they sell, when a till reports another shelf,
    and when the source comes to know a warehouse that the store's rules name. What a worker worked out from the rules
    meanwhile is no rule, nor is what cartons hold: learning that makes due what it touches."""
    return _fingerprint(context.settings, unknown_to_source(context, store))


@lru_cache(maxsize=32)  # it looks at the rules of all stores, and every session asks for it
def _fingerprint(settings: Settings, unknown: frozenset[str]) -> str:
    """The fingerprint of every store whose rules name these warehouses and no others that the source does not know."""
    every = [store.rules for _, store in sorted(settings.stores.items())]
    names = [each.name for each in fields(StoreRules) if each.name != "contents"]
    decided = [{name: getattr(rules, name) for name in names} for rules in every]
    shelves = [(name, sorted(till.stores.items())) for name, till in sorted(settings.inbound.items())]
    return sha256(repr([*(_stable(rules) for rules in decided), *sorted(unknown), *shelves]).encode()).hexdigest()[:16]


def _stable(value: object) -> object:
    if isinstance(value, dict):
        return sorted((name, _stable(entry)) for name, entry in value.items())
    return sorted(value) if isinstance(value, frozenset) else value


def note_changed_rules(session: StoreSession) -> None:
    """If the rules of the configuration have changed, or a warehouse that they name is known by now: make every listing
    due, and have the store read whole, because a location may have come into use."""
    context, store = session.context, session.store
    if session.before.rules_seen in (None, fingerprint(context, store)):
        return
    _index_anew(session)
    listings = list(context.state.every_listing(store))
    for chunk in chunks(listings, CHUNK):
        session.commit(Change(due=[(store, x.ref) for x in chunk]))
    note(session, rules_seen=fingerprint(context, store), reconciled_at=None)


def _index_anew(session: StoreSession) -> None:
    """SKU → refs by the rules of today. What the old rules entered goes last, so that nothing is ever missed."""
    context, store = session.context, session.store
    match, index, listed = context.rules(store).match, dict[str, list[str]](), set[str]()
    for x in context.state.every_listing(store):
        listed.add(x.ref)
        if x.sku:
            index.setdefault(normalized_sku(x.sku, match), []).append(x.ref)
    for ref, lines in context.state.every_owed(store):
        for normalized, _ in noted_entries(session, ref, lines, listed=ref in listed):
            index[normalized] = [*(x for x in index.get(normalized, ()) if x != ref), ref]
    old = [normalized for normalized in context.state.every_named(store) if normalized not in index]
    for chunk in chunks((*index.items(), *((normalized, []) for normalized in old)), CHUNK):
        change = Change()
        for normalized, refs in chunk:
            change.put_named(store, normalized, refs)
        session.commit(change)
