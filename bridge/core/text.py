"""How foreign text is shown: names, SKUs, titles and reasons that others wrote, and that may hold anything."""

import re
from collections.abc import Sequence
from datetime import datetime
from unicodedata import combining

LONGEST_CELL = 120
LONGEST_LINE = 2_000
MARKS = 3
"""Marks that may stand above one letter; more of them paint over the lines around it."""


def shown(text: str, longest: int = LONGEST_LINE) -> str:
    """Foreign text on one line: control characters, escape codes and signs that turn the direction of writing
    become "�", towers of accents are cut, and what is longer than `longest` characters ends in "…"."""
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    kept, marks = "", 0
    for sign in (c if c.isprintable() else "�" for c in text):
        marks = marks + 1 if combining(sign) else 0
        kept += sign if marks <= MARKS else ""
    return kept


FORMULA = re.compile("'*[=+\\-@\t\r]")
"""What a spreadsheet takes for a formula, behind any number of the marks that keep it from that."""


def spreadsheet_cell(text: str) -> str:
    """Text as a cell that a spreadsheet shows and does not calculate: "=1" becomes "'=1"."""
    return f"'{text}" if FORMULA.match(text) else text


def from_spreadsheet_cell(cell: str) -> str:
    """What `spreadsheet_cell` was given."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def stamp(instant: datetime | None) -> str:
    """ "2026-11-20 08:15:30 UTC", or "never"."""
    return "never" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def few(phrases: Sequence[str], of: int = 0) -> str:
    """The first three, and how many more there are, of all that are told or of `of`."""
    left = max(of, len(phrases)) - 3
    more = f" and {left} more" if left > 0 else ""
    return ", ".join(phrases[:3]) + more
