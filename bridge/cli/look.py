"""`diff`, `quarantine` and `history`: what the state says, listing by listing. None of them asks a store."""

from collections import Counter
from typing import Annotated, Any

import typer

from bridge.cli import table
from bridge.cli.begin import chosen_stores, known_store, opened
from bridge.cli.options import Config, Json, MaybeStore, Offline, Sku, Store
from bridge.core.health import UNVERIFIED
from bridge.ops import facts, words
from bridge.ops.sku import called, entries, meant, sku_of
from bridge.ops.sku_history import as_told
from bridge.ops.store_lists import differing, left_alone, refused
from bridge.ops.warehouse_history import WarehouseEntry, WarehouseHistory, warehouse_history
from bridge.state import pack
from bridge.sync.session import is_paused

Search = Annotated[str | None, typer.Option("--search", help="Only what has this in its SKU or name.")]


def diff(store: Store, search: Search = None, config: Config = None, as_json: Json = False) -> None:
    """List what shows another number than it should.

    And why it still does. Asks no store: it compares what was last read with the targets of this moment.
    """
    with opened(config) as context:
        rows = [row for row in differing(context, known_store(context, store)) if called(row, search)]
        paused, readable = is_paused(context, store), context.capabilities(store).readable
    if as_json:
        table.print_json({"stores": {store: {"paused": paused, "listings": rows}}})
        return
    table.show(facts.COLUMNS, [facts.cells(row) for row in rows])
    shadow = ", and the store is in shadow mode" if context.rules(store).shadow else ""
    counted = f"{len(rows) or 'no'} {'listing differs' if len(rows) == 1 else 'listings differ'} from the target"
    told = "" if readable else f"; it cannot be read: {UNVERIFIED}"
    table.line(f"{store}: {counted}{', and the store is paused' if paused else ''}{shadow}{told}.")


def quarantine(store: MaybeStore = None, config: Config = None, as_json: Json = False) -> None:
    """List what a store refuses, and what is left alone.

    They are tried again when something about them changes, or by `stockbridge resync STORE`.
    """
    with opened(config) as context:
        found = {name: {"quarantine": refused(context, name), "left_alone": left_alone(context, name)}
                 for name in chosen_stores(context, store)}  # fmt: skip
    if as_json:
        table.print_json({"stores": found})
        return
    for name, lists in found.items():
        rows, alone = lists["quarantine"], lists["left_alone"]
        shown = [
            [r["sku"], words.place(r["location"]), words.readable_time(r["at"]), r["run"], r["title"], r["why"]]
            for r in rows
        ]
        table.line(f"{name}: {len(rows)} in quarantine, {len(alone)} left alone")
        table.show(("sku", "location", "since", "run", "title", "the store says"), shown)
        examples = {row["why"]: row["sku"] or row["title"] for row in alone}
        reasons = Counter(row["why"] for row in alone).most_common()
        counted = [[count, why, examples[why]] for why, count in reasons]
        table.show(("listings", "left alone, because", "such as"), counted)
        table.line()


def history(sku: Sku, offline: Offline = False, config: Config = None, as_json: Json = False) -> None:
    """What changed for a SKU, when, why, in which run.

    Levels, changes in the stores, writes, refusals, and what people decided about its stores or changed in the
    catalogue; and what 3PLGuys tells at this moment of its products and their cartons. SKU is one of the
    warehouse, one of a store, or a name. The history is bounded: the oldest entries go first.
    """
    with opened(config) as context:
        sku = sku_of(context, sku, context.stores)
        rows, since = entries(context, sku), words.moment(context.state.history_since())
        theirs = (
            WarehouseHistory() if offline else warehouse_history(context, meant(context, sku, context.stores).parts)
        )
    if as_json:
        ours = {"sku": sku, "since": words.iso(since), "history": as_told(rows)}
        table.print_json(ours | {"warehouse_history": theirs.as_dict()})
        return
    rows, shown = sorted([*rows, *map(as_row, theirs.entries)], key=lambda row: row["at"]), []
    for row in rows:
        before, after = row.get("from"), row.get("to")
        shown.append(
            [words.stamp(words.moment(row["at"])), WHAT.get(row["what"], row["what"]), row["sku"], row.get("store"),
             words.place(row.get("location", "")), "" if before is None else words.units(before),
             "" if after is None else words.units(after), row.get("run"), row.get("by"), row.get("why")]
        )  # fmt: skip
    table.show(("at", "what", "of", "store", "location", "from", "to", "run", "by", "why"), shown)
    if not rows:
        table.line(f"{sku}: nothing is remembered.")
    if theirs.note:
        table.line(theirs.note)
    if since is not None:
        last = "`stockbridge rollback` has the last run of each store besides"
        table.line(f"The history reaches back to {words.stamp(since)}; {last}.")


def as_row(entry: WarehouseEntry) -> dict[str, Any]:
    """What 3PLGuys tells, as a row of the history."""
    at, why = pack.ms(entry.at), f"{entry.of}: {entry.what}"
    return {"at": at, "what": "warehouse", "sku": entry.sku, "by": entry.by, "why": why}


WHAT = {"level": "warehouse counts", "store": "store changed", "write": "written", "refused": "refused"} | {
    "pause": "paused", "resume": "resumed", "release": "released", "reject": "rejected", "rollback": "rolled back",
    "resync": "resync asked for", "confirm-absent": "what is absent confirmed as gone",
    "untracked": "left to the store", "shelf": "till counts", "warehouse": "at 3PLGuys",
    "webhooks-register": "webhooks registered", "webhooks-remove": "webhooks removed",
    "catalog-create": "created at 3PLGuys", "catalog-change": "changed at 3PLGuys",
    "catalog-delete": "deleted at 3PLGuys", "catalog-restore": "restored at 3PLGuys",
}  # fmt: skip
