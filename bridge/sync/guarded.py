"""One store, from opening it to closing it, and what is noted when something goes wrong in between."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from bridge.core.backoff import backoff
from bridge.core.breaker import BreakerKind, CircuitBreaker
from bridge.core.plan import Decision
from bridge.errors import LeaseLostError, SourceUnreadError, StateError
from bridge.state.change import Change, ConflictError
from bridge.state.lease import Lease
from bridge.state.records import StoreRecord
from bridge.state.requests import fail
from bridge.sync import in_flight
from bridge.sync.context import SyncContext
from bridge.sync.identity import refuse_second_table
from bridge.sync.report import BUSY, Pushed
from bridge.sync.session import LONGEST_RETRY, StoreSession, note, result_of, stock_keys_due
from connectors.base import OperatorStoreError, RetryableStoreError

RETRY = timedelta(seconds=15)

BEFORE = ("requests", "webhooks", "hint", "hint_of_listings", "hints_read", "rules_seen")
"""What a session goes by as it stood when it began."""


def guarded(
    context: SyncContext, store: str, work: Callable[[StoreSession], tuple[Pushed, list[Decision]]]
) -> tuple[Pushed, list[Decision]]:
    """Do something with a store, and turn its failure into a report, so that a broken store holds up no other.
    A failure of Redis or of the pull is not the store's and is raised: no breaker opens for it. Anything else is a bug;
    it is noted, and goes to the caller as `report.bug`."""
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
            session = StoreSession(context, store, lease, connector, sender, context.state.store_record(store, *BEFORE))
            refuse_second_table(context, store, connector, lease)
            report, decisions = work(session)
            now = context.state.store_record(store, "breaker", "hint")
            if session.before.is_hinted or now.hint > session.before.hint:  # by then, who answers it finds nothing new
                report.made_due = session.made_due - {store}
            # one that a write opened is not closed by a reading alone, nor while a write is unanswered
            writing = now.breaker and now.breaker.writing
            unproven = writing and (not session.pushes or in_flight.may_land(context, store))
            if now.breaker and not unproven:
                note(session, breaker=None)
    except (RetryableStoreError, OperatorStoreError, LeaseLostError, ConflictError) as fault:
        report = _broken_off(context, store, lease, fault, session)
    except (StateError, SourceUnreadError):
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
    report = open_breaker(context, store, lease, fault, pushes=pushes)
    report.preceded_by(pushes or [Pushed(due=stock_keys_due(context, store))])
    if session is not None:
        fail(context.state, store, result_of(context, session.asked.requested, report))
    return report


def open_breaker(
    context: SyncContext, store: str, lease: Lease, fault: Exception, *, pushes: Sequence[Pushed]
) -> Pushed:
    """Open the store's circuit breaker, or keep it open for longer → the report of the failed session. A worker that
    lost its lease notes nothing, for whoever has it now knows better. pushes: what the session sent before it failed;
    if the store took some of it, failures are counted from one again."""
    took, now = any(push.applied for push in pushes), context.now()
    operator = isinstance(fault, OperatorStoreError)
    known = isinstance(fault, RetryableStoreError | OperatorStoreError | LeaseLostError | ConflictError)
    why = str(fault) if known else f"{type(fault).__name__} in the connector or the bridge: see the log"
    kind: BreakerKind = "operator" if operator else "failing" if known else "bug"

    def failed(record: StoreRecord) -> dict[str, object]:
        before = None if took else record.breaker
        failures = before.failures + 1 if before else 1
        # longer with each failure in a row; at least as long as the store asked for
        asked = fault.retry_after if isinstance(fault, RetryableStoreError) else None
        pause = max(timedelta(seconds=asked or 0.0), backoff(RETRY, failures, LONGEST_RETRY))
        retry_at = now + (LONGEST_RETRY if operator else pause)
        since = before.since if before else now
        return {"breaker": CircuitBreaker(kind, why, since, retry_at, failures, writing=bool(pushes))}

    with suppress(LeaseLostError):
        context.state.update_store(store, failed, Change(), lease)
    context.emit("circuit breaker opened", store=store, kind=kind, error=why)
    return Pushed(error=why, operator=operator)
