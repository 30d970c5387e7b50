"""Read what a store shows: orders before stock, so that what an order explains is known when its units
are missed. What moved makes due: the listing, those that share its parts, the same SKU in other stores."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar

from bridge.core.lookback import OVERLAP, Looked, is_whole, looked, read_to, since
from bridge.core.model import Skip
from bridge.core.owed import is_nameless, is_unnamed
from bridge.state import pack
from bridge.state.change import Change
from bridge.state.records import OrdersLook, StoreRecord
from bridge.sync import in_flight
from bridge.sync.inputs import resolve_all, resolve_told
from bridge.sync.read import accepted, unapplied
from bridge.sync.read.absent import hidden_lines
from bridge.sync.read.numbers import strange_numbers
from bridge.sync.read.observe import observe
from bridge.sync.read.orders import Orders
from bridge.sync.read.readings import by_ref, readings_of
from bridge.sync.read.unmapped_lines import note_lines
from bridge.sync.read.unread import never_shown, unshown
from bridge.sync.read.unreadable import facts_of, unreadable_now
from bridge.sync.read.watch import watched
from bridge.sync.session import StoreSession
from connectors.base import OrderLine, StoreConnector
from connectors.chunks import chunks
from connectors.skills import TellsTime, TracksEdits, Unreadable

T = TypeVar("T")

CHUNK = 250
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

RECENT = 1_000
"""So many of the newest orders met are remembered: those that the next looks meet again, in all but a rush."""


def read_changes(session: StoreSession, *, again: bool = False) -> int:
    """Read orders and edits since the last time, and the stock of what they touched → listings read.
    Also what a lost reply left in doubt. Afterwards the store counts as read since this began. again: something is
    unexplained, so orders that the store shows late are looked for as well."""
    context, store, connector = session.context, session.store, session.connector
    began, record = context.now(), context.state.store_record(store)
    marks = context.state.to_reread(store)
    orders = Orders(session, record)
    _resume(connector, record.edits)
    news = _news(session, record, orders, wanted=again)
    moves = news.moves
    doubtful = (*in_flight.by_ref(context, store), *unapplied.refs(store, record), *marks)
    refs = dict.fromkeys((*moves, *doubtful, *watched(context, store, session.lease)))
    unanswered = dict.fromkeys((*marks, *in_flight.by_ref(context, store)))
    for chunk in chunks(refs, CHUNK):
        readings = readings_of(connector, chunk)
        observe(session, chunk, moves, readings, asked=news.whole)
        for ref in readings:
            unanswered.pop(ref, None)
    news.edits, news.unreadable, news.lag = _edits(connector), unreadable_now(connector), _lag(connector)
    news.marks, news.missed = marks, never_shown(session, marks.keys() & unanswered.keys())
    news.unread = unanswered
    _note_read(session, began, news, refetched=orders.refetched_for)
    return len(refs)


def reconcile(session: StoreSession, *, listed: bool = False) -> int:
    """Read everything the store shows → listings read. What differs from what was believed becomes due. listed: the
    whole list was read just before."""
    context, store, connector = session.context, session.store, session.connector
    began, record = context.now(), context.state.store_record(store)
    marks = context.state.to_reread(store)
    orders = Orders(session, record)
    _resume(connector, {})
    news = _news(session, record, orders, wanted=True)
    count, gone = 0, dict.fromkeys(news.moves)
    left_out = {*marks, *in_flight.by_ref(context, store)}
    rows = connector.read() if connector.capabilities.readable else ()
    listings = ((ref, list(readings)) for ref, readings in groupby(rows, key=lambda r: r.ref))
    for group in map(dict, chunks(listings, CHUNK)):
        observe(session, list(group), news.moves, group, asked=news.whole)
        count += len(group)
        left_out.difference_update(group)
        for ref in group:
            gone.pop(ref, None)
        context.emit("reading", store=store, listings=count)
    for chunk in chunks({**gone, **dict.fromkeys(sorted(left_out))}, CHUNK):
        # Orders still tell of listings that the store has no longer; others exist, and its lists leave them out.
        asked_for = sorted(left_out & set(chunk))
        readings = readings_of(connector, asked_for)
        left_out.difference_update(readings)
        observe(session, chunk, news.moves, readings, asked=news.whole)
    news.edits, news.unreadable, news.lag = _edits(connector), unreadable_now(connector), _lag(connector)
    missed = [*(marks.keys() & left_out), *unshown(session)]
    news.marks, news.missed, news.unread = marks, never_shown(session, missed), left_out
    news.nameless = news.nameless and not listed
    _note_read(session, began, news, whole=True, refetched=orders.refetched_for)
    return count


def _resume(connector: StoreConnector, cursor: Mapping[str, Any]) -> None:
    if isinstance(connector, TracksEdits):
        connector.resume_edits(cursor)


def _edits(connector: StoreConnector) -> Mapping[str, Any] | None:
    """Where the next look for edits begins: kept only now that all the last one told was taken in."""
    return connector.edits_cursor() if isinstance(connector, TracksEdits) else None


def _lag(connector: StoreConnector) -> timedelta:
    """How long a cache had kept the oldest of what was read."""
    return connector.lag() if isinstance(connector, TellsTime) else timedelta(0)


def _looked(record: StoreRecord) -> Looked | None:
    """None before the first look at the orders."""
    at, last = record.orders_since, record.orders_look
    if at is None:
        return None
    return Looked(at, last.read_to, last.began, last.met) if last else Looked(at, at, LONG_AGO)


@dataclass
class _News:
    """moves: ref → movements that say something new. newest: the newest instant met, by the store's clock.
    met: order → when it last changed. strangers: an order names a listing that the map does not know. nameless: an
    order that was not known before has a line that names neither a listing nor a SKU. whole: orders
    that the store shows late were looked for as well. edits: where the next look for edits begins. clock: the store's
    own time at its first answer. unreadable: what was left out. marks: what was to be read, as it stood before. missed:
    listings that it has and never showed. unread: listings it was asked for in vain. lag: how long a cache had kept the
    oldest of what was told."""

    whole: bool

    moves: dict[str, list[OrderLine]] = field(default_factory=lambda: defaultdict(list))
    newest: datetime | None = None
    met: dict[str, int] = field(default_factory=dict)
    strangers: bool = False
    nameless: bool = False
    edits: Mapping[str, Any] | None = None
    clock: datetime | None = None
    unreadable: Sequence[Unreadable] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    missed: Collection[str] = ()
    unread: Collection[str] = ()
    lag: timedelta = timedelta(0)

    def seen(self, before: Mapping[str, int], since: datetime) -> dict[str, int]:
        """The orders that the next looks will meet again: those changed since then, the newest of them."""
        known = {order: at for order, at in {**before, **self.met}.items() if at >= pack.ms(since)}
        return dict(sorted(known.items(), key=lambda entry: entry[1])[-RECENT:])


def _news(session: StoreSession, record: StoreRecord, orders: Orders, *, wanted: bool) -> _News:
    """Windows overlap, so some of what is read was read before. An order that was touched since is news even
    when its units are as they were: returned goods move the stock and neither its open nor its shipped units."""
    context, store, connector = session.context, session.store, session.connector
    last = _looked(record)
    news = _News(is_whole(last, context.now(), wanted=wanted))
    order_lines = orders.order_lines(connector.changes(since(last, whole=news.whole)))
    for chunk in chunks(_unbelieved(session, order_lines), CHUNK):
        refs = sorted({m.ref for m in chunk})
        ordered, mapped = context.state.ordered(store, refs), context.state.listings(store, refs)
        recorded = _recorded(session, [m for m in chunk if m.order])
        for m in chunk:
            if m.shows is None:
                news.newest = max(news.newest or m.changed_at, m.changed_at)
            if m.order:
                news.met[m.order] = pack.ms(m.changed_at)
            if m.shows is None and m.order:
                touched = record.recent_orders.get(m.order) != pack.ms(m.changed_at)
            else:  # stamps may have whole seconds
                touched = m.shows is not None or record.orders_since is None or m.changed_at >= record.orders_since
            shipped = all((m.order, m.ref, s.location, s.units) in recorded for s in m.shipped)
            if touched or (m.order and (ordered.get(m.ref, {}).get(m.order, 0) != m.committed or not shipped)):
                news.moves[m.ref].append(m)
                unmet = touched and bool(m.order) and m.ref not in mapped
                news.strangers |= unmet and not is_unnamed(m.ref)
                news.nameless |= unmet and is_nameless(m.ref) and m.order not in ordered.get(m.ref, {})
    news.clock = connector.read_at() if isinstance(connector, TellsTime) else None
    return news


def _unbelieved(session: StoreSession, order_lines: Iterable[OrderLine]) -> Iterator[OrderLine]:
    """Without hints that show what is believed, mostly echoes of our own writes, or that are of no listing known."""
    context, store = session.context, session.store
    for chunk in chunks(order_lines, CHUNK):
        refs = sorted({m.ref for m in chunk if m.shows})
        shown, mapped = context.state.store_stock(store, refs), context.state.listings(store, refs)
        for m in chunk:
            shows, is_believed = m.shows, False
            if shows is not None and (k := shown.get(m.ref, {}).get(shows.location)) is not None:
                is_believed = shows.committed in (None, k.committed)
                is_believed &= (k.available, k.on_hand, k.stocked) == (shows.available, shows.on_hand, shows.stocked)
            if shows is None or (m.ref in mapped and not is_believed):
                yield m


def _recorded(session: StoreSession, moves: Sequence[OrderLine]) -> set[tuple[str, str, str, int]]:
    """(order, ref, location, units in pieces of some part) the ledger knows already."""
    context, store = session.context, session.store
    refs = sorted({m.ref for m in moves})
    listings, rules = context.state.listings(store, refs), context.rules(store)
    parts = resolve_all(context, rules, listings.values())
    pieces = {ref: found for ref, found in parts.items() if not isinstance(found, Skip)}
    noted = resolve_told(context, rules, context.state.owed(store, refs), by_ref(moves), listings)
    ledgers = context.state.ledgers(sorted({sku for found in (*pieces.values(), *noted.values()) for sku in found}))
    return {
        (d.order, d.ref, d.location, d.pieces // made[sku])
        for sku, (_, ledger) in ledgers.items()
        for d in ledger.shipments
        if d.store == store and sku in (made := noted.get((d.ref, d.order)) or pieces.get(d.ref, {}))
    }


def _how_far(record: StoreRecord, news: _News, began: datetime) -> dict[str, object]:
    """Facts of the store's record: when it was read, and how far its orders were."""
    last = _looked(record)
    moved = read_to(last.at if last else None, news.newest, store_clock=news.clock, began=began)
    now = looked(last, moved, len(news.met), began, whole=news.whole)
    facts: dict[str, object] = {"read_at": began - news.lag, "lag": news.lag.total_seconds()}
    again = news.strangers and last is not None and not record.reread_orders  # once met, asked for from there once more
    facts |= {"reread_orders": again}
    if not again:
        facts |= {"orders_since": moved, "orders_look": OrdersLook(now.whole, now.whole_at, now.met)}
    return facts | {"recent_orders": news.seen(record.recent_orders, now.whole - OVERLAP)}


def _note_read(
    session: StoreSession, began: datetime, news: _News, *, refetched: int | None, whole: bool = False
) -> None:
    """Enter that the store was read, and how far its orders were. refetched: see `Orders.refetched_for`; who has asked
    since then, means that they are asked for one by one once more."""
    context, store = session.context, session.store
    if not context.capabilities(store).readable:
        accepted.send_again(session, news.marks)  # it was asked for, and no reading can answer
    record, change = context.state.store_record(store), Change()
    facts = _how_far(record, news, began)
    facts |= {"refresh_requested": True} if news.strangers else {}
    if news.nameless and not session.connector.capabilities.reads_committed:
        # What looks up its products when it tells of an order may have lost them: the whole list says how many.
        facts |= {"refresh_requested": True, "listings_since": None, "refreshed_at": None}
    facts |= facts_of(session, record, news.unreadable)
    if whole or news.strangers or record.unmapped_lines or any(is_unnamed(ref) for ref in news.moves):
        facts |= note_lines(session, change, record)
    facts |= hidden_lines(record, news.moves)
    facts |= {} if news.edits is None else {"edits": news.edits}
    facts |= {"reconciled_at": began} if whole else {}
    change.note_store(store, **facts)
    change.was_read += [(store, ref, version) for ref, version in news.marks.items() if ref not in news.missed]
    change.reread += [(store, ref) for ref in news.missed if ref not in news.marks]
    change.drops += strange_numbers(session) if whole else []
    accepted.doubt_in_flight(session, change)
    in_flight.end_read(context, store, change, began, unread=news.unread)
    unapplied.end_read(session, change, record)
    if refetched is None:
        return session.commit(change)
    since: dict[str, object] = {"revisited_at": began}
    context.state.update_store(
        store, lambda now: since if now.requests.requested == refetched else {}, change, session.lease
    )
    return None
