"""What a store in shadow mode would have been sent, and how the difference ended."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.shadow import KEPT_DAYS, End, Foreseen, Shadow, Tally, foresee

SINCE, NOW = datetime(2026, 11, 20, 8, tzinfo=UTC), datetime(2026, 11, 21, 9, tzinfo=UTC)
TEN_FOR_FOURTEEN = Foreseen(10, 14, SINCE)

CASES = [
    pytest.param(None, 7, 7, None, None, id="it shows our number from the start"),
    pytest.param(None, 7, 9, Foreseen(7, 9, NOW), None, id="it begins to differ"),
    pytest.param(TEN_FOR_FOURTEEN, 10, 14, TEN_FOR_FOURTEEN, None, id="nothing moved"),
    pytest.param(TEN_FOR_FOURTEEN, 8, 12, Foreseen(8, 12, SINCE), None, id="an order lowers both alike"),
    pytest.param(TEN_FOR_FOURTEEN, 10, 10, None, End.MET, id="the store came to our number"),
    pytest.param(TEN_FOR_FOURTEEN, 9, 9, None, End.MET, id="the store came to it, and an order to both"),
    pytest.param(TEN_FOR_FOURTEEN, 14, 14, None, End.NEEDLESS, id="our number came back"),
    pytest.param(TEN_FOR_FOURTEEN, 13, 13, None, End.NEEDLESS, id="our number came back, and an order to both"),
    pytest.param(TEN_FOR_FOURTEEN, 12, 12, None, End.MOVED, id="they met half way"),
    pytest.param(TEN_FOR_FOURTEEN, 6, 14, Foreseen(6, 14, NOW), End.MOVED, id="another difference took its place"),
]


@pytest.mark.parametrize(("before", "quantity", "shown", "after", "end"), CASES)
def test_a_difference_stands_or_ends(
    before: Foreseen | None, quantity: int, shown: int, after: Foreseen | None, end: End | None
) -> None:
    assert foresee(before, quantity, shown, NOW) == (after, end)


numbers = st.integers(0, 30)


@given(numbers, numbers, numbers, numbers)
def test_what_shows_our_number_differs_no_more_and_every_end_has_one_name(
    ours: int, theirs: int, quantity: int, shown: int
) -> None:
    before = Foreseen(ours, theirs, SINCE) if ours != theirs else None
    after, end = foresee(before, quantity, shown, NOW)
    assert (after is None) == (quantity == shown)
    goes_on = after is not None and before is not None and after.difference == before.difference
    assert (end is None) == (before is None or goes_on)
    assert after is None or after.since == (SINCE if goes_on else NOW)


def test_ends_are_counted_by_day_and_old_days_are_left_out() -> None:
    today = date(2026, 11, 21)
    found = Shadow(SINCE, {(today - timedelta(days=KEPT_DAYS)).isoformat(): Tally(met=9)})
    for end in (End.MET, End.MET, End.MET, End.NEEDLESS, End.MOVED):
        found = found.counting(end, today)
    assert found.days == {"2026-11-21": Tally(3, 1, 1)}
    assert found.total.right == 0.75
    assert Shadow(SINCE).total.right is None
