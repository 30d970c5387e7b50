"""Read what a store shows: orders before stock, so that a missing unit is explained by its order when it is noticed.
What moved becomes due: the listing, those that share its parts, the same SKU in other stores."""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar

from bridge.core.lookback import OVERLAP, OrderLooks, is_whole, read_to, since, with_look
from bridge.core.owed import is_nameless, is_unnamed
from bridge.state import pack
from bridge.state.change import Change
from bridge.state.records import OrdersLook, StoreRecord
from bridge.sync import in_flight
from bridge.sync.inputs import resolve_told, taken_parts
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
from connectors.values import replace

T = TypeVar("T")

CHUNK = 250
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

RECENT = 1_000
"""How many of the newest orders are remembered: reading windows overlap, so the next ones meet them again."""


def read_changes(session: StoreSession, *, again: bool = False) -> int:
    """Read orders and edits since the last time, then the stock of what they touched and of what a lost reply left in
    doubt → listings read. Afterwards the store counts as read since this began. again: something is unexplained, so
    orders that the store shows late are looked for as well."""
    context, store, connector = session.context, session.store, session.connector
    began, record = context.now(), context.state.store_record(store)
    to_reread = context.state.to_reread(store)
    orders = Orders(session, record)
    _resume(connector, record.edits)
    news = _read_orders(session, record, orders, wanted=again)
    lines = news.lines
    in_doubt = in_flight.by_ref(context, store)
    doubtful = (*in_doubt, *unapplied.refs(store, record), *to_reread)
    refs = dict.fromkeys((*lines, *doubtful, *watched(context, store, session.lease)))
    unanswered = dict.fromkeys((*to_reread, *in_doubt))
    for chunk in chunks(refs, CHUNK):
        readings = readings_of(connector, chunk)
        observe(session, chunk, lines, readings, asked=news.whole)
        for ref in readings:
            unanswered.pop(ref, None)
    news.edits, news.unreadable, news.lag = _edits(connector), unreadable_now(connector), _lag(connector)
    news.to_reread, news.missed = to_reread, never_shown(session, to_reread.keys() & unanswered.keys())
    news.unread = unanswered
    _note_read(session, began, news, orders)
    return len(refs)


def reconcile(session: StoreSession, *, listed: bool = False) -> int:
    """Read everything the store shows → listings read. What differs from what was known becomes due. listed: the whole
    list of listings was read just before."""
    context, store, connector = session.context, session.store, session.connector
    began, record = context.now(), context.state.store_record(store)
    to_reread = context.state.to_reread(store)
    orders = Orders(session, record)
    _resume(connector, {})
    news = _read_orders(session, record, orders, wanted=True)
    count, gone = 0, dict.fromkeys(news.lines)
    left_out = {*to_reread, *in_flight.by_ref(context, store)}
    rows = connector.read() if connector.capabilities.readable else ()
    listings = ((ref, list(readings)) for ref, readings in groupby(rows, key=lambda r: r.ref))
    for group in map(dict, chunks(listings, CHUNK)):
        observe(session, list(group), news.lines, group, asked=news.whole)
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
        observe(session, chunk, news.lines, readings, asked=news.whole)
    news.edits, news.unreadable, news.lag = _edits(connector), unreadable_now(connector), _lag(connector)
    missed = [*(to_reread.keys() & left_out), *unshown(session)]
    news.to_reread, news.missed, news.unread = to_reread, never_shown(session, missed), left_out
    news.has_nameless = news.has_nameless and not listed
    _note_read(session, began, news, orders, whole=True)
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


def _looks_of(record: StoreRecord) -> OrderLooks | None:
    """None before the first look at the orders."""
    at, last = record.orders_since, record.orders_look
    if at is None:
        return None
    return OrderLooks(at, last.read_to, last.began, last.met) if last else OrderLooks(at, at, LONG_AGO)


@dataclass
class _OrderNews:
    """What one reading of a store's orders and edits said, and what became of it."""

    whole: bool
    """Orders that the store shows late were looked for as well."""
    lines: dict[str, list[OrderLine]] = field(default_factory=lambda: defaultdict(list))
    """Ref → order lines that say something new."""
    newest: datetime | None = None
    """The newest change of an order, by the store's clock."""
    met: dict[str, int] = field(default_factory=dict)
    """Order → when it last changed."""
    names_unknown: bool = False
    """An order names a listing that the SKU map does not know."""
    has_nameless: bool = False
    """An order that was not known before has a line that names neither a listing nor a SKU."""
    clock: datetime | None = None
    """The store's own time at its first answer."""
    edits: Mapping[str, Any] | None = None
    """Where the next reading of edits begins."""
    unreadable: Sequence[Unreadable] = ()
    """What the store could not show."""
    lag: timedelta = timedelta(0)
    """For how long a cache had kept the oldest answer."""
    to_reread: Mapping[str, str] = field(default_factory=dict)
    """Ref → version: what was marked as to be read when this began."""
    missed: Collection[str] = ()
    """Listings that the store lists and never showed."""
    unread: Collection[str] = ()
    """Listings that it was asked for in vain."""

    def seen(self, before: Mapping[str, int], since: datetime) -> dict[str, int]:
        """The orders that the next reading will meet again: those changed since then, at most `RECENT`, the newest."""
        known = {order: at for order, at in {**before, **self.met}.items() if at >= pack.ms(since)}
        return dict(sorted(known.items(), key=lambda entry: entry[1])[-RECENT:])


def _read_orders(session: StoreSession, record: StoreRecord, orders: Orders, *, wanted: bool) -> _OrderNews:
    """Read orders and edits since the last time → those lines of them that are new. Windows overlap, so some were read
    before. An order that changed since then is new even with the same units: returned goods move the stock, and neither
    committed nor shipped units."""
    context, store, connector = session.context, session.store, session.connector
    last = _looks_of(record)
    news = _OrderNews(is_whole(last, context.now(), wanted=wanted))
    order_lines = orders.order_lines(connector.changes(since(last, whole=news.whole)))
    for chunk in chunks(_without_echoes(session, order_lines), CHUNK):
        refs = sorted({line.ref for line in chunk})
        ordered, mapped = context.state.ordered(store, refs), context.state.listings(store, refs)
        lines = _with_kept_skus(session, chunk, mapped)
        recorded = _known_shipments(session, [line for line in lines if line.order])
        for line in lines:
            if line.shows is None:
                news.newest = max(news.newest or line.changed_at, line.changed_at)
            if line.order:
                news.met[line.order] = pack.ms(line.changed_at)
            if line.shows is None and line.order:
                touched = record.recent_orders.get(line.order) != pack.ms(line.changed_at)
            else:  # stamps may have whole seconds
                last_read = record.orders_since
                touched = line.shows is not None or last_read is None or line.changed_at >= last_read
            shipped = all((line.order, line.ref, s.location, s.units) in recorded for s in line.shipped)
            committed = ordered.get(line.ref, {})
            if touched or (line.order and (committed.get(line.order, 0) != line.committed or not shipped)):
                news.lines[line.ref].append(line)
                unmet = touched and bool(line.order) and line.ref not in mapped
                news.names_unknown |= unmet and not is_unnamed(line.ref)
                news.has_nameless |= unmet and is_nameless(line.ref) and line.order not in committed
    news.clock = connector.read_at() if isinstance(connector, TellsTime) else None
    return news


def _without_echoes(session: StoreSession, order_lines: Iterable[OrderLine]) -> Iterator[OrderLine]:
    """Lines without those edits that show what is known already, mostly echoes of our own writes, or that are of no
    known listing."""
    context, store = session.context, session.store
    for chunk in chunks(order_lines, CHUNK):
        refs = sorted({line.ref for line in chunk if line.shows})
        shown, mapped = context.state.store_stock(store, refs), context.state.listings(store, refs)
        for line in chunk:
            shows, is_known = line.shows, False
            if shows is not None and (known := shown.get(line.ref, {}).get(shows.location)) is not None:
                is_known = shows.committed in (None, known.committed)
                numbers = (shows.available, shows.on_hand, shows.stocked)
                is_known &= (known.available, known.on_hand, known.stocked) == numbers
            if shows is None or (line.ref in mapped and not is_known):
                yield line


def _with_kept_skus(
    session: StoreSession, order_lines: Sequence[OrderLine], mapped: Container[str]
) -> Sequence[OrderLine]:
    """Lines with the SKU that they had when they were ordered. One that is looked up today stands for it only where no
    list told of the listing, as of a product in the trash."""
    if not session.connector.capabilities.looks_up_skus:
        return order_lines
    return [replace(line, sku="") if line.ref in mapped else line for line in order_lines]


def _known_shipments(session: StoreSession, order_lines: Sequence[OrderLine]) -> set[tuple[str, str, str, int]]:
    """The shipments of these lines that the ledger has: (order, ref, location, units)."""
    context, store = session.context, session.store
    refs = sorted({line.ref for line in order_lines})
    listings, rules = context.state.listings(store, refs), context.rules(store)
    pieces = taken_parts(context, rules, listings.values())
    noted = resolve_told(context, rules, context.state.owed(store, refs), by_ref(order_lines), listings)
    ledgers = context.state.ledgers(sorted({sku for found in (*pieces.values(), *noted.values()) for sku in found}))
    return {
        (d.order, d.ref, d.location, d.pieces // made[sku])
        for sku, (_, ledger) in ledgers.items()
        for d in ledger.shipments
        if d.store == store and sku in (made := noted.get((d.ref, d.order)) or pieces.get(d.ref, {}))
    }


def _reading_progress(record: StoreRecord, news: _OrderNews, began: datetime) -> dict[str, object]:
    """Members of the store's record: when it was read, and up to when its orders were."""
    last = _looks_of(record)
    moved = read_to(last.at if last else None, news.newest, store_clock=news.clock, began=began)
    now = with_look(last, moved, len(news.met), began, whole=news.whole)
    facts: dict[str, object] = {"read_at": began - news.lag, "lag": news.lag.total_seconds()}
    # Once the listing is known, the same orders are read again.
    again = news.names_unknown and last is not None and not record.reread_orders
    facts |= {"reread_orders": again}
    if not again:
        facts |= {"orders_since": moved, "orders_look": OrdersLook(now.whole, now.whole_at, now.met)}
    return facts | {"recent_orders": news.seen(record.recent_orders, now.whole - OVERLAP)}


def _note_read(
    session: StoreSession, began: datetime, news: _OrderNews, orders: Orders, *, whole: bool = False
) -> None:
    """Commit, as one change, that the store was read and up to when its orders were. A request that came since then has
    open orders asked for one by one again."""
    context, store = session.context, session.store
    if not context.capabilities(store).readable:
        accepted.send_again(session, news.to_reread)  # they are marked as to be read, and no reading can answer
    record, change = context.state.store_record(store), Change()
    facts = _reading_progress(record, news, began)
    facts |= {"refresh_requested": True} if news.names_unknown else {}
    if news.has_nameless and not session.connector.capabilities.reads_committed:
        # What looks up its products when it tells of an order may have lost them: the whole list says how many.
        facts |= {"refresh_requested": True, "listings_since": None, "refreshed_at": None}
    facts |= facts_of(session, record, news.unreadable)
    if whole or news.names_unknown or record.unmapped_lines or any(is_unnamed(ref) for ref in news.lines):
        facts |= note_lines(session, change, record)
    facts |= hidden_lines(record, news.lines) | orders.doubted()
    facts |= {} if news.edits is None else {"edits": news.edits}
    facts |= {"reconciled_at": began} if whole else {}
    change.note_store(store, **facts)
    change.was_read += [(store, ref, version) for ref, version in news.to_reread.items() if ref not in news.missed]
    change.reread += [(store, ref) for ref in news.missed if ref not in news.to_reread]
    change.drops += strange_numbers(session) if whole else []
    accepted.doubt_in_flight(session, change)
    in_flight.end_read(context, store, change, began, unread=news.unread)
    unapplied.end_read(session, change, record)
    if orders.refetched_for is None:
        return session.commit(change)
    since: dict[str, object] = {"revisited_at": began}
    context.state.update_store(
        store, lambda now: since if now.requests.requested == orders.refetched_for else {}, change, session.lease
    )
    return None
