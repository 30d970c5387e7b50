"""One store is read: its list when it is time, orders before stock, and once more what orders may explain."""

from datetime import datetime, timedelta

from bridge.state.requests import acknowledge
from bridge.sync.context import SyncContext
from bridge.sync.in_flight import GRACE
from bridge.sync.read import accepted, drift
from bridge.sync.read.changes import read_changes, reconcile
from bridge.sync.read.listings import is_any_back, refresh_listings, rules_moved
from bridge.sync.session import LONGEST_RETRY, StoreSession, note

REFRESH_EVERY = timedelta(minutes=15)


def read(session: StoreSession, *, full: bool = False) -> int:
    """Know what the store shows: everything at first, daily, and on demand; else what moved → listings read.
    What orders may explain that were not told yet is looked at once more."""
    count = _read(session, full=full or session.asked.whole) + meet(session)
    look_again(session)
    acknowledge(session.context.state, session.store, session.asked.requested, session.lease)
    return count


def look_again(session: StoreSession) -> None:
    if drift.look_twice(session):
        read_changes(session, again=True)


def _read(session: StoreSession, *, full: bool) -> int:
    context = session.context
    rules_moved(session)
    record, readable = context.state.store_record(session.store), session.connector.capabilities.readable
    is_old = _is_old(context, record.mapped_at) or _is_old(context, record.reconciled_at)
    doubt = record.doubted_list  # the last list was not believed: time for the next, or a person said that it may be
    is_unlisted = doubt and (record.confirm_absent is not None or context.now() - doubt.at >= LONGEST_RETRY)
    if full or is_old or is_unlisted:
        if (record.reconciled_at if readable else record.mapped_at) is None:  # only the first list sets that one
            # after a beginning from nothing: a write that was on its way when the state was lost has landed when it is
            # read once more, or sent everything again where it cannot be read
            wait = timedelta(seconds=session.connector.capabilities.lost_write_seconds) + GRACE
            note(session, reread_at=context.now() + wait)
        refresh_listings(session)
        count = reconcile(session, listed=True)
        if session.asked.whole and not readable:
            accepted.send_again(session)
        return count
    if record.refresh_requested or _is_old(context, record.refreshed_at or record.mapped_at, REFRESH_EVERY):
        _refresh_changed(session)
    if record.reread_at and context.now() >= record.reread_at:
        count = reconcile(session)
        if not readable:
            accepted.send_again(session)
        note(session, reread_at=None)
        return count
    return read_changes(session)


def meet(session: StoreSession) -> int:
    """What an order names, or was made anew, and nobody has met is met before anything is written → listings read."""
    if not session.context.state.store_record(session.store).refresh_requested:
        return 0
    _refresh_changed(session)
    return read_changes(session)


def _refresh_changed(session: StoreSession) -> None:
    record = session.context.state.store_record(session.store)
    last = record.listings_since or record.refreshed_at  # None: lost meanwhile, so all of them
    since = None if last is None or is_any_back(session) else last - REFRESH_EVERY
    refresh_listings(session, changed_since=since)


def _is_old(context: SyncContext, last: datetime | None, every: timedelta | None = None) -> bool:
    return last is None or context.now() - last >= (every or context.settings.source.full_pull_every)
