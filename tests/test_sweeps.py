"""`make test` plays every value of what varies at least once, `make full` all of them."""

from collections import Counter

import pytest

from tests.harness.sweeps import further_crossings, other_turns, share, sweep

pytest_plugins = "pytester"

FILE = """
import pytest
from tests.harness.sweeps import turns

@pytest.fixture(params=turns("xy"))
def value(request): ...

def test_one(value): ...
def test_two(value): ...
def test_none(): ...
def test_three(value): ...

@pytest.mark.crossed
@pytest.mark.parametrize(("big", "same"), [*enumerate("abcde")])
@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("middle", "lmn")
def test_crossed(big, same, small, middle): ...
"""


@pytest.fixture
def functions(pytester: pytest.Pytester) -> list[pytest.Function]:
    pytester.makeini("[pytest]\nmarkers =\n  turn(n, count)\n  crossed\n  full\n")
    return [item for item in pytester.getitems(FILE) if isinstance(item, pytest.Function)]


def test_a_fixture_takes_one_value_with_each_test_and_the_next_with_the_next(functions: list[pytest.Function]) -> None:
    left = {item.name for item in other_turns(functions)}
    assert left == {"test_one[y]", "test_two[x]", "test_three[y]"}


def test_each_row_of_a_crossed_table_is_played_and_the_longest_once(functions: list[pytest.Function]) -> None:
    crossed = [item for item in functions if item.originalname == "test_crossed"]
    left = [*further_crossings(crossed)]
    assert (len(crossed), len(left)) == (30, 25)
    played = [item.callspec.params for item in crossed if item not in left]
    assert Counter(params["same"] for params in played) == Counter("abcde")
    assert Counter(params["small"] for params in played) == {True: 3, False: 2}
    assert Counter(params["middle"] for params in played) == {"l": 2, "m": 2, "n": 1}


def test_a_sweep_keeps_the_first_and_a_share_one_in_so_many() -> None:
    def kept(values: list[object]) -> list[object]:
        return [value for value in values if not getattr(value, "marks", ())]

    assert kept(sweep("abcde", 2)) == ["a", "b"]
    assert [value.values for value in kept(share("abcde", 2))] == [("a",), ("c",), ("e",)]  # type: ignore[attr-defined]
