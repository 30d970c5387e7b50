"""What is due: how often the source is asked, which stores are visited, and how fresh a proof must be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.schedule import (
    FASTEST,
    SHARE,
    SLOWEST,
    UNKNOWN,
    RequestBudget,
    SourceFacts,
    StoreFacts,
    poll_interval,
    proof_window,
    pull_is_due,
    stores_due,
    stores_moved,
)

from .things import relaxed

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


def ago(n: float) -> datetime:
    return NOW - seconds(n)


def budget(limit: int, *, used: int = 0, left: timedelta = HOUR) -> RequestBudget:
    return RequestBudget(limit, limit - used, NOW + left)


INTERVALS = [
    pytest.param(seconds(45), budget(1000), 1, seconds(45), id="what a person has set"),
    pytest.param(
        seconds(300), budget(1000), 1, seconds(300), id="every five minutes, as the guide of the source advises"
    ),
    pytest.param(seconds(1), None, 9, seconds(1), id="even faster than we would"),
    pytest.param(None, None, 1, UNKNOWN, id="the source has named no budget"),
    pytest.param(None, budget(1000), 1, seconds(9), id="1,000 an hour"),
    pytest.param(None, budget(1000, used=200, left=HOUR / 2), 1, seconds(9), id="half of the hour, half of our share"),
    pytest.param(None, budget(1000, used=200), 1, seconds(18), id="half of our share for all of the hour"),
    pytest.param(None, budget(1000, left=HOUR / 2), 1, FASTEST, id="no faster than that"),
    pytest.param(None, budget(1_000_000), 1, FASTEST, id="a big budget"),
    pytest.param(None, budget(1000), 0, seconds(9), id="a pull that cost nothing costs one the next time"),
    pytest.param(None, budget(1000), 4, seconds(36), id="a pull of several pages"),
    pytest.param(None, budget(1000), 10, seconds(90), id="a pull of ten pages"),
    pytest.param(None, budget(1000), 500, seconds(90), id="a bulk edit does not slow the next polls down for ever"),
    pytest.param(None, budget(60), 1, seconds(150), id="a slow source"),
    pytest.param(None, budget(10), 1, SLOWEST, id="a source that allows next to nothing"),
    pytest.param(None, budget(1000, used=400), 1, SLOWEST, id="our share is used up"),
    pytest.param(None, budget(1000, used=1000), 1, SLOWEST, id="everything is used up"),
    pytest.param(None, budget(0), 1, SLOWEST, id="no requests at all"),
    pytest.param(None, budget(1000, used=1000, left=seconds(0)), 1, FASTEST, id="the window has just been renewed"),
    pytest.param(None, budget(1000, used=1000, left=-HOUR), 1, FASTEST, id="it was renewed long ago"),
]


@pytest.mark.states("3pl.guide.polling.every_five_minutes")
@pytest.mark.parametrize(("setting", "of", "cost", "interval"), INTERVALS)
def test_time_between_two_pulls(
    setting: timedelta | None, of: RequestBudget | None, cost: int, interval: timedelta
) -> None:
    assert poll_interval(setting, of, cost, NOW) == interval


def an_hour_of(limit: int, cost: Callable[[int], int], *, others: int = 0) -> tuple[int, list[timedelta]]:
    """Polls from the beginning of a window to its end → our requests, and the intervals. others: what other
    programs took before."""
    now, ours, last, intervals = NOW, 0, 1, list[timedelta]()
    while now < NOW + HOUR:
        last = cost(len(intervals))
        ours += last
        left = max(0, limit - others - ours)
        intervals.append(poll_interval(None, RequestBudget(limit, left, NOW + HOUR), last, now))
        now += intervals[-1]
    return ours, intervals


@pytest.mark.states("3pl.guide.limits.per_hour")
def test_a_thousand_an_hour_are_asked_every_nine_seconds_and_four_tenths_of_them_are_used() -> None:
    ours, intervals = an_hour_of(1000, lambda _: 1)
    assert 390 <= ours <= 400
    assert all(seconds(8.9) < i < seconds(9.1) for i in intervals[:-1])


@pytest.mark.parametrize("every", [0.5, 1, 5])
def test_looking_often_asks_no_more_often(every: float) -> None:
    now, pulled, ours = NOW, None, 0
    while now < NOW + HOUR:
        interval = poll_interval(None, RequestBudget(1000, 1000 - ours, NOW + HOUR), 1, now)
        if pull_is_due(SourceFacts(pulled, pulled, interval), now):
            pulled, ours = now, ours + 1
        now += seconds(every)
    assert 350 <= ours <= 400


@relaxed
@given(limit=st.integers(300, 5000), pages=st.lists(st.integers(1, 10), min_size=1, max_size=20))
def test_pulls_of_several_pages_stay_within_our_share(limit: int, pages: list[int]) -> None:
    """The last pull may cost more than the one it was reckoned by."""
    ours, _ = an_hour_of(limit, lambda n: pages[n % len(pages)])
    assert ours <= SHARE * limit + 10 * HOUR / SLOWEST


@relaxed
@given(limit=st.integers(100, 5000))
def test_idle_pulls_stay_within_our_share_and_use_most_of_it(limit: int) -> None:
    ours, _ = an_hour_of(limit, lambda _: 1)
    assert min(SHARE * limit, HOUR / FASTEST) - 5 <= ours <= SHARE * limit + 1


def test_what_other_programs_take_slows_us_down() -> None:
    ours, intervals = an_hour_of(1000, lambda _: 1, others=300)
    assert ours <= 100
    assert intervals[0] > seconds(30)


@relaxed
@given(
    limit=st.integers(0, 5000), used=st.integers(0, 5000), left=st.integers(1, 86_400), cost=st.integers(0, 500),
)  # fmt: skip
def test_an_interval_of_ours_is_never_too_short_nor_too_long(limit: int, used: int, left: int, cost: int) -> None:
    of = budget(limit, used=min(used, limit), left=seconds(left))
    assert FASTEST <= poll_interval(None, of, cost, NOW) <= SLOWEST


PULLS = [
    pytest.param(None, None, True, id="never pulled"),
    pytest.param(ago(10), None, True, id="the interval has passed"),
    pytest.param(ago(9.75), None, True, id="it all but has: looks do not come to the millisecond"),
    pytest.param(ago(9.7), None, False, id="it has not"),
    pytest.param(ago(10), ago(10), True, id="tried and pulled"),
    pytest.param(ago(500), ago(9), False, id="failed a moment ago: no sooner for that"),
    pytest.param(ago(500), ago(11), True, id="failed an interval ago"),
    pytest.param(None, ago(9), False, id="the first one failed a moment ago"),
]


@pytest.mark.parametrize(("pulled", "tried", "due"), PULLS)
def test_a_pull_is_due(pulled: datetime | None, tried: datetime | None, due: bool) -> None:
    assert pull_is_due(SourceFacts(pulled, tried, seconds(10)), NOW) is due


SESSIONS = [
    pytest.param(60, StoreFacts(None, None, 0), True, id="never visited"),
    pytest.param(60, StoreFacts(ago(59), None, 0), False, id="visited in this poll"),
    pytest.param(60, StoreFacts(ago(60), None, 0), True, id="once per poll"),
    pytest.param(60, StoreFacts(ago(59.8), None, 0), True, id="looks do not come to the millisecond"),
    pytest.param(60, StoreFacts(ago(4), None, 3), False, id="something is due, but it was visited just now"),
    pytest.param(60, StoreFacts(ago(5), None, 3), True, id="something is due: sooner"),
    pytest.param(5, StoreFacts(ago(5), None, 3), True, id="something is due: never later than the poll"),
    pytest.param(60, StoreFacts(ago(500), NOW + seconds(1), 3), False, id="in trouble"),
    pytest.param(60, StoreFacts(ago(500), NOW, 3), True, id="recovered"),
    pytest.param(60, StoreFacts(None, NOW + seconds(1), 3), False, id="in trouble from the beginning"),
]


@pytest.mark.parametrize(("interval", "facts", "due"), SESSIONS)
def test_a_store_is_due(interval: int, facts: StoreFacts, due: bool) -> None:
    source = SourceFacts(NOW, NOW, seconds(interval))
    assert list(stores_due({"acme": facts}, source, NOW)) == (["acme"] if due else [])


def test_one_store_in_trouble_holds_up_no_other() -> None:
    stores = {
        "acme": StoreFacts(None, NOW + HOUR, 9),
        "outlet": StoreFacts(None, None, 0),
        "amazon": StoreFacts(NOW, None, 0),
    }
    assert list(stores_due(stores, SourceFacts(NOW, NOW, seconds(60)), NOW)) == ["outlet"]


MOVED = [
    pytest.param(StoreFacts(NOW, None, 0), False, id="nothing is due"),
    pytest.param(StoreFacts(NOW, None, 1), True, id="something is due, however lately it was visited"),
    pytest.param(StoreFacts(None, None, 0), True, id="never visited: it waited for the first pull"),
    pytest.param(StoreFacts(None, NOW + seconds(1), 3), False, id="in trouble"),
    pytest.param(StoreFacts(ago(60), NOW, 3), True, id="recovered"),
]


@pytest.mark.parametrize(("facts", "moved"), MOVED)
def test_a_pull_sends_for_the_stores_it_moved(facts: StoreFacts, moved: bool) -> None:
    assert list(stores_moved({"acme": facts}, NOW)) == (["acme"] if moved else [])


@pytest.mark.parametrize(("interval", "window"), [(5, 30), (15, 30), (16, 32), (300, 600)])
def test_a_proof_is_of_this_cycle_or_the_one_before(interval: int, window: int) -> None:
    assert proof_window(seconds(interval)) == seconds(window)
