"""What standing still costs, and what a change costs: what moved, and neither what exists nor who else sells it."""

from functools import partial
from random import Random

import pytest

from bridge.core.model import StockKey
from bridge.looks import due, needs_tick
from bridge.ops.health import health_of
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.sync.context import SyncContext
from connectors.testing.local import two_platforms
from connectors.values import replace
from tests.harness.cost import Cost, cost_of
from tests.harness.installation import Installation
from tests.harness.shops import Build

LENIENT = '[guard]\nmax_zeroed = "100%"\nmax_cut = "100%"'
SHOPS = (1, 4, 16)
A_SHOP = 200
"""Bytes that one more shop may add to what is read where all of them are looked at."""

WHO_IT_IS = 1
"""Beside other shops, each session compares who its shop says it is."""


def settled(harness_with: Build, shops: int, skus: int) -> Installation:
    """So many shops and products, after the first sync, the second reading after it and an idle cycle."""
    kind = two_platforms()[0]
    harness = harness_with(more={f"shop-{n:02}": partial(kind, rules="") for n in range(shops - 1)})
    harness.db.flushall()
    for n in range(skus):
        harness.add(f"SKU-{n:05}", 1_000)
    for minutes in (0, 3, 7):
        harness.later(minutes=minutes)
        assert harness.cycle().code == 0
    return harness


def look(it: SyncContext) -> None:
    """What beat does each second."""
    assert not needs_tick(it)
    list(due(it))


def test_a_look_and_a_session_ask_as_often_whatever_the_number_of_other_shops(harness_with: Build) -> None:
    looks, idle, deciding = dict[int, Cost](), dict[int, Cost](), dict[int, Cost]()
    for shops in SHOPS:
        harness = settled(harness_with, shops, 2)
        harness.state.note_seen(keys.WORKER, harness.clock.now)
        look(harness.context)  # by then Redis has been given every script
        looks[shops] = cost_of(harness, partial(look, harness.context))
        idle[shops] = cost_of(harness, harness.session)
        one_edit(harness)  # the same
        harness.main.edit("SKU-00001", 900)
        deciding[shops] = cost_of(harness, harness.session)
        assert harness.main.shows("SKU-00001") == 1_000
    assert looks[1].trips == looks[4].trips == looks[16].trips <= 4
    assert idle[16].trips <= 28
    for cost in (idle, deciding):
        assert cost[1].trips + WHO_IT_IS == cost[4].trips == cost[16].trips
        assert cost[1].calls == cost[16].calls
    for cost in (looks, idle):
        assert cost[16].read <= cost[1].read + 15 * A_SHOP


# -- what exists and does not move -------------------------------------------------------------------------

BEFORE_AND_AFTER = (20, 2_000)


def one_edit(harness: Installation) -> None:
    """Somebody types a number, which is met, decided on and put right."""
    harness.main.edit("SKU-00001", 900)
    assert harness.session().applied == 1


def noted(harness: Installation, what: str, count: int) -> None:
    """So many further entries in a hash of the store, of listings that nothing moves."""
    rows = {
        "quarantine": pack.dumps({"why": "refused", "at": 0, "run": "x"}), "tries": "2",
        "gone": str(pack.ms(harness.clock.now)), "spent": pack.dumps([pack.ms(harness.clock.now), 1, 0]),
    }  # fmt: skip
    names = (pack.stock_key(StockKey("main", f"other-{n}", "")) for n in range(count))
    harness.db.hset(keys.of_store("main", what), mapping=dict.fromkeys(names, rows[what]))


@pytest.mark.parametrize("what", ["quarantine", "tries", "gone", "spent"])
def test_a_session_reads_nothing_of_listings_that_nothing_moves(harness_with: Build, what: str) -> None:
    cost = []
    for count in BEFORE_AND_AFTER:
        harness = settled(harness_with, 1, 2)
        noted(harness, what, count)
        cost.append(cost_of(harness, partial(one_edit, harness)))
    assert cost[0].commands == cost[1].commands
    assert cost[1].read <= cost[0].read + 100  # counters have more digits


def test_what_the_guard_let_pass_is_read_once_by_each_push_and_not_by_each_batch(harness_with: Build) -> None:
    """Else what a fall costs would grow with the falls."""
    cost, once = list[int](), 0
    for older in (1, 2_000):
        harness = settled(partial(harness_with, settings=LENIENT), 1, 600)
        noted(harness, "spent", older)
        once = cost_of(harness, partial(harness.state.notes, "main", "spent")).read
        for n in range(600):
            harness.warehouse.set_stock(f"SKU-{n:05}", 900)
        cost.append(cost_of(harness, harness.cycle).read)
        assert harness.main.shows("SKU-00599") == 900
    assert cost[1] - cost[0] < 1.5 * once


LEVEL: dict[str, object] = {"what": "level"}


def fill_history(harness: Installation, count: int) -> None:
    """With notes that no packing makes short."""
    dice = Random(1)
    for _ in range(count // 100):
        harness.state.commit(Change(notes=[("OTHER", {"why": dice.randbytes(40).hex(), **LEVEL}) for _ in range(100)]))


def test_a_drift_reads_the_history_back_to_the_write_that_it_may_undo(harness_with: Build) -> None:
    cost = []
    for older in (0, 2_000):
        harness = settled(harness_with, 1, 2)
        fill_history(harness, older)
        harness.warehouse.set_stock("SKU-00001", 990)
        harness.cycle()
        cost.append(cost_of(harness, partial(one_edit, harness)).read)
    assert cost[1] <= cost[0] + 40_000  # and not 180,000


def test_drift_all_over_a_shop_reads_the_history_once(harness_with: Build) -> None:
    harness, cost = settled(harness_with, 1, 600), []
    fill_history(harness, 2_000)
    for drifted in (0, 1, 3):
        for n in range(drifted):  # each of them is met in another part of the reading
            harness.main.edit(f"SKU-{250 * n:05}", 900)
        cost.append(cost_of(harness, partial(harness.session, full=True)).read)
    assert cost[2] - cost[0] < 2 * (cost[1] - cost[0])


def test_how_things_are_is_told_without_reading_what_is_due(harness_with: Build) -> None:
    cost = []
    for count in BEFORE_AND_AFTER:
        harness = settled(harness_with, 1, 2)
        harness.state.commit(Change(due=[("main", f"other-{n}") for n in range(count)]))
        cost.append(cost_of(harness, partial(health_of, harness.context, ["main"])).read)
    assert cost[1] <= cost[0] + 10


def test_a_batch_more_asks_redis_for_nothing_but_its_own_changes(
    harness_with: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether anything is due since, that it is in flight, whether the lease holds, and its outcomes: no more."""
    harness = settled(harness_with, 1, 12)
    able = harness.context.capabilities("main")
    monkeypatch.setattr(harness.main.connector, "capabilities", replace(able, max_batch=2))
    trips, calls = dict[int, int](), dict[int, int]()
    for count in (6, 6, 8):  # more than the sample that is read back; the first cycle begins other looks as well
        for n in range(count):
            harness.warehouse.receive(f"SKU-{n:05}", 1)
        before = harness.main.sandbox.calls.total()
        trips[count] = cost_of(harness, harness.cycle).trips
        calls[count] = harness.main.sandbox.calls.total() - before
        harness.cycle()  # it meets its own writes
    own = 3 if able.compare_and_set else 4  # without it, older writes to the same places are looked at
    assert trips[8] - trips[6] == own + calls[8] - calls[6]  # the lease is seen to before each request
