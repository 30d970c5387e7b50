"""Push what is due to one store: decide, let the guard judge, send in batches, record the outcomes of each."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from itertools import chain

from bridge.core.outcomes import clear_targets, is_denied, judge_outcomes, refused_as_one
from bridge.core.plan import Decision
from bridge.core.wanted import Wanted
from bridge.state import pack
from bridge.state.change import Change
from bridge.sync import in_flight
from bridge.sync.push.deciding import decide_all
from bridge.sync.push.guard import apply_guard
from bridge.sync.push.heal import load_drifts
from bridge.sync.push.job import Job
from bridge.sync.push.outcome import read_back, record
from bridge.sync.push.shadow import begin_rehearsal
from bridge.sync.report import SHADOW, UNANSWERED, Pushed
from bridge.sync.session import StoreSession
from connectors.base import (
    Batch,
    OperatorStoreError,
    Outcome,
    RetryableStoreError,
    StockUpdate,
    StoreError,
)
from connectors.chunks import chunks

LOSSES = 3
"""After so many writes in a row without an answer nothing more is sent to the store, even if it can be read."""

HEAD_START = 0.005
"""Seconds for a batch to get on its way, before the outcomes of the one before take the interpreter for themselves."""

MOVED = "it moved while it was about to be written"

Answered = tuple[str, Sequence[Decision], Sequence[Outcome]]  # key of the flight, if that ends with it


def push(
    session: StoreSession, *, proof_since: datetime | None, run: str = "", only: Iterable[str] | None = None,
    dry: bool = False, earlier: Job | None = None,
) -> tuple[Job, list[Decision]]:  # fmt: skip
    """Send what is due → the job with its report. only: these refs and no others. dry: decide and judge, and send
    nothing → also what was decided to write. earlier: the first push of this session, whose counts stand. Raises
    StoreError; whatever was not answered stays due."""
    context, store = session.context, session.store
    due = context.state.due(store) if only is None else context.state.due_now(store, list(only))
    job = Job(session, run or secrets.token_hex(6), proof_since, due, Pushed(), earlier=earlier)
    session.pushes.append(job.report)
    job.held = context.state.held(store)
    shadow = context.rules(store).shadow and not dry
    if shadow:
        begin_rehearsal(job)
    if job.due:
        job.unanswered = in_flight.by_stock_key(context, store)
        job.due_version = context.state.due_version()
        load_drifts(job)
    wanted, cuts = decide_all(job, dry=dry)
    if shadow:
        job.report.skip(SHADOW, len(wanted))
        return job, []
    apply_guard(job, wanted, cuts, dry=dry)
    if dry:
        job.report.leave_rest()
        return job, list(wanted)
    send_all(job, _batches(job, wanted))
    read_back(job)
    return job, []


def _batches(job: Job, wanted: Wanted) -> Iterator[Sequence[Decision]]:
    """Yield batches to send, each as of now: when anything became due since they were decided, a batch is decided once
    more. A fall that only now appears waits for the next cycle, so that the guard sees it."""
    done = 0
    for batch in chunks(wanted, job.session.connector.capabilities.max_batch):
        if job.context.state.due_version() == job.due_version:
            yield batch
        else:
            judged = {d.stock_key: d for d in batch}
            found = job.decide(list(dict.fromkeys(d.stock_key.ref for d in batch)))
            fresh = {d.stock_key: d for d in chain.from_iterable(found.values()) if d.stock_key in judged}
            writes = [d for d in fresh.values() if d.has_change and not job.is_blocked(d)]
            sent = [d for d in writes if not _falls_below(d, judged[d.stock_key])]
            _count_unsent(job, [fresh.get(stock_key) for stock_key in judged.keys() - {d.stock_key for d in sent}])
            yield sent
        done += len(batch)
        job.context.emit("pushing", store=job.store, done=done, of=len(wanted))


def _count_unsent(job: Job, left: Sequence[Decision | None]) -> None:
    """Count what is not sent after all; it was counted as due. None: its listing as a whole is left alone now."""
    for d in left:
        if d is None or d.skip:
            job.report.wait(d.skip.value if d and d.skip else MOVED)
        elif job.is_blocked(d):
            job.report.wait(UNANSWERED)
        elif d.has_change:
            job.report.deferred += 1
        else:
            job.report.unchanged += 1


def _falls_below(new: Decision, judged: Decision) -> bool:
    """Whether a decision rests on less stock than the one that the guard has judged: on lower levels here, or elsewhere
    with more orders claiming stock here for it."""
    return any(
        now.stock < then.stock or (now.elsewhere < then.elsewhere and now.claimed > then.claimed)
        for sku, then in judged.basis.items()
        if (now := new.basis.get(sku)) is not None
    )


def send_all(job: Job, batches: Iterable[Sequence[Decision]]) -> None:
    """Send one batch after the other, each marked in flight before it is sent. While one is on its way, the outcomes of
    the one before are recorded; they are recorded even when preparing the next one fails. A batch without a reply stays
    in flight, and due; the next one is sent all the same while the store still answers. Raises StoreError."""
    answered: list[Answered] = []
    with ThreadPoolExecutor(max_workers=1) as wire:
        try:
            for decisions in filter(None, batches):
                batch = Batch(secrets.token_hex(16), job.run, tuple(d.update for d in decisions))
                mark_in_flight(job, batch.key, batch.updates)
                answer = wire.submit(job.session.connector.push, batch)
                wait((answer,), HEAD_START)
                _record_all(job, answered)
                try:
                    answered.append((batch.key, decisions, _outcomes(job, answer)))
                except StoreError as fault:
                    _record_broken_batch(job, batch, decisions, fault)
                    if not _still_answers(job, fault):
                        raise
        finally:
            _record_all(job, answered)


def _record_all(job: Job, answered: list[Answered]) -> None:
    while answered:
        _record_outcomes(job, *answered.pop())


def mark_in_flight(job: Job, key: str, updates: Sequence[StockUpdate]) -> None:
    change = Change()
    in_flight.begin(job.context, job.store, change, key, updates)
    job.session.commit(change)


def _outcomes(job: Job, answer: Future[Sequence[Outcome]]) -> Sequence[Outcome]:
    """Wait for the outcome of each item. Raises OperatorStoreError when all are refused with the same sentence."""
    outcomes = answer.result()
    job.losses = 0
    if not job.report.applied and (why := refused_as_one(outcomes)):
        fault = OperatorStoreError(f"the store {job.store} refuses every number that was sent: {why}")
        if any(map(is_denied, outcomes)):
            fault.answered = {row: told for row, told in enumerate(outcomes) if not is_denied(told)}
        raise fault
    return outcomes


def _record_broken_batch(job: Job, batch: Batch, decisions: Sequence[Decision], fault: StoreError) -> None:
    """Record what is known of a batch that failed: outcomes of the items that were answered; items that may have been
    applied stay in flight, counted from the last try on; items that were not sent are simply due."""
    known, maybe_applied = sorted(fault.answered), sorted(fault.still_in_flight(len(decisions)))
    if known:
        _record_outcomes(job, "", [decisions[row] for row in known], [fault.answered[row] for row in known])
    if maybe_applied:
        mark_in_flight(job, batch.key, [batch.updates[row] for row in maybe_applied])
    else:
        job.session.commit(Change(drops=[(job.key("flight"), batch.key)]))
    for row in maybe_applied:
        job.report.wait(UNANSWERED)
        job.report.lost.add(decisions[row].stock_key)
    rest = {d.stock_key for d in decisions} - {decisions[row].stock_key for row in (*known, *maybe_applied)}
    job.report.deferred += len(rest)
    job.report.stale |= rest
    job.fault = fault
    job.losses += 1


def _still_answers(job: Job, fault: StoreError) -> bool:
    """Whether the next batch may be sent after one without a reply. Asks the store for one small reading; where there
    is no reading, the next batch itself will show it."""
    connector = job.session.connector
    if not isinstance(fault, RetryableStoreError) or not fault.sent or fault.retry_after is not None:
        return False
    if job.losses >= LOSSES:
        return False
    if not connector.capabilities.readable:
        return True
    try:
        list(connector.read([next(iter(job.report.lost)).ref]))
    except StoreError:
        return False
    return True


def _record_outcomes(job: Job, batch_key: str, decisions: Sequence[Decision], outcomes: Sequence[Outcome]) -> None:
    names = [pack.stock_key(d.stock_key) for d in decisions] if "tries" in job.has_notes else []
    noted = job.context.state.notes(job.store, "tries", names)
    tries = {pack.read_stock_key(job.store, name): count for name, count in noted.items()}
    readable = job.context.capabilities(job.store).readable
    results = judge_outcomes(decisions, outcomes, tries=tries, now=job.context.now(), readable=readable)
    results = clear_targets(results) if job.undoing else results
    record(job, batch_key, decisions, outcomes, results)
