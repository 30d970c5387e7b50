"""How foreign text is shown: names, SKUs, titles and reasons that others wrote, and that may hold anything."""

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
