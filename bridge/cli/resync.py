"""`resync`: asks the workers to look at a store again, through the task queue."""

import time
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from bridge.cli import table
from bridge.cli.begin import context_at, known_store, redis_of, settings_of
from bridge.cli.failing import LATER, NEEDS_A_PERSON, finish
from bridge.cli.options import Json, Store
from bridge.cli.steer import who
from bridge.config import broker_url
from bridge.errors import ConfigError
from bridge.ops import steer
from bridge.ops.resync import ask_again, refs_of
from bridge.state.records import Result
from bridge.state.requests import load_requests
from bridge.sync.context import SyncContext

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
    store: Store, skus: Skus = None, full: Full = False, confirm_absent: Absent = False, wait: Wait = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Have a worker look at a store again.

    At some SKUs, at what is due, or at everything. What is in quarantine there is tried again.

    Exit codes: 0 sent (with --wait: done), 1 no worker answers, or the store needs a person, 75 not done in time.
    """
    settings = settings_of(None)
    with redis_of(settings) as url:
        context = context_at(settings, url)
        context.state.ping()
        known_store(context, store)
        if unknown := [sku for sku in skus or () if not refs_of(context, store, [sku])]:
            raise ConfigError(
                [f'{store}: no listing has or takes the SKU "{sku}"; see `stockbridge unmapped`.' for sku in unknown]
            )
        if confirm_absent and full:
            steer.confirm_absent(context, store, who())
        number = ask_again(context, store, skus or (), full=full, by=who())
        answered = _send(url, [store, skus or [], full], {"number": number})
        result = _result(context, store, number) if answered and wait else None
        breaker = context.state.source_record().breaker
        came = Came(store, number, answered, wait, result, breaker.why if breaker else None)
    if as_json:
        table.print_json(came.as_dict())
    else:
        came.tell()
    finish(came.code)


@dataclass(frozen=True)
class Came:
    """What came of a request. worker: whether one answers. result: of the session that took it, when it was waited for
    and came in time. warehouse: why it cannot be read."""

    store: str
    number: int
    worker: bool
    waited: bool
    result: Result | None
    warehouse: str | None

    @property
    def error(self) -> str | None:
        """Why nothing is known of it, or nothing will come of it for now."""
        if not self.worker:
            return NO_WORKER
        if self.waited and self.result is None:
            return f"{self.store}: not done within {LONGEST:.0f} s; it goes on, and `stockbridge status` shows how."
        return None

    @property
    def code(self) -> int:
        if not self.worker:
            return NEEDS_A_PERSON
        if self.result is None:
            return LATER if self.waited else 0
        if self.result.person:
            return NEEDS_A_PERSON
        return LATER if self.result.error or self.result.due or self.warehouse else 0

    def as_dict(self) -> dict[str, Any]:
        did = self.result and {
            "applied": self.result.applied, "due": self.result.due, "held": self.result.held,
            "error": self.result.error,
        }  # fmt: skip
        found: dict[str, Any] = {"request": self.number, "worker": self.worker, "done": did is not None, **(did or {})}
        return {
            "source": {"error": self.warehouse}, "stores": {self.store: found},
            **({"error": self.error} if self.error else {}),
        }  # fmt: skip

    def tell(self) -> None:
        if self.error:
            table.note(self.error)
        elif self.result is None:
            table.line(f"{self.store}: sent to a worker; `stockbridge status` shows what becomes of it.")
        else:
            did = "was tried" if self.result.error else "done"
            table.line(f"{self.store}: {did}; {self.result.applied} written, {self.result.due} still due.")
            warehouse = self.warehouse and f"warehouse: {self.warehouse}"
            for sentence in filter(None, (self.result.error, self.result.held, warehouse)):
                table.note(f"{self.store}: {sentence}")


def _send(url: str, args: list[Any], named: dict[str, Any]) -> bool:
    """Send the task by its name → whether a worker is there to take it."""
    from celery import Celery  # noqa: PLC0415  (it takes longer to import than most commands run)

    with Celery("stockbridge", broker=broker_url(url), set_as_current=False) as queue:
        found = queue.control.broadcast("ping", reply=True, timeout=ANSWER, limit=1)
        queue.send_task("bridge.resync", args=args, kwargs=named, ignore_result=True)
    return bool(found)


def _result(context: SyncContext, store: str, number: int) -> Result | None:
    """What the session did that took this request, or a later one; None when none has in time."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        result = load_requests(context.state, store).result
        if result is not None and result.number >= number:
            return result
        context.wait(LOOK)
    return None
