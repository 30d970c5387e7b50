"""`catalog products|cartons import` and `catalog products adopt`: many changes of the catalogue, shown before they are
made."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli import table
from bridge.cli.begin import confirmed, known_store, opened
from bridge.cli.catalog_kinds import CARTONS, PRODUCTS, Kind, for_kind
from bridge.cli.failing import USAGE, finish
from bridge.cli.options import Config, Json, Store
from bridge.cli.progress import at_rest, progress
from bridge.cli.steer import who
from bridge.core.model import Skip
from bridge.errors import ConfigError
from bridge.ops import catalog
from bridge.ops.catalog import CatalogueChanges, Done
from bridge.ops.catalog_file import Fault, Plan, Step, plan_cartons, plan_products, read_rows
from bridge.ops.unmapped import compare
from bridge.sync.context import SyncContext
from bridge.threeplguys import limits
from bridge.threeplguys.cartons import Carton
from bridge.threeplguys.parse import ProductSpec
from bridge.threeplguys.query import CartonQuery

File = Annotated[Path, typer.Argument(help="CSV with a header, as `export` writes it.", metavar="FILE")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

NEEDED = {
    "product": ("sku", "name"),
    "carton": ("sku", "units", "length", "width", "height", "length_unit", "weight", "weight_unit"),
}
NOBODY = "--json and a pipe cannot be asked; add --yes to make these changes, or --dry-run to look"


def things_import(
    kind: Kind[Any], file: File, dry_run: Dry = False, yes: Yes = False, config: Config = None, as_json: Json = False
) -> None:
    """Create and change {nouns} from a CSV file.

    Checks the whole file first, and names every fault of it with its line. What is so already is left alone, so that a
    second import changes nothing; nothing is ever deleted. Shows what it would do, and asks where a person sits at a
    terminal.

    Exit codes: 0 done, 1 some lines were refused, 2 the file is wrong, 75 try again later.
    """
    try:
        raw = file.read_bytes()
    except OSError as fault:
        raise ConfigError(f"{file} cannot be read: {fault.strerror}.") from fault
    rows, faults = read_rows(raw, NEEDED[kind.noun], kind.columns)
    with (
        progress() as emit,
        opened(config, emit=emit, may_begin=True) as context,
        catalog.changed(context, who()) as changes,
    ):
        plan = _planned(kind, context, changes, rows, faults) if rows else Plan((), faults, 0)
        with at_rest(emit):
            if plan.faults:
                _tell_faults(file, plan.faults, as_json=as_json)
            if not as_json:
                _show(kind, plan.steps)
            go_on = _is_wanted(changes, plan.steps, dry=dry_run, yes=yes, as_json=as_json)
        done = catalog.carried_out(changes, kind.things(changes.source), plan.steps, f"import of {file.name}")
        told = list(done) if go_on else [Done(step) for step in plan.steps]
    _report(kind, told, plan.unchanged, {"file": str(file), "dry_run": dry_run}, go_on=go_on, as_json=as_json)


def _planned(
    kind: Kind[Any], context: SyncContext, changes: CatalogueChanges, rows: Sequence[Any], faults: Sequence[Fault]
) -> Plan:
    source = changes.source
    found = catalog.products_of(context, source, {row.cells["sku"] for row in rows})
    live = {sku: [x for x in products if not x.deleted] for sku, products in found.items()}
    if kind is PRODUCTS:
        return plan_products(rows, faults, live)
    cartons = {x.carton: x for x in source.cartons.every(CartonQuery(include_deleted=True)) if isinstance(x, Carton)}
    return plan_cartons(rows, faults, live, cartons, source.cartons.is_like)


def _tell_faults(file: Path, faults: Sequence[Fault], *, as_json: bool) -> None:
    said = f"{file} has {len(faults)} {'fault' if len(faults) == 1 else 'faults'}, and nothing was changed."
    if as_json:
        told = [{"line": x.line, "why": x.why} for x in faults]
        table.print_json({"file": str(file), "faults": told, "error": said})
    for fault in faults:
        table.note(f"line {fault.line}: {fault.why}.")
    table.note(said)
    finish(USAGE)


def _show(kind: Kind[Any], steps: Sequence[Step]) -> None:
    rows = [_row(kind, Done(step)) for step in steps]
    columns = [name for name in COLUMNS if any(row[name] is not None for row in rows)]
    table.show(columns, [[row[name] for name in columns] for row in rows])


def _is_wanted(changes: CatalogueChanges, steps: Sequence[Step], *, dry: bool, yes: bool, as_json: bool) -> bool:
    """Whether to do what was shown."""
    if dry or not steps:
        return False
    question = f"Make {len(steps)} {'change' if len(steps) == 1 else 'changes'} at 3PLGuys?"
    return confirmed(question, yes=yes, as_json=as_json, nobody=NOBODY, meanwhile=changes.lease.renew)


def _row(kind: Kind[Any], done: Done) -> dict[str, Any]:
    """As JSON tells it, and the columns of the table."""
    step, record = done.step, done.made or done.step.have
    own = {"id": None, "name": step.want.name} if record is None else kind.row(record)
    return {
        "line": step.line or None, "what": "change" if step.have else "create", "id": own["id"], "sku": step.sku,
        "name": step.want.name or own["name"], "changes": step.changes or None, "done": done.made is not None,
        "error": None if done.error is None else str(done.error),
    }  # fmt: skip


def _report(
    kind: Kind[Any], done: Sequence[Done], unchanged: int, facts: dict[str, Any], *, go_on: bool, as_json: bool
) -> None:
    """What became of each change, and the exit code."""
    made = Counter(("change" if x.step.have else "create") for x in done if x.made is not None)
    faults = [x for x in done if x.error is not None]
    counts = {"created": made["create"], "changed": made["change"], "unchanged": unchanged}
    failed = f"{len(done) - made.total()} of {len(done)} changes were not made." if go_on and faults else None
    if as_json:
        rows = [_row(kind, x) for x in done]
        table.print_json(facts | counts | {"rows": rows} | ({"error": failed} if failed else {}))
    elif go_on:
        table.line(", ".join(f"{n} {name}" for name, n in counts.items()) + ".")
    else:
        more = f" {unchanged} {'line is' if unchanged == 1 else 'lines are'} so already." if unchanged else ""
        table.line(f"Nothing was changed.{more}")
    for x in faults:
        table.note(f"{f'line {x.step.line}' if x.step.line else x.step.sku}: {x.error}")
    if failed and not as_json:
        table.note(failed)
    codes = {x.error.exit_code for x in faults if x.error is not None}
    finish(min(codes, default=0))


def products_adopt(
    store: Store, dry_run: Dry = False, yes: Yes = False, config: Config = None, as_json: Json = False
) -> None:
    """Create what a store sells and 3PLGuys lacks.

    A product with the SKU and the title of each listing whose SKU the warehouse does not know. It is mapped by its SKU
    with the next pull, and from then on the store shows what the warehouse holds: 0 until it has received some. What
    cannot be adopted is listed with the reason. Shows all first, and asks where a person sits at a terminal.

    Exit codes: 0 done, 1 some were refused, 2 usage or configuration, 75 try again later.
    """
    with progress() as emit, opened(config, emit=emit) as context:
        known_store(context, store)
        with catalog.changed(context, who()) as changes:
            steps, left, on_sale = _missing(context, changes, store)
            with at_rest(emit):
                if not as_json:
                    table.show(("sku", "on sale", "title", "left out, because"), [list(x.values()) for x in left])
                    shown = [[x.sku, on_sale[x.sku], x.want.name] for x in steps]
                    table.show(("sku", "on sale", "to be created as"), shown)
                go_on = _is_wanted(changes, steps, dry=dry_run, yes=yes, as_json=as_json)
            done = catalog.carried_out(changes, changes.source.products, steps, f"adopted from {store}")
            told = list(done) if go_on else [Done(step) for step in steps]
    facts = {"stores": {store: {"left_out": left, "on_sale": on_sale}}, "dry_run": dry_run}
    _report(PRODUCTS, told, 0, facts, go_on=go_on, as_json=as_json)
    if go_on and not as_json:
        table.line(
            f"They are mapped by their SKU with the next pull; then {store} shows what the warehouse holds of them."
        )


def _missing(
    context: SyncContext, changes: CatalogueChanges, store: str
) -> tuple[list[Step], list[dict[str, Any]], dict[str, int]]:
    """What is to be created; what is left out, and why; SKU → units on sale now of what is to be created."""
    rows = [row for row in compare(context, store)["listings"] if row["why"] == Skip.UNMAPPED.value]
    first = {row["sku"]: row for row in reversed(rows)}
    there = catalog.products_of(context, changes.source, first)
    shown = context.state.store_stock(store, [row["ref"] for row in rows])
    steps, left, sold, rules = list[Step](), list[dict[str, Any]](), dict[str, int](), context.rules(store)
    for sku, row in sorted(first.items()):
        new, known, normalized = ProductSpec(row["title"], sku), there.get(sku, ()), rules.normalized(sku)
        on_sale = sum(
            x.available for other in rows if other["sku"] == sku for x in shown.get(other["ref"], {}).values()
        )
        why = [f"it looks like {row['looks_like']}: join them in [stores.{store}.map]"] if row["looks_like"] else []
        why += (
            [f"[stores.{store}] says what it is made of, and 3PLGuys lacks that"] if normalized in rules.parts else []
        )
        why += ["3PLGuys has it; the next pull maps it"] if any(not x.deleted for x in known) else []
        why += ["3PLGuys has it deleted: `stockbridge catalog products restore`"] if known and not why else []
        if why := why or limits.product_faults(new):
            left.append({"sku": sku, "on_sale": on_sale, "title": row["title"], "why": "; ".join(why)})
        else:
            steps.append(Step(0, None, new))
            sold[sku] = on_sale
    return steps, left, sold


products_import, cartons_import = for_kind(things_import, PRODUCTS), for_kind(things_import, CARTONS)
COLUMNS = ("line", "what", "id", "sku", "name", "changes")
