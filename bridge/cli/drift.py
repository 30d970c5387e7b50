"""`drift`: what stores showed instead of what the bridge believed, and why."""

from bridge.cli import table
from bridge.cli.begin import chosen_stores, opened
from bridge.cli.options import Config, Json, MaybeStore
from bridge.core.drift import Cause
from bridge.core.health import UNVERIFIED
from bridge.ops import words
from bridge.ops.drift_report import gather

COLUMNS = ("sku", "location", "was", "shows", "title", "cause", "noticed", "healed", "times")


def drift(store: MaybeStore = None, config: Config = None, as_json: Json = False) -> None:
    """List what stores showed instead of what the bridge had left there, and why.

    Of the last seven days, as far as it was read; asks no store. `stockbridge sync --full` reads everything.
    """
    with opened(config) as context:
        found = {name: gather(context, name) for name in chosen_stores(context, store)}
    if as_json:
        table.print_json({"stores": found})
        return
    for name, facts in found.items():
        if not facts["readable"]:
            table.line(f"{name}: cannot be read, so that no drift is seen: {UNVERIFIED}.")
            continue
        rows = [
            [x["sku"], words.place(x["location"]), x["was"], x["now"], x["title"], x["cause"],
             words.readable_time(x["at"]), words.readable_time(x["healed"]) if x["healed"] else "no",
             x["count"] or None]
            for x in facts["drifts"]
        ]  # fmt: skip
        table.show(COLUMNS, rows)
        standing = [x for x in facts["drifts"] if x["healed"] is None]
        line = f"{name}: {len(standing)} differ, {len(rows) - len(standing)} put right within a week; read whole at "
        table.line(line + f"{words.readable_time(facts['reconciled_at'])}.")
        if any(x["cause"] != Cause.ORDER.value for x in standing) and not facts["heal"]:
            table.line(f"{name}: heal = false, so they stay until the warehouse or an order moves them.")
        if facts["unlisted"]:
            table.line(f"{name}: {facts['unlisted']} more differed at once than are listed.")
        if facts["other_writer"]:
            table.note(f"{name}: {facts['other_writer']}.")
