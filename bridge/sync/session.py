"""One store, from opening it to closing it: map when it is time, read what moved, and push."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from bridge.core.backoff import backoff
from bridge.core.health import TroubleKind
from bridge.core.plan import Decision
from bridge.errors import LeaseLostError, StateError
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.state.records import Decided, ListTrouble, Result, StoreRecord, Trouble
from bridge.state.requests import acknowledge, fail, finish, load_requests
from bridge.sync.context import SyncContext
from bridge.sync.identity import refuse_second_table
from bridge.sync.push.flow import push
from bridge.sync.push.job import StoreSession
from bridge.sync.read import accepted, drift, in_flight
from bridge.sync.read.changes import read_changes, reconcile
from bridge.sync.read.in_flight import GRACE
from bridge.sync.read.listings import is_any_back, refresh_listings, rules_moved
from bridge.sync.report import BUSY, PAUSED, UNANSWERED, Pushed
from connectors.base import OperatorStoreError, RetryableStoreError
from connectors.chunks import chunks

REFRESH_EVERY = timedelta(minutes=15)
CHUNK = 500
RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(minutes=15)


def read(session: StoreSession, *, full: bool = False) -> int:
    """Know what the store shows: everything at first, daily, and on demand; else what moved → listings read.
    What orders may explain that were not told yet is looked at once more."""
    count = _read(session, full=full or session.asked.whole) + _meet(session)
    _look_twice(session)
    acknowledge(session.context.state, session.store, session.asked.requested, session.lease)
    return count


def _look_twice(session: StoreSession) -> None:
    if drift.look_twice(session):
        read_changes(session.context, session.store, session.connector, session.lease, again=True)


def _read(session: StoreSession, *, full: bool) -> int:
    context, store = session.context, session.store
    rules_moved(context, store, session.lease)
    record, readable = context.state.store_record(store), session.connector.capabilities.readable
    is_old = _is_old(context, record.mapped_at) or _is_old(context, record.reconciled_at)
    if full or is_old or _is_unlisted(context, record.list_trouble, record.confirm_absent):
        refresh_listings(context, store, session.connector, session.lease)
        if (record.reconciled_at if readable else record.mapped_at) is None:
            _note(session, reread_at=_after_lost_writes(session))
        count = reconcile(context, store, session.connector, session.lease)
        if session.asked.whole and not readable:
            accepted.send_again(context, store, session.lease)
        return count
    if record.refresh_requested or _is_old(context, record.refreshed_at or record.mapped_at, REFRESH_EVERY):
        _refresh_changed(session)
    if record.reread_at and context.now() >= record.reread_at:
        count = reconcile(context, store, session.connector, session.lease)
        if not readable:
            accepted.send_again(context, store, session.lease)
        _note(session, reread_at=None)
        return count
    return read_changes(context, store, session.connector, session.lease)


def _meet(session: StoreSession) -> int:
    """What an order names, or was made anew, and nobody has met is met before anything is written → listings read."""
    if not session.context.state.store_record(session.store).refresh_requested:
        return 0
    _refresh_changed(session)
    return read_changes(session.context, session.store, session.connector, session.lease)


def _refresh_changed(session: StoreSession) -> None:
    record = session.context.state.store_record(session.store)
    last = record.listings_since or record.refreshed_at  # None: lost meanwhile, so all of them
    since = (
        None if last is None or is_any_back(session.context, session.store, session.connector) else last - REFRESH_EVERY
    )
    refresh_listings(session.context, session.store, session.connector, session.lease, changed_since=since)


def _after_lost_writes(session: StoreSession) -> datetime:
    """When the store is read once more after a beginning from nothing, or sent everything again where it cannot be
    read: a write that was on its way when the state was lost has landed by then."""
    wait = timedelta(seconds=session.connector.capabilities.lost_write_seconds) + GRACE
    return session.context.now() + wait


def _is_unlisted(context: SyncContext, trouble: ListTrouble | None, confirmed: Decided | None) -> bool:
    """Whether the list is asked for as a whole before its time: the last one was not believed, or a person has said
    that it may be."""
    return trouble is not None and (confirmed is not None or context.now() - trouble.at >= LONGEST_RETRY)


def _is_old(context: SyncContext, last: datetime | None, every: timedelta | None = None) -> bool:
    return last is None or context.now() - last >= (every or context.settings.source.full_pull_every)


def send(
    session: StoreSession, *, proof_since: datetime | None, run: str = "", dry: bool = False
) -> tuple[Pushed, list[Decision]]:
    """Push what is due, unless people or the configuration paused the store. Requests that it was read for are done
    then."""
    number = load_requests(session.context.state, session.store).acknowledged
    report, decisions = _send(session, proof_since=proof_since, run=run, dry=dry)
    if not dry:
        finish(session.context.state, session.store, result_of(session.context, number, report), session.lease)
    return report, decisions


def result_of(context: SyncContext, number: int, report: Pushed) -> Result:
    """What a session did, for whoever asked for it."""
    person = bool(report.held or report.operator or report.rejected)
    due = report.due - report.applied - report.unchanged
    return Result(number, context.now(), report.applied, due, report.error, report.held, person)


def _send(session: StoreSession, *, proof_since: datetime | None, run: str, dry: bool) -> tuple[Pushed, list[Decision]]:
    if is_paused(session.context, session.store) and not dry:
        due = stock_keys_due(session.context, session.store)
        return Pushed(due=due, skipped=due, reasons={PAUSED: due} if due else {}, error=PAUSED), []
    first, wanted = push(session, proof_since=proof_since, run=run, dry=dry)
    second, again = None, {key.ref for key in first.report.stale | first.report.lost}
    if (again or first.report.missing) and not dry:
        with suppress(RetryableStoreError):  # what was applied stands, and the rest is still due
            read_changes(session.context, session.store, session.connector, session.lease)
            _meet(session)
            _look_twice(session)
            moved = None if first.report.missing else sorted(again)  # what was met anew is due as well
            second, _ = push(session, proof_since=proof_since, run=run, only=moved, after=first)
    report = Pushed()
    for each in session.pushes:
        report.followed_by(each)
    fault = (second and second.fault) or first.fault
    if fault and report.reasons.get(UNANSWERED):
        raise fault
    return report, wanted


def stock_keys_due(context: SyncContext, store: str) -> int:
    """How many stock keys the due listings have, as far as they were read."""
    count = 0
    for chunk in chunks(context.state.due(store), CHUNK):
        shown = context.state.store_stock(store, chunk)
        count += sum(max(1, len(shown.get(ref, ()))) for ref in chunk)
    return count


def is_paused(context: SyncContext, store: str) -> bool:
    return context.rules(store).paused or context.state.store_record(store).paused is not None


def guarded(
    context: SyncContext, store: str, work: Callable[[StoreSession], tuple[Pushed, list[Decision]]]
) -> tuple[Pushed, list[Decision]]:
    """Do something with a store, and turn its trouble into a report: a broken store is its own business.
    Trouble with Redis is not the store's and is raised: nothing rests for it. Anything else is a bug; it is noted, and
    goes to whoever called as `report.bug`."""
    began = time.monotonic()
    with context.lease(f"store:{store}") as lease:
        if lease is None:
            due = stock_keys_due(context, store)
            return Pushed(due=due, deferred=due, error=BUSY), []
        report, decisions = _attempt(context, store, lease, work)
    report.seconds = round(time.monotonic() - began, 3)
    return report, decisions


def _attempt(
    context: SyncContext, store: str, lease: Lease, work: Callable[[StoreSession], tuple[Pushed, list[Decision]]]
) -> tuple[Pushed, list[Decision]]:
    """The same, of a store that nobody else is with."""
    report, decisions, session = Pushed(), list[Decision](), None
    try:
        with context.connector(store, lease) as (connector, sender):
            session = StoreSession(context, store, lease, connector, sender, load_requests(context.state, store))
            refuse_second_table(session)
            report, decisions = work(session)
            _well(session)
    except (RetryableStoreError, OperatorStoreError, LeaseLostError) as fault:
        report = _broken_off(context, store, lease, fault, session)
    except StateError:
        raise
    except Exception as fault:  # noqa: BLE001  (kept in the report, and raised when the others are served)
        report = _broken_off(context, store, lease, fault, session)
        report.bug = fault
    if session is not None:
        report.requests = session.sender.requests
    return report, decisions


def _broken_off(
    context: SyncContext, store: str, lease: Lease, fault: Exception, session: StoreSession | None
) -> Pushed:
    pushes = session.pushes if session else []
    report = trouble(context, store, lease, fault, pushes=pushes)
    report.preceded_by(pushes or [Pushed(due=stock_keys_due(context, store))])
    if session is not None:
        fail(context.state, store, result_of(context, session.asked.requested, report))
    return report


def _well(session: StoreSession) -> None:
    """The trouble is over; but what writing met is not over by reading, nor while a write is unanswered."""
    state, store = session.context.state, session.store
    before = state.store_record(store).trouble
    unproven = before and before.writing and (not session.pushes or in_flight.may_land(session.context, store))
    if before and not unproven:
        _note(session, trouble=None)


def _note(session: StoreSession, **facts: object) -> None:
    change = Change()
    change.note_store(session.store, **facts)
    session.context.state.commit(change, session.lease)


def _pause(fault: Exception, failures: int) -> timedelta:
    """Longer with each failure in a row; at least as long as the store asked for."""
    asked = fault.retry_after if isinstance(fault, RetryableStoreError) else None
    return max(timedelta(seconds=asked or 0.0), backoff(RETRY, failures, LONGEST_RETRY))


def trouble(context: SyncContext, store: str, lease: Lease, fault: Exception, *, pushes: Sequence[Pushed]) -> Pushed:
    """Note why a store could not be worked with, since when, and when to try again; a worker that has lost the store
    notes nothing, for whoever has it now knows better. pushes: what it took meanwhile; a store that takes some begins
    anew to fail."""
    took, now = any(push.applied for push in pushes), context.now()
    operator = isinstance(fault, OperatorStoreError)
    known = isinstance(fault, RetryableStoreError | OperatorStoreError | LeaseLostError)
    why = str(fault) if known else f"{type(fault).__name__} in the connector or the bridge: see the log"
    kind: TroubleKind = "operator" if operator else "failing" if known else "bug"

    def failed(record: StoreRecord) -> dict[str, object]:
        before = None if took else record.trouble
        failures = before.failures + 1 if before else 1
        retry_at = now + (LONGEST_RETRY if operator else _pause(fault, failures))
        since = before.since if before else now
        return {"trouble": Trouble(kind, why, since, retry_at, failures, writing=bool(pushes))}

    with suppress(LeaseLostError):
        context.state.update_store(store, failed, Change(), lease)
    context.emit("store trouble", store=store, kind=kind, error=why)
    return Pushed(error=why, operator=operator)
