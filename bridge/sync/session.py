"""One store, from opening it to closing it, and what is noted when something goes wrong in between."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from bridge.core.backoff import backoff
from bridge.core.health import TroubleKind
from bridge.core.plan import Decision
from bridge.errors import LeaseLostError, StateError
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.state.records import Requests, Result, StoreRecord, Trouble
from bridge.state.requests import fail, load_requests
from bridge.sync import in_flight
from bridge.sync.context import SyncContext
from bridge.sync.identity import refuse_second_table
from bridge.sync.report import BUSY, Pushed
from bridge.transport.retry import RetryPolicy
from connectors.base import OperatorStoreError, RetryableStoreError, StoreConnector
from connectors.chunks import chunks

CHUNK = 500
RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(minutes=15)


@dataclass(frozen=True)
class StoreSession:
    """A store that is open, leased and ready to be asked. sender counts the requests. pushes: what each push of
    this session has done so far. asked: what people had asked of the store when it began."""

    context: SyncContext
    store: str
    lease: Lease
    connector: StoreConnector
    sender: RetryPolicy
    asked: Requests
    pushes: list[Pushed] = field(default_factory=list)

    def commit(self, change: Change) -> None:
        """Raises ConflictError, LeaseLostError; then nothing of it was changed."""
        self.context.state.commit(change, self.lease)


def result_of(context: SyncContext, number: int, report: Pushed) -> Result:
    """What a session did, for whoever asked for it."""
    person = bool(report.held or report.operator or report.rejected)
    due = report.due - report.applied - report.unchanged
    return Result(number, context.now(), report.applied, due, report.error, report.held, person)


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
            refuse_second_table(context, store, connector, lease)
            report, decisions = work(session)
            # the trouble is over; but what writing met is not over by reading, nor while a write is unanswered
            before = context.state.store_record(store).trouble
            unproven = before and before.writing and (not session.pushes or in_flight.may_land(context, store))
            if before and not unproven:
                note(session, trouble=None)
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


def note(session: StoreSession, **facts: object) -> None:
    """Note facts of the store's record."""
    change = Change()
    change.note_store(session.store, **facts)
    session.commit(change)


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
        # longer with each failure in a row; at least as long as the store asked for
        asked = fault.retry_after if isinstance(fault, RetryableStoreError) else None
        pause = max(timedelta(seconds=asked or 0.0), backoff(RETRY, failures, LONGEST_RETRY))
        retry_at = now + (LONGEST_RETRY if operator else pause)
        since = before.since if before else now
        return {"trouble": Trouble(kind, why, since, retry_at, failures, writing=bool(pushes))}

    with suppress(LeaseLostError):
        context.state.update_store(store, failed, Change(), lease)
    context.emit("store trouble", store=store, kind=kind, error=why)
    return Pushed(error=why, operator=operator)
