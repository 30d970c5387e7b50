"""One whole cycle: pull the source, read what every store shows, push what is due. One broken store never
blocks another."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bridge.core.plan import Decision
from bridge.errors import LeaseLostError, SourceError, SourceUnreadError, StillPullingError
from bridge.state import pack
from bridge.state.change import Change
from bridge.state.requests import fail, finish, load_requests, request
from bridge.sync import warehouses
from bridge.sync.context import SyncContext
from bridge.sync.guarded import guarded
from bridge.sync.pull.flow import pull
from bridge.sync.push.flow import push
from bridge.sync.push.shadow import end_shadow
from bridge.sync.read.ahead import Pulling, refuse_unread, wait_for_pull
from bridge.sync.read.changes import read_changes
from bridge.sync.read.flow import is_whole_due, read, read_unknown_listings, reread_suspected
from bridge.sync.report import BUSY, PAUSED, UNANSWERED, Pulled, Pushed
from bridge.sync.session import StoreSession, result_of, stock_keys_due
from bridge.transport.heartbeat import Heartbeat
from connectors.base import RetryableStoreError
from connectors.values import replace

HANGS = 15.0
"""Seconds without a word for which a store may keep others waiting that have been read."""

RESULTS = ("applied", "rejected", "missing", "deferred")


@dataclass
class Cycle:
    """source: the pull; its error is a sentence in it. stores: what each push did. plans: in a dry cycle, what was
    decided to write. source_code: the exit code of the pull. code: the one that says it all; whoever judges sets it."""

    run: str
    source: Pulled
    stores: dict[str, Pushed] = field(default_factory=dict)
    plans: dict[str, list[Decision]] = field(default_factory=dict)
    source_code: int = 0
    code: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {"source": self.source.as_dict(), "stores": {name: x.as_dict() for name, x in self.stores.items()}}


def pull_read_push(
    context: SyncContext, stores: Sequence[str] | None = None, *,
    full: bool = False, dry: bool = False, confirm_absent: bool = False,
) -> Cycle:  # fmt: skip
    """Pull, read, push inline. stores: whom to push to; every store is read, because an increase needs it.
    confirm_absent: what the full list of the source leaves out is really gone."""
    run, began = secrets.token_hex(6), context.now()
    full = not context.state.ensure_whole() or full
    chosen = tuple(stores or context.stores)
    rests = context.state.source_record().unfinished is None  # a long pull may take hours
    record_of = context.state.store_record
    ahead = {store for store in context.stores if rests and (full or is_whole_due(context, record_of(store)))}
    with ThreadPoolExecutor(max_workers=1 + len(context.stores) + len(chosen)) as pool:
        pulling = pool.submit(_pull, context, full=full, confirm_absent=confirm_absent)
        # All at once: an increase needs every store's reading. What hangs is waited for no longer.
        beats = {store: Heartbeat() for store in context.stores}
        reads = {
            s: pool.submit(_read, replace(context, heartbeat=beat), s, pulling, full=full, ahead=s in ahead)
            for s, beat in beats.items()
        }
        source, code = pulling.result()
        while any(not read.done() and beats[store].waited < HANGS for store, read in reads.items()):
            wait(reads.values(), timeout=0.1)
        pushes = {s: pool.submit(_push, context, s, run, began, reads[s], dry=dry) for s in chosen}
    pushed = {store: push.result() for store, push in pushes.items()}
    done = Cycle(run, source, {s: p[0] for s, p in pushed.items()}, {s: p[1] for s, p in pushed.items()}, code)
    if not dry:
        note_run(context, run, began, done)
    _raise_bugs(done.stores.values())
    return done


def _raise_bugs(reports: Iterable[Pushed]) -> None:
    """Loudly, but not before every other store was served."""
    for bug in (report.bug for report in reports if report.bug):
        raise bug


def read_store(context: SyncContext, store: str, *, full: bool = False, pulling: Pulling | None = None) -> Pushed:
    """Only read a store: what it shows, and what orders did to it. pulling: a pull that is under way, see `read`."""

    def work(session: StoreSession) -> tuple[Pushed, list[Decision]]:
        read(session, full=full, pulling=pulling)
        return Pushed(), []

    return guarded(context, store, work)[0]


def _read(context: SyncContext, store: str, pulling: Pulling, *, full: bool, ahead: bool) -> Pushed:
    """The same within a cycle. ahead: everything is read, so it is fetched while the source is pulled; all over again
    after a pull that takes long, for meanwhile others may have to lower something there."""
    try:
        if ahead:
            with suppress(StillPullingError):
                return read_store(context, store, full=full, pulling=pulling)
        wait_for_pull(context, pulling)
        return read_store(context, store, full=full)
    except SourceUnreadError as fault:
        return Pushed(error=str(fault))


def run_session(context: SyncContext, store: str, *, full: bool, proof: Callable[[SyncContext], datetime]) -> Pushed:
    """Read one store and push what is due there: what a worker does, apart from pulling the source.
    proof: from when on readings and pulls prove an increase, asked after the store was read. While another worker is
    with the store, that one or the next is left word to do it."""
    run, began = secrets.token_hex(6), context.now()

    def work(session: StoreSession) -> tuple[Pushed, list[Decision]]:
        refuse_unread(context)
        read(session, full=full)
        return send(session, proof_since=proof(context), run=run)

    try:
        report = guarded(context, store, work)[0]
    except SourceUnreadError as fault:
        report = Pushed(error=str(fault))
        fail(context.state, store, result_of(context, load_requests(context.state, store).requested, report))
    if report.error == BUSY:
        request(context.state, store, Change(), whole=full)
        report = guarded(context, store, work)[0]  # whoever was with it may have left ahead of that word
    if report.is_news:
        note_run(context, run, began, Cycle(run, Pulled(), {store: report}))
    _raise_bugs([report])
    return report


def _pull(context: SyncContext, *, full: bool, confirm_absent: bool) -> tuple[Pulled, int]:
    try:
        pulled = pull(context, full=full, confirm_absent=confirm_absent)
    except (SourceError, LeaseLostError) as fault:
        return Pulled(error=str(fault)), fault.exit_code
    if pulled is None:
        return Pulled(error="another worker is pulling"), 75
    code = 75 if pulled.error else 0
    if strange := warehouses.sentences(context):
        pulled.error, code = " ".join([*strange, pulled.error or ""]).strip(), 1
    return pulled, code


def _push(
    context: SyncContext, store: str, run: str, began: datetime, read: Future[Pushed], *, dry: bool
) -> tuple[Pushed, list[Decision]]:
    """A store that could not be read is not written either: nothing would be known of it."""
    seen = read.result()
    if seen.error:
        return seen, []
    report, decisions = guarded(context, store, lambda session: send(session, proof_since=began, run=run, dry=dry))
    report.requests += seen.requests
    report.seconds = round(report.seconds + seen.seconds, 3)
    return report, decisions if dry else []  # all that it wrote would be held until the slowest store is done


def note_run(context: SyncContext, run: str, began: datetime, done: Cycle, **more: object) -> None:
    """One line per store and run, for `status` and for the log."""
    context.state.add_run({"run": run, "at": pack.ms(began), **more, **done.as_dict()})
    for store, report in done.stores.items():
        context.state.count({f"items|{store}|{result}": getattr(report, result) for result in RESULTS})
        context.emit("run", store=store, run=run, **report.as_dict())


def send(
    session: StoreSession, *, proof_since: datetime | None, run: str = "", dry: bool = False
) -> tuple[Pushed, list[Decision]]:
    """Push what is due, unless people or the configuration paused the store. Requests that it was read for are done
    then."""
    context, store = session.context, session.store
    record = context.state.store_record(store, "requests", "paused", "shadow")
    number, report = record.requests.acknowledged, Pushed()
    if not dry and (record.paused or context.rules(store).paused):
        due = stock_keys_due(context, store)
        report = Pushed(due=due, skipped=due, reasons={PAUSED: due} if due else {}, error=PAUSED)
        finish(context.state, store, result_of(context, number, report), session.lease)
        return report, []
    if record.shadow and not (dry or context.rules(store).shadow):
        end_shadow(session)
    first, wanted = push(session, proof_since=proof_since, run=run, dry=dry)
    second, again = None, {key.ref for key in first.report.stale | first.report.lost}
    if (again or first.report.missing) and not dry:
        with suppress(RetryableStoreError):  # what was applied stands, and the rest is still due
            read_changes(session)
            read_unknown_listings(session)
            reread_suspected(session)
            moved = None if first.report.missing else sorted(again)  # what was met anew is due as well
            second, _ = push(session, proof_since=proof_since, run=run, only=moved, earlier=first)
    for each in session.pushes:
        report.followed_by(each)
    fault = (second and second.fault) or first.fault
    if fault and report.reasons.get(UNANSWERED):
        raise fault
    if number > record.requests.finished and not dry:
        finish(context.state, store, result_of(context, number, report), session.lease)
    return report, wanted
