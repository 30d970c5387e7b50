"""What a store tells next is fetched while what it told before is taken in."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def one_ahead(told: Iterable[T]) -> Iterator[Iterator[T]]:
    """The same, each fetched in a thread while the one before is worked on. Inside the block nobody else may ask the
    connector anything; behind it nothing is asked any more. Raises what `told` raises, where it would be next."""
    with ThreadPoolExecutor(max_workers=1) as wire:
        yield _fetched(wire, iter(told))


def _fetched(wire: ThreadPoolExecutor, rest: Iterator[T]) -> Iterator[T]:
    coming = wire.submit(next, rest, None)
    while (given := coming.result()) is not None:
        coming = wire.submit(next, rest, None)
        yield given
