"""Undo a run: put back what it wrote over, where the store still shows what it wrote, and pause the store.

The last run of every store is kept whole (state/undo.py); of others the history tells, as far as it reaches. Putting
back is a push as any other: under the store's lease, in batches that are marked in flight and settled by the store's
own word, and written down as a run of its own."""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bridge.core.model import Skip, StockKey
from bridge.core.plan import Decision, shown_quantity
from bridge.core.undo import Kept, Undoable, Write, cut_by, undone, why_kept
from bridge.ops import steer
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.undo import rows_of, undoable
from bridge.sync import in_flight
from bridge.sync.context import SyncContext
from bridge.sync.cycle import Cycle, note_run
from bridge.sync.guarded import guarded
from bridge.sync.inputs import resolve_all
from bridge.sync.push.flow import send_all
from bridge.sync.push.guard import evaluate
from bridge.sync.push.job import Job
from bridge.sync.push.outcome import read_back
from bridge.sync.read.changes import read_changes
from bridge.sync.report import Pulled, Pushed
from bridge.sync.session import StoreSession
from connectors.chunks import chunks
from connectors.values import replace

CHUNK = 500


@dataclass(frozen=True)
class Past:
    """A run as the history remembers it. writes: per store. forgotten: per store, how many more it made that the
    history no longer holds. at: None when the run itself is forgotten."""

    run: str
    at: datetime | None
    writes: Mapping[str, Sequence[Write]]
    forgotten: Mapping[str, int]


@dataclass
class Undo:
    """What undoing a run in one store means. back: to put back. kept: not undone, and why. run: under which it was
    done. report: what became of it. guard: why some of it is too drastic."""

    store: str
    back: Sequence[Decision] = ()
    kept: list[Kept] = field(default_factory=list)
    guard: str | None = None
    run: str = ""
    report: Pushed = field(default_factory=Pushed)


# -- what a run did ------------------------------------------------------------------------------------


def past(context: SyncContext, run: str) -> Past | None:
    """None: nobody remembers such a run."""
    noted = next((x for x in context.state.runs(keys.KEPT_RUNS) if x["run"] == run), None)
    writes = _writes(context, run)
    packed = {store: x for store in context.stores for x in undoable(context.state, store) if x.run == run}
    if noted is None and not writes and not packed:
        return None
    for store, found in packed.items():
        writes[store] = _unpacked(context, store, found, {write.stock_key: write for write in writes.get(store, ())})
    applied = {store: report["applied"] for store, report in noted["stores"].items()} if noted else {}
    forgotten = {
        store: 0 if store in packed else max(0, count - len(writes.get(store, ()))) for store, count in applied.items()
    }
    at = noted["at"] if noted else min((found.at for found in packed.values()), default=None)
    return Past(run, None if at is None else pack.at(at), writes, forgotten)


def _writes(context: SyncContext, run: str) -> dict[str, list[Write]]:
    """What the history knows. Newest first, so that whoever wrote a stock key later was met before."""
    later, found = dict[StockKey, str](), dict[StockKey, Write]()
    for sku, said in context.state.every_note():
        if said["what"] != "write":
            continue
        stock_key = StockKey(said["store"], said["ref"], said["location"])
        if said["run"] != run:
            later.setdefault(stock_key, said["run"])
        elif stock_key in found:
            found[stock_key] = replace(found[stock_key], before=said["from"])
        else:
            found[stock_key] = Write(stock_key, sku, said["from"], said["to"], later.get(stock_key))
    stores: dict[str, list[Write]] = {}
    for write in sorted(found.values(), key=lambda write: (write.sku, write.stock_key)):
        stores.setdefault(write.stock_key.store, []).append(write)
    return stores


def _unpacked(context: SyncContext, store: str, run: Undoable, noted: Mapping[StockKey, Write]) -> list[Write]:
    """Every write of a run. noted: those of them that the history knows, with the SKU they were due to."""
    before, after = dict[StockKey, int | None](), dict[StockKey, int]()
    for row in rows_of(context.state, store, run):
        stock_key = StockKey(store, row.ref, row.location)
        before.setdefault(stock_key, row.before)
        after[stock_key] = row.after
    runs = undoable(context.state, store)
    later = {  # as far as those are kept
        StockKey(store, row.ref, row.location): x.run
        for x in runs[runs.index(run) + 1 :]
        for row in rows_of(context.state, store, x)
    }
    skus = _skus(context, store, sorted({stock_key.ref for stock_key in after}))
    found = [
        Write(
            stock_key,
            noted[stock_key].sku if stock_key in noted else skus[stock_key.ref],
            before[stock_key],
            number,
            (noted[stock_key].later if stock_key in noted else None) or later.get(stock_key),
        )
        for stock_key, number in after.items()
    ]
    return sorted(found, key=lambda write: (write.sku, write.stock_key))


def _skus(context: SyncContext, store: str, refs: Sequence[str]) -> dict[str, str]:
    """ref → the warehouse SKU that its listing is mapped to now, or else its own."""
    listings = context.state.listings(store, refs)
    parts = resolve_all(context, context.rules(store), listings.values())
    own = {ref: listings[ref].sku if ref in listings else ref for ref in refs}
    return own | {ref: next(iter(found)) for ref, found in parts.items() if not isinstance(found, Skip)}


# -- undoing it ----------------------------------------------------------------------------------------


def preview(context: SyncContext, run: str, store: str, writes: Sequence[Write]) -> Undo:
    """Read the store and say what could be put back; nothing is written there."""
    return _undo(context, Undo(store), run, writes, by=None)


def roll_back(
    context: SyncContext, run: str, store: str, writes: Sequence[Write], *, by: str, only: Collection[StockKey]
) -> Undo:  # fmt: skip
    """Pause the store and put back. by: for whom, in words. only: what a person has seen in the preview."""
    made, began = Undo(store, run=secrets.token_hex(6)), context.now()
    chosen = [write for write in writes if write.stock_key in only]
    _undo(context, made, run, chosen, by=by)
    done = Cycle(made.run, Pulled(), {store: made.report})
    note_run(context, made.run, began, done, undoes=run)
    return made


def _undo(context: SyncContext, made: Undo, run: str, writes: Sequence[Write], *, by: str | None) -> Undo:
    """by None: only look."""

    def work(session: StoreSession) -> tuple[Pushed, list[Decision]]:
        job = Job(session, made.run, None, {}, made.report, undoing=run)
        _decide(job, session, made, writes)
        if by is not None and made.back:
            _write(job, made, by)
        return made.report, list(made.back)

    if not context.state.is_whole() or context.state.store_record(made.store).mapped_at is None:
        made.report.error = "it has not been read yet; run `stockbridge sync` first"
        return made
    if context.rules(made.store).shadow:
        made.report.error = "it is in shadow mode, and nothing is written there; take `shadow` out of its table first"
        return made
    before = made.report
    report, _ = guarded(context, made.store, work)
    if report.bug:
        raise report.bug
    before.error, before.operator, before.seconds = report.error, report.operator, report.seconds
    if before.error:
        before.leave_rest()
    return made


def _decide(job: Job, session: StoreSession, made: Undo, writes: Sequence[Write]) -> None:
    """From what the store shows now: what may be put back, falls before rises, without those the guard does not let
    pass: those come with the bridge's own pushes."""
    refs = sorted({write.stock_key.ref for write in writes})
    if session.connector.capabilities.readable:
        session.commit(Change(reread=[(session.store, ref) for ref in refs]))
    read_changes(session)
    job.unanswered = in_flight.by_stock_key(job.context, made.store)
    back: list[Decision] = []
    for chunk in map(set, chunks(refs, CHUNK)):
        back += _sorted_out(job, made, [write for write in writes if write.stock_key.ref in chunk])
    cuts = [cut for d in back if (cut := cut_by(d))]
    verdict = evaluate(job, cuts, Change())
    made.guard = verdict.why
    by_stock_key = {write.stock_key: write for write in writes}
    made.kept += [
        Kept(by_stock_key[d.stock_key], f"too drastic: {verdict.why}") for d in back if d.stock_key in verdict.held
    ]
    job.cuts = {cut.stock_key: cut for cut in cuts if cut.stock_key not in verdict.held}
    passed = [d for d in back if d.stock_key not in verdict.held]
    made.back = sorted(passed, key=lambda d: (d.quantity or 0) > (d.shown or 0))
    job.report.due = len(made.back)


def _sorted_out(job: Job, made: Undo, writes: Sequence[Write]) -> list[Decision]:
    refs = sorted({write.stock_key.ref for write in writes})
    listings, shown = job.context.state.listings(made.store, refs), job.context.state.store_stock(made.store, refs)
    decided = {d.stock_key: d for decisions in job.decide(refs).values() for d in decisions}
    can = job.context.capabilities(made.store)
    back = []
    for write in writes:
        known = shown.get(write.stock_key.ref, {}).get(write.stock_key.location)
        shows = 0 if known is None else shown_quantity(known, can)
        listing = listings.get(write.stock_key.ref)
        unanswered = write.before is not None and not job.may_send(write.stock_key, write.before)
        why = why_kept(write, listing, known, shows, unanswered=unanswered)
        if why is not None:
            made.kept.append(Kept(write, why))
        elif known is not None and write.before != write.after:
            back.append(undone(write, known, decided.get(write.stock_key)))
    return back


def _write(job: Job, made: Undo, by: str) -> None:
    """Paused first: whatever happens from here on, no other push writes it back. What is put back is due, for
    when the store goes on."""
    if job.context.state.store_record(made.store).paused is None:
        steer.pause(job.context, made.store, by)
    change = Change(due=[(made.store, d.stock_key.ref) for d in made.back])
    why = f"{len(made.back)} writes of run {job.undoing}"
    steer.record_decision(job.context, change, made.store, "rollback", by, {d.stock_key.ref for d in made.back}, why)
    job.session.commit(change)
    send_all(job, _batches(job, made))
    if job.fault:
        raise job.fault
    read_back(job)


def _batches(job: Job, made: Undo) -> Iterator[Sequence[Decision]]:
    """A store that compares refuses what has moved since; any other is read again before each further batch, where it
    can be read."""
    connector = job.session.connector
    can = connector.capabilities
    for number, batch in enumerate(chunks(made.back, can.max_batch)):
        if number == 0 or can.compare_and_set or not can.readable:
            yield batch
            continue
        readings = connector.read(sorted({d.stock_key.ref for d in batch}))
        shows = {(r.ref, r.location, shown_quantity(r, can)) for r in readings}
        same = [d for d in batch if (d.stock_key.ref, d.stock_key.location, d.shown) in shows]
        job.report.deferred += len(batch) - len(same)
        job.context.emit("moved meanwhile", store=made.store, listings=len(batch) - len(same))
        yield same
