"""Tables and JSON on stdout: framed where a person watches, plain aligned columns in a pipe."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from bridge.cli.words import clean

LONGEST = 60
"""Rows on a terminal; a pipe gets them all."""


def emit(value: object) -> None:
    """One JSON object."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    typer.echo(json.dumps(value, indent=2, ensure_ascii=ascii_only))


def line(text: str = "", *, gap: bool = False) -> None:
    """gap: leave a line free before it."""
    typer.echo(f"{chr(10) if gap else ''}{clean(text)}")


def note(text: str) -> None:
    """Something a person should know, beside the report."""
    typer.echo(clean(text), err=True)


def show(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
    """Numbers stand to the right, everything else to the left. Nothing is printed for no rows."""
    if not rows:
        return
    if title:
        typer.echo(title)
    cells = [[_text(cell) for cell in row] for row in rows]
    right = [all(isinstance(row[i], int | float) or row[i] in (None, "") for row in rows) for i in range(len(columns))]
    if sys.stdout.isatty():
        _framed(columns, cells, right)
    else:
        _plain(columns, cells, right)


def _text(cell: object) -> str:
    return "" if cell is None else clean(str(cell))


def _framed(columns: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool]) -> None:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for name, to_right in zip(columns, right, strict=True):
        table.add_column(name, justify="right" if to_right else "left", overflow="fold")
    for row in cells[:LONGEST]:
        table.add_row(*row)
    console = Console(markup=False, highlight=False, emoji=False)
    console.print(table)
    if len(cells) > LONGEST:
        console.print(f"… and {len(cells) - LONGEST} more; a pipe or --json shows them all.")


def _plain(columns: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool]) -> None:
    whole = [list(columns), *cells]
    widths = [max(cell_len(row[i]) for row in whole) for i in range(len(columns))]
    for row in whole:
        padded = [_pad(cell, width, to_right) for cell, width, to_right in zip(row, widths, right, strict=True)]
        typer.echo("  ".join(padded).rstrip())


def _pad(text: str, width: int, to_right: bool) -> str:
    blanks = " " * (width - cell_len(text))
    return blanks + text if to_right else text + blanks


def facts(pairs: Sequence[tuple[str, Any]], *, indent: str = "") -> None:
    """Names and values below each other; empty values are left out."""
    width = max((len(name) for name, value in pairs if value not in (None, "")), default=0)
    for name, value in pairs:
        if value not in (None, ""):
            typer.echo(f"{indent}{name:<{width}}  {clean(str(value))}")
