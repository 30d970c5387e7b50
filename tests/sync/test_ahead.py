"""What a store tells next is fetched while what it told before is taken in, and no further."""

from collections.abc import Iterator
from contextlib import suppress
from threading import Event

import pytest

from bridge.sync.ahead import one_ahead


class Telling:
    """A store that tells three things, one at a time, and says of which it was asked."""

    def __init__(self, *, breaks_at: int = 9) -> None:
        self.asked = [Event() for _ in range(3)]
        self.breaks_at = breaks_at

    def __iter__(self) -> Iterator[int]:
        for number, asked in enumerate(self.asked):
            asked.set()
            if number == self.breaks_at:
                raise ConnectionError("the store went away")
            yield number


def test_the_next_is_fetched_while_one_is_worked_on() -> None:
    store = Telling()
    with one_ahead(store) as told:
        assert next(told) == 0
        assert store.asked[1].wait(10)  # nobody has taken it yet
        assert not store.asked[2].is_set()
        assert list(told) == [1, 2]


def test_what_breaks_is_met_behind_what_came_before() -> None:
    taken = []
    with one_ahead(Telling(breaks_at=1)) as told:
        taken += [next(told)]
        with pytest.raises(ConnectionError):
            next(told)
    assert taken == [0]


def test_nothing_is_asked_once_whoever_takes_it_in_has_failed() -> None:
    store = Telling()
    with suppress(ZeroDivisionError), one_ahead(store) as told:
        next(told)
        raise ZeroDivisionError
    assert not store.asked[2].is_set()
