"""What is shown of runs: a row for each store of each run, and of one run what became of every number."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bridge.core.sku import called_sku
from bridge.core.undo import for_sale, warning
from bridge.ops import words
from bridge.ops.rollback import Past, Undo
from bridge.web.views.lists import PLACE, SKU, WHY, Column, ListSpec, Row, linked
from bridge.web.views.overview import feed
from bridge.web.written import plural

SPANS: Mapping[str, tuple[str, timedelta]] = {
    "hour": ("the last hour", timedelta(hours=1)), "day": ("the last day", timedelta(days=1)),
    "week": ("the last week", timedelta(days=7)),
}  # fmt: skip
"""What `since` may say → in words, and how long that is."""

STORE = Column("store", "Store", "store")

RUNS = ListSpec(
    "Runs", "", "No run is like that. A worker and beat make them by themselves; `stockbridge sync` makes one.",
    (
        Column("at", "When", "time"), Column("run", "Run", "run"), STORE, Column("due", "Due", "units"),
        Column("applied", "Written", "units"), Column("rejected", "Refused", "units"),
        Column("held_items", "Held", "units"), Column("deferred", "Put off", "units"),
        Column("undoes", "Undoes", "run"), Column("said", "What it said", "why"),
    ),
)  # fmt: skip

ITEMS = ListSpec(
    "What it did", "", "It wrote nothing that is remembered.",
    (
        SKU, STORE, PLACE, Column("after", "It wrote", "change", "before"), Column("word", "The store said", "why"),
        Column("later", "Written since by", "run"),
    ),
)  # fmt: skip

BACK = ListSpec(
    "Would be put back",
    "",
    "Nothing can be put back.",
    (SKU, STORE, PLACE, Column("would_show", "Available now, then", "change", "shows"), Column("mind", "Mind", "why")),
)

STAYS = ListSpec(
    "Stays as it is", "", "",
    (SKU, STORE, PLACE, Column("after", "The run wrote", "change", "before"), WHY),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """Which runs are listed. runs: those that touched a SKU; None: whatever they touched."""

    store: str = ""
    sku: str = ""
    failed: bool = False
    since: str = ""

    @property
    def address(self) -> str:
        return linked("/runs", **self.query)

    @property
    def query(self) -> Mapping[str, object]:
        return {"store": self.store, "sku": self.sku, "failed": "yes" if self.failed else "", "since": self.since}


def rows(
    runs: Sequence[Mapping[str, Any]], choice: Choice, now: datetime, touched: Collection[tuple[str, str]] | None
) -> list[dict[str, Any]]:
    """A row for each store of each run, the newest first. touched: (run, store) of those that wrote the chosen SKU."""
    undoes = {run["run"]: run.get("undoes", "") for run in runs}
    begin = (now - SPANS[choice.since][1]).isoformat() if choice.since else ""
    return [
        {**row, "said": row["error"] or row["held"], "undoes": undoes[row["run"]]}
        for row in feed(runs, choice.store or None)
        if row["at"] >= begin
        and (not choice.failed or row["failed"] or row["rejected"])
        and (touched is None or (row["run"], row["store"]) in touched)
    ]


def items(past: Past, refused: Sequence[Row]) -> list[dict[str, Any]]:
    """What a run wrote and what it was refused. refused: notes of the history, each with its "sku"."""
    wrote = [
        {"sku": called_sku(x.sku), "store": store, "location": x.stock_key.location, "before": x.before,
         "after": x.after, "word": "applied", "later": x.later or ""}
        for store, writes in past.writes.items() for x in writes
    ]  # fmt: skip
    not_taken = [
        {"sku": called_sku(x["sku"]), "store": x["store"], "location": x["location"], "before": None, "after": x["to"],
         "word": f"refused: {x['why']}", "later": ""}
        for x in refused
    ]  # fmt: skip
    found = sorted([*not_taken, *wrote], key=lambda row: (row["word"] == "applied", row["store"], row["sku"]))
    return [{**row, "place": words.place(row["location"])} for row in found]


def forgotten(past: Past) -> list[str]:
    """What cannot be told of a run any more, in sentences."""
    return [
        f"{store}: {plural(count, 'more write')} of this run {'is' if count == 1 else 'are'} no longer in the history,"
        " and cannot be put back."
        for store, count in past.forgotten.items() if count
    ]  # fmt: skip


def back(past: Past, seen: Sequence[Undo]) -> list[dict[str, Any]]:
    """What would be put back, in units for sale."""
    names = {write.stock_key: write.sku for writes in past.writes.values() for write in writes}
    return [
        {"sku": called_sku(names[d.stock_key]), "store": x.store, "place": words.place(d.stock_key.location),
         "shows": for_sale(d)[0], "would_show": for_sale(d)[1], "mind": warning(d) or ""}
        for x in seen for d in sorted(x.back, key=lambda d: (names[d.stock_key], d.stock_key))
    ]  # fmt: skip


def stays(seen: Sequence[Undo]) -> list[dict[str, Any]]:
    """What is not put back, and why."""
    return [
        {"sku": called_sku(kept.write.sku), "store": x.store, "place": words.place(kept.write.stock_key.location),
         "before": kept.write.before, "after": kept.write.after, "why": kept.why}
        for x in seen for kept in x.kept
    ]  # fmt: skip


def outcome(done: Sequence[Undo]) -> list[str]:
    """What became of a rollback, in sentences."""
    said = []
    for x in done:
        if x.run:
            count = plural(x.report.applied, "number")
            said.append(f"{x.store}: {count} put back by run {x.run}; the store is paused.")
        if x.report.rejected:
            said.append(f"{x.store}: {plural(x.report.rejected, 'number')} refused by the store.")
        if x.report.deferred or x.report.waiting:
            said.append(f"{x.store}: {x.report.deferred + x.report.waiting} not done now; they are due.")
        if x.report.error:
            said.append(f"{x.store}: {x.report.error}")
    return said or ["Nothing was put back."]
