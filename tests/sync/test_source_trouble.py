"""A warehouse API that fails: a clean abort, the documented exit code, the cursor where it stood."""

from typing import Any

import pytest

from bridge.ops.health import health_of
from bridge.threeplguys.sandbox import FaultKind
from tests.harness.installation import Installation

BREAKDOWN = "/v0/inventory/products/breakdown"
CATALOGUE = "/v0/inventory/products"


@pytest.fixture
def known(harness: Installation) -> Installation:
    """A hundred and twenty products in order, and one change that nobody has pulled yet."""
    for n in range(120):
        harness.add(f"S{n:03}", 10)
    assert harness.cycle().code == 0
    harness.warehouse.set_stock("S000", 7)
    return harness


def cursor(harness: Installation) -> Any:
    return harness.state.source_record().cursor


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind not in (FaultKind.REDIRECT, FaultKind.STALL)])
def test_a_source_in_trouble_changes_nothing_and_loses_nothing(known: Installation, kind: FaultKind) -> None:
    before = cursor(known)
    known.source.faults.add(kind, times=1_000)
    done = known.cycle()
    assert (done.code, bool(done.source.error)) == (75, True)
    assert (cursor(known), known.main.shows("S000")) == (before, 10)
    assert known.source_breaker.kind == "failing"
    known.source.faults.clear()
    assert known.cycle().code == 0
    assert (known.main.shows("S000"), known.source_breaker) == (7, None)


def test_a_failing_page_aborts_the_pull_and_the_cursor_stays(known: Installation) -> None:
    for n in range(120):
        known.warehouse.set_stock(f"S{n:03}", 9)
    before = cursor(known)
    known.source.faults.add(FaultKind.SERVER_ERROR, times=1_000, skip=2)
    assert known.cycle().code == 75
    assert cursor(known) == before
    known.source.faults.clear()
    assert known.cycle().code == 0
    assert {known.main.shows(f"S{n:03}") for n in range(120)} == {9}


def test_a_failing_page_of_a_full_pull_changes_no_level(known: Installation) -> None:
    known.source.faults.add(FaultKind.SERVER_ERROR, times=1_000, skip=1)
    assert known.cycle(full=True).code == 75
    assert known.main.shows("S000") == 10


def test_a_short_outage_is_waited_out(known: Installation) -> None:
    known.source.faults.add(FaultKind.UNAVAILABLE, times=2)
    assert known.cycle().code == 0
    assert known.main.shows("S000") == 7
    assert known.slept > 0


@pytest.mark.parametrize("says", [True, False], ids=["with Retry-After", "without"])
def test_a_spent_budget_is_respected_until_it_is_renewed(known: Installation, says: bool) -> None:
    known.source.switches.retry_after = says
    known.source.switches.rate_limit = known.source.calls.total()
    done = known.cycle()
    assert (done.code, known.main.shows("S000")) == (75, 10)
    asked = known.source.calls.total()
    assert known.cycle().code == 75
    assert known.source.calls.total() == asked  # nobody asks before the window ends
    known.later(hours=1)
    assert known.cycle().code == 0
    assert known.main.shows("S000") == 7


def test_sales_go_on_being_subtracted_while_the_source_is_away(known: Installation) -> None:
    known.source.faults.add(FaultKind.SERVER_ERROR, times=1_000)
    order = known.main.sell("S001", 4)
    known.cycle()
    known.main.ship(order)
    known.cycle()
    assert known.main.shows("S001") == 6


def test_an_increase_waits_for_the_source(known: Installation) -> None:
    """What a cancelled order gives back is on sale at once, by the shop's own hand; a hand edit down is not
    healed before the source was heard."""
    known.source.faults.add(FaultKind.SERVER_ERROR, times=1_000)
    known.main.edit("S001", 2)
    known.resync("main", "S001")
    known.cycle()
    assert known.main.shows("S001") == 2
    known.source.faults.clear()
    known.cycle()
    assert known.main.shows("S001") == 10


@pytest.mark.parametrize("scopes", [None, frozenset({"locations"})], ids=["401", "403"])
def test_a_refused_token_needs_a_person(known: Installation, scopes: Any) -> None:
    before = cursor(known)
    known.source.tokens = {} if scopes is None else {"3pl_test-token": scopes}
    done = known.cycle()
    assert done.code == 1
    assert "3pl_test-token" not in str(done.source.error)
    assert known.source_breaker.kind == "operator"
    assert (cursor(known), known.main.shows("S000")) == (before, 10)
    known.source.tokens = {"3pl_test-token": frozenset({"inventory"})}
    assert known.cycle().code == 0
    assert known.main.shows("S000") == 7


def test_a_redirect_needs_a_person_and_is_not_followed(known: Installation) -> None:
    known.source.faults.add(FaultKind.REDIRECT, times=1_000)
    done = known.cycle()
    assert (done.code, "elsewhere.example" in str(done.source.error)) == (1, True)


# -- how often --------------------------------------------------------------------------------------------


def test_an_idle_poll_is_one_read_and_no_write(known: Installation) -> None:
    known.cycle()
    known.later(minutes=2)
    known.cycle()
    reads, writes = known.source.calls.total(), known.main.writes
    known.cycle()
    assert (known.source.calls.total() - reads, known.main.writes - writes) == (1, 0)


def test_names_come_with_the_levels_and_cost_no_reading_of_their_own(known: Installation) -> None:
    known.later(hours=25)
    known.warehouse.rename("S001", "Renamed")
    item = known.warehouse.add("NEW", 1, name="Brand new")
    known.cycle()
    assert known.source.calls[CATALOGUE] == 0
    levels = known.state.levels([item.id, known.item("S001").id])
    found = {level.sku: level.name for level in levels.values()}
    assert found == {"S001": "Renamed", "NEW": "Brand new"}


def test_everything_is_pulled_once_a_day(known: Installation) -> None:
    """The daily pull is what finds a change that no window showed."""
    known.cycle()
    item = known.item("S050")
    item.units["1"] = 6  # counted behind the source's back: updatedAt stays
    known.warehouse._views.clear()
    known.later(hours=23)
    known.cycle()
    assert known.main.shows("S050") == 10
    known.later(hours=1)
    known.cycle()
    assert known.main.shows("S050") == 6


def test_nobody_pulls_while_another_worker_does(known: Installation) -> None:
    with known.context.lease("source"):
        done = known.cycle()
    assert done.code == 75
    assert known.main.shows("S000") == 10


def test_a_bug_while_the_warehouse_is_read_colours_the_light_until_a_pull_ends_well(known: Installation) -> None:
    def bug(_: object) -> None:
        raise KeyError("a part nobody thought of")

    before = cursor(known)
    known.source.before = bug
    with pytest.raises(KeyError):
        known.cycle()
    noted = known.source_breaker
    assert (noted.kind, "KeyError in the bridge" in noted.why) == ("bug", True)
    assert cursor(known) == before
    found = health_of(known.context, known.context.stores)
    assert (found.person, "KeyError" in repr(found)) == (True, True)
    known.source.before = lambda _: None
    assert known.cycle().code == 0
    assert (known.main.shows("S000"), known.source_breaker) == (7, None)
