"""Reading around rows that break every page which holds them: where they are, and what stands on either side.

No page can show both sides of such a row, so nothing repeats over it. What proves instead that nothing lies unread
between the sides: the broken row stood at one offset before both of them were read, and stands there afterwards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bridge.errors import BrokenAnswerError

ADJACENT = 3
"""So many rows in a row may be broken or not to be known again, before it counts as an outage."""

R = TypeVar("R")
Ask = Callable[[int, int], Sequence[R]]
Probe = Callable[[int, int], Sequence[R] | None]
"""(skip, take) → rows; a probe: None when the answer is broken."""


@dataclass(frozen=True, slots=True)
class Gap(Generic[R]):
    """before: the rows ahead of the broken ones. broken: how many there are. behind: the rows after them up to the
    first that the next page can begin with, which is at `at`. ends: there is none, the list ends there. moved:
    the list moved meanwhile, so that nothing is proven."""

    before: Sequence[R] = ()
    broken: int = 0
    behind: Sequence[R] = ()
    at: int = 0
    ends: bool = False
    moved: bool = False


def find_gap(ask: Ask[R], skip: int, take: int, may_begin_page: Callable[[R], bool]) -> Gap[R] | None:
    """What a page of `take` rows from `skip` on, which was broken, is broken by; None for an outage. Asks about
    log2(take) + 4 times; two to four times in an outage. may_begin_page: whether the next page can begin with a row."""

    def probe(at: int, size: int) -> Sequence[R] | None:
        try:
            return ask(at, size)
        except BrokenAnswerError:
            return None

    good, bad, size = 0, take, 1  # rows that a page from `skip` on can have before it is broken, or cannot
    while bad - good > 1:
        good, bad = (good, size) if probe(skip, size) is None else (size, bad)
        size = (good + bad) // 2
    if good == 0 and skip > 0:  # it begins with a row that was read before
        return None if probe(skip - 1, 1) is None else Gap(moved=True)
    before = probe(skip, good) if good else ()
    if before is None:
        return None
    return _crossed(probe, skip + good, before, may_begin_page)


def _crossed(probe: Probe[R], start: int, before: Sequence[R], may_begin_page: Callable[[R], bool]) -> Gap[R] | None:
    broken, behind = list[int](), list[R]()
    for at in range(start, start + ADJACENT + 1):
        row = probe(at, 1)
        if row is None:
            broken.append(at)
            continue
        if not broken:  # no row breaks the page: so many at once did
            return Gap(before) if len(before) > 1 else None
        behind += row
        if not row or may_begin_page(row[0]):
            moved = any(probe(place, 1) is not None for place in broken)
            return Gap(before, len(broken), behind, at, ends=not row, moved=moved)
    return None
