"""Pull what changed from the source. The cursor moves last."""

from datetime import timedelta
from secrets import token_hex

from bridge.core.breaker import BreakerKind, CircuitBreaker
from bridge.core.cursor import Cursor, Window, advance, joined
from bridge.core.unfinished import Unfinished, progress
from bridge.errors import (
    BridgeError,
    OperatorSourceError,
    RetryableSourceError,
    SourceError,
    StateUnavailableError,
    UntrustedPullError,
    WindowSpentError,
)
from bridge.state import pulled
from bridge.state.change import Change, ConflictError
from bridge.state.records import PullRecord
from bridge.sync.context import SyncContext
from bridge.sync.pull.doubts import RowStore
from bridge.sync.pull.long_pull import WAITS_FOR_BUDGET, begin_pull, drop_pull, estimate, poll_changes, read_pages
from bridge.sync.pull.prune import prune_ledger
from bridge.sync.pull.run import Run
from bridge.sync.pull.whole_pull import judge_and_apply
from bridge.sync.report import Pulled
from bridge.sync.reports import follow_items
from bridge.sync.warehouses import note_unknown_warehouses
from bridge.transport.rate_budget import account
from connectors.values import replace

LEASE = "source"
BREAKER_KINDS: dict[type[SourceError], BreakerKind] = {
    RetryableSourceError: "failing",
    UntrustedPullError: "untrusted",
    SourceError: "operator",
}
REPEAT_WHOLE_AFTER = timedelta(hours=6)
"""How soon a whole pull is repeated whose list left out products that exist."""

PAUSE_AFTER_BUG = timedelta(minutes=1)
"""How long nothing is pulled after an error of the bridge itself, which would only come again."""


def pull(
    context: SyncContext, *, full: bool = False, confirm_absent: bool = False, time_limit: timedelta | None = None
) -> Pulled | None:
    """Begin a pull, or go on with the unfinished one → its counts; None while another worker pulls. A pull that is not
    done has a sentence as its error, and the next call goes on with it. time_limit: leave off after so long. Raises
    SourceError after opening the circuit breaker; the cursor then stands where it stood, so nothing is lost."""
    with context.lease(LEASE) as lease:
        if lease is None:
            return None
        try:
            with context.source(lease) as source:
                run = Run(context, lease, source, RowStore(context, lease))
                kept = _load_unfinished(run, full=full, confirm=confirm_absent)
                if kept is not None and source.rate_budget.is_empty():
                    return _report_unfinished(run, kept)
                current = poll_changes(run, kept) if kept else begin_pull(context, full=full, confirm=confirm_absent)
                prune_ledger(context, lease)
                follow_items(context)
                return _continue_pull(run, current, time_limit)
        except SourceError as fault:
            _open_breaker(context, fault)
            raise
        except (BridgeError, ConflictError):
            raise  # says nothing of the warehouse: the next pull is simply tried
        except Exception as fault:
            context.state.note_source(breaker=_breaker_for(context, fault))
            raise


def keep_grant(context: SyncContext) -> None:
    """Refresh an OAuth grant that nobody used for a week. One that has ended is told as it would be by a pull."""
    if context.grant is None:
        return
    try:
        context.grant().keep_alive()
    except OperatorSourceError as fault:
        _open_breaker(context, fault)
    except RetryableSourceError as fault:
        context.emit("grant not refreshed", error=str(fault))  # the next look tries again, many times within a month


def _open_breaker(context: SyncContext, fault: SourceError) -> None:
    opened = _breaker_for(context, fault)
    context.state.note_source(breaker=opened)
    context.emit("pull failed", kind=opened.kind, error=str(fault))


def _breaker_for(context: SyncContext, fault: Exception) -> CircuitBreaker:
    before, now = context.state.source_record().breaker, context.now()
    kind: BreakerKind = next((name for each, name in BREAKER_KINDS.items() if isinstance(fault, each)), "bug")
    why = (
        str(fault)
        if kind != "bug"
        else f"{type(fault).__name__} in the bridge while the warehouse was read: see the log"
    )
    pause = PAUSE_AFTER_BUG if kind == "bug" else timedelta(seconds=getattr(fault, "retry_after", None) or 0.0)
    return CircuitBreaker(kind, why, before.since if before else now, now + pause)


def _load_unfinished(run: Run, *, full: bool, confirm: bool) -> Unfinished | None:
    """The pull to go on with, if there is one. One that is not ours or too old is dropped; so is a whole one that Redis
    has lost something of, and a pull for changes when a person asks for a whole one."""
    kept = pulled.load_unfinished(run.context.state)
    if kept is None:
        return None
    is_ours = kept.belongs_to(account(run.context.settings.source), run.context.now())
    if not is_ours or not (pulled.has_all(run.context.state, kept) if kept.is_whole else not full):
        drop_pull(run)
        return None
    began = kept.began if kept.place.requests else run.context.now()  # until now it only waited for its budget
    return replace(kept, began=began, confirmed=kept.confirmed or confirm)


def _continue_pull(run: Run, pull: Unfinished, time_limit: timedelta | None) -> Pulled:
    """Read on as far as budget and time allow; at the end of the list apply what a whole pull kept, and finish."""
    if pull.place.requests and not run.source.rate_budget.has_room():
        return _report_unfinished(run, pull)
    pull = replace(pull, waits="") if pull.ended else read_pages(run, pull, time_limit)
    if pull.waits:
        # Numbers that do not wait for this pull need a poll as their proof: one in each call.
        needs_poll = not (pull.behind or run.polled or run.source.rate_budget.is_empty())
        return _report_unfinished(run, poll_changes(run, pull) if needs_poll else pull)
    left_out = False
    try:
        if pull.is_whole:
            _refuse_lost(run, pull)
            left_out = judge_and_apply(run, pull)
            _refuse_lost(run, pull)  # what was lost meanwhile may not have been applied
    except WindowSpentError:
        return _report_unfinished(run, run.save(replace(pull, waits=WAITS_FOR_BUDGET)))
    except UntrustedPullError:
        drop_pull(run)
        raise
    return _finish(run, pull, left_out=left_out)


def _refuse_lost(run: Run, pull: Unfinished) -> None:
    """Raise StateUnavailableError if Redis has lost what a pull met before: who ended it would take those products for
    gone, or never hear of them."""
    if not pulled.has_all(run.context.state, pull):
        drop_pull(run)
        raise StateUnavailableError("Redis lost what a pull of the warehouse had read; the next one reads it again.")


def _report_unfinished(run: Run, pull: Unfinished) -> Pulled:
    """Say how far it is; any process may go on with it."""
    if pull.total is None or pull.total < pull.place.rows:  # the list of carton types follows, for instance
        pull = run.save(replace(pull, total=estimate(run, pull)))
    sentence = progress(pull, run.source.rate_budget.budget, run.context.now())
    run.context.emit("pull unfinished", rows=pull.place.rows, requests=pull.place.requests, total=pull.total)
    return Pulled(run.rows_read, run.changed, run.source.sender.requests, _iso(pull.polled), error=sentence)


def _finish(run: Run, pull: Unfinished, *, left_out: bool) -> Pulled:
    """Move the cursor, and note that this pull proves increases: one change, after every row is stored."""
    context, change, place = run.context, Change(), pull.place
    note_unknown_warehouses(context, run.source, whole=pull.is_whole)
    asked, took = Window(pull.since, pull.looks_back), context.now() - pull.began
    record = context.state.source_record()
    moved = advance(record.cursor, asked, began=place.began, greatest=place.greatest, took=took, ours=pull.began)
    moved = moved if pull.polled_at is None else joined(moved, pull.polled)
    done = Pulled(run.rows_read, run.changed, run.source.sender.requests, _iso(moved))
    proven_from = pull.polled_at or pull.began
    size = place.fullest if pull.is_whole else max(place.fullest, record.size)
    change.note_source(cursor=moved, size=size, breaker=None)
    if pull.is_whole:
        change.note_source(full_at=pull.began, whole_after=context.now() + REPEAT_WHOLE_AFTER if left_out else None)
    if pull.is_whole or not record.asks_for_whole:  # else it is no proof
        counts = (done.rows, done.changed, done.requests)
        change.note_source(pull=PullRecord(proven_from, context.now(), *counts, done.cursor))
    reads_cartons = pull.cartons and (pull.is_whole or record.reads_cartons)
    if reads_cartons != record.reads_cartons:  # what was known of them while nobody read them is no contents
        change.note_source(reads_cartons=reads_cartons, packing=token_hex(8) if reads_cartons else None)
    if record.unfinished is not None:  # also one that waited before it met anything
        pulled.put(change, None)
    context.state.commit(change, run.lease)
    if pull.was_kept:
        pulled.forget_met(context.state)
    if pull.is_whole:
        context.state.pack_history()
    context.emit("pulled", rows=done.rows, changed=done.changed, requests=done.requests, cursor=done.cursor)
    return done


def _iso(cursor: Cursor) -> str | None:
    return cursor.at.isoformat() if cursor.at else None
