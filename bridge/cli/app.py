"""All commands under one name, and the last place where a failure becomes a sentence and an exit code.

Exit codes: 0 fine, 1 a person is needed, 2 usage or configuration, 70 a bug, 75 try again later,
130 interrupted.
"""

import contextlib
import io
import sys
from collections.abc import Sequence
from typing import Annotated, cast

import typer
from typer.core import TyperGroup

from bridge import __version__
from bridge.cli import interrupt
from bridge.cli.commands import COMMANDS, HELP, ListedCommand, catalog_group
from bridge.cli.loudness import LOUDNESS

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


def stockbridge_command() -> TyperGroup:
    """Returns the command `stockbridge` with every command below it."""
    group = cast(TyperGroup, typer.main.get_command(app))
    for name, place in COMMANDS.items():
        group.add_command(ListedCommand(name, place))
    group.add_command(catalog_group())
    return group


def run(arguments: Sequence[str]) -> int:
    """One command line → its exit code. Every failure is told on stderr, with --json on stdout too; nothing is
    raised."""
    LOUDNESS.set()
    as_json = "--json" in arguments
    try:
        code = stockbridge_command()(list(arguments), prog_name="stockbridge", standalone_mode=not as_json)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return 130
    except Exception as fault:  # noqa: BLE001  (the last place that can turn it into a sentence)
        from bridge.cli import failing, table  # noqa: PLC0415  (what goes well has no need of them)

        if as_json:
            table.print_json({"error": " ".join(failing.sentences(fault))})
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
