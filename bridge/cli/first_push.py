"""What a push now would change: a whole cycle that writes to no store, counted and shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.cli import table
from bridge.ops import facts
from bridge.ops.cycle import run_cycle
from bridge.sync.context import SyncContext

FALLS = 10
"""So many of the biggest falls are listed."""

UNKNOWN = "sent for the first time: the store cannot be read, so what they show is not known"

Rows = Sequence[Mapping[str, Any]]


def ask(context: SyncContext, stores: Sequence[str]) -> tuple[dict[str, Any], int]:
    """Run a dry cycle → what would change in each store, and the exit code of the cycle."""
    done = run_cycle(context, stores, dry=True)
    found: dict[str, Any] = {}
    for store in stores:
        report, items = done.stores[store], facts.items(context, store, context.state.due(store))
        rows = [facts.row(item, d) for item in items for d in item.decisions if d.has_change]
        known = [row for row in rows if row["shows"] is not None]
        falls = sorted((x for x in known if x["would_show"] < x["shows"]), key=lambda x: x["would_show"] - x["shows"])
        found[store] = {
            **summary(rows),
            "left_alone": dict(report.reasons),
            "held": report.held,
            "error": report.error,
            "biggest_falls": falls[:FALLS],
        }
    return {"error": done.source.error, "stores": found}, done.code


def summary(rows: Rows) -> dict[str, int]:
    """Listings that would fall, rise and sell out, and by how many units in all. would_set: those of which nobody knows
    what they show, in a store that cannot be read."""
    known = [row for row in rows if row["shows"] is not None]
    moves = [row["would_show"] - row["shows"] for row in known]
    return {
        "would_lower": sum(move < 0 for move in moves),
        "would_raise": sum(move > 0 for move in moves),
        "units_lower": -sum(move for move in moves if move < 0),
        "units_higher": sum(move for move in moves if move > 0),
        "to_zero": sum(row["would_show"] <= 0 < row["shows"] for row in known),
        "would_set": len(rows) - len(known),
    }


def summary_words(found: Mapping[str, Any]) -> str:
    lower, higher = f"{found['would_lower']} lower", f"{found['would_raise']} higher"
    down, up = found["units_lower"] and f" (-{found['units_lower']})", found["units_higher"]
    told = f"{lower}{down or ''}, {higher}{f' (+{up})' if up else ''}, {found['to_zero']} of them to zero"
    return told + (f", {found['would_set']} {UNKNOWN}" if found["would_set"] else "")


def show(store: str, found: Mapping[str, Any]) -> None:
    lower, higher = found["would_lower"], found["would_raise"]
    table.line(f"{store}: a push now would lower {lower} and raise {higher} listings", gap=True)
    if found["would_set"]:
        table.line(f"  {found['would_set']} {UNKNOWN}")
    for why, count in sorted(found["left_alone"].items()):
        table.line(f"  {count} left as they are: {why}")
    for sentence in (found["error"], found["held"]):
        if sentence:
            table.note(f"{store}: {sentence}")
    table.show(facts.COLUMNS, [facts.cells(x) for x in found["biggest_falls"]])
