"""A pull that needs more requests than the window has: it keeps its place, and goes on in the next one (rule 4)."""

import random
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import Any

import pytest

from bridge.core.cursor import Cursor
from bridge.core.health import Light
from bridge.core.schedule import pull_is_due
from bridge.errors import RetryableSourceError
from bridge.ops.health import health_of
from bridge.state import keys, pulled
from bridge.state.change import Change
from bridge.sync.pull.flow import pull
from bridge.sync.pull.long_pull import WAITS_FOR_BUDGET, begin_pull
from bridge.sync.timetable import source_facts
from bridge.threeplguys.paging import PARALLEL, Pull
from bridge.threeplguys.sandbox import Order
from connectors.testing.http import DroppedError
from connectors.values import replace
from tests.harness.inline import Abreast
from tests.harness.installation import Installation

BREAKDOWN = "/v0/inventory/products/breakdown"


class KilledError(BaseException):
    """The process is gone."""


def fill(harness: Installation, count: int, *, limit: int, units: int = 10) -> list[str]:
    skus = [f"S{n:04}" for n in range(count)]
    for sku in skus:
        harness.warehouse.add(sku, units)
    harness.source.switches.rate_limit = limit
    harness.later(hours=1)
    return skus


def go(harness: Installation, *, minutes: float = 1.0, **named: Any) -> Any:
    """One pull by a process of its own, a while later."""
    harness.later(minutes=minutes)
    harness.context = harness.build()
    return pull(harness.context, **named)


def until_done(harness: Installation, *, hours: float, **named: Any) -> int:
    """Minutes until no pull is unfinished, when workers look once a minute whether one is due."""
    for minute in range(int(hours * 60)):
        done = tick(harness, **named)
        if done is not None and done.error is None:
            return minute
    raise AssertionError(f"not done after {hours} hours")


def tick(harness: Installation, **named: Any) -> Any:
    """What a worker does a minute later: a pull, if one is due."""
    harness.later(minutes=1)
    harness.context = harness.build()
    if not pull_is_due(source_facts(harness.context), harness.clock.now):
        return None
    harness.state.note_source(tried=harness.clock.now)
    return pull(harness.context, **named)


def unfinished_at(harness: Installation) -> int:
    """The row at which the next page of a pull begins that is not done."""
    unfinished = pulled.load_unfinished(harness.state)
    assert unfinished is not None
    return unfinished.place.next


def wrong(harness: Installation) -> list[str]:
    """Products whose level is not what the warehouse holds."""
    items = harness.warehouse.listing(Order.ID, deleted=True)
    known = harness.state.levels([item.id for item in items])
    return [
        item.sku for item in items
        if item.id not in known or known[item.id].units != ({} if item.deleted_at else item.units)
    ]  # fmt: skip


def refused(harness: Installation) -> list[int]:
    """Every request is answered within the budget → those that were not, by their number; filled later."""
    answered, found = harness.source._answered, list[int]()

    def answer(request: Any) -> Any:
        result = answered(request)
        found.extend([sum(harness.source.calls.values())] if result.status == 429 else [])
        return result

    harness.source._answered = answer  # type: ignore[method-assign]
    return found


def test_a_first_pull_of_more_than_a_window_ends_with_the_second(harness: Installation) -> None:
    """1,200 products need 25 pages, and there are 20 requests in an hour: 18 for the pull, two for changes."""
    fill(harness, 1_200, limit=20)
    too_many = refused(harness)
    first = go(harness)
    assert harness.source.calls[BREAKDOWN] == 18
    assert (harness.state.source_record().full_at, harness.state.source_record().cursor) == (None, Cursor())
    # The last requests go out together, and whichever comes first to the budget has the last of it.
    kept = [rows for rows in range(883 - 49 * (PARALLEL - 1), 884, 49) if f"at {rows} rows" in first.error]
    assert kept, first.error
    assert until_done(harness, hours=1.1) <= 61
    assert (wrong(harness), too_many) == ([], [])


@pytest.mark.states("3pl.guide.incremental.upsert")
def test_what_changes_meanwhile_is_stored_before_the_first_pull_ends(harness: Installation) -> None:
    skus = fill(harness, 1_200, limit=20)
    go(harness)
    item = harness.warehouse.set_stock(skus[3], 4)
    assert harness.state.levels_known() == 0
    go(harness)
    assert harness.state.levels([item.id])[item.id].units == {"1": 4}
    until_done(harness, hours=1.2)
    assert wrong(harness) == []


@pytest.mark.crossed
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("order", [Order.CREATED_DESC, Order.UPDATED_ASC, Order.SKU_ASC])
def test_a_list_that_moves_all_the_while_loses_nothing(
    harness: Installation, monkeypatch: pytest.MonkeyPatch, order: Order, seed: int
) -> None:
    """Three windows or four, and with every minute something is counted, created or deleted."""
    monkeypatch.setitem(Pull.__init__.__kwdefaults__ or {}, "pool", Abreast)
    dice = random.Random(seed)
    harness.source.switches.order = order
    fill(harness, 1_000, limit=10)
    for minute in range(1_000):
        sku = f"S{dice.randrange(1_000):04}"
        if harness.warehouse.find(sku) and dice.random() < 0.3:
            units = dice.randrange(30)
            harness.warehouse.set_stock(sku, units)
            if not units:
                harness.warehouse.delete(sku)
        elif dice.random() < 0.1:
            harness.warehouse.add(f"N{minute}", 3)
        tick(harness)
        if harness.state.source_record().full_at:
            break
    assert harness.state.source_record().full_at
    assert 60 < minute <= 180
    harness.later(hours=1)
    go(harness)
    assert wrong(harness) == []


def test_the_way_forward_from_a_seam_far_back_is_kept(harness: Installation) -> None:
    """Three rows a page and nine pages a window. When all from fifteen rows before the place on are edited, the walk
    steps back thirty, and is not back at what is new before the window ends."""
    harness.source.switches.max_take = 3
    skus = fill(harness, 60, limit=11)  # in the order of the list
    go(harness)
    while (place := unfinished_at(harness)) <= 30:  # how many pages of a window are of the list is not always the same
        harness.later(hours=1)
        go(harness)
    for sku in skus[place - 15 :]:
        harness.warehouse.set_stock(sku, 3)
    until_done(harness, hours=12)
    assert wrong(harness) == []


def test_a_killed_pull_costs_the_pages_in_flight(harness: Installation) -> None:
    fill(harness, 2_000, limit=1_000)
    calls = iter(range(10_000))

    def kill(request: Any) -> None:
        if request.path == BREAKDOWN and next(calls) % 15 == 14:
            raise KilledError

    harness.source.before = kill
    for _ in range(20):
        try:
            done = go(harness)
        except KilledError:
            continue
        break
    assert done.error is None
    assert wrong(harness) == []
    assert harness.source.calls[BREAKDOWN] <= -(-2_000 // 49) + 5 * 5 + 5  # pages in flight, and a poll per start


def test_a_bulk_edit_of_more_than_a_window_is_read_to_its_end(harness: Installation) -> None:
    skus = fill(harness, 1_200, limit=1_000)
    for sku in skus[:20]:
        harness.main.add(sku, 10)
    assert harness.cycle().code == 0
    harness.later(hours=1)
    harness.source.switches.rate_limit = 20
    for sku in skus:
        harness.warehouse.set_stock(sku, 12)
    done = harness.cycle()
    assert (done.code, "changes" in str(done.source.error)) == (75, True)
    cursor = harness.state.source_record().cursor
    harness.warehouse.set_stock(skus[0], 3)  # in the part that was read
    harness.warehouse.set_stock(skus[1_199], 4)
    done = harness.cycle()
    assert harness.main.shows(skus[0]) == 3  # at once, while nothing is raised
    assert harness.state.source_record().cursor == cursor
    until_done(harness, hours=4)
    harness.cycle()
    assert wrong(harness) == []
    assert harness.main.shows(skus[5]) == 12


def test_changes_reach_the_shops_while_a_later_whole_pull_goes_on(harness: Installation) -> None:
    skus = fill(harness, 1_200, limit=1_000)
    for sku in skus[:20]:
        harness.main.add(sku, 10)
    assert harness.cycle().code == 0
    harness.later(hours=25)
    harness.source.switches.rate_limit = 20
    done = harness.cycle()
    assert (done.code, "whole pull" in str(done.source.error)) == (75, True)
    assert health_of(harness.context, harness.context.stores).light is Light.GREEN  # every number is right
    harness.later(minutes=1)
    harness.warehouse.set_stock(skus[4], 15)
    harness.cycle()
    assert harness.main.shows(skus[4]) == 15
    until_done(harness, hours=1.2)
    assert wrong(harness) == []
    assert harness.main.shows(skus[4]) == 15


@pytest.mark.states("3pl.guide.polling.keep_updated_at")
def test_an_older_page_never_overwrites_what_a_poll_stored(harness: Installation) -> None:
    """The whole pull met it first; then a poll did, and then the whole pull ends."""
    skus = fill(harness, 1_200, limit=1_000)
    harness.cycle()
    harness.later(hours=25)
    harness.source.switches.rate_limit = 20
    harness.cycle()
    item = harness.warehouse.set_stock(skus[1_199], 2)  # the newest: on the first page
    harness.cycle()
    assert isinstance(pulled.met(harness.state, [item.id])[item.id], pulled.Stored)
    until_done(harness, hours=1.2)
    assert harness.state.levels([item.id])[item.id].units == {"1": 2}
    assert pulled.load_unfinished(harness.state) is None
    assert list(pulled.every_met(harness.state)) == []


def pull_and_at(harness: Installation, page: int, act: Callable[[], object]) -> None:
    """Pull to the end, and do something when so many pages were taken in."""
    taken = Counter[str]()

    def emit(event: str, **_: Any) -> None:
        taken[event] += 1
        if event == "pulling" and taken[event] == page:
            act()

    assert pull(replace(harness.build(), emit=emit)).error is None  # type: ignore[union-attr]


def test_a_page_in_flight_never_overwrites_what_a_poll_of_the_same_call_stored(harness: Installation) -> None:
    skus, in_flight, pages = fill(harness, 300, limit=1_000), Event(), Counter[str]()
    answered = harness.source._answered

    def answer(request: Any) -> Any:
        result = answered(request)
        pages["answered"] += 1
        if pages["answered"] == 5:  # the first one, and four at once
            in_flight.set()
        return result

    def change() -> None:
        assert in_flight.wait(10)
        harness.warehouse.set_stock(skus[180], 3)  # on the third page
        harness.later(minutes=1)

    harness.source._answered = answer  # type: ignore[method-assign]
    pull_and_at(harness, 2, change)
    assert wrong(harness) == []


def test_a_row_that_a_pull_meets_twice_counts_once(harness: Installation) -> None:
    """It moves to the end of the list meanwhile, with fewer units: no level has decreased for that."""
    skus = fill(harness, 600, limit=1_000)
    harness.source.switches.order = Order.UPDATED_ASC
    pull_and_at(harness, 1, lambda: harness.warehouse.set_stock(skus[0], 3))
    assert (wrong(harness), list(harness.state.every_ledger())) == ([], [])


def test_a_row_that_breaks_meanwhile_is_doubted_although_the_pull_has_read_it(harness: Installation) -> None:
    skus = fill(harness, 120, limit=1_000)
    harness.source.switches.order = Order.CREATED_ASC

    def spoil() -> None:
        harness.warehouse.set_stock(skus[3], 30)
        harness.warehouse.spoil(skus[3])
        harness.later(minutes=1)

    pull_and_at(harness, 2, spoil)
    assert {row["sku"] for row in harness.state.bad_rows().values()} == {skus[3]}


def test_the_light_and_the_sentence_say_how_far_a_first_pull_is(harness: Installation) -> None:
    fill(harness, 12_000, limit=200)
    go(harness, minutes=0)
    found = health_of(harness.context, harness.context.stores)
    assert (found.light, found.person, found.code) == (Light.LATE, False, 75)
    assert re.search(r"is at 8,[678]\d\d of about 12,\d\d\d rows", found.sentence)  # pages in flight may be lacking
    assert "10:00 UTC" in found.sentence


def test_what_another_account_left_off_is_begun_anew(harness: Installation) -> None:
    fill(harness, 1_200, limit=20)
    go(harness)
    record = pulled.load_unfinished(harness.state)
    harness.source_lines = 'poll = "5m"'
    object.__setattr__(harness, "token", "another")
    assert record is not None
    assert not record.belongs_to("another", harness.clock.now)
    harness.later(hours=25)
    assert not record.belongs_to(record.account, harness.clock.now)


def test_absent_products_are_asked_for_within_the_budget(harness: Installation) -> None:
    skus = fill(harness, 100, limit=1_000)
    harness.cycle()
    for sku in skus[:30]:
        del harness.warehouse._items[harness.warehouse._live.pop(sku).id]
    harness.warehouse._views.clear()
    harness.later(hours=1)
    harness.source.switches.rate_limit = 20
    too_many = refused(harness)
    done = go(harness, full=True, confirm_absent=True)
    assert done.error
    until_done(harness, hours=2.5)
    assert too_many == []
    assert sum(level.deleted for level in harness.state.every_level()) == 30


def test_a_pull_that_waited_ahead_of_its_first_page_is_over_once_it_was_read(harness: Installation) -> None:
    skus = fill(harness, 3, limit=1_000)
    for sku in skus:
        harness.main.add(sku, 10)
    assert harness.cycle().code == 0
    harness.later(hours=1)
    change = Change()
    pulled.put(change, replace(begin_pull(harness.context, full=False, confirm=False), waits=WAITS_FOR_BUDGET))
    harness.state.commit(change)
    harness.later(hours=1)
    harness.context = harness.build()
    assert harness.cycle().code == 0
    assert pulled.load_unfinished(harness.state) is None
    assert health_of(harness.context, harness.context.stores).light is Light.GREEN


def test_a_whole_pull_that_finds_its_window_used_up_by_others_waits_and_does_not_fail(harness: Installation) -> None:
    """Nobody knows of it before the first request is refused."""
    fill(harness, 30, limit=1)
    go(harness)
    harness.db.flushdb()
    harness.context = harness.build()
    done = harness.cycle()
    assert (done.code, harness.state.source_record().breaker) == (75, None)
    assert WAITS_FOR_BUDGET in str(done.source.error)
    assert health_of(harness.context, harness.stores).sentence.startswith(
        "The whole pull of the warehouse is at 0 rows"
    )
    harness.source.switches.rate_limit = 20
    assert until_done(harness, hours=1.1) <= 61
    assert wrong(harness) == []


def test_a_row_that_a_poll_meets_again_unchanged_still_holds_a_seam(harness: Installation) -> None:
    """Each window has room for a poll for changes and a few pages of the pull, and both tell all that changed."""
    skus = fill(harness, 17, limit=11)
    harness.source.switches.max_take, harness.source.switches.order = 3, Order.CREATED_DESC
    for sku in skus:
        harness.warehouse.set_stock(sku, 2)
    for minutes in (0.0, 0.0, 0.5, 18.0):
        with suppress(RetryableSourceError):
            go(harness, minutes=minutes)
    for sku in skus[:2]:
        harness.warehouse.set_stock(sku, 3)
    for _ in range(8):
        with suppress(RetryableSourceError):
            go(harness, minutes=30)
    assert harness.state.source_record().unfinished is None
    assert not wrong(harness)


def edit_and_begin(harness: Installation) -> None:
    """A whole pull begins right behind a bulk edit, and uses up its share of the first window."""
    skus = fill(harness, 21, limit=8)
    harness.source.switches.max_take = 3
    for sku in skus:
        harness.warehouse.set_stock(sku, 2)
    go(harness, minutes=0)


def test_polls_that_do_not_end_leave_the_pull_its_share(harness: Installation) -> None:
    """All 21 rows changed in the second in which the pull began, so that each poll tells all of them. There are eight
    requests in an hour; that a poll ends with the last of them is no fault."""
    edit_and_begin(harness)
    goes = 0
    while harness.state.source_record().full_at is None:  # a go behind that would begin another pull, without a budget
        go(harness, minutes=30)
        goes += 1
    assert goes <= 3


def test_a_poll_that_did_not_end_proves_no_increase(harness: Installation) -> None:
    edit_and_begin(harness)
    began = harness.clock.now
    harness.later(hours=1)  # a poll has room for as many pages as it may ask for
    while harness.state.source_record().full_at is None:
        go(harness, minutes=30)
    pulled_last = harness.state.source_record().pull
    assert pulled_last
    assert pulled_last.began == began


def test_a_poll_longer_than_a_budget_nobody_knows_never_holds_up_the_pull(harness: Installation) -> None:
    """Without a Date nobody can tell when the budget is renewed. A look back at everything is made once, and is not
    begun again when it is over."""
    switches = harness.source.switches
    skus = fill(harness, 17, limit=1_000)
    switches.max_take, switches.date, switches.order = 3, False, Order.CREATED_DESC
    go(harness)
    for sku in skus:
        harness.warehouse.set_stock(sku, 2)
    switches.rate_limit = 8
    for _ in range(12):
        with suppress(RetryableSourceError):
            go(harness, minutes=30)
    assert harness.state.source_record().unfinished is None
    assert go(harness, minutes=30).requests == 1
    assert not wrong(harness)


def test_a_poll_that_failed_is_repeated_at_once_while_the_pull_waits_for_its_window(harness: Installation) -> None:
    skus = fill(harness, 1_200, limit=20)
    go(harness)
    item = harness.warehouse.set_stock(skus[3], 4)
    calm = harness.source.before

    def drop(_: Any) -> None:
        raise DroppedError

    harness.source.before = drop
    with pytest.raises(RetryableSourceError):
        go(harness)
    harness.source.before = calm
    go(harness)
    assert harness.state.levels([item.id])[item.id].units == {"1": 4}


def test_a_first_pull_of_which_redis_loses_a_part_begins_anew(harness: Installation) -> None:
    """Else it would end without what it met by then, and nobody would miss what nobody knew before."""
    fill(harness, 1_200, limit=20)
    answered = harness.source._answered

    def answer(request: Any) -> Any:
        if sum(harness.source.calls.values()) == 10:
            harness.db.delete(keys.PULLED)
        return answered(request)

    harness.source._answered = answer  # type: ignore[method-assign]
    go(harness)
    assert harness.state.source_record().unfinished is not None
    assert until_done(harness, hours=5) > 60
    assert wrong(harness) == []
