"""One page of a list, and how it may be asked for again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


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
