"""Thin tasks. Each reads from the state what there is to do; all can be sent by name, at any time."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import cache, partial
from threading import Timer

from celery import Task
from celery.signals import task_postrun, task_prerun, worker_init, worker_process_init, worker_process_shutdown
from kombu.exceptions import OperationalError

from bridge import alerts, log, looks, overlap
from bridge.alerts import heartbeat
from bridge.celery import app, configured, refuse
from bridge.core.schedule import stores_moved
from bridge.errors import ConfigError, LeaseLostError, SourceError, StateError
from bridge.ops import steer
from bridge.ops.resync import ask_again
from bridge.state import keys
from bridge.state.connect import QUEUE_ERRORS
from bridge.state.lease import CATALOGUE
from bridge.state.requests import load_requests
from bridge.state.work_queue import at_work, begin, claim, end_work, is_time, sending
from bridge.sync.catalogue import read_catalogue
from bridge.sync.context import SyncContext
from bridge.sync.cycle import run_session
from bridge.sync.pull import flow as source_pull
from bridge.sync.timetable import proof_since, store_facts
from bridge.transport.heartbeat import Heartbeat
from bridge.wiring import build, channels, import_connectors
from connectors.values import replace

STRETCH = timedelta(minutes=4)
"""So long one message pulls at most: the task's time limit is longer, and the next one goes on where it left off."""

ENDING = 3.0
"""Seconds that a child which ends gives sessions that wait for an answer. Hosts kill after 30 s, of which a worker may
have taken 20 for what its children were busy with."""


@cache
def context() -> SyncContext:
    """One per process, built from the same configuration as the command line's."""
    return build(*configured())


@worker_init.connect  # type: ignore[untyped-decorator]
def begin_worker(**_: object) -> None:
    """A worker of another merchant than the state's says so, and does not start."""
    it = build(*configured())
    try:
        it.state.refuse_another_merchant()
    except ConfigError as fault:
        refuse(fault)
    except StateError:
        pass  # whoever begins to work is refused then
    finally:
        it.state.close()
    import_connectors(it)


@worker_process_init.connect  # type: ignore[untyped-decorator]
def forget_context(**_: object) -> None:
    """A child must not share its parent's connections."""
    context.cache_clear()


@task_prerun.connect  # type: ignore[untyped-decorator]
def give_back_what_redis_kept(**_: object) -> None:
    """Leases and marks of this process that Redis did not take back when they were done with."""
    context().state.give_back_unheld()


def _give_back_until_taken(it: SyncContext) -> None:
    """The same each second until Redis takes them: others wait, and this process may be sent no message for long."""
    if not it.state.give_back_unheld():
        again = Timer(1.0, _give_back_until_taken, (it,))
        again.daemon = True
        again.start()


@task_postrun.connect  # type: ignore[untyped-decorator]
def finish_what_was_begun(**_: object) -> None:
    """Before the next message: a process works on one session at a time."""
    overlap.join_begun()


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def end(**_: object) -> None:
    """A child that ends leaves as little half done as it can, and to others what it could not finish."""
    if overlap.finish(ENDING):
        return
    it = context()
    with suppress(StateError):  # its leases run out
        it.state.give_back(("source", "grant", CATALOGUE, *(f"store:{store}" for store in it.stores)))


@app.task(name="bridge.tick")  # type: ignore[untyped-decorator]
def tick() -> None:
    """Show that a worker is there, make the state whole, and send what is due."""
    it = context()
    it.state.ensure_whole()
    it.state.note_seen(keys.WORKER, it.now())
    send_due(it)


def send_due(it: SyncContext) -> None:
    """Send what is due, each kind of work at most once at a time. The state must be whole. Beat does so itself, or each
    look would cost a message to a worker and a look of its own."""
    if heartbeat.may_be_time(it):
        _send(it, heartbeat.WORK, call_heartbeat)
    by_name = {"alert": alert, "grant": keep_grant, "pull": pull, "catalogue": catalogue}
    for work, seconds in looks.intervals(it).items():
        if is_time(it.state, work, seconds):
            _send(it, work, by_name[work])
    for work, store in looks.due(it):
        if store:
            _send(it, f"push:{store}", push, store)
        else:
            _send(it, work, by_name[work])


def _send(it: SyncContext, work: str, task: Task, *arguments: str, once_more: bool = False) -> None:
    """One message for a piece of work, unless one is on its way; see `claim`."""
    if claim(it.state, work, once_more=once_more):
        with sending(it.state, work):
            task.delay(*arguments)


def _ask(name: str, work: Callable[[SyncContext], None]) -> None:
    """Work that asks others, in a process that does something else while it waits for them. name: `pull`, or what is
    done and the store. What it raises is counted, and is a failure to Celery, also after its message was done."""
    it = context()

    def counted(heartbeat: Heartbeat) -> None:
        try:
            work(replace(it, heartbeat=heartbeat))
        except Exception as fault:
            with suppress(StateError):  # it may be what failed
                it.state.count({f"failures|{name}|{type(fault).__name__}": 1})
            raise
        finally:
            _give_back_until_taken(it)

    overlap.overlap(counted, partial(_failed_late, name))


def _failed_late(name: str, fault: BaseException) -> None:
    """The message is done, so another one fails for it; but trouble with Redis passes, and is only told."""
    if isinstance(fault, StateError):
        log.get().error("broken off", work=name, error=str(fault))
        return
    log.get().error("bug", work=name, exc_info=fault)
    with suppress(OperationalError, *QUEUE_ERRORS):
        failed.delay(name, type(fault).__name__)


class FailedLateError(Exception):
    """What a process went on with after its message was done."""


@app.task(name="bridge.failed")  # type: ignore[untyped-decorator]
def failed(work: str, kind: str) -> None:
    """Fails in the place of a message that was done when its work failed. Raises FailedLateError."""
    raise FailedLateError(
        f"{work} failed with {kind} after its message was done; the traceback stands in the log before."
    )


@app.task(name="bridge.pull")  # type: ignore[untyped-decorator]
def pull(full: bool = False) -> None:
    """Pull what changed, then send a session for each store that it made due."""
    _ask("pull", lambda it: _pull(it, full=full))


def _pull(it: SyncContext, *, full: bool) -> None:
    it.state.ensure_whole()  # before anything is stored that a session would find incomplete
    with at_work(it.state, "pull"):
        it.state.note_source(tried=it.now())
        try:
            source_pull.pull(it, full=full, time_limit=STRETCH)
        except (SourceError, LeaseLostError):
            return  # noted for `status`, or another worker goes on; a later tick tries again
    for store in stores_moved(store_facts(it), it.now()):
        _send(it, f"push:{store}", push, store, once_more=True)


@app.task(name="bridge.catalogue")  # type: ignore[untyped-decorator]
def catalogue() -> None:
    """Read what changed in the catalogue, or go on with a reading of all of it."""

    def read(it: SyncContext) -> None:
        with at_work(it.state, "catalogue"), suppress(SourceError, LeaseLostError):
            read_catalogue(it)  # what is lasting is noted; a later tick tries again

    _ask("catalogue", read)


@app.task(name="bridge.push")  # type: ignore[untyped-decorator]
def push(store: str) -> None:
    """Session one store: read what moved, send what is due."""
    _known(store)
    _ask(f"push {store}", lambda it: _push(it, store))


def _push(it: SyncContext, store: str) -> None:
    work = f"push:{store}"
    begin(it.state, work)
    try:
        _run_session(it, store)
    finally:
        again = end_work(it.state, work)
    if again:
        _send(it, work, push, store)


def _run_session(it: SyncContext, store: str, *, full: bool = False) -> None:
    """Whoever found the store taken meanwhile left word, and another session follows; and after a webhook one with each
    other store in which it made something due."""
    report = run_session(it, store, full=full, proof=proof_since)
    if report.made_due:
        others = {name: facts for name, facts in store_facts(it).items() if name in report.made_due}
        for other in stores_moved(others, it.now()):  # a lowering waits for no poll
            _send(it, f"push:{other}", push, other, once_more=True)
    still_asked = load_requests(it.state, store).is_open
    if report.error is None and still_asked:
        _send(it, f"push:{store}", push, store, once_more=True)


@app.task(name="bridge.remap")  # type: ignore[untyped-decorator]
def remap(store: str) -> None:
    """Read a store's listings and everything it shows, then send what is due."""
    _known(store)
    _ask(f"remap {store}", lambda it: _run_session(it, store, full=True))


@app.task(name="bridge.reconcile")  # type: ignore[untyped-decorator]
def reconcile(store: str) -> None:
    """Compare everything a store shows with what it should show; differences are named (`stockbridge drift`), and
    healed where the store's rules say so."""
    remap(store)


@app.task(name="bridge.resync")  # type: ignore[untyped-decorator]
def resync(
    store: str, skus: Sequence[str] = (), full: bool = False, confirm_absent: bool = False, number: int | None = None
) -> None:
    """Look at a store again by hand: some SKUs, everything due, or everything there is. number: of a request that
    stands in the state already; without one, it is entered first. Raises ConfigError for a store nobody knows."""
    _known(store)
    if number is None:
        ask_again(context(), store, skus, full=full)
    if confirm_absent and full:
        steer.confirm_absent(context(), store, "the task bridge.resync")

    def pull_and_push(it: SyncContext) -> None:
        _pull(it, full=full and not skus)
        _run_session(it, store)

    _ask(f"resync {store}", pull_and_push)


def _known(store: str) -> None:
    """Raises ConfigError before anything of a store that is not in the configuration is entered anywhere."""
    if store not in context().stores:
        raise ConfigError(f'There is no store "{store}" in the configuration; known: {", ".join(context().stores)}.')


@app.task(name="bridge.keep_grant")  # type: ignore[untyped-decorator]
def keep_grant() -> None:
    """Refresh the OAuth grant of the source where nobody has used it for a week: left alone it would end."""

    def keep(it: SyncContext) -> None:
        with at_work(it.state, "grant"):
            source_pull.keep_grant(it)

    _ask("grant", keep)


@app.task(name="bridge.alert", soft_time_limit=alerts.LONGEST)  # type: ignore[untyped-decorator]
def alert() -> None:
    """Tell people what began to need them, and what is over."""
    it = context()
    with at_work(it.state, "alert"):
        alerts.look(it, channels(it.settings))


@app.task(name="bridge.heartbeat")  # type: ignore[untyped-decorator]
def call_heartbeat() -> None:
    """Call whoever watches from outside, while numbers flow. A process does other work while they do not answer."""

    def tell(it: SyncContext) -> None:
        with at_work(it.state, heartbeat.WORK):
            heartbeat.tell(it)

    _ask(heartbeat.WORK, tell)
