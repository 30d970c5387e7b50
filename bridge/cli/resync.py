"""`resync`: asks the workers to look at a store again, through the task queue."""

import time
from typing import Annotated, Any

import typer

from bridge.cli import table
from bridge.cli.context import DATA, Store, known_store, settings_of, shell_at
from bridge.cli.failing import LATER, NEEDS_A_PERSON, finish
from bridge.cli.steer import who
from bridge.config import broker_url
from bridge.errors import ConfigError
from bridge.state import pack
from bridge.state.change import Change
from bridge.state.embedded import server
from bridge.sync import Shell, steer
from bridge.sync.requests import refs_of

Skus = Annotated[list[str] | None, typer.Option("--sku", help="Only this SKU; may be given again.", metavar="SKU")]
Full = Annotated[bool, typer.Option("--full", help="Everything the store shows, not only what is due.")]
Absent = Annotated[
    bool, typer.Option("--confirm-absent", help="With --full: what the store lists no longer is really gone.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until a worker has done it, ten minutes at most.")]

NO_WORKER = (
    "No worker answers, so the request waits in the queue until one is started: "
    "run `celery -A bridge worker`, or do it here with `stockbridge sync`."
)
ANSWER = 5.0  # seconds a busy machine gets to say that a worker is there
LOOK = 0.2
LONGEST = 600.0  # seconds; a worker ends a task after as many


def resync(
    store: Store, skus: Skus = None, full: Full = False, confirm_absent: Absent = False, wait: Wait = False
) -> None:
    """Have a worker look at a store again.

    At some SKUs, at what is due, or at everything. What is in quarantine there is tried again.

    Exit codes: 0 sent (with --wait: done), 1 no worker answers, or the store needs a person, 75 not done in time.
    """
    settings = settings_of(None)
    with server(settings.redis_url, DATA) as url:
        shell = shell_at(settings, url)
        shell.state.db.ping()
        known_store(shell, store)
        _known_skus(shell, store, skus or [])
        _record(shell, store, skus or [])
        if confirm_absent and full:
            steer.confirm_absent(shell, store, who())
        sent_at = pack.ms(shell.now())
        task, answered = _send(url, [store, skus or [], full])
        if not answered:
            table.note(NO_WORKER)
            finish(NEEDS_A_PERSON)
        if not wait:
            table.line(f"{store}: sent to a worker; `stockbridge status` shows what becomes of it.")
            return
        finish(_result(shell, store, sent_at) if _done(shell, task) else _unfinished(store))


def _known_skus(shell: Shell, store: str, skus: list[str]) -> None:
    unknown = [sku for sku in skus if not refs_of(shell, store, [sku])]
    if unknown:
        raise ConfigError(
            [f'{store}: no listing has or takes the SKU "{sku}"; see `stockbridge unmapped`.' for sku in unknown]
        )


def _record(shell: Shell, store: str, skus: list[str]) -> None:
    shell.state.ensure_whole()
    change, refs = Change(), refs_of(shell, store, skus) if skus else None
    steer.record_decision(shell, change, store, "resync", who(), refs)
    shell.state.commit(change)


def _send(url: str, args: list[Any]) -> tuple[str, bool]:
    """Send the task by its name → its id, and whether a worker is there to take it."""
    from celery import Celery  # noqa: PLC0415  (it takes longer to import than most commands run)

    with Celery("stockbridge", broker=broker_url(url), set_as_current=False) as queue:
        found = queue.control.broadcast("ping", reply=True, timeout=ANSWER, limit=1)
        sent = queue.send_task("bridge.resync", args=args, ignore_result=True)
    return str(sent.id), bool(found)


def _done(shell: Shell, task: str) -> bool:
    """A worker acknowledges a message after its work, so the work is done when the queue has forgotten it.
    Twice, because between taking and noting a message it is nowhere for a moment."""
    until, gone = time.monotonic() + LONGEST, 0
    while time.monotonic() < until:
        gone = 0 if _queued(shell, task) else gone + 1
        if gone >= 2:
            return True
        shell.wait(LOOK)
    return False


def _queued(shell: Shell, task: str) -> bool:
    waiting: Any = shell.state.db.lrange("celery", 0, -1)
    taken: Any = shell.state.db.hvals("unacked")
    return any(task in message for message in (*waiting, *taken))


def _unfinished(store: str) -> int:
    table.note(f"{store}: not done within {LONGEST:.0f} s; it goes on, and `stockbridge status` shows how.")
    return LATER


def _result(shell: Shell, store: str, sent_at: int) -> int:
    """What the runs since then say of the store."""
    runs = [run["stores"][store] for run in shell.state.runs() if run["at"] >= sent_at and store in run["stores"]]
    trouble = shell.state.notes(store, "info").get("trouble")
    error = trouble["why"] if trouble else next((run["error"] for run in runs if run["error"]), None)
    held = next((run["held"] for run in runs if run["held"]), None)
    written, due = sum(run["applied"] for run in runs), max(0, shell.state.counts(store)["due"])
    table.line(f"{store}: done; {written} written, {due} still due.")
    for sentence in filter(None, (error, held)):
        table.note(f"{store}: {sentence}")
    if held or (trouble and trouble["kind"] != "failing"):
        return NEEDS_A_PERSON
    return LATER if error else 0
