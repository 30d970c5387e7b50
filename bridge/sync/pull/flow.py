"""Pull what changed from the source. The cursor moves last."""

from dataclasses import replace
from datetime import timedelta

from bridge.core.breaker import BreakerKind, CircuitBreaker
from bridge.core.cursor import Cursor, Window, advance, joined
from bridge.core.unfinished import Unfinished, progress
from bridge.errors import BridgeError, RetryableSourceError, SourceError, UntrustedPullError, WindowSpentError
from bridge.state import pulled
from bridge.state.change import Change, ConflictError
from bridge.state.records import PullRecord
from bridge.sync.context import SyncContext
from bridge.sync.pull.doubts import RowStore
from bridge.sync.pull.long_pull import BUDGET, begin, drop, estimate, poll, walk
from bridge.sync.pull.prune import prune_ledger
from bridge.sync.pull.run import Run
from bridge.sync.pull.whole_pull import judge_and_apply
from bridge.sync.report import Pulled
from bridge.sync.warehouses import look_for_strangers
from bridge.transport.rate_budget import account

LEASE = "source"
KINDS: dict[type[SourceError], BreakerKind] = {
    RetryableSourceError: "failing",
    UntrustedPullError: "untrusted",
    SourceError: "operator",
}
LOOK_AGAIN = timedelta(hours=6)
"""A whole pull that left out rows of products that exist is repeated after so long."""

AFTER_BUG = timedelta(minutes=1)
"""What fails in ourselves fails again; it is not tried with every look."""


def pull(
    context: SyncContext, *, full: bool = False, confirm_absent: bool = False, ends: timedelta | None = None
) -> Pulled | None:
    """One go at a pull → what it met, with a sentence as its error when it is not done yet; None while another worker
    pulls. ends: leave off after so long, the next one goes on. Raises SourceError after noting it for `status`; then
    the cursor stands where it stood and nothing is lost."""
    with context.lease(LEASE) as lease:
        if lease is None:
            return None
        try:
            with context.source(lease) as source:
                run = Run(context, lease, source, RowStore(context, lease))
                record = _unfinished(run, full=full, confirm=confirm_absent)
                if record is not None and source.rate_budget.is_empty():
                    return _later(run, record)
                record = poll(run, record) if record else begin(context, full=full, confirm=confirm_absent)
                prune_ledger(context, lease)
                return _go_on(run, record, ends)
        except SourceError as fault:
            opened = _breaker_for(context, fault)
            context.state.note_source(breaker=opened)
            context.emit("pull failed", kind=opened.kind, error=str(fault))
            raise
        except (BridgeError, ConflictError):
            raise  # nobody's fault, and the next pull will do
        except Exception as fault:
            context.state.note_source(breaker=_breaker_for(context, fault))
            raise


def _breaker_for(context: SyncContext, fault: Exception) -> CircuitBreaker:
    before, now = context.state.source_record().breaker, context.now()
    kind: BreakerKind = next((name for each, name in KINDS.items() if isinstance(fault, each)), "bug")
    why = (
        str(fault)
        if kind != "bug"
        else f"{type(fault).__name__} in the bridge while the warehouse was read: see the log"
    )
    pause = AFTER_BUG if kind == "bug" else timedelta(seconds=getattr(fault, "retry_after", None) or 0.0)
    return CircuitBreaker(kind, why, before.since if before else now, now + pause)


def _unfinished(run: Run, *, full: bool, confirm: bool) -> Unfinished | None:
    """The pull to go on with. One that is for changes only makes way for a whole one that a person asks for."""
    kept = pulled.load_unfinished(run.context.state)
    if kept is None:
        return None
    if not kept.belongs_to(account(run.context.settings.source), run.context.now()) or (full and not kept.is_whole):
        drop(run)
        return None
    began = kept.began if kept.place.requests else run.context.now()  # so long it only waited for its budget
    return replace(kept, began=began, confirmed=kept.confirmed or confirm)


def _go_on(run: Run, pull: Unfinished, ends: timedelta | None) -> Pulled:
    """As far as the budget and the time allow."""
    if pull.place.requests and not run.source.rate_budget.has_room():
        return _later(run, pull)
    pull = replace(pull, waits="") if pull.ended else walk(run, pull, ends)
    if pull.waits:
        proves = not (pull.behind or run.polled or run.source.rate_budget.is_empty())
        return _later(run, poll(run, pull) if proves else pull)
    left_out = False
    try:
        if pull.is_whole:
            left_out = judge_and_apply(run, pull)
    except WindowSpentError:
        return _later(run, run.save(replace(pull, waits=BUDGET)))
    except UntrustedPullError:
        drop(run)
        raise
    return _done(run, pull, left_out=left_out)


def _later(run: Run, pull: Unfinished) -> Pulled:
    """It goes on with the next pull, in whichever process."""
    if pull.total is None:
        pull = run.save(replace(pull, total=estimate(run, pull)))
    sentence = progress(pull, run.source.rate_budget.budget, run.context.now())
    run.context.emit("pull unfinished", rows=pull.place.rows, requests=pull.place.requests, total=pull.total)
    return Pulled(run.met, run.changed, run.source.sender.requests, _iso(pull.polled), error=sentence)


def _done(run: Run, pull: Unfinished, *, left_out: bool) -> Pulled:
    """The cursor moves last, together with the word that this pull is a proof."""
    context, change, place = run.context, Change(), pull.place
    look_for_strangers(context, run.source, whole=pull.is_whole)
    asked, took = Window(pull.since, pull.looks_back), context.now() - pull.began
    cursor = context.state.source_record().cursor
    moved = advance(cursor, asked, began=place.began, greatest=place.greatest, took=took, ours=pull.began)
    moved = moved if pull.polled_at is None else joined(moved, pull.polled)
    done = Pulled(run.met, run.changed, run.source.sender.requests, _iso(moved))
    record, began = context.state.source_record(), pull.polled_at or pull.began
    size = place.most if pull.is_whole else max(place.most, record.size)
    change.note_source(cursor=moved, size=size, breaker=None)
    if pull.is_whole:
        change.note_source(full_at=pull.began, whole_after=context.now() + LOOK_AGAIN if left_out else None)
    if pull.is_whole or not record.asks_for_whole:  # else it proves no increase
        counts = (done.rows, done.changed, done.requests)
        change.note_source(pull=PullRecord(began, context.now(), *counts, done.cursor))
    if record.unfinished is not None:  # also one that waited before it met anything
        pulled.put(change, None)
    context.state.commit(change, run.lease)
    if pull.was_kept:
        pulled.forget_met(context.state)
    context.emit("pulled", rows=done.rows, changed=done.changed, requests=done.requests, cursor=done.cursor)
    return done


def _iso(cursor: Cursor) -> str | None:
    return cursor.at.isoformat() if cursor.at else None
