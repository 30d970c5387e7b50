"""Work on many things, so many at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`, the last one shorter; each is taken when it is asked for (`itertools.batched` of
    Python 3.12)."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
