"""Read one store: its listings when they are due, orders before stock, and once more what a late order may explain."""

from datetime import datetime, timedelta

from bridge.core.hints import HintsRead
from bridge.state.records import StoreRecord
from bridge.state.requests import acknowledge
from bridge.sync.context import SyncContext
from bridge.sync.due import index_lost_skus
from bridge.sync.in_flight import GRACE
from bridge.sync.read import accepted, drift
from bridge.sync.read.ahead import Pulling
from bridge.sync.read.changes import read_changes
from bridge.sync.read.listings import has_any_come_back, note_changed_rules, refresh_listings
from bridge.sync.read.subscriptions import check_webhooks
from bridge.sync.read.whole import reconcile, refresh_and_reconcile
from bridge.sync.session import LONGEST_RETRY, REFRESH_EVERY, StoreSession, note
from connectors.skills import RepeatsNumbers


def read(session: StoreSession, *, full: bool = False, pulling: Pulling | None = None) -> int:
    """Refresh readings: everything on first contact, daily and on request, else only changes. Then read what orders
    mention and the SKU map does not know, and once more what a late order may explain. Returns the number of listings
    read by the first two. pulling: a pull that is under way, where everything is read; only then is it judged."""
    count = _read(session, pulling, full=full or session.asked.whole) + read_unknown_listings(session)
    reread_suspected(session)
    if session.asked.is_open:
        acknowledge(session.context.state, session.store, session.asked.requested, session.lease)
    check_webhooks(session)
    if session.before.is_hinted:  # what came since stands for the next session
        idle = 0 if session.made_due else session.before.hints_read.idle + 1
        note(session, hints_read=HintsRead(session.before.hint, session.context.now(), idle))
    return count


def is_whole_due(context: SyncContext, record: StoreRecord) -> bool:
    """Whether the next session reads everything that a store shows, whoever asks. record: the store's."""
    is_old = _is_due(context, record.mapped_at) or _is_due(context, record.reconciled_at)
    doubted = record.doubted_list
    asks_again = doubted is not None and context.now() - doubted.at >= LONGEST_RETRY
    is_confirmed = record.confirm_absent is not None and (doubted or record.doubted_orders)
    return bool(is_old or asks_again or is_confirmed)


def _read(session: StoreSession, pulling: Pulling | None, *, full: bool) -> int:
    """Refresh the SKU map as far as it is due, then readings → listings read."""
    context = session.context
    index_lost_skus(context, session.store, session.lease)
    note_changed_rules(session)
    record, readable = context.state.store_record(session.store), session.connector.capabilities.readable
    if full or is_whole_due(context, record):
        if (record.reconciled_at if readable else record.mapped_at) is None:  # only the first list sets that one
            # A write of a worker from before the state was lost may still land: once it has, everything is read again,
            # or sent again where the store cannot be read.
            wait = timedelta(seconds=session.connector.capabilities.lost_write_seconds) + GRACE
            note(session, reread_at=context.now() + wait)
        count = refresh_and_reconcile(session, pulling)
        if session.asked.whole and not readable:
            accepted.send_again(session)
        return count
    _repeat_numbers(session, record.repeated_at)
    is_told = session.before.hint_of_listings > session.before.hints_read.upto
    if record.refresh_requested or is_told or _is_due(context, record.refreshed_at or record.mapped_at, REFRESH_EVERY):
        _refresh_changed(session)
    if record.reread_at and context.now() >= record.reread_at:
        count = reconcile(session)
        if not readable:
            accepted.send_again(session)
        note(session, reread_at=None)
        return count
    return read_changes(session)


def _repeat_numbers(session: StoreSession, last: datetime | None) -> None:
    """Send all numbers again where it is due, because others overwrite them. last: when that was done, or first thought
    of."""
    connector, now = session.connector, session.context.now()
    every = connector.repeat_every() if isinstance(connector, RepeatsNumbers) else None
    if every is None:
        return
    if last is not None and now - last >= every:
        accepted.send_again(session)
    if last is None or now - last >= every:
        note(session, repeated_at=now)


def read_unknown_listings(session: StoreSession) -> int:
    """Map and read listings that orders mention but the SKU map does not know, before anything is written → listings
    read."""
    if not session.context.state.store_record(session.store, "refresh_requested").refresh_requested:
        return 0
    _refresh_changed(session)
    return read_changes(session)


def reread_suspected(session: StoreSession) -> None:
    """Read changes once more, if a store shows less than it should and an order that it tells late may explain it."""
    if drift.prune_and_mark_suspected(session):
        read_changes(session, again=True)


def _refresh_changed(session: StoreSession) -> None:
    """Ask for the listings that changed since the last time, or for all where that is not enough."""
    record = session.context.state.store_record(session.store)
    last = record.listings_since or record.refreshed_at  # None: not known any more, so all are asked for
    since = None if last is None or has_any_come_back(session) else last - REFRESH_EVERY
    refresh_listings(session, changed_since=since)


def _is_due(context: SyncContext, last: datetime | None, every: timedelta | None = None) -> bool:
    """Whether something last done then is to be done again. every: how often; a day, or as configured, if not given."""
    return last is None or context.now() - last >= (every or context.settings.source.full_pull_every)
