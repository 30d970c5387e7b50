"""A list that moves while it is read: nothing is lost, whatever its order, and no call is wasted."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.cursor import Cursor
from bridge.core.unfinished import Place
from bridge.errors import RetryableSourceError
from bridge.threeplguys.marks import Mark, mark
from bridge.threeplguys.page import Page
from bridge.threeplguys.paging import Pull, Walked
from bridge.threeplguys.parse import BadRow, parse_level
from bridge.threeplguys.sandbox import Order
from tests.harness.inline import Inline
from tests.harness.sweeps import examples
from tests.threeplguys.paged_list import ORDERS, SCRIPTS, START, PagedList, Shuffled


@pytest.mark.states("3pl.guide.polling.page_through")
@examples(2_000)
@given(
    order=st.sampled_from(ORDERS),
    rows=st.integers(0, 24),
    size=st.integers(2, 6),
    take=st.integers(2, 6),
    parallel=st.integers(1, 4),
    seed=st.integers(0, 9),
    first=SCRIPTS,
    second=SCRIPTS,
)
def test_after_the_next_pull_nothing_is_missing_and_nothing_stale(
    order: Order, rows: int, size: int, take: int, parallel: int, seed: int, first: Any, second: Any
) -> None:
    """A full pull and an incremental one while rows move, then one in silence."""
    paged = PagedList(order, size)
    paged.fill(rows)
    cursor = Cursor()
    for paged.script in (first, second, []):
        cursor = paged.sync(cursor, take=take, parallel=parallel, pool=lambda _: Shuffled(seed))
    assert paged.kept == paged.truth()


@examples(500)
@given(order=st.sampled_from(ORDERS), rows=st.integers(1, 24), script=SCRIPTS, seconds=st.booleans())
def test_a_source_without_milliseconds_loses_nothing(order: Order, rows: int, script: Any, seconds: bool) -> None:
    """Timestamps cut to the second, and changes as far apart; or both finer."""
    paged = PagedList(order, tick=timedelta(seconds=1) if seconds else timedelta(milliseconds=1))
    paged.switches.milliseconds = not seconds
    paged.fill(rows)
    cursor = Cursor()
    for paged.script in ([], script, []):
        cursor = paged.sync(cursor)
    assert paged.kept == paged.truth()


@examples(300)
@given(order=st.sampled_from(ORDERS), rows=st.integers(0, 30), size=st.integers(2, 6), script=SCRIPTS)
def test_rows_that_nobody_touches_are_met_by_the_pull_itself(order: Order, rows: int, size: int, script: Any) -> None:
    """The seam's own promise, with no second pull to help."""
    paged = PagedList(order, size, script=script)
    paged.fill(rows)
    before = {item.id: item.updated_at for item in paged.world.listing(deleted=True)}
    pull = paged.read(paged.pull(take=size))
    untouched = {id_ for id_, at in before.items() if paged.world.known(id_).updated_at == at}
    assert untouched <= set(pull.products)


@examples(500)
@given(
    order=st.sampled_from(ORDERS), rows=st.integers(0, 30), size=st.integers(2, 6), parallel=st.integers(1, 4),
    script=SCRIPTS, stops=st.lists(st.integers(1, 3), max_size=6),
)  # fmt: skip
def test_a_walk_that_is_left_off_goes_on_and_loses_nothing(
    order: Order, rows: int, size: int, parallel: int, script: Any, stops: list[int]
) -> None:
    """Each time by another Pull, which knows the place and what was met, and the list moves all the while."""
    paged = PagedList(order, size, script=script)
    paged.fill(rows)
    before = {item.id: item.updated_at for item in paged.world.listing(deleted=True)}
    place, met = Place(), dict[str, Mark]()
    for stop in [*stops, 1_000]:
        pull = paged.pull(take=size, parallel=parallel, after=Walked(place, met))
        for page in islice(pull, stop):
            met |= {row.product: mark(row) for row in page if row.product}
            place = pull.place
        if pull.ended:
            break
    untouched = {id_ for id_, at in before.items() if paged.world.known(id_).updated_at == at}
    assert pull.ended
    assert untouched <= set(met)


def test_a_walk_that_goes_on_costs_no_more_than_one_that_was_not_left_off() -> None:
    paged = PagedList(Order.CREATED_DESC, size=50)
    paged.fill(1_000)
    first = paged.pull()
    met = {row.product: mark(row) for page in islice(first, 7) for row in page if row.product}
    second = paged.pull(after=Walked(first.place, met))
    assert sum(len(page) for page in second) == 1_000 - len(met)
    assert second.rows == 1_000
    assert second.requests <= -(-1_000 // 49) + 4  # the pages that were in flight when it was left off


def test_a_walk_that_goes_on_asks_for_one_page_until_its_seam_holds() -> None:
    """The list has moved while it waited for its window, and whatever was asked for ahead would be dropped."""
    paged = PagedList(Order.UPDATED_ASC, size=50)
    paged.fill(1_000)
    first = paged.pull()
    met = {row.product: mark(row) for page in islice(first, 7) for row in page if row.product}
    for number in range(60):
        paged.world.set_stock(f"SKU-{number}", 7)
    paged.asked.clear()
    at = first.place.next
    next(iter(paged.pull(parallel=4, pool=Inline, after=Walked(first.place, met))))
    assert paged.asked == [at, at - 49, at - 49 - 98]


def test_rows_without_any_instant_hold_the_seam_by_what_they_say() -> None:
    """All of them: `updatedAt` has no zone."""
    rows = [{"id": str(n), "sku": "A", "quantity": n, "updatedAt": "2026-03-07T12:00:00"} for n in range(230)]
    pull = Pull(lambda skip, take: Page(rows[skip : skip + take], None), parse_level)
    assert len([row for page in pull for row in page if isinstance(row, BadRow)]) == 230


@pytest.mark.states("3pl.guide.limits.full_sync_fits", "3pl.guide.script.skip", "3pl.guide.script.short_page_ends")
@pytest.mark.parametrize("rows", [0, 1, 2, 48, 49, 50, 51, 98, 99, 100, 1_000])
@pytest.mark.parametrize("parallel", [1, 4])
def test_calls_are_counted(rows: int, parallel: int) -> None:
    """⌈rows / 49⌉ and the pages in flight; an empty window costs one."""
    paged = PagedList(Order.CREATED_DESC, size=50)
    paged.fill(rows)
    pull = paged.read(paged.pull(parallel=parallel))
    assert len(paged.kept) == pull.rows == rows
    assert pull.requests <= (-(-rows // 49) + parallel if rows else 1)


def test_few_rows_cost_one_call_when_the_size_of_a_page_is_known() -> None:
    paged = PagedList(Order.CREATED_DESC, size=50)
    paged.fill(3)
    assert paged.read(paged.pull()).requests == 2
    known = paged.read(paged.pull(size=50))
    assert (known.requests, known.size) == (1, 50)


@pytest.mark.parametrize("clamp", [10, 20])
def test_a_source_that_lowers_its_maximum_is_still_read_to_its_end(clamp: int) -> None:
    """What is known of the size of a page may have become wrong."""
    paged = PagedList(Order.CREATED_DESC, size=clamp)
    paged.fill(35)
    assert paged.read(paged.pull(size=50)).rows == 35


@pytest.mark.parametrize("clamp", [2, 3, 10, 49])
@pytest.mark.parametrize("parallel", [1, 4])
def test_a_server_that_gives_fewer_than_asked_is_read_to_its_end(clamp: int, parallel: int) -> None:
    paged = PagedList(Order.ID, size=clamp)
    paged.fill(95)
    pull = paged.read(paged.pull(parallel=parallel))
    assert len(paged.kept) == 95
    assert pull.size == clamp
    assert pull.requests <= -(-95 // (clamp - 1)) + parallel


def test_a_server_that_gives_one_row_at_a_time_is_given_up() -> None:
    """No overlap is possible there; two rows are enough to notice."""
    paged = PagedList(Order.ID, size=1)
    paged.fill(2)
    with pytest.raises(RetryableSourceError, match="did not come to an end"):
        paged.read(paged.pull())


def test_a_server_that_ignores_skip_is_given_up() -> None:
    paged = PagedList(Order.ID, size=50)
    paged.fill(50)
    with pytest.raises(RetryableSourceError, match="ignores `skip`"):
        paged.read(Pull(lambda skip, take: paged.fetch(0, take), parse_level))
    assert len(paged.asked) < 80


@pytest.mark.parametrize("parallel", [1, 4])
def test_a_failed_page_aborts_the_pull(parallel: int) -> None:
    paged = PagedList(Order.CREATED_ASC, size=10)
    paged.fill(100)

    def fetch(skip: int, take: int) -> Page:
        if skip > 40:
            raise RetryableSourceError("broken")
        return paged.fetch(skip, take)

    pull = Pull(fetch, parse_level, take=10, parallel=parallel)
    with pytest.raises(RetryableSourceError, match="broken"):
        paged.read(pull)
    assert 40 <= len(paged.kept) < 60


def test_a_row_that_moves_to_the_end_does_not_hide_its_successor() -> None:
    """The classic loss of offset paging, by hand: an early row changes in a list sorted by change."""
    paged = PagedList(Order.UPDATED_ASC, script=[[], [("stock", 0)]])
    paged.fill(7)
    pull = paged.read(paged.pull(take=4))
    assert set(pull.products) == set(paged.truth())
    assert paged.asked[:3] == [0, 3, 0]  # the seam did not hold, so it stepped back


@pytest.mark.parametrize("parallel", [1, 4])
def test_a_bulk_edit_in_the_middle_costs_a_few_steps_back(parallel: int) -> None:
    """Half of a list sorted by change moves to its end at once; doubling finds the seam again."""
    edit = [("stock", number) for number in range(0, 5_000, 2)]
    paged = PagedList(Order.UPDATED_ASC, size=50, script=[*[[]] * 60, edit])
    paged.fill(5_000)
    pull = paged.read(paged.pull(parallel=parallel))
    assert paged.kept == paged.truth()
    assert pull.requests < 5_000 / 49 + 4_000 / 49 + 16 + 4 * parallel


def test_a_list_that_shifts_right_needs_no_step_back() -> None:
    paged = PagedList(Order.CREATED_DESC, script=[[], [], [("create", 1)] * 5])
    paged.fill(12)
    pull = paged.read(paged.pull(take=4))
    assert paged.asked == sorted(paged.asked)
    assert set(pull.products) >= {str(number) for number in range(1, 13)}
    assert len(pull.products) < 17  # the newest stand before the first page, and in the next window


def test_a_product_comes_again_only_when_newer() -> None:
    paged = PagedList(Order.UPDATED_ASC, script=[[], [("stock", 0)]])
    paged.fill(7)
    yielded = [str(level.product) for page in paged.pull(take=4) for level in page]
    assert sorted(yielded) == ["1", "1", "2", "3", "4", "5", "6", "7"]


def test_it_streams() -> None:
    """A page is handed on before the next but those in flight is asked for."""
    paged = PagedList(Order.ID, size=50)
    paged.fill(500)
    pages = iter(paged.pull(parallel=2))
    next(pages)
    assert len(paged.asked) == 1
    next(pages)
    assert len(paged.asked) <= 3


def test_garbled_rows_pass_and_hold_the_seam_where_they_can() -> None:
    good = {"sku": "A", "quantity": 0, "warehouses": []}
    rows = [good | {"id": str(n), "updatedAt": "2026-03-07T12:00:00Z", "quantity": str(n)} for n in range(1, 8)]
    rows[3] = {"neither": "id nor instant"}
    pull = Pull(lambda skip, take: Page(rows[skip : skip + take], None), parse_level, take=4, parallel=1)
    bad = [row for page in pull for row in page]
    assert all(isinstance(row, BadRow) for row in bad)
    assert set(pull.products) == {"1", "2", "3", "5", "6", "7"}
    assert pull.greatest == datetime(2026, 3, 7, 12, tzinfo=UTC)


def test_the_beginning_is_the_first_answers_date_less_its_own_duration() -> None:
    """A slow first answer was read from the database before its Date was written."""
    dated = [Page([{}], START, timedelta(seconds=20)), Page([], START + timedelta(minutes=20))]
    pull = Pull(lambda skip, _: dated[min(skip, 1)], parse_level, parallel=1)
    list(pull)
    assert pull.began == START - timedelta(seconds=20)


def test_pages_in_in_flight_over_threads() -> None:
    """The same walk on real threads, with rows moving under it."""
    paged = PagedList(Order.UPDATED_ASC, size=50, script=[[("stock", n), ("create", n)] for n in range(20)])
    paged.fill(2_000)
    cursor = Cursor()
    for _ in range(2):
        cursor = paged.sync(cursor, parallel=4)
    assert paged.kept == paged.truth()
