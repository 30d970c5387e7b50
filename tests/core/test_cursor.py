"""The cursor neither skips nor re-reads for ever."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.cursor import FULL, FUTURE, GLANCE, RESOLUTION, Cursor, Window, advance, joined, window
from tests.harness.sweeps import examples

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
OVERLAP = timedelta(minutes=5)


def at(seconds: float) -> datetime:
    """An instant, in seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def moved(
    cursor: Cursor,
    asked: Window | None = None,
    *,
    began: float | None = None,
    greatest: float | None = None,
    took: float = 0,
    ours: float = 1_000_000,
) -> Cursor:
    """`advance` in seconds after noon."""
    return advance(
        cursor,
        asked or window(cursor, OVERLAP),
        began=None if began is None else at(began),
        greatest=None if greatest is None else at(greatest),
        took=timedelta(seconds=took),
        ours=at(ours),
    )


@pytest.mark.parametrize(
    ("cursor", "expected"),
    [
        pytest.param(Cursor(), FULL, id="nothing read yet: everything"),
        pytest.param(Cursor(at(0), at(0)), Window(at(0) - GLANCE, whole=False), id="most polls: a little"),
        pytest.param(Cursor(at(299), at(0)), Window(at(289), whole=False), id="not yet a whole look"),
        pytest.param(Cursor(at(300), at(0)), Window(at(-300), whole=True), id="one overlap beyond the last"),
        pytest.param(Cursor(at(9_000), at(0)), Window(at(-300), whole=True), id="after a long pause"),
        pytest.param(Cursor(at(9), at(0), known=at(9)), Window(at(9), whole=False), id="at rest without a Date"),
        pytest.param(Cursor(at(9), at(0), known=at(10)), Window(at(-1), whole=False), id="not at rest yet"),
    ],
)
def test_window(cursor: Cursor, expected: Window) -> None:
    assert window(cursor, OVERLAP) == expected


def test_a_short_overlap_shortens_the_glance() -> None:
    assert window(Cursor(at(1), at(0)), timedelta(seconds=3)) == Window(at(-2), whole=False)


ONE = Cursor(at(100), at(0))


@pytest.mark.states("3pl.guide.incremental.moves")
@pytest.mark.parametrize(
    ("start", "facts", "expected"),
    [
        pytest.param(ONE, {"began": 200.0}, 199, id="the source's Date, less its resolution"),
        pytest.param(ONE, {"began": 200.0, "greatest": 150.0, "took": 1_200.0}, 199, id="stalled: still its beginning"),
        pytest.param(ONE, {"began": 200.0, "greatest": 9e8}, 199, id="a row dated in the future does not count"),
        pytest.param(ONE, {"began": 50.0}, 100, id="never backward"),
        pytest.param(ONE, {"began": 200.0, "ours": 0.0}, 199, id="our clock is slow: no matter"),
        pytest.param(ONE, {"greatest": 200.0, "took": 30.0}, 169, id="no Date: greatest less the duration"),
        pytest.param(ONE, {"greatest": 200.0, "took": 1_200.0}, 100, id="no Date, stalled: stays"),
        pytest.param(ONE, {}, 100, id="no Date, no rows: stays"),
        pytest.param(ONE, {"greatest": 9e8, "ours": 250.0}, 250, id="no Date, a row in the future: our clock is a lid"),
    ],
)
def test_advance(start: Cursor, facts: dict[str, Any], expected: float) -> None:
    assert moved(start, **facts).at == at(expected)


def test_a_full_pull_of_nothing_without_a_date_leaves_the_next_one_full() -> None:
    assert window(moved(Cursor()), OVERLAP) == FULL


def test_a_full_pull_counts_as_a_whole_look() -> None:
    cursor = moved(Cursor(at(290), at(0)), FULL, began=400)
    assert cursor == Cursor(at(399), at(399))


def test_a_long_whole_look_without_a_date_is_over_when_it_ends() -> None:
    """It began at 320 and took an hour; changes were polled for meanwhile."""
    before = Cursor(at(300), at(0), known=at(310))
    walked = moved(before, greatest=310, took=3_600, ours=320)
    polled = moved(before, Window(at(290), whole=False), greatest=3_500, took=1, ours=3_600)
    assert joined(walked, polled) == Cursor(at(3_498), at(310), known=at(3_500))


def test_a_cursor_in_the_future_is_drawn_back_by_a_long_pull_as_well() -> None:
    polled = moved(Cursor(at(99), at(99)), Window(at(99), whole=False), began=3_600)
    assert joined(moved(Cursor(at(9e6), at(0)), FULL, began=100), polled) == Cursor(at(3_599), at(99))


def test_a_bulk_edit_followed_by_silence_is_read_twice_and_no_more() -> None:
    """Without a Date the greatest `updatedAt` stands still; the cursor must come to rest at it."""
    cursor, reads = moved(Cursor(at(0), at(0)), greatest=100, took=60), 1
    for _ in range(20):
        since = window(cursor, OVERLAP).since
        met = since is None or at(100) > since
        reads += met
        cursor = moved(cursor, greatest=100 if met else None, took=60)
    assert reads == 2


def test_a_bulk_edit_under_a_date_leaves_the_window_by_itself() -> None:
    cursor, reads = moved(Cursor(at(0), at(0)), began=101, greatest=100, took=60), 1
    for poll in range(1, 60):
        since = window(cursor, OVERLAP).since
        reads += since is None or at(100) > since
        cursor = moved(cursor, began=101 + 30 * poll)
    assert reads <= 4  # a glance, and two whole looks


def test_a_clock_that_once_jumped_ahead_loses_nothing() -> None:
    """One answer is dated tomorrow. The next poll reaches behind it, and the cursor is drawn back."""
    cursor = moved(moved(ONE, began=130), began=86_400)
    assert cursor.at == at(86_399)
    assert moved(cursor, began=160).at == at(159)
    for began in range(160, 1_000, 30):
        asked = window(cursor, OVERLAP)
        assert asked.since is not None
        assert asked.since <= at(began - 30)
        cursor = moved(cursor, began=began)


def test_a_clock_that_jumped_ahead_during_a_whole_look_is_found_out() -> None:
    cursor = moved(ONE, FULL, began=86_400)
    cursor = moved(cursor, began=160)  # asks for what changed after tomorrow, and meets nothing
    assert window(cursor, OVERLAP) == FULL


@dataclass(frozen=True)
class Change:
    """One row's change: stamped at an instant, visible somewhat later."""

    stamped: float
    late: float = 0.0


CHANGES = st.builds(
    Change,
    stamped=st.floats(0, 7_200),
    late=st.one_of(st.just(0.0), st.floats(0, OVERLAP.total_seconds() - 2)),
)
GAPS = st.lists(st.floats(1, 900), min_size=1, max_size=60)
STALLS = st.lists(st.sampled_from([0.0, 0.5, 3.0, 1_200.0]), min_size=60, max_size=60)


def reads_of(
    changes: list[Change], gaps: list[float], stalls: list[float], *, dated: bool, more: int = 400
) -> list[int]:
    """Polls a source until all is long over, `more` times; how often each change was read."""
    cursor, now, reads = moved(Cursor(), began=-1 if dated else None, greatest=-1), 0.0, [0] * len(changes)
    for gap, took in zip([*gaps, *[30.0] * more], [*stalls[: len(gaps)], *[0.0] * more], strict=True):
        asked = window(cursor, OVERLAP)
        met = [
            index
            for index, change in enumerate(changes)
            if (asked.since is None or at(change.stamped) > asked.since) and change.stamped + change.late <= now
        ]
        for index in met:
            reads[index] += 1
        cursor = moved(
            cursor,
            asked,
            began=float(int(now)) if dated else None,
            greatest=max((changes[index].stamped for index in met), default=None),
            took=took,
            ours=now,
        )
        now += took + gap
    return reads


@examples(200)
@given(st.lists(CHANGES, max_size=12), GAPS, STALLS)
def test_with_a_date_every_change_is_read_however_late_and_only_a_few_times(
    changes: list[Change], gaps: list[float], stalls: list[float]
) -> None:
    """Late by anything up to the overlap. Glances may repeat one while polls are seconds apart."""
    reads = reads_of(changes, [max(gap, 11.0) for gap in gaps], stalls, dated=True)
    assert all(1 <= count <= 6 for count in reads)


@examples(200)
@given(st.lists(st.builds(Change, stamped=st.floats(0, 7_200)), max_size=12), GAPS, STALLS)
def test_without_a_date_every_change_is_read_and_reading_ends(
    changes: list[Change], gaps: list[float], stalls: list[float]
) -> None:
    """Once the last change has been read, silence stays silent."""
    reads = reads_of(changes, gaps, stalls, dated=False, more=300)
    assert all(reads)
    assert reads_of(changes, gaps, stalls, dated=False, more=400) == reads


@given(st.lists(st.tuples(st.none() | st.floats(-9e4, 9e4), st.none() | st.floats(-9e4, 9e4), st.floats(0, 2_000))))
def test_never_backward_never_ahead_of_the_beginning(steps: list[tuple[float | None, float | None, float]]) -> None:
    cursor = Cursor()
    for began, greatest, took in steps:
        after = moved(cursor, began=began, greatest=greatest, took=took)
        asked = window(cursor, OVERLAP)
        if began is not None and asked.since is not None and asked.since > at(began) + FUTURE:
            assert after == Cursor()
        elif cursor.at is not None and (began is None or cursor.at <= at(began) + FUTURE):
            assert after.at is not None
            assert after.at >= cursor.at
        if began is not None and after.at not in (None, cursor.at):
            assert after.at == at(began) - RESOLUTION
        cursor = after
