"""`pause`, `resume` and `release`: what people decide about a store."""

import getpass
import socket
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from bridge.cli import table
from bridge.cli.begin import agreed, known_store, opened
from bridge.cli.options import Config, Json, Store
from bridge.core.guard import Hold
from bridge.core.model import StockKey
from bridge.errors import ConfigError
from bridge.ops import steer, words
from bridge.ops.resync import refs_of
from bridge.ops.store_lists import held_rows
from bridge.sync.context import SyncContext

Reject = Annotated[
    bool, typer.Option("--reject", help="Drop them: stay where the store is, until the warehouse speaks again.")
]
Skus = Annotated[list[str] | None, typer.Option("--sku", help="Only this SKU; may be given again.", metavar="SKU")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def pause(store: Store, config: Config = None, as_json: Json = False) -> None:
    """Write nothing to a store until `resume`.

    It is still read, and its open orders still reserve stock. A lasting pause belongs into the
    configuration (`paused = true`): this one is lost with Redis.
    """
    with opened(config) as context:
        steer.pause(context, known_store(context, store), who())
    if as_json:
        table.print_json({"stores": {store: {"paused": True}}})
    else:
        table.line(f"{store}: paused; go on with `stockbridge resume {store}`.")


def resume(store: Store, config: Config = None, as_json: Json = False) -> None:
    """Go on writing to a paused store.

    An open circuit breaker is closed, so that the store is tried at once.
    """
    with opened(config) as context:
        steer.resume(context, known_store(context, store), who())
        stays = context.rules(store).paused
    if as_json:
        table.print_json({"stores": {store: {"paused": stays}}})
    elif stays:
        table.note(f"{store}: stays paused, because the configuration says `paused = true`; remove it there.")
    else:
        table.line(f"{store}: goes on with the next cycle.")


def release(
    store: Store, reject: Reject = False, skus: Skus = None, yes: Yes = False, config: Config = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Let held lowerings through, or drop them.

    Shows what the guard holds, why, and what the decision would do; asks where a person sits at a terminal. What is
    dropped stays on offer, is counted by `status`, and may still be released later.
    """
    with opened(config) as context:
        open_to = _chosen(context, known_store(context, store), skus or [], reject=reject)
        rows = held_rows(context, store, open_to, reject=reject)
        if not as_json:
            print_held(rows, reject=reject)
        decide = bool(rows)
        if decide and not (yes or as_json) and sys.stdin.isatty() and sys.stdout.isatty():
            decide = agreed("Keep these on offer?" if reject else "Let these through?")
        if decide:  # on what was shown and is still held
            decided = steer.release(context, store, reject=reject, by=who(), only=open_to.keys())
            names = {(stock_key.ref, stock_key.location) for stock_key in decided}
            rows = [row for row in rows if (row["ref"], row["location"]) in names]
    if as_json:
        table.print_json({"stores": {store: {"decision": "reject" if reject else "release", "held": rows}}})
    elif rows and not decide:
        table.line(f"{store}: nothing was decided.")
    else:
        what = "dropped; they stay on offer" if reject else "released; the next cycle sends them"
        table.line(f"{store}: {len(rows)} {what}." if rows else f"{store}: nothing is held.")


def _chosen(context: SyncContext, store: str, skus: Sequence[str], *, reject: bool) -> dict[StockKey, Hold]:
    """What may be decided on: all, or the listings of some SKUs."""
    found = steer.undecided(context, store, reject=reject)
    if not skus:
        return dict(found)
    asked = {sku: set(refs_of(context, store, [sku])) for sku in skus}
    if unknown := [sku for sku, refs in asked.items() if not refs]:
        raise ConfigError(
            [f'{store}: no listing has or takes the SKU "{sku}"; see `stockbridge diff {store}`.' for sku in unknown]
        )
    return {
        stock_key: hold for stock_key, hold in found.items() if any(stock_key.ref in refs for refs in asked.values())
    }


def print_held(rows: list[dict[str, object]], *, reject: bool) -> None:
    shown = [
        [x["sku"], words.place(str(x["location"])), x["shows"], x["to"], x["units"], x["title"],
         words.readable_time(str(x["since"])), x["why"]]
        for x in rows
    ]  # fmt: skip
    units = "not in the warehouse" if reject else "units less"
    table.show(("sku", "location", "from", "to", units, "title", "held since", "why"), shown)


def who() -> str:
    """user@host, for people who ask later; a container may know no user."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = steer.SOMEBODY
    return f"{user}@{socket.gethostname()}"
