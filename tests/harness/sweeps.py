"""How much of what varies `make test` plays: a share, and `make full` all of it."""

import os
from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet
from hypothesis import settings

WHOLE = bool(os.environ.get("STOCKBRIDGE_WHOLE"))
"""Set by `make full`, which plays each property again, with all its examples."""


def examples(count: int) -> settings:
    """So many examples of a property; a quarter of them in `make test`."""
    return settings(max_examples=count if WHOLE else max(count // 4, 10), deadline=None)


def sweep(values: Iterable[Any], keep: int) -> list[Any]:
    """Every value for `parametrize`, of which `make test` plays the first `keep`."""
    return [value if n < keep else pytest.param(value, marks=pytest.mark.full) for n, value in enumerate(values)]


def share(values: Iterable[Any], every: int) -> list[Any]:
    """Every value for `parametrize`, of which `make test` plays one in so many, spread over all of them."""
    marked = (value if isinstance(value, ParameterSet) else pytest.param(value) for value in values)
    return [
        value if n % every == 0 else value._replace(marks=[*value.marks, pytest.mark.full])
        for n, value in enumerate(marked)
    ]
