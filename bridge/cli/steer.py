"""`pause`, `resume` and `release`: what people decide about a store."""

import getpass
from typing import Annotated

import typer

from bridge.cli import facts, table, words
from bridge.cli.context import Config, Json, Store, known_store, opened
from bridge.core.guard import Hold
from bridge.core.model import Spot
from bridge.sync import Shell, steer

Reject = Annotated[
    bool, typer.Option("--reject", help="Drop them: stay where the store is, until the warehouse speaks again.")
]


def pause(store: Store, config: Config = None) -> None:
    """Write nothing to a store until `resume`.

    It is still read, and its open orders still reserve stock. A lasting pause belongs into the
    configuration (`paused = true`): this one is lost with Redis.
    """
    with opened(config) as shell:
        steer.pause(shell, known_store(shell, store), who())
        table.line(f"{store}: paused; go on with `stockbridge resume {store}`.")


def resume(store: Store, config: Config = None) -> None:
    """Go on writing to a paused store.

    What was in trouble is tried again at once.
    """
    with opened(config) as shell:
        steer.resume(shell, known_store(shell, store))
        if shell.rules(store).paused:
            table.note(f"{store}: stays paused, because the configuration says `paused = true`; remove it there.")
        else:
            table.line(f"{store}: goes on with the next round.")


def release(store: Store, reject: Reject = False, config: Config = None, as_json: Json = False) -> None:
    """Let held falls through, or drop them.

    Shows what the guard holds, and why. A dropped fall may still be released later.
    """
    with opened(config) as shell:
        decided = steer.release(shell, known_store(shell, store), reject=reject)
        rows = held_rows(shell, store, dict(decided))
    if as_json:
        table.emit({"store": store, "said": "reject" if reject else "release", "held": rows})
        return
    print_held(rows)
    what = "dropped" if reject else "released; the next round sends them"
    table.line(f"{store}: {len(rows)} {what}." if rows else f"{store}: nothing is held.")


def held_rows(shell: Shell, store: str, holds: dict[Spot, Hold]) -> list[dict[str, object]]:
    """Each held spot: what it offers now, and what it would."""
    rows: list[dict[str, object]] = []
    for item in facts.items(shell, store, sorted({spot.ref for spot in holds})):
        for d in item.decisions:
            if (hold := holds.get(d.spot)) is not None:
                now = d.known.sellable if d.known else None
                rows.append(
                    {"sku": item.case.listing.sku, "title": item.case.listing.title, "ref": d.spot.ref,
                     "location": d.spot.location, "shows": now, "target": d.target and d.target.sellable,
                     "since": words.iso(hold.since), "said": hold.said, "why": hold.why}
                )  # fmt: skip
    return rows


def print_held(rows: list[dict[str, object]]) -> None:
    shown = [
        [x["sku"], words.place(str(x["location"])), x["shows"], x["target"], x["title"], words.told(str(x["since"])),
         x["why"]]
        for x in rows
    ]  # fmt: skip
    table.show(("sku", "location", "shows", "would show", "title", "held since", "why"), shown)


def who() -> str:
    """For people who ask later; a container may know no user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
