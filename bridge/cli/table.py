"""Tables and JSON on stdout: framed where a person watches, plain aligned columns in a pipe, no tables with `-q`."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import typer
from rich.cells import cell_len

from bridge.cli.loudness import LOUDNESS
from bridge.core.text import LONGEST_CELL, shown

LONGEST = 60
"""Rows on a terminal; a pipe gets them all."""


def print_json(value: object) -> None:
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
    if not sys.stdout.isatty():
        whole = [list(columns), *cells]
        widths = [max(cell_len(row[i]) for row in whole) for i in range(len(columns))]
        for row in whole:
            padded = [_pad(cell, width, to_right) for cell, width, to_right in zip(row, widths, right, strict=True)]
            typer.echo("  ".join(padded).rstrip())
        return
    from bridge.cli import terminal  # noqa: PLC0415  (what draws is only needed where a person watches)

    some = cells[:LONGEST]
    if not terminal.draw(columns, some, right):
        for row in some:
            typer.echo()
            facts(list(zip(columns, row, strict=True)))
    if len(cells) > LONGEST:
        typer.echo(f"… and {len(cells) - LONGEST} more; a pipe or --json shows them all.")


def _text(cell: object) -> str:
    return "" if cell is None else shown(str(cell), LONGEST_CELL)


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
