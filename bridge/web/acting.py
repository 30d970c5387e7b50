"""What people do with a store or a SKU, for the page and the API alike: what is done is what was shown, and the log
says who did it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge import log
from bridge.core.model import StockKey
from bridge.ops import steer
from bridge.ops.resync import ask_again
from bridge.ops.sku import meant
from bridge.sync.context import SyncContext
from bridge.web.reading import READ
from bridge.web.views.actions import ACTS, Choice, mark_of, taken
from bridge.web.views.lists import Row

Rows = Sequence[Row]


@dataclass(frozen=True, slots=True)
class Done:
    """What an act did. count: rows that it was done with. told: of the store, as its command prints it with --json."""

    count: int
    told: Mapping[str, Any]


def release(context: SyncContext, store: str, rows: Rows, by: str) -> Done:
    return _decide(context, store, rows, by, reject=False)


def reject(context: SyncContext, store: str, rows: Rows, by: str) -> Done:
    return _decide(context, store, rows, by, reject=True)


def _decide(context: SyncContext, store: str, rows: Rows, by: str, *, reject: bool) -> Done:
    """Of what was shown, only what is still held and undecided."""
    shown = {StockKey(store, row["ref"], row["location"]): row for row in rows}
    decided = steer.release(context, store, reject=reject, by=by, only=shown.keys())
    held = [row for stock_key, row in shown.items() if stock_key in decided]
    return Done(len(decided), {"decision": "reject" if reject else "release", "held": held})


def retry(context: SyncContext, store: str, rows: Rows, by: str) -> Done:
    skus = sorted({str(row["sku"]) for row in rows if row["sku"]})
    number = ask_again(context, store, skus, by=by) if skus else None
    return Done(sum(bool(row["sku"]) for row in rows), {"request": number})


def pause(context: SyncContext, store: str, _: Rows, by: str) -> Done:
    steer.pause(context, store, by)
    return Done(0, {"paused": True})


def resume(context: SyncContext, store: str, _: Rows, by: str) -> Done:
    """A pause of the configuration stays."""
    steer.resume(context, store, by)
    return Done(0, {"paused": context.rules(store).paused})


def resync(context: SyncContext, store: str, _: Rows, by: str) -> Done:
    return Done(0, {"request": ask_again(context, store, by=by)})


def full_resync(context: SyncContext, store: str, _: Rows, by: str) -> Done:
    return Done(0, {"request": ask_again(context, store, full=True, by=by)})


DONE: Mapping[str, Callable[[SyncContext, str, Rows, str], Done]] = {
    "release": release, "reject": reject, "retry": retry, "pause": pause, "resume": resume, "resync": resync,
    "full-resync": full_resync,
}  # fmt: skip
"""Act → does it."""


def rows_taken(context: SyncContext, name: str, store: str, choice: Choice) -> list[Row]:
    """What an act would take at this moment."""
    act = ACTS[name]
    return taken(act, READ[act.takes](context, store)[act.takes], choice) if act.takes else []


def carry_out(
    context: SyncContext, name: str, store: str, choice: Choice, seen: str, by: str
) -> tuple[list[Row], Done | None]:
    """Do it with the rows that were seen → them, and what was done; None: they are others by now, and nothing was.

    seen: `mark_of` those rows. by: who, as the decision is kept."""
    rows = rows_taken(context, name, store, choice)
    if seen != mark_of(rows):
        return rows, None
    done = DONE[name](context, store, rows, by)
    log.emit("action", act=name, store=store, items=done.count, by=by)
    return rows, done


def resync_sku(context: SyncContext, sku: str, stores: Sequence[str], by: str) -> dict[str, int]:
    """Have the stores that have a listing of it read it again → each with the number of its request."""
    found = meant(context, sku, stores).refs
    done = {store: ask_again(context, store, [sku], by=by) for store in stores if found[store]}
    if done:
        log.emit("action", act="resync", sku=sku, stores=[*done], by=by)
    return done
