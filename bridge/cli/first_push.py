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
            **facts.summary(rows),
            "left_alone": dict(report.reasons),
            "held": report.held,
            "error": report.error,
            "biggest_falls": falls[:FALLS],
        }
    return {"error": done.source.error, "stores": found}, done.code


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
