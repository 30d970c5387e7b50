"""All commands under one name, and the last place where a failure becomes a sentence and an exit code.

Exit codes: 0 fine, 1 a person is needed, 2 usage or configuration, 70 a bug, 75 try again later,
130 interrupted.
"""

import contextlib
import io
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from bridge import __version__, log
from bridge.cli import failing, interrupt, table
from bridge.cli.alert_test import alert_test
from bridge.cli.check import check
from bridge.cli.demo import demo
from bridge.cli.drift import drift
from bridge.cli.explain import explain
from bridge.cli.init import init
from bridge.cli.look import diff, history, quarantine
from bridge.cli.loudness import LOUDNESS, heard
from bridge.cli.metrics import metrics
from bridge.cli.resync import resync
from bridge.cli.rollback import rollback
from bridge.cli.sandbox import sandbox
from bridge.cli.status import status
from bridge.cli.steer import pause, release, resume
from bridge.cli.sync import sync
from bridge.cli.unmapped import unmapped
from bridge.cli.up import up

HELP = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    name="stockbridge",
    no_args_is_help=True,
    context_settings=HELP,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stockbridge {__version__}")
        raise typer.Exit


@app.callback()
def stockbridge(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Keeps storefront stock true to the warehouse.

    Exit codes: 0 fine, 1 a person is needed, 2 usage or configuration, 75 try again later, 70 a bug.
    """


for command in (
    demo, sandbox, init, heard(check), heard(sync), up, heard(resync), heard(status), heard(diff), heard(drift),
    heard(unmapped), heard(quarantine), heard(explain), heard(history), heard(pause), heard(resume), release, rollback,
    metrics, heard(alert_test),
):  # fmt: skip
    app.command(context_settings=HELP)(command)


def run(arguments: Sequence[str]) -> int:
    """One command line → its exit code. Every failure is told on stderr, with --json on stdout too; nothing is
    raised."""
    LOUDNESS.set()
    log.configure(level=LOUDNESS.level)
    as_json = "--json" in arguments
    try:
        code = app(list(arguments), prog_name="stockbridge", standalone_mode=not as_json)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return 130
    except Exception as fault:  # noqa: BLE001  (the last place that can turn it into a sentence)
        if as_json:
            table.emit({"error": " ".join(failing.sentences(fault))})
        return failing.tell(fault)
    return code if isinstance(code, int) else 0


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a foreign name must not end a report on an old terminal
            stream.reconfigure(errors="backslashreplace")
    interrupt.listen()
    code = run(sys.argv[1:])
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    interrupt.ended(code)
    sys.exit(code)
