"""What may be written beside a write that was never answered."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.in_flight import Sent, is_over, left_after_reading, may_send
from connectors.values import replace

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
LIMIT = timedelta(seconds=90)


def sent(quantity: int = 12, was: int | None = 10, *, read: bool = True) -> Sent:
    return Sent("1", "", quantity, NOW, was, read)


@pytest.mark.parametrize(
    ("shown", "after", "over"),
    [(12, 1, True), (10, 1, False), (9, 1, False), (None, 1, False), (10, 91, True), (9, 90, False)],
    ids=["landed", "not yet", "something else", "gone", "too late to land", "just in time"],
)
def test_when_nothing_of_it_can_come_any_more(shown: int | None, after: int, over: bool) -> None:
    assert is_over(sent(), shown, read_at=NOW + timedelta(seconds=after), limit=LIMIT) is over


def test_where_another_write_went_to_the_same_place_no_number_tells_that_it_landed() -> None:
    assert not is_over(sent(was=None), 12, read_at=NOW + timedelta(seconds=1), limit=LIMIT)


NEW, LATE = sent(read=False), replace(sent(read=False), late=True)


@pytest.mark.parametrize(
    ("shown", "was_read", "after", "left"),
    [
        (10, True, 1, sent()), (12, True, 1, None), (10, True, 91, None),
        (10, False, 1, sent()), (12, False, 1, sent()), (10, False, 91, LATE),
        (None, False, 1, sent()), (None, False, 91, None),
    ],
    ids=["not yet", "landed", "too late to land", "not shown", "not shown, believed long before", "not shown in time",
         "forgotten", "forgotten, and too late"],
)  # fmt: skip
def test_what_is_left_of_it_after_a_reading(shown: int | None, was_read: bool, after: int, left: Sent | None) -> None:
    found = left_after_reading(
        NEW, shown, was_read=was_read, read_at=NOW + timedelta(seconds=after), limit=LIMIT, explains=True
    )
    assert found == left


def test_where_no_number_tells_what_left_it_is_over_in_time() -> None:
    late = NOW + timedelta(seconds=91)
    assert left_after_reading(NEW, 10, was_read=False, read_at=late, limit=LIMIT, explains=False) is None


@pytest.mark.parametrize("compares", [True, False])
def test_what_can_come_no_more_forbids_nothing(compares: bool) -> None:
    assert may_send(10, [LATE], compares=compares)


@pytest.mark.parametrize("compares", [True, False])
def test_nothing_is_written_before_it_was_read(compares: bool) -> None:
    assert not may_send(12, [sent(read=False)], compares=compares)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-50, 50))
def test_what_may_be_written_beside_it(quantity: int, was: int, number: int) -> None:
    """A store that compares refuses the late write of `quantity` unless it shows `was`; any other takes it, and must
    then show what was written since."""
    assert may_send(number, [sent(quantity, was)], compares=True) is (number != was)
    assert may_send(number, [sent(quantity, was)], compares=False) is (number == quantity)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=4), st.integers(0, 3), st.booleans())
def test_of_several_each_must_allow_it(unanswered: list[tuple[int, int]], number: int, compares: bool) -> None:
    several = [sent(quantity, was) for quantity, was in unanswered]
    assert may_send(number, several, compares=compares) is all(
        may_send(number, [one], compares=compares) for one in several
    )
