"""Rows without a readable id: a list that has some ends, and yields every other row, wherever they stand."""

import json
from collections.abc import Callable, Collection
from itertools import islice
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bridge.core.unfinished import Place
from bridge.errors import RetryableSourceError
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.marks import Mark, mark
from bridge.threeplguys.page import Page
from bridge.threeplguys.paging import Pull, Walked
from bridge.threeplguys.parse import BadRow, parse_level
from bridge.threeplguys.query import CartonQuery, ProductQuery
from bridge.threeplguys.resource import Resource
from bridge.threeplguys.sandbox import TOKEN, Order, Sandbox, Warehouse
from bridge.threeplguys.sandbox.rows import level_row
from connectors.values import replace
from tests.harness.sweeps import examples
from tests.threeplguys.paged_list import ORDERS, SCRIPTS, PagedList, Shuffled

Raw = dict[str, Any]
WAYS: dict[str, Callable[[Raw], object]] = {
    "id is null": lambda row: row | {"id": None},
    "id is empty": lambda row: row | {"id": ""},
    "id is a fraction": lambda row: row | {"id": 1.5},
    "id is too long": lambda row: row | {"id": "1" * 129},
    "no id": lambda row: {name: value for name, value in row.items() if name != "id"},
    "neither id nor instant": lambda row: {"sku": row["sku"]},
    "an empty object": lambda _: {},
    "null": lambda _: None,
    "text": lambda _: "row",
}
"""How a row loses its id. The last three cannot be told apart."""

MANY = 1_000


class Nameless:
    """A list of which some rows have no readable id. bad: their numbers, by creation from 1 on."""

    def __init__(self, paged: PagedList, bad: Collection[int], spoil: Callable[[Raw], object]) -> None:
        self.paged, self.bad, self.spoil = paged, bad, spoil

    def is_bad(self, row: Raw) -> bool:
        return int(row["id"]) in self.bad

    def fetch(self, skip: int, take: int) -> Page:
        page = self.paged.fetch(skip, take)
        return replace(page, rows=[self.spoil(row) if self.is_bad(row) else row for row in page.rows])  # type: ignore[arg-type]

    def pull(self, **options: Any) -> Pull[Any]:
        return Pull(self.fetch, parse_level, **({"parallel": 1} | options))


def still(rows: int, size: int = 50) -> PagedList:
    """A list in which nothing moves."""
    paged = PagedList(Order.CREATED_ASC, size)
    paged.fill(rows)
    return paged


def read(pull: Pull[Any]) -> tuple[set[str], list[BadRow]]:
    """→ (products with an id, rows without one), each as often as they were told."""
    told = [row for page in pull for row in page]
    return {row.product for row in told if row.product}, [row for row in told if not row.product]


@pytest.mark.crossed
@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("rows", "bad"),
    [
        pytest.param(1, {1}, id="the only row"),
        pytest.param(2, {1}, id="the first of two"),
        pytest.param(2, {2}, id="the last of two"),
        pytest.param(3, {2, 3}, id="all of three but the first"),
        pytest.param(3, {1, 2, 3}, id="all of three"),
        pytest.param(7, {4}, id="one in the middle"),
        pytest.param(49, set(range(2, 50)), id="all but the first of a page that is one row short"),
        pytest.param(50, {50}, id="the last of a full page"),
        pytest.param(50, set(range(2, 51)), id="all but the first of a full page"),
        pytest.param(50, set(range(1, 51)), id="all of a full page"),
        pytest.param(51, {50, 51}, id="the last of a full page and the one behind"),
        pytest.param(120, {49, 50, 51}, id="a few across a seam"),
        pytest.param(120, set(range(1, 100)), id="two pages ahead of the rest"),
        pytest.param(120, set(range(10, 121)), id="all from the first page to the end"),
        pytest.param(230, set(range(2, 220)), id="four pages amid the rest"),
        pytest.param(230, set(range(1, 231)), id="every row of five pages"),
        pytest.param(230, {n for n in range(1, 231) if n % 51 > 1}, id="two in a page have one"),
    ],
)
def test_a_list_ends_wherever_rows_have_no_id(rows: int, bad: set[int], way: str, parallel: int) -> None:
    nameless = Nameless(still(rows), bad, WAYS[way])
    pull = nameless.pull(parallel=parallel)
    named, told = read(pull)
    assert pull.ended
    assert named == {str(n) for n in range(1, rows + 1)} - {str(n) for n in bad}
    distinct = 1 if nameless.spoil({"sku": 1}) == nameless.spoil({"sku": 2}) else len(bad)
    assert len(told) == distinct
    assert pull.rows == len(named) + distinct
    assert pull.requests <= 2 * -(-rows // 49) + 2 * len(bad) // 49 + 3 + parallel


def test_a_short_list_whose_last_row_has_no_id_costs_three_calls() -> None:
    """The page, what is behind it, and the page again; one when the size of a page is known."""
    nameless = Nameless(still(2), {2}, WAYS["no id"])
    for size, calls in [(0, 3), (50, 1)]:
        pull = nameless.pull(size=size)
        assert (len(read(pull)[1]), pull.requests) == (1, calls)


@pytest.mark.parametrize("pattern", ["g" + 49 * "b", "gg" + 48 * "b", "gg" + 49 * "b"])
def test_a_long_list_with_few_ids_is_not_taken_for_one_that_is_lost(pattern: str) -> None:
    rows = 80 * len(pattern)
    bad = {n + 1 for n in range(rows) if pattern[n % len(pattern)] == "b"}
    assert len(read(Nameless(still(rows), bad, WAYS["null"]).pull())[0]) == rows - len(bad)


@examples(200)
@given(
    order=st.sampled_from(ORDERS), rows=st.integers(0, 24), size=st.integers(2, 6), take=st.integers(2, 6),
    parallel=st.integers(1, 4), seed=st.integers(0, 9), bad=st.sets(st.integers(1, 40)), way=st.sampled_from([*WAYS]),
    script=SCRIPTS,
)  # fmt: skip
def test_whatever_moves_every_row_is_yielded_and_the_list_ends(
    order: Order, rows: int, size: int, take: int, parallel: int, seed: int, bad: set[int], way: str, script: Any
) -> None:
    """Those that nobody touches: the others come with the next window."""
    nameless = Nameless(PagedList(order, size, script=script), bad, WAYS[way])
    paged = nameless.paged
    paged.fill(rows)
    raw = {item.id: (item.updated_at, row) for item, row in _raw(paged)}
    pull = nameless.pull(take=take, parallel=parallel, pool=lambda _: Shuffled(seed))
    named, told = read(pull)
    untouched = [row for id_, (at, row) in raw.items() if paged.world.known(id_).updated_at == at]
    assert pull.ended
    assert {row["id"] for row in untouched if not nameless.is_bad(row)} <= named
    assert {parse_level(nameless.spoil(row)) for row in untouched if nameless.is_bad(row)} <= set(told)
    assert len(told) == len(set(told))


def _raw(paged: PagedList) -> list[tuple[Any, Raw]]:
    return [(item, level_row(item, paged.world, paged.switches)) for item in paged.world.listing(deleted=True)]


@pytest.mark.parametrize(
    ("rows", "bad", "quiet", "touched", "asked"),
    [
        pytest.param(10, {2, 3, 4}, 1, {2, 3}, [0, 4, 0], id="what moves onto the page shows there afterwards"),
        pytest.param(14, {*range(2, 9)}, 2, {5, 6, 7}, [0, 4, 8, 4, 0], id="or on one of several"),
        pytest.param(20, {8, 9, 10}, 3, {*range(1, 7)}, [0, 3, 6, 10, 6, 3], id="or nothing is proven: it steps back"),
    ],
)
def test_rows_that_move_ahead_of_the_offset_are_not_lost(
    rows: int, bad: set[int], quiet: int, touched: set[int], asked: list[int]
) -> None:
    """Changed rows go to the end of a list sorted by change, and pull others over where the next page begins."""
    paged = PagedList(Order.UPDATED_ASC, script=[*[[]] * quiet, [("stock", id_ - 1) for id_ in sorted(touched)]])
    paged.fill(rows)
    pull = Nameless(paged, bad, WAYS["null"]).pull(take=4)
    assert read(pull)[0] == {str(n) for n in range(1, rows + 1) if n not in bad}
    assert paged.asked[: len(asked)] == asked


@examples(100)
@given(
    order=st.sampled_from(ORDERS), rows=st.integers(0, 24), size=st.integers(2, 6), bad=st.sets(st.integers(1, 24)),
    script=SCRIPTS, stops=st.lists(st.integers(1, 3), max_size=6),
)  # fmt: skip
def test_a_walk_that_is_left_off_among_them_goes_on(
    order: Order, rows: int, size: int, bad: set[int], script: Any, stops: list[int]
) -> None:
    nameless = Nameless(PagedList(order, size, script=script), bad, WAYS["null"])
    nameless.paged.fill(rows)
    before = {item.id: item.updated_at for item in nameless.paged.world.listing(deleted=True)}
    place, met = Place(), dict[str, Mark]()
    for stop in [*stops, MANY]:
        pull = nameless.pull(take=size, after=Walked(place, met))
        for page in islice(pull, stop):
            met |= {row.product: mark(row) for row in page if row.product}
            place = pull.place
        if pull.ended:
            break
    untouched = {id_ for id_, at in before.items() if nameless.paged.world.known(id_).updated_at == at}
    assert pull.ended
    assert {id_ for id_ in untouched if int(id_) not in bad} <= set(met)


@pytest.mark.parametrize("named", [set(), {1}], ids=["no row has an id", "the first has one"])
def test_a_server_that_ignores_skip_is_given_up_without_ids_too(named: set[int]) -> None:
    nameless = Nameless(still(50), set(range(1, 51)) - named, WAYS["null"])
    with pytest.raises(RetryableSourceError, match=r"readable id|ignores `skip`"):
        read(Pull(lambda _, take: nameless.fetch(0, take), parse_level, parallel=1))
    assert len(nameless.paged.asked) < 80


def test_a_list_that_becomes_shorter_while_it_is_read_over_is_read_again() -> None:
    """The page was full when it was taken in, and is not when it is asked for again."""
    paged = still(8, size=4)
    nameless = Nameless(paged, {2, 3, 4}, WAYS["null"])
    answers = iter([Page(nameless.fetch(0, 4).rows, None), Page([], None), Page(nameless.fetch(0, 2).rows, None)])
    pull = Pull(lambda skip, take: next(answers, None) or nameless.fetch(skip, take), parse_level, parallel=1)
    assert read(pull)[0] == {"1", "5", "6", "7", "8"}


class WithoutIds(httpx.BaseTransport):
    """The sandbox of an account with two products, a carton type and a shipment of each; no list of it tells `ids`."""

    def __init__(self, ids: Collection[str]) -> None:
        account = Sandbox(Warehouse(warehouses={"1": "North"}))
        for sku in ("A", "B"):
            account.world.cartons.add(account.world.add(sku, 5).id, 5)
            account.world.shipments.add({sku: 10})
        self._account, self._ids = account.transport(), ids

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._account.handle_request(request)
        told = json.loads(answer.read())
        if isinstance(told, list):
            told = [row | {"id": None} if row["id"] in self._ids else row for row in told]
        return httpx.Response(answer.status_code, json=told)


def every(things: Resource[Any, Any, Any], query: Any) -> list[Any]:
    """Both ways to read a list of the catalogue: the same rows."""
    whole = list(things.every(query))
    assert {str(row) for page in things.in_order(query) for row in page} == {str(row) for row in whole}
    return whole


def in_pages(pull: Any) -> list[Any]:
    rows = [row for page in pull for row in page]
    assert pull.ended
    return rows


LISTS: dict[str, Callable[[SourceClient], list[Any]]] = {
    "stock of products": lambda client: in_pages(client.levels(None)),
    "stock of cartons": lambda client: in_pages(client.carton_levels(None)),
    "stock of products and cartons": lambda client: in_pages(client.levels(None, cartons=True)),
    "products": lambda client: every(client.products, ProductQuery()),
    "cartons": lambda client: every(client.cartons, CartonQuery()),
    "shipments": lambda client: client.arrivals(),
}


@pytest.mark.parametrize("bad", [["1"], ["2"], ["1", "2"]], ids=["the first", "the last", "both"])
@pytest.mark.parametrize("which", LISTS)
def test_every_list_of_two_ends_with_rows_that_have_no_id(which: str, bad: list[str]) -> None:
    http = httpx.Client(transport=WithoutIds(bad))
    rows = LISTS[which](SourceClient("https://api.3plguys.com", SecretStr(TOKEN), http=http))
    both = 2 if which == "stock of products and cartons" else 1
    assert [row.reason for row in rows if isinstance(row, BadRow)] == both * len(bad) * ["id is missing or null"]
    assert len([row for row in rows if not isinstance(row, BadRow)]) == both * (2 - len(bad))
