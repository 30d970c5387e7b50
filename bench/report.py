"""How a measurement is told: a table for people, JSON for whoever compares."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.server import version

OUT = Path(".stockbridge/bench")

Row = Mapping[str, object]


def report(name: str, title: str, rows: Sequence[Row], **facts: object) -> None:
    """The same as `tell`, of what was measured on Redis: it names the server."""
    tell(name, title, rows, server=version(), **facts)


def tell(name: str, title: str, rows: Sequence[Row], **facts: object) -> None:
    """Print the rows, which share their columns, and write them with the facts to .stockbridge/bench/NAME.json."""
    print(f"\n{title}")  # noqa: T201  (a table is what these commands are for)
    for line in _lines(rows):
        print(line)  # noqa: T201
    for fact, value in facts.items():
        print(f"  {fact}: {value}")  # noqa: T201
    OUT.mkdir(parents=True, exist_ok=True)
    told = {**facts, "rows": [dict(row) for row in rows]}
    (OUT / f"{name}.json").write_text(json.dumps(told, indent=2) + "\n")


def _lines(rows: Sequence[Row]) -> list[str]:
    cells = [list(rows[0]), *([_shown(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(cells[0]))]
    return ["  ".join(_placed(n, cell, width) for n, (cell, width) in enumerate(zip(line, widths, strict=True)))
            for line in cells]  # fmt: skip


def _placed(column: int, cell: str, width: int) -> str:
    return cell.rjust(width) if column else cell.ljust(width)


def _shown(value: object) -> str:
    return "-" if value is None else f"{value:,}" if isinstance(value, int | float) else str(value)


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which that part of them lies; the next greater one where it falls between two."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]
