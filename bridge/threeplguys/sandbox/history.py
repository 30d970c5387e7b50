"""What happened to each product and each carton type, as their histories tell it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import NamedTuple, Protocol

KEPT = 500
"""Entries per thing besides its creation; of more, the oldest are forgotten."""

INTERNAL = "internal"
"""Who noted what no customer is told."""

Raw = tuple[int, str, datetime, str, tuple[object, ...]]


class Entry(NamedTuple):
    """One change. by: "system", "customer", "admin" or INTERNAL. The text is put together only for whoever reads it."""

    id: int
    by: str
    at: datetime
    template: str
    facts: tuple[object, ...]

    @property
    def text(self) -> str:
        return self.template.format(*self.facts)


class Noted(Protocol):
    """A thing with a history. noted: what happened after its creation, oldest first; None: nothing yet."""

    noted: list[Raw] | None

    def creation(self) -> Entry: ...


class History:
    """Gives numbers to entries, and keeps them with the things themselves."""

    def __init__(self) -> None:
        self.numbers = count(1)

    def note(self, thing: Noted, by: str, at: datetime, template: str, *facts: object) -> None:
        if thing.noted is None:
            thing.noted = []
        thing.noted.append((next(self.numbers), by, at, template, facts))
        if len(thing.noted) > KEPT:
            del thing.noted[0]


def newest_first(thing: Noted) -> Sequence[Entry]:
    """What customers are told (Products and Cartons references: only entries that are public)."""
    entries = [*(Entry(*raw) for raw in reversed(thing.noted or ())), thing.creation()]
    return [entry for entry in entries if entry.by != INTERNAL]
