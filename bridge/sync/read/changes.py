"""Read what changed in a store: orders before stock, so that a missing unit is explained by its order when it is
noticed. What moved becomes due: the listing, those that share its parts, the same SKU in other stores."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bridge.core.lookback import OVERLAP, read_to, with_look
from bridge.core.owed import is_unnamed
from bridge.state.change import Change
from bridge.state.records import OrdersLook, StoreRecord
from bridge.sync import in_flight
from bridge.sync.read import accepted, unapplied
from bridge.sync.read.absent import hidden_lines
from bridge.sync.read.news import OrderNews
from bridge.sync.read.numbers import strange_numbers
from bridge.sync.read.observe import observe
from bridge.sync.read.order_news import looks_of, read_orders
from bridge.sync.read.orders import Orders
from bridge.sync.read.readings import readings_of
from bridge.sync.read.unmapped_lines import note_lines
from bridge.sync.read.unread import never_shown
from bridge.sync.read.unreadable import facts_of, unreadable_now
from bridge.sync.read.watch import watched
from bridge.sync.session import StoreSession
from connectors.base import StoreConnector
from connectors.chunks import chunks
from connectors.skills import TellsTime, TracksEdits

CHUNK = 250
OF_ORDERS = ("orders_since", "orders_look", "recent_orders", "doubted_orders")
"""What is noted of orders that were read."""


def read_changes(session: StoreSession, *, again: bool = False) -> int:
    """Read orders and edits since the last time, then the stock of what they touched and of what a lost reply left in
    doubt → listings read. Afterwards the store counts as read since this began. again: something is unexplained, so
    orders that the store shows late are looked for as well."""
    context, store, connector = session.context, session.store, session.connector
    began, record = context.now(), context.state.store_record(store)
    to_reread = context.state.to_reread(store)
    orders = Orders(session, record)
    resume_edits(connector, record.edits)
    news = read_orders(session, record, orders.order_lines, wanted=again)
    doubtful = (*news.sent, *unapplied.refs(store, record), *to_reread)
    refs = dict.fromkeys((*news.lines, *doubtful, *watched(context, store, session.lease)))
    unanswered = dict.fromkeys((*to_reread, *news.sent))
    for chunk in chunks(refs, CHUNK):
        readings = readings_of(connector, chunk)
        observe(session, chunk, news, readings)
        for ref in readings:
            unanswered.pop(ref, None)
    news.edits, news.unreadable, news.lag = edits_of(connector), unreadable_now(connector), lag_of(connector)
    news.to_reread, news.missed = to_reread, never_shown(session, to_reread.keys() & unanswered.keys())
    news.unread = unanswered
    note_reading(session, began, news, orders)
    return len(refs)


def resume_edits(connector: StoreConnector, cursor: Mapping[str, Any]) -> None:
    if isinstance(connector, TracksEdits):
        connector.resume_edits(cursor)


def edits_of(connector: StoreConnector) -> Mapping[str, Any] | None:
    """Where the next look for edits begins: kept only now that all the last one told was taken in."""
    return connector.edits_cursor() if isinstance(connector, TracksEdits) else None


def lag_of(connector: StoreConnector) -> timedelta:
    """How long a cache had kept the oldest of what was read."""
    return connector.lag() if isinstance(connector, TellsTime) else timedelta(0)


def _reading_progress(
    record: StoreRecord, news: OrderNews, began: datetime, *, names_unknown: bool
) -> dict[str, object]:
    """Members of the store's record: when it was read, and up to when its orders were."""
    last = looks_of(record)
    moved = read_to(last.at if last else None, news.newest, store_clock=news.clock, began=began)
    now = with_look(last, moved, len(news.met), began, whole=news.whole)
    facts: dict[str, object] = {"read_at": began - news.lag, "lag": news.lag.total_seconds()}
    # Once the listing is known, the same orders are read again.
    again = names_unknown and last is not None and not record.reread_orders
    facts |= {"reread_orders": again}
    if not again:
        facts |= {"orders_since": moved, "orders_look": OrdersLook(now.whole, now.whole_at, now.met)}
    return facts | {"recent_orders": news.seen(record.recent_orders, now.whole - OVERLAP)}


def note_reading(
    session: StoreSession, began: datetime, news: OrderNews, orders: Orders, *,
    whole: bool = False, orders_again: bool = False,
) -> None:  # fmt: skip
    """Commit, as one change, that the store was read and up to when its orders were. A request that came since then has
    open orders asked for one by one again. orders_again: they are all to be read once more, for the list of listings
    that was told after them asks for it."""
    context, store = session.context, session.store
    if not context.capabilities(store).readable:
        accepted.send_again(session, news.to_reread)  # they are marked as to be read, and no reading can answer
    record, change = context.state.store_record(store), Change()
    names_unknown = bool(news.unmet - context.state.listings(store, sorted(news.unmet)).keys())
    facts = _reading_progress(record, news, began, names_unknown=names_unknown) | orders.doubted()
    if orders_again:
        facts = {name: fact for name, fact in facts.items() if name not in OF_ORDERS}
    facts |= {"refresh_requested": True} if names_unknown else {}
    if news.has_nameless and not session.connector.capabilities.reads_committed:
        # What looks up its products when it tells of an order may have lost them: the whole list says how many.
        facts |= {"refresh_requested": True, "listings_since": None, "refreshed_at": None}
    facts |= facts_of(session, record, news.unreadable)
    if whole or names_unknown or record.unmapped_lines or any(is_unnamed(ref) for ref in news.lines):
        facts |= note_lines(session, change, record)
    facts |= hidden_lines(record, news.lines)
    facts |= {} if news.edits is None else {"edits": news.edits}
    facts |= {"reconciled_at": began} if whole else {}
    change.note_store(store, **facts)
    change.was_read += [(store, ref, version) for ref, version in news.to_reread.items() if ref not in news.missed]
    change.reread += [(store, ref) for ref in news.missed if ref not in news.to_reread]
    change.drops += strange_numbers(session) if whole else []
    accepted.doubt_in_flight(session, change)
    in_flight.end_read(context, store, change, began, unread=news.unread)
    unapplied.end_read(session, change, record)
    if orders.refetched_for is None or orders_again:
        return session.commit(change)
    since: dict[str, object] = {"revisited_at": began}
    context.state.update_store(
        store, lambda now: since if now.requests.requested == orders.refetched_for else {}, change, session.lease
    )
    return None
