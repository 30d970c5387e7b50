"""Tables and JSON on stdout: framed where a person watches, plain aligned columns in a pipe, no tables with `-q`."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from bridge.cli.loudness import LOUDNESS
from bridge.core.text import LONGEST_CELL, shown

LONGEST = 60
"""Rows on a terminal; a pipe gets them all."""

WHOLE = ("sku", "run", "of", "listing", "warehouse sku", "looks like", "product", "order", "store", "location")
"""Columns of names that people copy: never broken inside."""

NARROWEST = 12
"""Characters that a column of words needs at least."""


def emit(value: object) -> None:
    """One JSON object. What could drive a terminal is escaped; read back, it is what it was."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(value, indent=2, ensure_ascii=ascii_only)
    typer.echo("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))


def line(text: str = "", *, gap: bool = False) -> None:
    """gap: leave a line free before it."""
    if LOUDNESS.quiet:
        return
    typer.echo(f"{chr(10) if gap else ''}{shown(text)}")


def note(text: str) -> None:
    """Something a person should know, beside the report."""
    typer.echo(shown(text), err=True)


def show(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
    """Numbers stand to the right, everything else to the left. Nothing is printed for no rows."""
    if not rows or LOUDNESS.quiet:
        return
    if title:
        typer.echo(title)
    cells = [[_text(cell) for cell in row] for row in rows]
    right = [all(isinstance(row[i], int | float) or row[i] in (None, "") for row in rows) for i in range(len(columns))]
    if sys.stdout.isatty():
        _on_a_terminal(columns, cells, right)
    else:
        _plain(columns, cells, right)


def _text(cell: object) -> str:
    return "" if cell is None else shown(str(cell), LONGEST_CELL)


def _on_a_terminal(columns: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool]) -> None:
    """A table where it fits without breaking a name; else one row below the other."""
    console = Console(markup=False, highlight=False, emoji=False)
    some = cells[:LONGEST]
    least = [_least(name, [row[i] for row in some], right[i]) for i, name in enumerate(columns)]
    if sum(least) + 2 * len(columns) <= console.width:
        console.print(_framed(columns, some, right, least))
    else:
        for row in some:
            typer.echo()
            facts(list(zip(columns, row, strict=True)))
    if len(cells) > LONGEST:
        console.print(f"… and {len(cells) - LONGEST} more; a pipe or --json shows them all.")


def _least(name: str, cells: Sequence[str], number: bool) -> int:
    """Columns of the terminal that a column needs: names and numbers all of theirs."""
    widest = max(map(cell_len, cells))
    words = max(map(cell_len, name.split()), default=0)
    return max(words, widest if number or name in WHOLE else min(widest, NARROWEST))


def _framed(
    columns: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool], least: Sequence[int]
) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for name, to_right, width in zip(columns, right, least, strict=True):
        table.add_column(name, justify="right" if to_right else "left", overflow="fold", min_width=width)
    for row in cells:
        table.add_row(*row)
    return table


def _plain(columns: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool]) -> None:
    whole = [list(columns), *cells]
    widths = [max(cell_len(row[i]) for row in whole) for i in range(len(columns))]
    for row in whole:
        padded = [_pad(cell, width, to_right) for cell, width, to_right in zip(row, widths, right, strict=True)]
        typer.echo("  ".join(padded).rstrip())


def _pad(text: str, width: int, to_right: bool = False) -> str:
    blanks = " " * (width - cell_len(text))
    return blanks + text if to_right else text + blanks


def facts(pairs: Sequence[tuple[str, Any]], *, indent: str = "") -> None:
    """Names and values below each other; empty values are left out."""
    if LOUDNESS.quiet:
        return
    known = [(_text(name), shown(str(value))) for name, value in pairs if value not in (None, "")]
    width = max((cell_len(name) for name, _ in known), default=0)
    for name, value in known:
        typer.echo(f"{indent}{_pad(name, width)}  {value}")
