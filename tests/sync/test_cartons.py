"""The list of carton types is pulled as that of products is: its own seams, one cursor, one place, one judgement."""

from datetime import timedelta
from typing import Any

import pytest

from bridge.core.sku import carton_sku
from bridge.errors import UntrustedPullError
from bridge.sync.pull.flow import pull
from bridge.threeplguys.sandbox import Order
from tests.harness.installation import Installation
from tests.harness.shops import Build

from .test_long_pull import KilledError, go, refused, wrong

PRODUCTS, CARTONS = "/v0/inventory/products/breakdown", "/v0/inventory/cartons/breakdown"


@pytest.fixture
def cased(harness_with: Build) -> Installation:
    """`main` sells one carton type, so that all of them are read."""
    return harness_with('[stores.main.cartons]\n"CASE" = "1"')


def pack(harness: Installation, count: int, *, limit: int = 1_000) -> None:
    """So many products, each packed in one way."""
    for n in range(count):
        item = harness.warehouse.add(f"S{n:04}")
        harness.warehouse.cartons.receive(harness.warehouse.cartons.add(item.id, 2).id, 5)
    harness.source.switches.rate_limit = limit
    harness.later(hours=1)


def miscounted(harness: Installation) -> list[str]:
    """Carton types whose level is not what the warehouse holds."""
    types = harness.warehouse.cartons.listing(Order.ID, deleted=True)
    known = harness.state.levels([carton_sku(made.id) for made in types])
    held = {name: level.units for name, level in known.items()}
    return [made.id for made in types if held.get(carton_sku(made.id)) != ({} if made.deleted_at else made.counts)]


def test_an_idle_poll_costs_a_request_for_each_list_and_a_change_no_more(cased: Installation) -> None:
    pack(cased, 120)
    cased.cycle()
    assert miscounted(cased) == []
    cased.later(minutes=20)
    for changes in (0, 1):
        cased.warehouse.cartons.receive("7", 1) if changes else None
        asked = dict(cased.source.calls)
        cased.cycle()
        assert [cased.source.calls[path] - asked[path] for path in (PRODUCTS, CARTONS)] == [1, 1]
        assert miscounted(cased) == []


def test_a_list_with_shorter_pages_than_the_other_is_read_to_its_end(cased: Installation) -> None:
    pack(cased, 60)
    answered = cased.source._answered

    def answer(request: Any) -> Any:
        cased.source.switches.max_take = 10 if request.path == CARTONS else 50
        return answered(request)

    cased.source._answered = answer  # type: ignore[method-assign]
    cased.cycle()
    assert (wrong(cased), miscounted(cased)) == ([], [])
    assert cased.state.source_record().size == 50


def test_a_pull_of_both_that_is_longer_than_a_window_keeps_its_place(cased: Installation) -> None:
    """50 pages and 20 requests in an hour: the first window ends in the first list, another one in the second."""
    pack(cased, 1_200, limit=20)
    too_many, places = refused(cased), list[int]()
    go(cased)
    while (kept := cased.state.source_record().unfinished) is not None:
        places.append(kept.place.list)
        cased.warehouse.cartons.receive("3", 1)
        go(cased, minutes=62)
    assert (places[0], places[-1]) == (0, 1)
    go(cased)
    assert (wrong(cased), miscounted(cased), too_many) == ([], [], [])


def test_how_many_rows_there_are_is_said_of_both_lists(cased: Installation) -> None:
    pack(cased, 150)
    lists = set[int]()
    while go(cased, minutes=0.1, time_limit=timedelta(0)).error is not None:
        kept = cased.state.source_record().unfinished
        assert kept is not None
        assert kept.total is not None
        assert kept.place.rows <= kept.total <= 310
        lists.add(kept.place.list)
    assert lists == {0, 1}


def test_a_killed_pull_goes_on_in_the_list_where_it_was(cased: Installation) -> None:
    pack(cased, 1_000)
    calls = iter(range(10_000))

    def kill(request: Any) -> None:
        if request.path in (PRODUCTS, CARTONS) and next(calls) % 15 == 14:
            raise KilledError

    cased.source.before = kill
    for _ in range(20):
        try:
            done = go(cased)
        except KilledError:
            continue
        break
    assert done.error is None
    assert (wrong(cased), miscounted(cased)) == ([], [])
    assert cased.source.calls[CARTONS] <= -(-1_000 // 49) + 5 * 5 + 10


@pytest.mark.parametrize("whole", [True, False], ids=["whole pull", "poll"])
def test_a_type_that_breaks_its_page_is_left_out_and_named(cased: Installation, whole: bool) -> None:
    pack(cased, 60)
    cased.cycle()
    for made in cased.warehouse.cartons.listing(Order.ID):
        cased.warehouse.cartons.receive(made.id, 1)
    cased.warehouse.cartons.spoil("30")
    assert cased.cycle(full=whole).source.error is None
    assert miscounted(cased) == ["30"]
    assert {row["product"] for row in cased.state.bad_rows().values()} == {carton_sku("30")}
    cased.warehouse.cartons.spoil("30", breaks=False)
    cased.cycle()
    assert (miscounted(cased), cased.state.bad_rows()) == ([], {})


def test_a_list_that_lost_most_of_its_types_is_not_believed(cased: Installation) -> None:
    pack(cased, 60)
    cased.cycle()
    cased.warehouse.cartons.left_out = frozenset(str(n) for n in range(1, 41))
    with pytest.raises(UntrustedPullError, match="40 of 120"):
        pull(cased.context, full=True)
    assert miscounted(cased) == []


def test_an_id_or_sku_that_looks_like_one_of_ours_is_no_carton_type(cased: Installation) -> None:
    pack(cased, 3)
    cased.warehouse.garble("S0000", id=carton_sku("2"))
    cased.warehouse.garble("S0001", sku=carton_sku("2"))
    cased.cycle()
    assert cased.state.levels([carton_sku("2")])[carton_sku("2")].units == {"1": 5}
    assert sorted(row["why"] for row in cased.state.bad_rows().values()) == [
        "id is '\\x00carton 2'",
        "sku is '\\x00carton 2'",
    ]
