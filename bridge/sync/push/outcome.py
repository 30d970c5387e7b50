"""The outcomes of a batch → state, in one change; and a sample of the numbers read back."""

import random
from collections import Counter
from collections.abc import Sequence, Set
from heapq import nsmallest
from operator import itemgetter

from bridge.core.absence import is_too_many, why_not_believed
from bridge.core.model import StockKey, StoreStock
from bridge.core.outcomes import OutcomeResults, not_gone
from bridge.core.plan import Decision, shown_quantity
from bridge.state import pack
from bridge.state.change import Change
from bridge.state.undo import Row
from bridge.sync import in_flight
from bridge.sync.push.guard import record_cuts
from bridge.sync.push.heal import heal
from bridge.sync.push.job import Job
from bridge.sync.read import unapplied
from bridge.sync.read.absent import note_doubted_list
from bridge.sync.read.forget import forget_listings
from bridge.sync.read.news import OrderNews
from bridge.sync.read.observe import observe
from bridge.sync.read.readings import by_ref
from bridge.sync.read.totals import count
from connectors.base import Outcome, Verdict

SAMPLE = 5


def record(
    job: Job, batch_key: str, decisions: Sequence[Decision], outcomes: Sequence[Outcome], results: OutcomeResults
) -> None:
    """Commit, as one change, what the store answered: show what was applied, put in quarantine what was refused, clear
    what is done. Then count, and forget listings that the store calls gone. batch_key: the batch in flight that ends
    with it; "" where the caller ends or renews its mark."""
    change = Change(drops=[(job.key("flight"), batch_key)] if batch_key else [])
    if results.missing:
        results = _doubt_missing(job, change, decisions, results)
    _put_shown(job, change, decisions, results)
    record_cuts(job, change, results.applied.keys())
    heal(job, change, (job.drifts.keys() & results.applied.keys()) - results.deferred.keys())
    now = pack.ms(job.context.now())
    for stock_key, why in results.quarantine.items():
        refusal = {"why": why, "at": now, "run": job.run}
        change.put(job.key("quarantine"), pack.stock_key(stock_key), pack.dumps(refusal))
    for stock_key, tries in results.tries.items():
        change.put(job.key("tries"), pack.stock_key(stock_key), str(tries) if tries else None)
    _drop_done(job, change, results.applied.keys())
    _clear_done(job, change, decisions, results)
    _put_history(job, change, decisions, results)
    _put_undo(job, change, decisions, results)
    if job.context.capabilities(job.store).readable:
        change.reread += [(job.store, ref) for ref in results.again]
    job.session.commit(change)
    _count_all(job, decisions, outcomes, results)
    if results.missing:
        forget_listings(job.session, sorted(results.missing))


def _doubt_missing(job: Job, change: Change, decisions: Sequence[Decision], results: OutcomeResults) -> OutcomeResults:
    """The results as they are to be taken. Listings that the store calls gone are put into the change; if it calls more
    of them gone than can be since its last full list, it is not believed, and none of them counts as gone."""
    state = job.context.state
    record, known = state.store_record(job.store, "mapped_at", "doubted_list"), state.counts(job.store)["mapped"]
    listed = pack.ms(record.mapped_at) if record.mapped_at else 0
    before = {ref for ref, at in state.notes(job.store, "gone").items() if at >= listed}
    gone = before | results.missing
    if record.doubted_list or is_too_many(len(gone), known + len(before)):
        why = why_not_believed(job.store, len(gone), known)
        note_doubted_list(job.session, change, why)
        return not_gone(results, decisions, "its store calls too much gone to be believed")
    change.puts += [(job.key("gone"), ref, str(pack.ms(job.context.now()))) for ref in sorted(results.missing)]
    change.note_store(job.store, refresh_requested=True)
    return results


def _put_shown(job: Job, change: Change, decisions: Sequence[Decision], results: OutcomeResults) -> None:
    """Put what the written stock keys show now. Where a listing has other locations, what they show is read, and stays:
    since it was decided on, another batch may have written there."""
    now = {**results.doubted, **results.applied}
    alone = {d.stock_key.ref: {d.stock_key.location: d.known} if d.known else {} for d in decisions if d.alone}
    beside = sorted({stock_key.ref for stock_key in now} - alone.keys())
    before = alone | job.context.state.store_stock(job.store, beside)
    fresh: dict[str, dict[str, StoreStock]] = {}
    for (_, ref, location), known in now.items():
        fresh.setdefault(ref, {**before.get(ref, {})})[location] = known
    for ref, places in fresh.items():
        change.put_store_stock(job.store, ref, places)
    count(change, job.store, [before.get(ref, {}) for ref in fresh], fresh.values())


def _drop_done(job: Job, change: Change, applied: Set[StockKey]) -> None:
    """Drop what is over for stock keys once they are written: that the store refused them, and the hold of a fall that
    was released, and has been sent."""
    if "quarantine" in job.has_notes:
        change.drops += [(job.key("quarantine"), pack.stock_key(stock_key)) for stock_key in applied]
    for stock_key in job.held.keys() & applied:
        if job.held[stock_key].decision == "release":
            change.drops.append((job.key("held"), pack.stock_key(stock_key)))


def _clear_done(job: Job, change: Change, decisions: Sequence[Decision], results: OutcomeResults) -> None:
    """Clear listings of which nothing waits any more. The change clears one only if nothing has made it due again
    since."""
    settled = Counter(d.stock_key.ref for d in decisions if d.stock_key not in results.deferred)
    for ref, times in settled.items():
        left = job.waiting.pop(ref, 1) - times
        if left > 0:
            job.waiting[ref] = left
        elif ref in job.due:
            change.done.append((job.store, ref, job.due[ref]))


def _put_history(job: Job, change: Change, decisions: Sequence[Decision], results: OutcomeResults) -> None:
    """Put writes and refusals into the history. `when` is the instant of the number that is known now: while both
    agree, nobody has read it since."""
    undoes = {"why": f"undoes run {job.undoing}"} if job.undoing else {}
    for d in decisions:
        key, known, why = d.stock_key, results.applied.get(d.stock_key), results.quarantine.get(d.stock_key)
        if d.sku is None or (known is None and why is None):
            continue
        said: dict[str, object] = {"store": job.store, "ref": key.ref, "location": key.location, "run": job.run}
        if known is not None:
            target, when = None if job.undoing else d.offer, pack.ms(known.at)
            said |= {**undoes, "what": "write", "from": d.shown, "to": d.quantity, "target": target, "when": when}
        else:
            said |= {"what": "refused", "to": d.quantity, "why": why}
        change.notes.append((d.sku, said))


def _put_undo(job: Job, change: Change, decisions: Sequence[Decision], results: OutcomeResults) -> None:
    """Put what was written over, for `rollback`."""
    rows = [
        Row(d.stock_key.ref, d.stock_key.location, d.shown, d.quantity)
        for d in decisions
        if d.stock_key in results.applied and d.quantity is not None
    ]
    if rows:
        job.written_over.add(change, rows)


def _count_all(job: Job, decisions: Sequence[Decision], outcomes: Sequence[Outcome], results: OutcomeResults) -> None:
    """Add the outcomes of a batch to the report of the push."""
    report = job.report
    said = list(zip(decisions, outcomes, strict=True))
    left = results.deferred.keys() | results.quarantine.keys()
    applied = [d for d, o in said if o.verdict is Verdict.APPLIED and d.stock_key not in left]
    job.drawn = nsmallest(SAMPLE, [*job.drawn, *((random.random(), d) for d in applied)], key=itemgetter(0))  # noqa: S311
    report.applied += len(applied)
    report.rejected += len(results.quarantine)
    report.missing += sum(d.stock_key.ref in results.missing for d, o in said if o.verdict is Verdict.MISSING)
    report.deferred += len(results.deferred)
    report.stale |= results.deferred.keys()


def read_back(job: Job) -> None:
    """Read a few of the numbers that the store claims to have applied. One that still shows the old number was claimed
    and not applied: it is counted, and the listing is due again."""
    connector = job.session.connector
    if not job.drawn or not connector.capabilities.readable:
        return
    sample = [d for _, d in job.drawn]
    refs = sorted({d.stock_key.ref for d in sample})
    found = list(connector.read(refs))
    rows, can = {(r.ref, r.location): r for r in found}, job.context.capabilities(job.store)
    read = ((d, row) for d in sample if (row := rows.get((d.stock_key.ref, d.stock_key.location))) is not None)
    not_applied = [
        d.stock_key
        for d, r in read  # of a fraction that was to become its floor, it tells as well whether it still is one
        if shown_quantity(r, can) == d.shown and (r.on_hand != r.available or not d.fraction)
    ]
    sent = in_flight.by_ref(job.context, job.store)
    observe(job.session, refs, OrderNews(whole=False, sent=sent), by_ref(found))
    change = Change()
    change.count_store(job.store, read_back=len(sample), not_applied=len(not_applied))
    if not_applied:
        unapplied.note(job.session, change, not_applied)
    job.session.commit(change)
