"""How much of what varies `make test` plays: a share, and `make full` all of it."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet
from _pytest.python import Function
from hypothesis import settings

WHOLE = bool(os.environ.get("STOCKBRIDGE_WHOLE"))
"""Set by `make full`, which plays each property again, with all its examples."""


def examples(count: int) -> settings:
    """So many examples of a property; a quarter of them in `make test`."""
    return settings(max_examples=count if WHOLE else max(count // 4, 10), deadline=None)


def sweep(values: Iterable[Any], keep: int) -> list[Any]:
    """Every value for `parametrize`, of which `make test` plays the first `keep`."""
    return [value if n < keep else pytest.param(value, marks=pytest.mark.full) for n, value in enumerate(values)]


def turns(values: Iterable[Any]) -> list[Any]:
    """Every value for a fixture, of which `make test` plays one with each test of a file, the next with the next."""
    every = [*values]
    return [pytest.param(value, marks=pytest.mark.turn(n, len(every))) for n, value in enumerate(every)]


def other_turns(items: Iterable[Function]) -> Iterator[Function]:
    """Tests that play another value of a fixture's `turns` than the one that `make test` plays with them."""
    met = dict[Path, list[str]]()
    for item in items:
        names = met.setdefault(item.path, [])
        for n, count in (mark.args for mark in item.iter_markers("turn")):
            if item.originalname not in names:
                names.append(item.originalname)
            if names.index(item.originalname) % count != n:
                yield item


def further_crossings(items: Iterable[Function]) -> Iterator[Function]:
    """Tests of crossed tables beside those in which `make test` plays each row: with a row of the longest table go the
    rows at the same place of the others, from the top again where one of them ends."""
    rows = [(item, item.callspec._idlist) for item in items]  # its `indices` are not of the tables
    tables = dict[tuple[Path, str], list[list[str]]]()
    for item, ids in rows:
        for table, row in zip(tables.setdefault((item.path, item.originalname), [[] for _ in ids]), ids, strict=True):
            if row not in table:
                table.append(row)
    for item, ids in rows:
        crossed = tables[item.path, item.originalname]
        places = [table.index(row) for table, row in zip(crossed, ids, strict=True)]
        longest = places[max(range(len(crossed)), key=lambda n: len(crossed[n]))]
        if any(longest % len(table) != place for table, place in zip(crossed, places, strict=True)):
            yield item


def share(values: Iterable[Any], every: int) -> list[Any]:
    """Every value for `parametrize`, of which `make test` plays one in so many, spread over all of them."""
    marked = (value if isinstance(value, ParameterSet) else pytest.param(value) for value in values)
    return [
        value if n % every == 0 else value._replace(marks=[*value.marks, pytest.mark.full])
        for n, value in enumerate(marked)
    ]
