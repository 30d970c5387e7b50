"""Rows as CSV, no cell of which a spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from bridge.core.text import shown, spreadsheet_cell


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, plain: bool = True) -> str:
    """A line of names and one for each row; what a row does not have is empty. plain: foreign text is as it is; else
    what could drive a terminal is replaced."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name), plain=plain) for name in columns])
    return file.getvalue()


def _cell(value: object, *, plain: bool) -> object:
    """Numbers are no text, so that "-5" stays one."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return spreadsheet_cell(text if plain else shown(text))
