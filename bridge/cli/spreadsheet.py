"""CSV on stdout or in a file, safe to open in a spreadsheet."""

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.core.text import shown, spreadsheet_cell
from bridge.errors import ConfigError

Csv = Annotated[bool, typer.Option("--csv", help="Print CSV; no cell of it is a formula.")]


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, plain: bool = True) -> str:
    """A line of names and one for each row; what a row does not have is empty. plain: foreign text is as it is; else
    what could drive a terminal is replaced."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name), plain=plain) for name in columns])
    return file.getvalue()


def print_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """On stdout, in UTF-8 as far as that can write it."""
    typer.echo(csv_text(columns, rows, plain=not sys.stdout.isatty()), nl=False)


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Into a file, over whatever it held. Raises ConfigError where it cannot be written."""
    try:
        path.write_text(csv_text(columns, rows), "utf-8", newline="")
    except OSError as fault:
        raise ConfigError(f"{path} cannot be written: {fault.strerror}.") from fault


def _cell(value: object, *, plain: bool) -> object:
    """Numbers are no text, so that "-5" stays one."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return spreadsheet_cell(text if plain else shown(text))
