"""`rollback`: put back what a run wrote over."""

import difflib
from collections.abc import Sequence
from typing import Annotated

import typer

from bridge.cli import table
from bridge.cli.begin import confirmed, known_store, opened
from bridge.cli.failing import LATER, NEEDS_A_PERSON, finish
from bridge.cli.options import Config, Json
from bridge.cli.progress import at_rest, progress
from bridge.cli.steer import who
from bridge.errors import ConfigError
from bridge.ops import rollback as undo
from bridge.ops import words
from bridge.ops.rollback import Past, Undo
from bridge.ops.rollback_report import report, rows_back
from bridge.sync.context import SyncContext

Run = Annotated[str, typer.Argument(help="Id of the run, as `status` and `history` show it.", metavar="RUN")]
Only = Annotated[str | None, typer.Option("--store", help="Only in this store.", metavar="STORE")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Show what would be put back, and write nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
LAST = 5
NOBODY = "--json and a pipe cannot be asked; add --yes to put back, or --dry-run to look"


def rollback(
    run: Run, store: Only = None, dry_run: Dry = False, yes: Yes = False, config: Config = None, as_json: Json = False
) -> None:
    """Put back what a run wrote over, where the store still shows what it wrote.

    Shows it first, lists the rest with reasons, and pauses the store: otherwise the next cycle would write
    its targets again. Find out what made the run go wrong, then `stockbridge resume STORE`.

    Exit codes: 0 done, 1 something needs a person, 2 nobody knows the run, 75 try again later.
    """
    with progress() as emit, opened(config, emit=emit) as context:
        past, names = _found(context, run, store)
        seen = [undo.preview(context, run, name, past.writes.get(name, ())) for name in names]
        wanted = any(x.back for x in seen) and not dry_run
        with at_rest(emit):
            if not as_json:
                _preview(past, seen)
            wanted = wanted and confirmed("Put this back, and pause?", yes=yes, as_json=as_json, nobody=NOBODY)
        done = []
        for x in seen if wanted else ():
            only, by = {d.stock_key for d in x.back}, f"the rollback of run {past.run} by {who()}"
            writes = past.writes.get(x.store, ())
            done.append(undo.roll_back(context, past.run, x.store, writes, by=by, only=only) if only else x)
    if as_json:
        table.print_json(report(past, seen, done, dry=dry_run))
    else:
        _tell(run, seen, done)
    result = done or seen
    person = any(past.forgotten.get(x.store) or x.guard or x.report.operator or x.report.rejected for x in result)
    later = any(x.report.error or x.report.deferred or x.report.waiting for x in result)
    finish(NEEDS_A_PERSON if person else LATER if later else 0)


def _found(context: SyncContext, run: str, only: str | None) -> tuple[Past, Sequence[str]]:
    """The run, and the stores where it wrote. One that left the configuration is named, and cannot be written."""
    past = undo.past(context, run)
    if past is None:
        runs = [str(x["run"]) for x in context.state.runs()]
        near = difflib.get_close_matches(run, runs, n=1, cutoff=0.7)
        last = f"the last ones: {', '.join(runs[:LAST])}" if runs else "there was none yet"
        raise ConfigError(f'Nobody knows a run "{run}"; ' + (f'did you mean "{near[0]}"?' if near else f"{last}."))
    if only is not None:
        return past, [known_store(context, only)]
    wrote = {*past.writes, *(name for name, count in past.forgotten.items() if count)}
    for name in sorted(wrote - set(context.stores)):
        table.note(f"{name}: is no longer in the configuration, so nothing is put back there.")
    return past, [name for name in context.stores if name in wrote]


# -- as it is told -------------------------------------------------------------------------------------


def _preview(past: Past, seen: Sequence[Undo]) -> None:
    if not seen:
        table.line(f"Run {past.run} wrote nothing.")
    for x in seen:
        rows = [
            [r["sku"], words.place(r["location"]), r["shows"], r["would_show"], r["warning"]]
            for r in rows_back(past, x)
        ]
        table.line(f"{x.store}: {len(rows)} of {len(past.writes.get(x.store, ()))} writes can be put back", gap=True)
        table.show(("sku", "location", "shows", "would show", "mind"), rows)
        kept = [
            [k.write.sku, words.place(k.write.stock_key.location), k.write.before, k.write.after, k.why] for k in x.kept
        ]
        table.show(("sku", "location", "from", "to", "stays, because"), kept)
        if count := past.forgotten.get(x.store):
            more = "1 more write" if count == 1 else f"{count} more writes"
            table.note(f"{x.store}: {more} of this run are no longer in the history, so they cannot be put back.")
        if x.report.error:
            table.note(f"{x.store}: {x.report.error}")


def _tell(run: str, seen: Sequence[Undo], done: Sequence[Undo]) -> None:
    for x in done:
        if not x.run:
            continue
        table.line(f"{x.store}: {x.report.applied} put back by run {x.run}; the store is paused.", gap=True)
        if x.report.error:
            table.note(f"{x.store}: {x.report.error}")
        table.line(
            f"When what made run {run} go wrong is put right, go on with `stockbridge resume {x.store}`:"
            " then the bridge writes its own targets again."
        )
    if not any(x.back for x in seen):
        table.line("Nothing was put back.")
