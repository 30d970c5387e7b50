"""CSV on stdout or in a file, safe to open in a spreadsheet."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.core.spreadsheet import csv_text
from bridge.errors import ConfigError

Csv = Annotated[bool, typer.Option("--csv", help="Print CSV; no cell of it is a formula.")]


def print_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """On stdout, in UTF-8 as far as that can write it."""
    typer.echo(csv_text(columns, rows, plain=not sys.stdout.isatty()), nl=False)


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Into a file, over whatever it held. Raises ConfigError where it cannot be written."""
    try:
        path.write_text(csv_text(columns, rows), "utf-8", newline="")
    except OSError as fault:
        raise ConfigError(f"{path} cannot be written: {fault.strerror}.") from fault
