"""Several lists read one after the other, as one walk: it is left off and gone on with in whichever of them it is."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from bridge.core.unfinished import Place
from bridge.threeplguys.marks import Row
from bridge.threeplguys.paging import Pull, Walked
from connectors.values import replace

R = TypeVar("R", bound=Row)
Start = Callable[[Walked], Pull[R]]
"""Begins the walk through one list, or goes on with it."""


class PullInTurn(Generic[R]):
    """What a Pull is, over several lists that have no id in common. Each of them has its own offsets and seams, and
    begins when the one before was read to its end; what was asked and met counts together."""

    def __init__(self, starts: Sequence[Start[R]], after: Walked) -> None:
        """after: where it was left off; Walked() for the beginning."""
        self._starts, self._list = starts, after.place.list
        self._pull = starts[self._list](after)
        self._met = set[str]()

    def __iter__(self) -> Iterator[list[R]]:
        yield from self._pull
        while not self.ended:
            done, self._list = self._pull, self._list + 1
            self._met |= set(done.products)
            place = replace(done.place, list=self._list, next=0, most=0)
            self._pull = self._starts[self._list](Walked(place))
            yield from self._pull

    @property
    def ended(self) -> bool:
        """Whether the last list was read to its end."""
        return self._pull.ended and self._list + 1 == len(self._starts)

    @property
    def place(self) -> Place:
        return self._pull.place

    @property
    def rows(self) -> int:
        return self._pull.rows

    @property
    def requests(self) -> int:
        return self._pull.requests

    @property
    def began(self) -> datetime | None:
        return self._pull.began

    @property
    def greatest(self) -> datetime | None:
        return self._pull.greatest

    @property
    def holes(self) -> int:
        return self._pull.holes

    @property
    def size(self) -> int:
        return self._pull.size

    @property
    def products(self) -> Collection[str]:
        """Ids of all that was met so far: of one list a view, not a copy."""
        return self._met | set(self._pull.products) if self._met else self._pull.products
