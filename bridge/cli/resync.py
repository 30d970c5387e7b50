"""`resync`: asks the workers to look at a store again, through the task queue."""

import time
from typing import Annotated, Any

import typer

from bridge.cli import table
from bridge.cli.context import Store, known_store, redis_of, settings_of, shell_at
from bridge.cli.failing import LATER, NEEDS_A_PERSON, finish
from bridge.cli.steer import who
from bridge.config import broker_url
from bridge.errors import ConfigError
from bridge.state.records import Result, load_requests
from bridge.sync import Shell, steer
from bridge.sync.requests import ask_again, refs_of

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
    with redis_of(settings) as url:
        shell = shell_at(settings, url)
        shell.state.db.ping()
        known_store(shell, store)
        _known_skus(shell, store, skus or [])
        if confirm_absent and full:
            steer.confirm_absent(shell, store, who())
        number = ask_again(shell, store, skus or (), full=full, by=who())
        answered = _send(url, [store, skus or [], full], {"number": number})
        if not answered:
            table.note(NO_WORKER)
            finish(NEEDS_A_PERSON)
        if not wait:
            table.line(f"{store}: sent to a worker; `stockbridge status` shows what becomes of it.")
            return
        finish(_told(shell, store, _result(shell, store, number)))


def _known_skus(shell: Shell, store: str, skus: list[str]) -> None:
    unknown = [sku for sku in skus if not refs_of(shell, store, [sku])]
    if unknown:
        raise ConfigError(
            [f'{store}: no listing has or takes the SKU "{sku}"; see `stockbridge unmapped`.' for sku in unknown]
        )


def _send(url: str, args: list[Any], named: dict[str, Any]) -> bool:
    """Send the task by its name → whether a worker is there to take it."""
    from celery import Celery  # noqa: PLC0415  (it takes longer to import than most commands run)

    with Celery("stockbridge", broker=broker_url(url), set_as_current=False) as queue:
        found = queue.control.broadcast("ping", reply=True, timeout=ANSWER, limit=1)
        queue.send_task("bridge.resync", args=args, kwargs=named, ignore_result=True)
    return bool(found)


def _result(shell: Shell, store: str, number: int) -> Result | None:
    """What the session did that took this request, or a later one; None when none has in time."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        result = load_requests(shell.state, store).result
        if result is not None and result.number >= number:
            return result
        shell.wait(LOOK)
    return None


def _told(shell: Shell, store: str, result: Result | None) -> int:
    if result is None:
        table.note(f"{store}: not done within {LONGEST:.0f} s; it goes on, and `stockbridge status` shows how.")
        return LATER
    did = "was tried" if result.error else "done"
    table.line(f"{store}: {did}; {result.applied} written, {result.due} still due.")
    warehouse = (shell.state.source().get("trouble") or {}).get("why")
    for sentence in filter(None, (result.error, result.held, warehouse and f"warehouse: {warehouse}")):
        table.note(f"{store}: {sentence}")
    if result.person:
        return NEEDS_A_PERSON
    return LATER if result.error or result.due or warehouse else 0
