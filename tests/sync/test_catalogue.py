"""The catalogue is read once a day and for a new id, costs what changed, and never stands in the way of a poll."""

from datetime import timedelta
from typing import Any

import pytest

from bridge.core.catalogue import EVERY, GO_GAP, NEW_ID_GAP, SHORT, CatalogueEntry
from bridge.errors import SourceError
from bridge.sync.catalogue import facts_of, read_catalogue, read_catalogue_if_due

PATH = "/v0/inventory/products"


def look(harness: Any) -> int:
    """What a tick or `sync` does → its requests."""
    before = harness.source.calls[PATH]
    read_catalogue_if_due(harness.context)
    asked: int = harness.source.calls[PATH] - before
    return asked


def until_read(harness: Any) -> int:
    """A whole reading in its goes → how many requests it took in all."""
    asked = look(harness)
    while harness.state.source_record().catalogue.walk is not None:
        harness.clock.advance(GO_GAP.total_seconds())
        asked += look(harness)
    return asked


def known(harness: Any, sku: str) -> Any:
    """The entry of a product; None: there is none."""
    product = harness.warehouse.find(sku).id
    return harness.state.catalogue([product]).get(product)


def stocked(harness: Any, count: int) -> Any:
    """So many products, some with a description, pulled and read."""
    for number in range(count):
        harness.warehouse.add(f"S{number:03}", 1, f"Thing {number}", f"No. {number}" if number % 2 else "")
    harness.later(minutes=10)  # longer ago than one overlap
    harness.cycle()
    until_read(harness)
    return harness


# -- the first reading ---------------------------------------------------------------------------------


def test_the_first_reading_takes_a_few_pages_at_a_time(harness: Any) -> None:
    for number in range(420):
        harness.warehouse.add(f"S{number:03}", 1, "", f"No. {number}")
    harness.cycle()
    assert look(harness) == 4, "a 240th of a window's requests"
    assert look(harness) == 0, "and none before the next go"
    assert 150 < len(harness.state.catalogue([str(n) for n in range(1, 421)])) < 250
    harness.clock.advance(GO_GAP.total_seconds())
    assert until_read(harness) == 5
    assert all(known(harness, f"S{number:03}").description == f"No. {number}" for number in range(420))


def test_what_changes_behind_the_first_reading_is_read_with_the_next_changes(harness: Any) -> None:
    for number in range(420):
        harness.warehouse.add(f"S{number:03}", 1, "", "As it was")
    harness.later(minutes=10)
    harness.cycle()
    look(harness)
    harness.clock.advance(60)
    for sku in ("S000", "S150", "S400"):
        harness.warehouse.rename(sku, "Thing", "As it is")
    harness.warehouse.add("NEW", 1, "", "New meanwhile")
    harness.clock.advance(GO_GAP.total_seconds())
    until_read(harness)
    assert known(harness, "S000").description == "As it was"
    harness.clock.advance(EVERY.total_seconds())
    assert look(harness) == 1
    assert {known(harness, sku).description for sku in ("S000", "S150", "S400")} == {"As it is"}
    assert known(harness, "NEW").description == "New meanwhile"


def test_a_kill_between_two_pages_costs_no_more_than_one(harness: Any) -> None:
    for number in range(300):
        harness.warehouse.add(f"S{number:03}", 1, "", f"No. {number}")
    harness.cycle()
    harness.source.faults.add("500", skip=2, times=-1)
    with pytest.raises(SourceError):
        read_catalogue(harness.context)
    harness.source.faults.queue.clear()
    harness.clock.advance(GO_GAP.total_seconds())
    assert until_read(harness) == 5
    assert all(known(harness, f"S{number:03}") for number in range(300))


# -- what changed --------------------------------------------------------------------------------------


def test_a_reading_costs_what_changed_and_not_what_exists(harness: Any) -> None:
    stocked(harness, 320)
    harness.clock.advance(EVERY.total_seconds())
    assert look(harness) == 1
    for number in range(120):
        harness.warehouse.rename(f"S{number:03}", "Another", "Another one")
    harness.clock.advance(EVERY.total_seconds())
    assert look(harness) == 3
    assert known(harness, "S119").description == "Another one"


@pytest.mark.states("3pl.guide.products.daily")
def test_it_is_read_once_a_day(harness: Any) -> None:
    stocked(harness, 3)
    for hours in (1, 12, 10):
        harness.later(hours=hours)
        assert look(harness) == 0
    harness.later(hours=1)
    assert look(harness) == 1


@pytest.mark.states("3pl.guide.products.on_a_new_id")
def test_a_new_id_has_it_read_sooner(harness: Any) -> None:
    stocked(harness, 3)
    harness.warehouse.add("NEW", 1, "", "Just arrived")
    harness.cycle()
    assert look(harness) == 0, "not with every new id"
    harness.clock.advance(NEW_ID_GAP.total_seconds())
    assert look(harness) == 1
    assert known(harness, "NEW").description == "Just arrived"
    harness.clock.advance(NEW_ID_GAP.total_seconds())
    assert look(harness) == 0


def test_what_the_levels_say_already_is_not_kept_twice(harness: Any) -> None:
    stocked(harness, 4)
    assert [known(harness, f"S{number:03}") for number in range(4)] == [
        None, CatalogueEntry("No. 1"), None, CatalogueEntry("No. 3"),
    ]  # fmt: skip
    harness.warehouse.rename("S001", "Thing 1", "")
    harness.warehouse.rename("S002", "Thing 2", "long " * 100)
    harness.clock.advance(EVERY.total_seconds())
    look(harness)
    assert known(harness, "S001") is None
    assert len(known(harness, "S002").description) == SHORT


def test_a_name_and_a_deletion_that_no_level_tells_of_are_known(harness: Any) -> None:
    """The documents do not say that a rename or a deletion moves the breakdown's `updatedAt`."""
    stocked(harness, 4)
    harness.clock.advance(60)
    harness.warehouse.set_stock("S002", 0)
    harness.cycle()
    harness.warehouse.rename("S000", "Renamed")
    harness.warehouse.delete("S002")
    harness.clock.advance(EVERY.total_seconds())
    look(harness)
    assert known(harness, "S000").name == "Renamed"
    assert harness.state.catalogue(["3"])["3"].deleted is True


def unsorted(request: Any) -> None:
    """An API that does not know this order."""
    request.url = request.url.replace("sortBy=updatedAt&sortOrder=desc", "sortBy=createdAt&sortOrder=asc")


# -- a list that moves, or lies ------------------------------------------------------------------------


def test_more_changes_than_a_go_may_ask_for_are_read_as_they_were_created(harness: Any) -> None:
    harness.source.switches.rate_limit = 100
    stocked(harness, 320)
    for number in range(300):
        harness.warehouse.rename(f"S{number:03}", "Another", "Another one")
    harness.clock.advance(EVERY.total_seconds())
    assert look(harness) == 2
    assert harness.state.source_record().catalogue.walk is not None
    harness.clock.advance(GO_GAP.total_seconds())
    until_read(harness)
    assert known(harness, "S299").description == "Another one"


def test_rows_dated_in_the_future_move_no_cursor_past_the_beginning_of_the_reading(harness: Any) -> None:
    stocked(harness, 3)
    harness.warehouse.date("S000", harness.clock() + timedelta(days=400))
    harness.clock.advance(EVERY.total_seconds())
    began = harness.clock()
    look(harness)
    assert harness.state.source_record().catalogue.cursor.at <= began
    harness.clock.advance(60)
    harness.warehouse.rename("S001", "Renamed", "After that")
    harness.clock.advance(EVERY.total_seconds())
    assert look(harness) == 1
    assert known(harness, "S001").description == "After that"


def test_a_list_that_is_not_sorted_as_asked_is_read_as_a_whole(harness: Any) -> None:
    stocked(harness, 3)
    harness.warehouse.rename("S000", "Renamed", "Behind the others")
    harness.source.before = unsorted
    harness.clock.advance(60)
    harness.warehouse.rename("S001", "Renamed", "Later")
    harness.clock.advance(EVERY.total_seconds())
    look(harness)
    assert harness.state.source_record().catalogue.walk is not None
    harness.clock.advance(GO_GAP.total_seconds())
    until_read(harness)
    assert (known(harness, "S000").description, known(harness, "S001").description) == ("Behind the others", "Later")


def test_a_source_without_a_date_is_read_all_the_same(harness: Any) -> None:
    harness.source.switches.date = False
    stocked(harness, 60)
    harness.clock.advance(60)
    harness.warehouse.rename("S000", "Renamed", "Undated")
    harness.clock.advance(EVERY.total_seconds())
    until_read(harness)
    assert known(harness, "S000").description == "Undated"


def test_another_account_begins_anew(harness: Any) -> None:
    stocked(harness, 3)
    record = harness.state.source_record().catalogue
    harness.state.note_source(catalogue=type(record)(of="another", cursor=record.cursor, read_at=record.read_at))
    harness.clock.advance(EVERY.total_seconds())
    until_read(harness)
    assert harness.state.source_record().catalogue.of == record.of


# -- beside the polls ----------------------------------------------------------------------------------


def test_stock_comes_first(harness: Any) -> None:
    assert facts_of(harness.state.source_record()).waits, "nothing was pulled yet"
    harness.warehouse.add("A", 1)
    harness.cycle()
    assert not facts_of(harness.state.source_record()).waits


def test_nothing_is_asked_for_while_polls_need_the_budget(harness: Any) -> None:
    harness.warehouse.add("A", 1)
    harness.cycle()
    for _ in range(320):  # of the 400 that are ours
        harness.context.open_source(lambda request: request(), lambda status: None).check()
    harness.cycle()
    assert look(harness) == 0
    harness.later(hours=1)
    assert look(harness) == 1


def test_a_poll_goes_on_beside_a_reading(harness: Any) -> None:
    """They have leases of their own."""
    stocked(harness, 3)
    with harness.context.lease("catalogue") as lease:
        assert lease is not None
        harness.warehouse.set_stock("S000", 9)
        assert harness.cycle().source.changed == 1
    with harness.context.lease("source") as lease:
        assert lease is not None
        harness.clock.advance(EVERY.total_seconds())
        assert look(harness) == 1


@pytest.mark.parametrize("kind", ["500", "502", "html", "object", "cut"])
def test_what_goes_wrong_troubles_nobody_and_is_tried_again(harness: Any, kind: str) -> None:
    stocked(harness, 3)
    harness.warehouse.rename("S000", "Renamed", "Late")
    harness.source.faults.add(kind, times=-1)
    harness.clock.advance(EVERY.total_seconds())
    look(harness)
    harness.source.faults.queue.clear()
    assert harness.state.source_record().breaker is None
    assert harness.cycle().code == 0
    harness.clock.advance(NEW_ID_GAP.total_seconds())
    look(harness)
    assert known(harness, "S000").description == "Late"


def test_a_token_that_may_not_have_it_stops_no_stock(harness: Any) -> None:
    harness.source.switches.catalogue_scope = "another"
    harness.warehouse.add("A", 1, "", "At last")
    harness.cycle()
    assert (look(harness), look(harness)) == (1, 0)
    assert harness.cycle().code == 0
    harness.source.switches.catalogue_scope = "inventory"
    harness.clock.advance(NEW_ID_GAP.total_seconds())
    until_read(harness)
    assert known(harness, "A").description == "At last"
