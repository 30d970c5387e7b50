"""What is drawn where a person watches: framed tables, and bars that move."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

WHOLE = ("sku", "run", "of", "listing", "warehouse sku", "looks like", "product", "order", "store", "location")
"""Columns of names that people copy: never broken inside."""

NARROWEST = 12
"""Characters that a column of words needs at least."""


def draw(columns: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool]) -> bool:
    """Draw a table on stdout. Returns False, and draws nothing, where it does not fit without breaking a name."""
    console = Console(markup=False, highlight=False, emoji=False)
    least = []
    for i, name in enumerate(columns):  # names and numbers need all of their width
        widest = max(cell_len(row[i]) for row in cells)
        words = max(map(cell_len, name.split()), default=0)
        least.append(max(words, widest if right[i] or name in WHOLE else min(widest, NARROWEST)))
    if sum(least) + 2 * len(columns) > console.width:
        return False
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for name, to_right, width in zip(columns, right, least, strict=True):
        table.add_column(name, justify="right" if to_right else "left", overflow="fold", min_width=width)
    for row in cells:
        table.add_row(*row)
    console.print(table)
    return True


def bars() -> Progress:
    """Returns bars on stderr, one for each line of work, which are gone when the work is done."""
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(20), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)
