"""Redis may be lost, in part or whole, or come back an hour old; and only one worker writes."""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.core.model import StockKey
from bridge.errors import LeaseLostError
from bridge.ops import steer
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.sync.pull.flow import pull
from tests.harness.installation import Installation
from tests.harness.shops import Build
from tests.harness.sweeps import share

STORES = ("main", "outlet")
RIGHT = {"A": 15, "B": 20, "C": 18}


def busy(harness: Installation) -> Installation:
    """Twenty of each; five of A shipped by the shop and not yet counted, two of C sold in the other store."""
    for sku in RIGHT:
        harness.add(sku, 20)
    harness.cycle()
    order = harness.main.sell("A", 5)
    harness["outlet"].sell("C", 2)
    harness.cycle()
    harness.main.ship(order)
    harness.cycle()
    assert right(harness)
    harness.forget_offers()
    return harness


def right(harness: Installation) -> bool:
    return all(harness[store].shows(sku) == units for sku, units in RIGHT.items() for store in harness.stores)


@pytest.fixture
def whole(harness_with: Build) -> Installation:
    return busy(harness_with(only=""))


def recovers(harness: Installation) -> None:
    """Right after one cycle, through the warehouse's late word, and never above the truth on the way."""
    done = harness.cycle()
    assert done.code == 0, done
    assert right(harness)
    harness.later(minutes=2)
    harness.cycle()
    harness.warehouse.forward("A", 5)
    harness.cycle()
    assert right(harness)
    assert all(harness.highest(sku) <= units for sku, units in RIGHT.items())
    harness.warehouse.receive("B", 1)
    harness.cycle()
    assert [harness[store].shows("B") for store in STORES] == [21, 21]


# -- lost ------------------------------------------------------------------------------------------------


def test_redis_flushed_wholly(whole: Installation, redis: Any) -> None:
    redis.flushall()
    recovers(whole)


def test_a_worker_that_comes_before_the_first_pull_waits_for_it(whole: Installation, redis: Any) -> None:
    """Without SKUs it could not remember what the shop has shipped."""
    redis.flushall()
    assert whole.session("main").error
    assert whole.session("outlet").error
    pull(whole.context)
    assert (whole.session("main").error, whole.session("outlet").error) == (None, None)
    whole.session("main")
    assert right(whole)
    recovers(whole)


@pytest.mark.parametrize("key", share(keys.truth(STORES), 2))
def test_one_lost_group_counts_as_all_lost(whole: Installation, redis: Any, key: str) -> None:
    redis.delete(key)
    assert whole.state.ensure_whole() is False
    assert whole.state.ensure_whole() is True
    recovers(whole)


def test_a_group_of_another_epoch_counts_as_all_lost(whole: Installation, redis: Any) -> None:
    redis.hset(keys.LEVELS, keys.EPOCH, "another")
    assert whole.state.ensure_whole() is False
    recovers(whole)


def test_an_older_layout_is_rebuilt(whole: Installation, redis: Any) -> None:
    redis.set(keys.LAYOUT_KEY, "0")
    assert whole.state.ensure_whole() is False
    recovers(whole)


def test_a_loss_while_the_store_shows_wrong_numbers_is_healed(whole: Installation, redis: Any) -> None:
    redis.flushall()
    whole.main.edit("B", 3)
    whole.main.edit("C", 33)
    recovers(whole)


def test_a_loss_does_not_let_a_wiped_source_wipe_the_shop(whole: Installation, redis: Any) -> None:
    redis.flushall()
    for sku in RIGHT:
        whole.warehouse.set_stock(sku, 0)
    assert whole.cycle().code == 1
    assert right(whole)


def test_a_write_on_its_way_when_the_state_was_lost_is_found(whole: Installation, redis: Any) -> None:
    """The old worker's raise lands after the new one has read the store."""
    whole.warehouse.receive("B", 7)
    whole.main.sandbox.faults.add("late", on="write", times=-1)
    whole.cycle()
    whole.main.restore()
    whole.warehouse.set_stock("B", 20)
    redis.flushall()
    whole.cycle()
    whole.main.sandbox.land()
    assert whole.main.shows("B") == 27
    whole.later(minutes=2)
    whole.cycle()
    assert whole.main.shows("B") == 20


def test_an_hour_old_copy_ends_right(whole: Installation, redis: Any) -> None:
    """As after restoring a backup: cursor, readings and ledger are those of an hour ago."""
    copy = {name: redis.dump(name) for name in redis.keys("*")}
    whole.warehouse.set_stock("B", 12)
    gone = whole.main.sell("C", 3)
    whole.cycle()
    whole.main.ship(gone)
    whole.cycle()
    whole.warehouse.forward("C", 3)
    whole.cycle()
    whole.later(hours=1)
    redis.flushall()
    for name, raw in copy.items():
        redis.restore(name, 0, raw)
    whole.forget_offers()
    whole.cycle()
    whole.cycle()
    assert [whole.main.shows(sku) for sku in RIGHT] == [15, 12, 15]
    assert [whole["outlet"].shows(sku) for sku in RIGHT] == [15, 12, 15]
    assert whole.highest("A") <= 15
    assert whole.highest("C") <= 18


# -- what neither the source nor the stores can tell again ------------------------------------------------


def raised_layout(harness: Installation) -> None:
    harness.db.set(keys.LAYOUT_KEY, "1")


def lost_levels(harness: Installation) -> None:
    harness.db.delete(keys.LEVELS)


def lost_readings(harness: Installation) -> None:
    harness.db.delete(keys.of_store("outlet", "shown"))


LOSSES = pytest.mark.parametrize("loss", [raised_layout, lost_levels, lost_readings])


@LOSSES
def test_what_people_decided_outlives_a_new_beginning(whole: Installation, loss: Callable[[Any], None]) -> None:
    steer.pause(whole.context, "outlet", "ann@desk")
    for sku in RIGHT:
        whole.warehouse.set_stock(sku, 0)
    whole.cycle()
    steer.release(whole.context, "main", reject=True, by="ann@desk")
    before, decisions = whole.state.held("main"), whole.state.decisions()
    assert {hold.decision for hold in before.values()} == {"reject"}
    loss(whole)
    assert whole.state.ensure_whole() is False
    assert whole.state.held("main") == before
    assert getattr(whole.state.store_record("outlet").paused, "by", None) == "ann@desk"
    for _ in range(3):
        whole.cycle()
    assert right(whole)
    assert {hold.decision for hold in whole.state.held("main").values()} == {"reject"}
    assert whole.state.held("main").keys() == before.keys()
    assert whole.state.decisions() == decisions


@LOSSES
def test_a_shipment_that_was_counted_is_not_taken_off_again(whole: Installation, loss: Callable[[Any], None]) -> None:
    whole.warehouse.forward("A", 5)
    whole.cycle()
    assert right(whole)
    loss(whole)
    whole.cycle()
    assert right(whole)


@LOSSES
def test_a_fall_of_before_explains_the_shipment_that_is_told_after(
    whole: Installation, loss: Callable[[Any], None]
) -> None:
    """The warehouse forwarded first; the order is closed in the store when the levels were lost since."""
    order = whole.main.sell("B", 4)
    whole.cycle()
    whole.warehouse.forward("B", 4)
    whole.cycle()
    loss(whole)
    whole.cycle()
    whole.main.ship(order)
    whole.cycle()
    whole.cycle()
    assert [whole[store].shows("B") for store in STORES] == [16, 16]


@LOSSES
def test_quarantine_outlives_a_new_beginning(whole: Installation, loss: Callable[[Any], None]) -> None:
    name = pack.stock_key(StockKey("main", whole.main.ref("B"), ""))
    whole.db.hset(keys.of_store("main", "quarantine"), name, pack.dumps({"why": "refused"}))
    loss(whole)
    whole.state.ensure_whole()
    assert list(whole.state.notes("main", "quarantine")) == [name]


def test_a_hold_on_what_vanished_with_the_state_ends(whole: Installation) -> None:
    for sku in RIGHT:
        whole.warehouse.set_stock(sku, 0)
    whole.cycle()
    held = whole.state.held("main")
    stray = StockKey("main", "gone", "")
    change = Change()
    change.put(keys.of_store("main", "held"), pack.stock_key(stray), pack.hold(next(iter(held.values()))))
    whole.state.commit(change)
    lost_levels(whole)
    whole.cycle()
    assert whole.state.held("main").keys() == held.keys()


# -- two workers -----------------------------------------------------------------------------------------


def overtaken(harness: Installation, name: str) -> Callable[[Any], None]:
    """What happens to a worker that slept through its lease: another one takes it."""

    def act(_: Any) -> None:
        harness.db.set(keys.lease(name), "another", px=60_000)

    return act


@pytest.mark.parametrize("call", ["write", "orders"])
def test_a_worker_that_lost_its_lease_changes_nothing(harness: Installation, redis: Any, call: str) -> None:
    harness.add("A", 10)
    harness.cycle()
    harness.warehouse.receive("A", 1)
    harness.main.sell("A", 2)
    shown = harness.state.store_stock("main", [harness.main.ref("A")])
    harness.main.sandbox.after_apply(overtaken(harness, "store:main"), on=call)
    done = harness.cycle()
    assert done.code == 75
    if call == "orders":
        assert harness.state.store_stock("main", [harness.main.ref("A")]) == shown
    assert harness.db.get(keys.lease("store:main")) == "another"  # and it does not end the other's lease
    redis.delete(keys.lease("store:main"))
    harness.cycle()
    harness.cycle()
    assert (harness.main.shows("A"), harness.due()) == (9, set())


def test_a_pull_that_lost_its_lease_changes_nothing(harness: Installation, redis: Any) -> None:
    harness.add("A", 10)
    harness.cycle()
    harness.warehouse.set_stock("A", 8)
    before = harness.state.source_record().cursor
    harness.source.before = overtaken(harness, "source")
    with pytest.raises(LeaseLostError):
        pull(harness.context)
    redis.delete(keys.lease("source"))
    assert harness.cycle().code == 75
    harness.source.before = lambda request: None
    redis.delete(keys.lease("source"))
    assert harness.state.source_record().cursor == before
    harness.cycle()
    assert harness.main.shows("A") == 8


def test_a_store_is_used_by_one_worker_at_a_time(harness: Installation) -> None:
    harness.add("A", 10)
    harness.cycle()
    calls = sum(harness.main.sandbox.calls.values())
    with harness.context.lease("store:main"):
        report = harness.session()
    assert report.error
    assert sum(harness.main.sandbox.calls.values()) == calls


def test_a_worker_from_before_a_loss_cannot_write_into_the_new_state(whole: Installation) -> None:
    with whole.context.lease("store:main") as lease:
        assert lease is not None
        whole.db.delete(keys.LEVELS)
        assert whole.state.ensure_whole() is False
        change = Change()
        change.put(keys.of_store("main", "info"), "mapped_at", "1")
        with pytest.raises(LeaseLostError):
            whole.state.commit(change, lease)
