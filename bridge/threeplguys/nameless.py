"""Reading on over rows without a readable id, where they fill a page to its end: no later page can repeat one of it.

Nothing tells such rows apart, so there is no seam. What proves instead that nothing lies unread between them: the pages
are read forward until one has a row that can be known again, or is the last, and then the same places backward, to the
page that was taken in. Whoever moves right meanwhile stays ahead of the forward way, whoever moves left comes towards
the backward one. A list whose untouched rows move to both sides within these few requests can still hide one; no order
of the list does that, and the regular full pull finds it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

MOST_PAGES = 64
"""So many pages in a row may have no row that can be known again: far more, and no pull would be trusted."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Nameless(Generic[R]):
    """pages: (skip, rows), as they are to be taken in: those read backward, of which the first is the page from which
    all began as it is now, then those read forward. ends: the last of them ends the list. moved: a page became shorter
    meanwhile, so that nothing is proven."""

    pages: Sequence[tuple[int, Sequence[R]]]
    ends: bool
    moved: bool


def read_over(
    ask: Callable[[int], Sequence[R]], skip: int, size: int, most: int, can_repeat: Callable[[R], bool]
) -> Nameless[R] | None:
    """What follows on a page of `size` rows at `skip`; None when there is no end of rows that cannot be known again.
    ask: skip → rows. most: the most rows a page ever had; a shorter one is the last."""
    before, forward = [(skip, size)], list[tuple[int, Sequence[R]]]()
    for _ in range(MOST_PAGES):
        at = sum(before[-1])
        rows = ask(at)
        forward.append((at, rows))
        ends = not rows or len(rows) < most
        if ends or any(map(can_repeat, rows)):
            back = [(place, length, ask(place)) for place, length in reversed(before)]
            moved = any(len(again) < length for _, length, again in back)
            return Nameless([*((place, again) for place, _, again in reversed(back)), *forward], ends, moved)
        before.append((at, len(rows)))
        most = max(most, len(rows))
    return None
