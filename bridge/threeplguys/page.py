"""One page of a list, and how it may be asked for again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from connectors.base import Sender

Breakdown = Literal["products", "cartons"]
"""Of what a list tells the stock."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. date: its HTTP Date, None when there is none; took: from asking to the last byte."""

    rows: Sequence[object]
    date: datetime | None
    took: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Around:
    """How a page that is broken is got over: two ways to ask for (skip, take). probe: without trying again, for the row
    that breaks it. insist: with patience, where nothing beside it answers either."""

    probe: Callable[[int, int], Page]
    insist: Callable[[int, int], Page]


@dataclass(frozen=True, slots=True)
class Tries:
    """Who sends the pages of a list. first: the first one of a pull for changes. rest: all others. Both soon leave a
    page that is broken. once: looks for the row that breaks it, without repeating anything. retrying: asks again for
    one beside which nothing answers either."""

    first: Sender
    rest: Sender
    once: Sender
    retrying: Sender
