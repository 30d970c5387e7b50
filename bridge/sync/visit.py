"""One store, from opening it to closing it: map when it is time, read what moved, and push."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from bridge.core.backoff import backoff
from bridge.core.health import TroubleKind
from bridge.core.plan import Decision
from bridge.errors import LeaseLost, StateError
from bridge.state.change import Change
from bridge.state.records import Decided, ListTrouble, Result, Trouble
from bridge.state.requests import acknowledge, fail, finish, load_requests
from bridge.sync import drift
from bridge.sync.flight import GRACE
from bridge.sync.identity import refuse_second_table
from bridge.sync.job import Visit
from bridge.sync.push import push
from bridge.sync.read import read_changes, reconcile
from bridge.sync.remap import remap, rules_moved
from bridge.sync.report import BUSY, PAUSED, UNANSWERED, Pushed
from bridge.sync.shell import Shell
from connectors.base import OperatorStoreError, RetryableStoreError
from connectors.chunks import chunks

REMAP_EVERY = timedelta(minutes=15)
CHUNK = 500
RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(minutes=15)


@contextmanager
def visiting(shell: Shell, store: str) -> Iterator[Visit | None]:
    """None while another worker is with the store."""
    with shell.lease(f"store:{store}") as lease:
        if lease is None:
            yield None
            return
        with shell.connector(store, lease) as (connector, sender):
            yield Visit(shell, store, lease, connector, sender, load_requests(shell.state, store))


def read(visit: Visit, *, full: bool = False) -> int:
    """Know what the store shows: everything at first, daily, and on demand; else what moved → listings read.
    What orders may explain that were not told yet is looked at once more."""
    count = _read(visit, full=full or visit.asked.whole) + _meet(visit)
    _look_twice(visit)
    acknowledge(visit.shell.state, visit.store, visit.asked.requested, visit.lease)
    return count


def _look_twice(visit: Visit) -> None:
    if drift.look_twice(visit):
        read_changes(visit.shell, visit.store, visit.connector, visit.lease, again=True)


def _read(visit: Visit, *, full: bool) -> int:
    shell, store = visit.shell, visit.store
    rules_moved(shell, store, visit.lease)
    record = shell.state.store_record(store)
    is_old = _is_old(shell, record.mapped_at) or _is_old(shell, record.reconciled_at)
    if full or is_old or _is_unlisted(shell, record.list_trouble, record.confirm_absent):
        remap(shell, store, visit.connector, visit.lease)
        if record.reconciled_at is None:
            _note(visit, reread_at=_settled(visit))
        return reconcile(shell, store, visit.connector, visit.lease)
    if record.refresh_requested or _is_old(shell, record.refreshed_at or record.mapped_at, REMAP_EVERY):
        _remap_changed(visit)
    if record.reread_at and shell.now() >= record.reread_at:
        count = reconcile(shell, store, visit.connector, visit.lease)
        _note(visit, reread_at=None)
        return count
    return read_changes(shell, store, visit.connector, visit.lease)


def _meet(visit: Visit) -> int:
    """What an order names, or was made anew, and nobody has met is met before anything is written → listings read."""
    if not visit.shell.state.store_record(visit.store).refresh_requested:
        return 0
    _remap_changed(visit)
    return read_changes(visit.shell, visit.store, visit.connector, visit.lease)


def _remap_changed(visit: Visit) -> None:
    record = visit.shell.state.store_record(visit.store)
    last = record.listings_since or record.refreshed_at  # None: lost meanwhile, so all of them
    since = None if last is None else last - REMAP_EVERY
    remap(visit.shell, visit.store, visit.connector, visit.lease, changed_since=since)


def _settled(visit: Visit) -> datetime:
    """When the store is read once more after a beginning from nothing: a write that was on its way when the
    state was lost has landed by then."""
    wait = timedelta(seconds=visit.connector.capabilities.settle_time) + GRACE
    return visit.shell.now() + wait


def _is_unlisted(shell: Shell, trouble: ListTrouble | None, confirmed: Decided | None) -> bool:
    """Whether the list is asked for as a whole before its time: the last one was not believed, or a person has said
    that it may be."""
    return trouble is not None and (confirmed is not None or shell.now() - trouble.at >= LONGEST_RETRY)


def _is_old(shell: Shell, last: datetime | None, every: timedelta | None = None) -> bool:
    return last is None or shell.now() - last >= (every or shell.settings.source.full_pull_every)


def send(
    visit: Visit, *, proof_since: datetime | None, run: str = "", dry: bool = False
) -> tuple[Pushed, list[Decision]]:
    """Push what is due, unless people or the configuration paused the store. Requests that it was read for are done
    then."""
    number = load_requests(visit.shell.state, visit.store).acknowledged
    report, decisions = _send(visit, proof_since=proof_since, run=run, dry=dry)
    if not dry:
        finish(visit.shell.state, visit.store, result_of(visit.shell, number, report), visit.lease)
    return report, decisions


def result_of(shell: Shell, number: int, report: Pushed) -> Result:
    """What a session did, for whoever asked for it."""
    person = bool(report.held or report.operator or report.rejected)
    due = report.due - report.applied - report.unchanged
    return Result(number, shell.now(), report.applied, due, report.error, report.held, person)


def _send(visit: Visit, *, proof_since: datetime | None, run: str, dry: bool) -> tuple[Pushed, list[Decision]]:
    if is_paused(visit.shell, visit.store) and not dry:
        due = stock_keys_due(visit.shell, visit.store)
        return Pushed(due=due, skipped=due, reasons={PAUSED: due} if due else {}, error=PAUSED), []
    first, wanted = push(visit, proof_since=proof_since, run=run, dry=dry)
    second, again = None, {key.ref for key in first.report.stale | first.report.lost}
    if (again or first.report.missing) and not dry:
        with suppress(RetryableStoreError):  # what was applied stands, and the rest is still due
            read_changes(visit.shell, visit.store, visit.connector, visit.lease)
            _meet(visit)
            _look_twice(visit)
            moved = None if first.report.missing else sorted(again)  # what was met anew is due as well
            second, _ = push(visit, proof_since=proof_since, run=run, only=moved, after=first)
    report = Pushed()
    for each in visit.pushes:
        report.followed_by(each)
    fault = (second and second.fault) or first.fault
    if fault and report.reasons.get(UNANSWERED):
        raise fault
    return report, wanted


def stock_keys_due(shell: Shell, store: str) -> int:
    """How many stock keys the due listings have, as far as they were read."""
    count = 0
    for chunk in chunks(shell.state.due(store), CHUNK):
        shown = shell.state.store_stock(store, chunk)
        count += sum(max(1, len(shown.get(ref, ()))) for ref in chunk)
    return count


def is_paused(shell: Shell, store: str) -> bool:
    return shell.rules(store).paused or shell.state.store_record(store).paused is not None


def guarded(
    shell: Shell, store: str, work: Callable[[Visit], tuple[Pushed, list[Decision]]]
) -> tuple[Pushed, list[Decision]]:
    """Do something with a store, and turn its trouble into a report: a broken store is its own business.
    Trouble with Redis is not the store's and is raised: nothing rests for it. Anything else is a bug; it is noted, and
    goes to whoever called as `report.bug`."""
    began = time.monotonic()
    report, decisions, visit = Pushed(), list[Decision](), None
    try:
        with visiting(shell, store) as visit:
            if visit is None:
                due = stock_keys_due(shell, store)
                return Pushed(due=due, deferred=due, error=BUSY), []
            refuse_second_table(visit)
            report, decisions = work(visit)
            _well(visit)
    except (RetryableStoreError, OperatorStoreError, LeaseLost) as fault:
        report = _broken_off(shell, store, fault, visit)
    except StateError:
        raise
    except Exception as fault:  # noqa: BLE001  (kept in the report, and raised when the others are served)
        report = _broken_off(shell, store, fault, visit)
        report.bug = fault
    if visit is not None:
        report.requests = visit.sender.requests
    report.seconds = round(time.monotonic() - began, 3)
    return report, decisions


def _broken_off(shell: Shell, store: str, fault: Exception, visit: Visit | None) -> Pushed:
    pushes = visit.pushes if visit else []
    report = trouble(shell, store, fault, pushes=pushes)
    report.preceded_by(pushes or [Pushed(due=stock_keys_due(shell, store))])
    if visit is not None:
        fail(shell.state, store, result_of(shell, visit.asked.requested, report))
    return report


def _well(visit: Visit) -> None:
    """The trouble is over; but what writing met is not over by reading, nor while a write is unanswered."""
    state, store = visit.shell.state, visit.store
    before = state.store_record(store).trouble
    unproven = before and before.writing and (not visit.pushes or state.notes(store, "flight"))
    if before and not unproven:
        _note(visit, trouble=None)


def _note(visit: Visit, **facts: object) -> None:
    change = Change()
    change.note_store(visit.store, **facts)
    visit.shell.state.commit(change, visit.lease)


def _pause(fault: Exception, failures: int) -> timedelta:
    """Longer with each failure in a row; at least as long as the store asked for."""
    asked = fault.retry_after if isinstance(fault, RetryableStoreError) else None
    return max(timedelta(seconds=asked or 0.0), backoff(RETRY, failures, LONGEST_RETRY))


def trouble(shell: Shell, store: str, fault: Exception, *, pushes: Sequence[Pushed]) -> Pushed:
    """Note why a store could not be worked with, since when, and when to try again. pushes: what it took meanwhile; a
    store that takes some begins anew to fail."""
    took = any(push.applied for push in pushes)
    before = None if took else shell.state.store_record(store).trouble
    failures = before.failures + 1 if before else 1
    operator = isinstance(fault, OperatorStoreError)
    pause = LONGEST_RETRY if operator else _pause(fault, failures)
    known = isinstance(fault, RetryableStoreError | OperatorStoreError | LeaseLost)
    why = str(fault) if known else f"{type(fault).__name__} in the connector or the bridge: see the log"
    kind: TroubleKind = "operator" if operator else "failing" if known else "bug"
    now = shell.now()
    since = before.since if before else now
    shell.state.note_store(store, trouble=Trouble(kind, why, since, now + pause, failures, writing=bool(pushes)))
    shell.say("store trouble", store=store, kind=kind, error=why)
    return Pushed(error=why, operator=operator)
