"""A row that breaks every page which holds it: left out, named, nothing raised on it; all else goes on (rule 17)."""

import random
from typing import Any

import pytest

from bridge.core.health import Light
from bridge.ops.health import health_of
from bridge.threeplguys.sandbox import FaultKind, Order
from tests.harness.installation import Installation
from tests.harness.sweeps import sweep

BREAKDOWN = "/v0/inventory/products/breakdown"
COUNT = 120
FIRST, LAST = 0, COUNT - 1
SEAM = 49
"""Pages hold fifty rows and overlap by one: the last of the first is the first of the second."""


@pytest.fixture
def known(harness: Installation) -> Installation:
    """A hundred and twenty products in order, in a list that is sorted as they were made."""
    harness.source.switches.order = Order.CREATED_ASC
    for n in range(COUNT):
        harness.add(f"S{n:03}", 10)
    assert harness.cycle().code == 0
    return harness


def change_all(harness: Installation, units: int) -> None:
    for n in range(COUNT):
        harness.warehouse.set_stock(f"S{n:03}", units)


def wrong(harness: Installation, units: int, *, but: set[str]) -> list[str]:
    every = [f"S{n:03}" for n in range(COUNT)]
    return [sku for sku in every if sku not in but and harness.main.shows(sku) != units]


def named(harness: Installation) -> set[str | None]:
    return {row["sku"] for row in harness.state.bad_rows().values()}


def light(harness: Installation) -> tuple[Light, bool]:
    found = health_of(harness.context, harness.context.stores)
    return found.light, found.person


@pytest.mark.crossed
@pytest.mark.parametrize("whole", [True, False], ids=["whole pull", "poll"])
@pytest.mark.parametrize(
    "rows",
    sweep(
        [
            [FIRST], [SEAM], [20, 30], [LAST], [1], [25], [SEAM - 1], [SEAM + 1], [97], [98], [10, 100], [60, 61],
            [FIRST, LAST], [FIRST, 1], [LAST - 1, LAST],
        ],
        keep=4,
    ),
    ids=str,
)  # fmt: skip
def test_rows_that_break_their_pages_are_left_out_and_named(known: Installation, rows: list[int], whole: bool) -> None:
    change_all(known, 12)
    bad = {f"S{n:03}" for n in rows}
    for sku in bad:
        known.warehouse.spoil(sku)
    asked = known.source.calls[BREAKDOWN]
    assert known.cycle(full=whole).code == 1
    assert wrong(known, 12, but=bad) == []
    assert {known.main.shows(sku) for sku in bad} == {10}
    assert named(known) == bad
    assert light(known) == (Light.LATE, True)
    walks = 2 if whole else 1  # changes are polled for meanwhile
    assert known.source.calls[BREAKDOWN] - asked <= 20 + 22 * len(bad) * walks  # ten of each by patience
    for sku in bad:
        known.warehouse.spoil(sku, breaks=False)
    assert known.cycle().code == 0
    assert wrong(known, 12, but=set()) == []
    assert light(known) == (Light.GREEN, False)


@pytest.mark.crossed
@pytest.mark.parametrize("whole", [True, False], ids=["whole pull", "poll"])
@pytest.mark.parametrize("rows", sweep([[SEAM], [20, 30], [FIRST], [25], [LAST]], 2), ids=str)
def test_rows_that_hold_up_their_pages_for_ever_are_left_out_and_named(
    known: Installation, rows: list[int], whole: bool
) -> None:
    change_all(known, 12)
    known.source.switches.spoilt_stalls = known.source.switches.spoilt_by_id = True
    bad = {f"S{n:03}" for n in rows}
    for sku in bad:
        known.warehouse.spoil(sku)
    assert known.cycle(full=whole).code == 1
    assert (wrong(known, 12, but=bad), named(known)) == ([], bad)
    assert {known.main.shows(sku) for sku in bad} == {10}
    for sku in bad:
        known.warehouse.spoil(sku, breaks=False)
    assert known.cycle().code == 0
    assert wrong(known, 12, but=set()) == []


@pytest.mark.crossed
@pytest.mark.parametrize("whole", [True, False], ids=["whole pull", "poll"])
@pytest.mark.parametrize("elsewhere", ["", "spoilt_by_id", "spoilt_in_catalogue"])
def test_a_row_that_breaks_its_page_is_looked_for_soon(known: Installation, whole: bool, elsewhere: str) -> None:
    change_all(known, 12)
    if elsewhere:
        setattr(known.source.switches, elsewhere, True)
    known.warehouse.spoil("S070")
    waited = known.slept
    assert known.cycle(full=whole).code == 1
    assert named(known) <= {"S070", None}
    assert wrong(known, 12, but={"S070"}) == [] or elsewhere == "spoilt_in_catalogue"  # a whole pull comes next
    assert known.slept - waited <= 15  # of three lists; patience alone would take a minute of each


def test_an_outage_of_seconds_is_waited_out_and_leaves_nothing_out(known: Installation) -> None:
    """So long that nothing else answers either when it is looked for the row at fault."""
    change_all(known, 12)
    known.source.faults.add(FaultKind.SERVER_ERROR, times=12, skip=1)
    assert known.cycle().code == 0
    assert (wrong(known, 12, but=set()), named(known)) == ([], set())


@pytest.mark.parametrize("whole", [True, False], ids=["whole pull", "poll"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_warehouse_that_says_nothing_is_not_waited_for_twice(known: Installation, after: int, whole: bool) -> None:
    change_all(known, 9)
    before, asked = known.state.source_record().cursor, known.source.calls[BREAKDOWN]
    known.source.faults.add(FaultKind.STALL, times=1_000, skip=after)
    done = known.cycle(full=whole)
    assert (done.code, "did not answer in time" in str(done.source.error)) == (75, True)
    assert (known.state.source_record().cursor, named(known)) == (before, set())
    known.source.faults.clear()
    assert known.source.calls[BREAKDOWN] - asked <= 26  # of each page in flight three or four tries that end at once
    assert known.cycle(full=whole).code == 0
    assert wrong(known, 9, but=set()) == []


@pytest.mark.parametrize("whole", [True, False], ids=["whole pull", "poll"])
def test_nothing_is_raised_on_a_row_that_is_left_out(known: Installation, whole: bool) -> None:
    known.warehouse.set_stock("S050", 3)
    known.warehouse.spoil("S050")
    known.cycle(full=whole)
    known.main.edit("S050", 2)
    known.resync("main", "S050")
    known.cycle()
    assert known.main.shows("S050") == 2


def test_a_whole_pull_takes_it_for_neither_gone_nor_changed(known: Installation) -> None:
    item = known.warehouse.spoil("S070")
    known.source.switches.spoilt_by_id = True
    assert known.cycle(full=True).code == 1
    level = known.state.levels([item.id])[item.id]
    assert (level.units, level.deleted, bool(level.doubt)) == ({"1": 10}, False, True)
    assert named(known) == {"S070"}


def test_what_the_catalogue_does_not_tell_a_whole_pull_finds_before_anything_is_raised(known: Installation) -> None:
    """Whether a change of stock moves `updatedAt` of the catalogue is not documented."""
    known.source.switches.catalogue_moves = False
    for _ in range(2):  # the second no longer looks back to when the products were made
        known.later(hours=2)
        known.cycle()
    known.warehouse.set_stock("S001", 15)
    known.warehouse.set_stock("S002", 4)
    known.warehouse.spoil("S070")
    assert known.cycle().code == 1
    assert (named(known), known.main.shows("S001"), known.main.shows("S002")) == ({None}, 10, 4)
    assert known.cycle().code == 1
    assert (named(known), known.main.shows("S001")) == ({"S070"}, 15)
    asked = known.source.calls.total()
    assert known.cycle().code == 1
    assert named(known) == {"S070"}
    assert known.source.calls.total() - asked < 30


def test_a_first_pull_names_what_nobody_knew(harness: Installation) -> None:
    for n in range(COUNT):
        harness.add(f"S{n:03}", 10)
    harness.warehouse.spoil("S033")
    assert harness.cycle().code == 1
    assert named(harness) == {"S033"}
    assert harness.state.levels_known() == COUNT - 1


def test_a_long_pull_keeps_what_it_left_out(harness: Installation) -> None:
    for n in range(1_500):
        harness.warehouse.add(f"S{n:04}", 10)
    harness.later(hours=1)
    harness.warehouse.spoil("S1480")  # near the end of the list
    harness.later(hours=1)
    harness.source.switches.rate_limit = 45
    done = harness.cycle()
    assert done.code == 75
    for _ in range(2):
        harness.later(hours=1)
        harness.context = harness.build()
        done = harness.cycle()
    assert done.source.error is None
    assert named(harness) == {"S1480"}
    assert harness.state.levels_known() == 1_499


def test_too_many_at_once_are_an_outage(known: Installation) -> None:
    change_all(known, 12)
    for n in range(0, 60, 10):
        known.warehouse.spoil(f"S{n:03}")
    before = known.state.source_record().cursor
    assert known.cycle().code == 75
    assert known.state.source_record().cursor == before


@pytest.mark.crossed
@pytest.mark.parametrize("whole", [True, False], ids=["whole pull", "poll"])
@pytest.mark.parametrize("after", [1, 0, 2])
@pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.CUT_JSON, FaultKind.TORN, FaultKind.GATEWAY_HTML])
def test_an_outage_stays_an_outage(known: Installation, kind: FaultKind, after: int, whole: bool) -> None:
    change_all(known, 9)
    before, asked = known.state.source_record().cursor, known.source.calls[BREAKDOWN]
    known.source.faults.add(kind, times=1_000, skip=after)
    assert known.cycle(full=whole).code == 75
    assert known.source_breaker.kind == "failing"
    assert (known.state.source_record().cursor, named(known)) == (before, set())
    known.source.faults.clear()
    assert known.source.calls[BREAKDOWN] - asked < 60
    assert known.cycle(full=whole).code == 0
    assert wrong(known, 9, but=set()) == []


def test_rows_that_break_a_page_only_together_are_all_read(known: Installation) -> None:
    """A page too large for the server: nothing is left out."""
    change_all(known, 12)
    known.source.switches.breaks_over = 30
    assert known.cycle().code == 0
    assert (wrong(known, 12, but=set()), named(known)) == ([], set())


@pytest.mark.parametrize("order", [Order.CREATED_DESC, Order.UPDATED_ASC, Order.UPDATED_DESC, Order.SKU_ASC])
@pytest.mark.parametrize("seed", sweep(range(3), 1))
def test_a_list_that_moves_around_a_broken_row_loses_nothing(known: Installation, order: Order, seed: int) -> None:
    """With every third request something is counted anew, created, or counted to nothing and deleted."""
    dice = random.Random(seed)
    known.source.switches.order = order
    change_all(known, 12)
    known.warehouse.spoil("S060")

    def move(request: Any) -> None:
        sku = f"S{dice.randrange(COUNT):03}"
        if dice.random() > 0.3 or request.path != BREAKDOWN or sku == "S060" or not known.warehouse.find(sku):
            return
        known.warehouse.set_stock(sku, units := dice.choice([0, 5, 12]))
        if not units:
            known.warehouse.delete(sku)
            known.warehouse.add(f"N{len(known.warehouse)}", 3)

    known.source.before = move
    for whole in (True, False):
        known.later(minutes=1)
        known.cycle(full=whole)
    known.source.before = lambda _: None
    known.later(minutes=1)
    known.cycle()
    items = known.warehouse.listing(Order.ID, deleted=True)
    levels = known.state.levels([item.id for item in items])
    assert [
        item.sku for item in items
        if item.sku != "S060" and levels[item.id].units != ({} if item.deleted_at else item.units)
    ] == []  # fmt: skip
    assert (levels["61"].units, levels["61"].deleted) == ({"1": 10}, False)
    assert "S060" in named(known)


def test_a_pull_goes_on_although_the_row_it_stopped_at_breaks_since(harness: Installation) -> None:
    """The next page would begin with that row."""
    harness.source.switches.order = Order.CREATED_ASC
    for n in range(300):
        harness.add(f"S{n:03}", 10)
    harness.later(hours=1)
    harness.source.switches.rate_limit = 5
    assert harness.cycle().code == 75
    unfinished = harness.state.source_record().unfinished
    assert unfinished
    place = unfinished.place.next
    harness.source.switches.rate_limit = 1_000
    harness.warehouse.spoil(f"S{place:03}")
    harness.later(hours=1)
    harness.context = harness.build()
    assert harness.cycle().code == 1
    assert named(harness) == {f"S{place:03}"}
    assert harness.state.levels_known() == 300
