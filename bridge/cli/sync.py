"""`sync`: one whole cycle inline, or the difference it would make."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from bridge import alerts
from bridge.cli import table
from bridge.cli.begin import known_store, opened
from bridge.cli.failing import finish
from bridge.cli.first_push import summary_words
from bridge.cli.options import Config, Json
from bridge.cli.progress import progress
from bridge.cli.steer import who
from bridge.cli.trial import harmless
from bridge.core.plan import Decision
from bridge.ops import facts
from bridge.ops.cycle import run_cycle
from bridge.ops.health import health_of
from bridge.sync.catalogue import read_catalogue_if_due
from bridge.sync.context import SyncContext
from bridge.sync.cycle import Cycle
from bridge.sync.report import COUNTS, Pushed
from bridge.wiring import channels

Stores = Annotated[
    list[str] | None, typer.Option("--store", help="Push to this store only; may be given again.", metavar="STORE")
]
Full = Annotated[bool, typer.Option("--full", help="Read everything, not only what changed.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what differs from what the stores show.")]
Absent = Annotated[
    bool, typer.Option("--confirm-absent", help="With --full: ask for whatever a list leaves out, one by one.")
]
NUMBERS = ("due", *COUNTS, "requests", "seconds")
ALWAYS = ("due", "applied", "requests", "seconds")


def sync(
    stores: Stores = None, full: Full = False, dry_run: Dry = False, config: Config = None,
    confirm_absent: Absent = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Run one whole cycle here and now.

    Read every store, pull the warehouse, push what is due. With --dry-run and --config, another configuration is
    tried on a copy of what is known, and the workers go on undisturbed.

    Exit codes: 0 everything is as it should be, 1 a person is needed (falls are held, a key is refused, a
    pull is not believed), 75 something stays due and a later cycle may do it.
    """
    with (
        progress() as emit,
        harmless(config, emit=emit) if dry_run else opened(config, emit=emit, may_begin=True) as context,
    ):
        chosen = [known_store(context, name) for name in stores or ()]
        done = run_cycle(context, chosen or None, full=full, dry=dry_run, confirm_absent=confirm_absent, by=who())
        plans = {store: _plan(context, store, decided) for store, decided in done.plans.items()} if dry_run else None
        if not dry_run:
            if not done.source_code:
                read_catalogue_if_due(context)
            alerts.look(context, channels(context.settings))
        light = None if dry_run else health_of(context, done.stores)
    if as_json:
        report = done.as_dict()
        for name, rows in (plans or {}).items():
            report["stores"][name] |= {"summary": facts.summary(rows), "plan": rows}
        table.print_json(report)
    else:
        _print(done, plans)
        told = done.source.error or any(x.error or x.held for x in done.stores.values())
        if light and done.code and not told:
            table.note(light.sentence)
    finish(done.code)


def _plan(context: SyncContext, store: str, decided: Sequence[Decision]) -> list[dict[str, Any]]:
    """Every write of a dry cycle, and the falls the guard would hold: those are decided but not planned."""
    planned = {d.stock_key: d for d in decided}
    rows = []
    for item in facts.items(context, store, context.state.due(store)):
        for d in item.decisions:
            falls = d.quantity is not None and d.shown is not None and d.quantity < d.shown
            if d.stock_key in planned or (d.has_change and falls):
                rows.append(facts.row(item, planned.get(d.stock_key, d)) | {"held": d.stock_key not in planned})
    return sorted(rows, key=lambda row: (row["sku"], row["ref"], row["location"]))


def _print(done: Cycle, plans: dict[str, list[dict[str, Any]]] | None) -> None:
    source = done.source
    cursor = f", read up to {source.cursor}" if source.cursor else ""
    table.line(f"warehouse: {source.rows} rows, {source.changed} changed, {source.requests} requests{cursor}")
    for store, rows in (plans or {}).items():
        shown = [[*facts.cells(row)[:-1], "the guard would hold it" if row["held"] else row["why"]] for row in rows]
        table.line(f"{store}: {summary_words(facts.summary(rows))}", gap=True)
        table.show(facts.COLUMNS, shown)
    table.line()
    # What counts nothing in any store is left out, so that it fits a narrow terminal.
    names = [name for name in NUMBERS if name in ALWAYS or any(getattr(x, name) for x in done.stores.values())]
    heads = ["store", *("held" if name == "held_items" else name for name in names)]
    table.show(heads, [[store, *(getattr(x, name) for name in names)] for store, x in done.stores.items()])
    if source.error:
        table.note(f"warehouse: {source.error}")
    for store, report in done.stores.items():
        tell(store, report)


def tell(store: str, report: Pushed) -> None:
    """The sentences of one store, on stderr."""
    for sentence in (report.error, report.held):
        if sentence:
            table.note(f"{store}: {sentence}")
    for reason, count in sorted(report.reasons.items()):
        table.line(f"{store}: {count} left as they are: {reason}")
