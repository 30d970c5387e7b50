"""Read everything that a store shows, orders before stock. Where its whole list is wanted as well, both are read at
once, if the store tells them together."""

from collections.abc import Collection, Iterable
from itertools import groupby

from bridge.sync.read.ahead import CHUNK, Pulling, Told, after_pull, wait_for_pull
from bridge.sync.read.changes import edits_of, lag_of, note_reading, read_changes, resume_edits
from bridge.sync.read.listings import Listed, Refresh, refresh_listings
from bridge.sync.read.news import OrderNews
from bridge.sync.read.observe import observe
from bridge.sync.read.order_news import read_orders, with_kept_skus
from bridge.sync.read.orders import Orders
from bridge.sync.read.readings import readings_of
from bridge.sync.read.unread import never_shown, unshown
from bridge.sync.read.unreadable import unreadable_now
from bridge.sync.session import StoreSession
from connectors.base import StoreConnector
from connectors.chunks import chunks
from connectors.skills import ListsWithReadings


def refresh_and_reconcile(session: StoreSession, pulling: Pulling | None = None) -> int:
    """Ask for all listings, and read everything the store shows → listings read. Where both are told together orders
    are read ahead of both; what the list then says may ask for orders anew, and they are read once more. pulling: a
    pull that is under way: nothing is judged before it is over."""
    connector = session.connector
    if not (isinstance(connector, ListsWithReadings) and connector.capabilities.readable):
        if pulling is not None:
            wait_for_pull(session.context, pulling, session.lease.renew)
        refresh_listings(session)
        return reconcile(session, listed=True)
    refresh = Refresh(session)
    count = reconcile(session, refresh, pulling=pulling)
    if refresh.asks_for_orders:
        read_changes(session)
    return count


def reconcile(
    session: StoreSession, refresh: Refresh | None = None, *, listed: bool = False, pulling: Pulling | None = None
) -> int:
    """Read everything the store shows → listings read. What differs from what was known becomes due. refresh: takes in
    the listings that are told with it. listed: all of them were asked for just before. pulling: as above."""
    context, store, connector = session.context, session.store, session.connector
    began, record = context.now(), context.state.store_record(store)
    to_reread = context.state.to_reread(store)
    orders = Orders(session, record)
    resume_edits(connector, {})
    news = read_orders(session, record, orders.order_lines, wanted=True)
    count, gone = 0, dict.fromkeys(news.lines)
    left_out = {*to_reread, *news.sent}
    for moment, chunk in after_pull(session, _told(connector, together=refresh is not None), pulling):
        listings = [listing for listing, _ in chunk if listing is not None]
        _drop_looked_up_skus(session, news, [listing.ref for listing in listings])
        group = {readings[0].ref: readings for _, readings in chunk if readings}
        entering = Listed(refresh, listings) if refresh else None
        observe(session, list(group), news, group, moment=moment, listed=entering)
        count += len(group)
        left_out.difference_update(group)
        for ref in group:
            gone.pop(ref, None)
        context.emit("reading", store=store, listings=count)
    if refresh is not None:
        refresh.end()  # marks what its list left out and the store has all the same
        marked = context.state.to_reread(store)
        marks = {ref: version for ref, version in marked.items() if ref not in refresh.met}
        to_reread, left_out = {**to_reread, **marks}, left_out | marks.keys()
    left_out = _observe_left_out(session, news, gone, left_out)
    news.edits, news.unreadable, news.lag = edits_of(connector), unreadable_now(connector), lag_of(connector)
    missed = [*(to_reread.keys() & left_out), *unshown(session)]
    news.to_reread, news.missed, news.unread = to_reread, never_shown(session, missed), left_out
    news.has_nameless = news.has_nameless and not (listed or refresh)
    again = refresh is not None and refresh.asks_for_orders
    note_reading(session, began, news, orders, whole=True, orders_again=again)
    return count


def _told(connector: StoreConnector, *, together: bool) -> Iterable[Told]:
    """Everything the store shows, with its listings if they are told together."""
    if together and isinstance(connector, ListsWithReadings):
        return connector.listings_with_readings()
    rows = connector.read() if connector.capabilities.readable else ()
    return ((None, list(readings)) for _, readings in groupby(rows, key=lambda r: r.ref))


def _drop_looked_up_skus(session: StoreSession, news: OrderNews, refs: Collection[str]) -> None:
    """Orders were read before these listings were met: a SKU that is looked up says nothing of them."""
    for ref in news.lines.keys() & set(refs):
        news.lines[ref] = list(with_kept_skus(session, news.lines[ref], refs))


def _observe_left_out(
    session: StoreSession, news: OrderNews, gone: Iterable[str], left_out: Collection[str]
) -> set[str]:
    """Take in what orders tell of listings that no list told of, and ask for some of them by ref → those that the store
    does not show. gone: named by orders. left_out: those to ask for."""
    unread = set(left_out)
    for chunk in chunks(dict.fromkeys((*gone, *sorted(left_out))), CHUNK):
        # Orders still tell of listings that the store has no longer; others exist, and its lists leave them out.
        readings = readings_of(session.connector, sorted(unread & set(chunk)))
        unread.difference_update(readings)
        observe(session, chunk, news, readings)
    return unread
