"""A pull that needs more requests than the window has: it keeps its place, and goes on in the next one (rule 4)."""

import random
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.cursor import Cursor, Window
from bridge.core.health import Light
from bridge.core.schedule import pull_is_due
from bridge.state import pulled
from bridge.state.change import Change
from bridge.sync import pull
from bridge.sync.health import health_of
from bridge.sync.long_pull import BUDGET, begin
from bridge.sync.timetable import source_facts
from bridge.threeplguys.sandbox import Order

BREAKDOWN = "/v0/inventory/products/breakdown"


class Killed(BaseException):
    """The process is gone."""


def fill(stage: Any, count: int, *, limit: int, units: int = 10) -> list[str]:
    skus = [f"S{n:04}" for n in range(count)]
    for sku in skus:
        stage.warehouse.add(sku, units)
    stage.source.switches.rate_limit = limit
    stage.later(hours=1)
    return skus


def go(stage: Any, *, minutes: float = 1.0, **named: Any) -> Any:
    """One pull by a process of its own, a while later."""
    stage.later(minutes=minutes)
    stage.context = stage.build()
    return pull(stage.context, **named)


def until_done(stage: Any, *, hours: float, **named: Any) -> int:
    """Minutes until no pull is unfinished, when workers look once a minute whether one is due."""
    for minute in range(int(hours * 60)):
        done = tick(stage, **named)
        if done is not None and done.error is None:
            return minute
    raise AssertionError(f"not done after {hours} hours")


def tick(stage: Any, **named: Any) -> Any:
    """What a worker does a minute later: a pull, if one is due."""
    stage.later(minutes=1)
    stage.context = stage.build()
    if not pull_is_due(source_facts(stage.context), stage.clock.now):
        return None
    stage.state.note_source(tried=stage.clock.now)
    return pull(stage.context, **named)


def wrong(stage: Any) -> list[str]:
    """Products whose level is not what the warehouse holds."""
    items = stage.warehouse.listing(Order.ID, deleted=True)
    known = stage.state.levels([item.id for item in items])
    return [
        item.sku for item in items
        if item.id not in known or known[item.id].units != ({} if item.deleted_at else item.units)
    ]  # fmt: skip


def refused(stage: Any) -> list[int]:
    """Every request is answered within the budget → those that were not, by their number; filled later."""
    answered, found = stage.source._answered, list[int]()

    def answer(request: Any) -> Any:
        result = answered(request)
        found.extend([sum(stage.source.calls.values())] if result.status == 429 else [])
        return result

    stage.source._answered = answer
    return found


def test_a_first_pull_of_more_than_a_window_ends_with_the_second(stage: Any) -> None:
    """1,200 products need 25 pages, and there are 20 requests in an hour: 18 for the pull, two for changes."""
    fill(stage, 1_200, limit=20)
    too_many = refused(stage)
    first = go(stage)
    assert stage.source.calls[BREAKDOWN] == 18
    assert (stage.state.source_record().full_at, stage.state.source_record().cursor) == (None, Cursor())
    assert "at 883" in first.error
    assert until_done(stage, hours=1.1) <= 61
    assert (wrong(stage), too_many) == ([], [])


def test_what_changes_meanwhile_is_stored_before_the_first_pull_ends(stage: Any) -> None:
    skus = fill(stage, 1_200, limit=20)
    go(stage)
    item = stage.warehouse.set_stock(skus[3], 4)
    assert stage.state.levels_known() == 0
    go(stage)
    assert stage.state.levels([item.id])[item.id].units == {"1": 4}
    until_done(stage, hours=1.2)
    assert wrong(stage) == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("order", [Order.CREATED_DESC, Order.UPDATED_ASC, Order.SKU_ASC])
def test_a_list_that_moves_all_the_while_loses_nothing(stage: Any, order: Order, seed: int) -> None:
    """Three windows, and with every minute something is counted, created or deleted."""
    dice = random.Random(seed)
    stage.source.switches.order = order
    fill(stage, 1_000, limit=10)
    for minute in range(1_000):
        sku = f"S{dice.randrange(1_000):04}"
        if stage.warehouse.find(sku) and dice.random() < 0.3:
            units = dice.randrange(30)
            stage.warehouse.set_stock(sku, units)
            if not units:
                stage.warehouse.delete(sku)
        elif dice.random() < 0.1:
            stage.warehouse.add(f"N{minute}", 3)
        tick(stage)
        if stage.state.source_record().full_at:
            break
    assert stage.state.source_record().full_at
    assert minute > 60
    stage.later(hours=1)
    go(stage)
    assert wrong(stage) == []


def test_a_killed_pull_costs_the_pages_in_in_flight(stage: Any) -> None:
    fill(stage, 2_000, limit=1_000)
    calls = iter(range(10_000))

    def kill(request: Any) -> None:
        if request.path == BREAKDOWN and next(calls) % 15 == 14:
            raise Killed

    stage.source.before = kill
    for _ in range(20):
        try:
            done = go(stage)
        except Killed:
            continue
        break
    assert done.error is None
    assert wrong(stage) == []
    assert stage.source.calls[BREAKDOWN] <= -(-2_000 // 49) + 5 * 5 + 5  # pages in flight, and a poll per start


def test_a_bulk_edit_of_more_than_a_window_is_read_to_its_end(stage: Any) -> None:
    skus = fill(stage, 1_200, limit=1_000)
    for sku in skus[:20]:
        stage.shop.add_variant(sku, on_hand=10)
    assert stage.cycle().code == 0
    stage.later(hours=1)
    stage.source.switches.rate_limit = 20
    for sku in skus:
        stage.warehouse.set_stock(sku, 12)
    done = stage.cycle()
    assert (done.code, "changes" in done.source.error) == (75, True)
    cursor = stage.state.source_record().cursor
    stage.warehouse.set_stock(skus[0], 3)  # in the part that was read
    stage.warehouse.set_stock(skus[1_199], 4)
    done = stage.cycle()
    assert stage.available(skus[0]) == 3  # at once, while nothing is raised
    assert stage.state.source_record().cursor == cursor
    until_done(stage, hours=4)
    stage.cycle()
    assert wrong(stage) == []
    assert stage.available(skus[5]) == 12


def test_changes_reach_the_shops_while_a_later_whole_pull_goes_on(stage: Any) -> None:
    skus = fill(stage, 1_200, limit=1_000)
    for sku in skus[:20]:
        stage.shop.add_variant(sku, on_hand=10)
    assert stage.cycle().code == 0
    stage.later(hours=25)
    stage.source.switches.rate_limit = 20
    done = stage.cycle()
    assert (done.code, "whole pull" in done.source.error) == (75, True)
    assert health_of(stage.context, stage.context.stores).light is Light.GREEN  # every number is right
    stage.later(minutes=1)
    stage.warehouse.set_stock(skus[4], 15)
    stage.cycle()
    assert stage.available(skus[4]) == 15
    until_done(stage, hours=1.2)
    assert wrong(stage) == []
    assert stage.available(skus[4]) == 15


def test_an_older_page_never_overwrites_what_a_poll_stored(stage: Any) -> None:
    """The whole pull met it first; then a poll did, and then the whole pull ends."""
    skus = fill(stage, 1_200, limit=1_000)
    stage.cycle()
    stage.later(hours=25)
    stage.source.switches.rate_limit = 20
    item = stage.warehouse.find(skus[1_199])  # the newest: on the first page
    stage.cycle()
    stage.warehouse.set_stock(item.id, 2)
    stage.cycle()
    assert isinstance(pulled.met(stage.state, [item.id])[item.id], pulled.Stored)
    until_done(stage, hours=1.2)
    assert stage.state.levels([item.id])[item.id].units == {"1": 2}
    assert pulled.load(stage.state) is None
    assert list(pulled.every_met(stage.state)) == []


def test_the_light_and_the_sentence_say_how_far_a_first_pull_is(stage: Any) -> None:
    fill(stage, 12_000, limit=200)
    go(stage, minutes=0)
    found = health_of(stage.context, stage.context.stores)
    assert (found.light, found.person, found.code) == (Light.LATE, False, 75)
    assert "8,82" in found.sentence
    assert "of about 12," in found.sentence
    assert "10:00 UTC" in found.sentence


def test_what_another_account_left_off_is_begun_anew(stage: Any) -> None:
    fill(stage, 1_200, limit=20)
    go(stage)
    record = pulled.load(stage.state)
    stage.source_lines = 'poll = "5m"'
    object.__setattr__(stage, "token", "another")
    assert record is not None
    assert not record.belongs_to("another", stage.clock.now)
    stage.later(hours=25)
    assert not record.belongs_to(record.account, stage.clock.now)


def test_absent_products_are_asked_for_within_the_budget(stage: Any) -> None:
    skus = fill(stage, 100, limit=1_000)
    stage.cycle()
    for sku in skus[:30]:
        item = stage.warehouse.find(sku)
        del stage.warehouse._items[item.id], stage.warehouse._live[sku]
    stage.warehouse._views.clear()
    stage.later(hours=1)
    stage.source.switches.rate_limit = 20
    too_many = refused(stage)
    done = go(stage, full=True, confirm_absent=True)
    assert done.error
    until_done(stage, hours=2.5)
    assert too_many == []
    assert sum(level.deleted for level in stage.state.every_level()) == 30


def test_a_pull_that_waited_ahead_of_its_first_page_is_over_once_it_was_read(stage: Any) -> None:
    skus = fill(stage, 3, limit=1_000)
    for sku in skus:
        stage.shop.add_variant(sku, on_hand=10)
    assert stage.cycle().code == 0
    stage.later(hours=1)
    change, asked = Change(), Window(stage.clock.now, whole=False)
    pulled.put(change, replace(begin(stage.context, asked, confirm=False), waits=BUDGET))
    stage.state.commit(change)
    stage.later(hours=1)
    stage.context = stage.build()
    assert stage.cycle().code == 0
    assert pulled.load(stage.state) is None
    assert health_of(stage.context, stage.context.stores).light is Light.GREEN
