"""One change is whole or nothing, one worker writes at a time, and nothing of the truth fades away."""

import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import redis as redis_package

from bridge.errors import LeaseLostError
from bridge.state import keys, pack
from bridge.state.change import Change, ConflictError
from bridge.state.connect import connect
from bridge.state.lease import leased, take
from bridge.state.store import State
from connectors.base import Listing
from connectors.values import replace

STORES = ("main", "outlet")
LISTING = Listing("ref-1", "A", "Tee")
WARES = keys.of_store("main", "ordered")


@pytest.fixture
def state(redis_url: str, redis: redis_package.Redis) -> Iterator[State]:
    db = connect(redis_url)
    whole = State(db, STORES)
    whole.ensure_whole()
    yield whole
    db.connection_pool.disconnect()


def everything(state: State) -> dict[str, Any]:
    db = state.db
    read: dict[str, Callable[[str], object]] = {
        "hash": db.hgetall, "set": db.smembers, "stream": db.xrange, "string": db.get
    }  # fmt: skip
    return {key: read[str(db.type(key))](key) for key in sorted(map(str, db.keys("*")))}


def change() -> Change:
    """A bit of everything."""
    found = Change(
        adds=[(keys.of_store("main", "info"), "units", 3)],
        due=[("main", "ref-1"), ("outlet", "ref-2")],
        notes=[("A", {"what": "level"})],
    )
    found.put_listing("main", "ref-1", LISTING)
    found.put_listing("main", "gone", None)
    found.swap(keys.LEDGER, "A", None, "ledger")
    return found


# -- one change ------------------------------------------------------------------------------------------


def test_a_change_happens_as_a_whole(state: State) -> None:
    old = Change()
    old.put_listing("main", "gone", replace(LISTING, ref="gone"))
    state.commit(old)
    state.commit(change())
    assert list(state.every_listing("main")) == [LISTING]
    assert state.db.hget(keys.of_store("main", "info"), "units") == "3"
    assert (list(state.due("main")), list(state.due("outlet"))) == (["ref-1"], ["ref-2"])
    assert state.db.hget(keys.LEDGER, "A") == "ledger"
    assert [note["what"] for note in state.history("A")] == ["level"]


@pytest.mark.parametrize("stands", ["other", None], ids=["changed", "dropped"])
def test_a_conflict_leaves_nothing_of_it(state: State, stands: str | None) -> None:
    old = change()
    old.swap(keys.LEDGER, "B", "before", "after")
    if stands:
        state.db.hset(keys.LEDGER, "B", stands)
    before = everything(state)
    with pytest.raises(ConflictError):
        state.commit(old)
    assert everything(state) == before


def test_a_value_that_appeared_meanwhile_is_a_conflict(state: State) -> None:
    state.db.hset(keys.LEDGER, "A", "somebody was faster")
    with pytest.raises(ConflictError):
        state.commit(change())


def test_of_two_writers_of_one_ledger_each_gets_through_and_none_is_lost(redis_url: str, state: State) -> None:
    """Each adds one to a number that stands in the ledger, fifty times."""

    def work() -> None:
        db = connect(redis_url)
        mine = State(db, STORES)
        for _ in range(50):
            while True:
                raw = mine.db.hget(keys.LEDGER, "A")
                more = Change()
                more.swap(keys.LEDGER, "A", None if raw is None else str(raw), str(int(raw or 0) + 1))
                try:
                    mine.commit(more)
                    break
                except ConflictError:
                    continue
        db.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state.db.hget(keys.LEDGER, "A") == "100"


def test_a_change_that_changes_nothing_is_not_sent(state: State) -> None:
    idle = Change()
    idle.put(WARES, "ref", "same", before="same")
    idle.swap(keys.LEDGER, "A", "same", "same")
    assert not idle
    before = everything(state)
    state.commit(idle)
    assert everything(state) == before


# -- due ---------------------------------------------------------------------------------------------------


def test_what_is_done_is_no_longer_due(state: State) -> None:
    state.commit(Change(due=[("main", "r")]))
    (version,) = state.due("main").values()
    state.commit(Change(done=[("main", "r", version)]))
    assert state.due("main") == {}


def test_what_was_marked_again_while_it_was_pushed_stays_due(state: State) -> None:
    state.commit(Change(due=[("main", "r"), ("main", "s")]))
    seen = state.due("main")
    state.commit(Change(due=[("main", "r")]))
    state.commit(Change(done=[("main", ref, version) for ref, version in seen.items()]))
    assert list(state.due("main")) == ["r"]


def test_a_mark_and_its_clearing_in_one_change_leave_it_due(state: State) -> None:
    state.commit(Change(due=[("main", "r")]))
    (version,) = state.due("main").values()
    state.commit(Change(due=[("main", "r")], done=[("main", "r", version)]))
    assert list(state.due("main")) == ["r"]


# -- leases ------------------------------------------------------------------------------------------------


def test_one_at_a_time_and_the_next_token_is_greater(state: State) -> None:
    with leased(state.db, "store:main") as first:
        assert first is not None
        assert take(state.db, "store:main") is None
        with leased(state.db, "store:outlet") as other:
            assert other is not None
    second = take(state.db, "store:main")
    assert second is not None
    assert number(second.token) > number(first.token)


def number(token: str) -> int:
    return int(token.partition("@")[0])


def test_a_lost_lease_changes_nothing_and_takes_nothing_from_its_successor(state: State) -> None:
    with leased(state.db, "store:main") as mine:
        assert mine is not None
        state.db.delete(keys.lease("store:main"))
        successor = take(state.db, "store:main")
        before = everything(state)
        with pytest.raises(LeaseLostError):
            state.commit(change(), mine)
        with pytest.raises(LeaseLostError):
            mine.renew()
        assert everything(state) == before
    assert successor is not None
    assert state.db.get(keys.lease("store:main")) == successor.token
    state.commit(change(), successor)


def test_every_lease_that_is_named_must_stand(state: State) -> None:
    one, other = take(state.db, "store:main"), take(state.db, "source")
    assert one is not None
    assert other is not None
    state.db.delete(keys.lease("source"))
    with pytest.raises(LeaseLostError):
        state.commit(change(), one, other)
    assert state.due("main") == {}


def test_a_lease_runs_out_and_renewing_holds_it(state: State) -> None:
    mine = take(state.db, "store:main", 40_000)
    assert mine is not None
    mine.renew()
    assert state.db.pttl(keys.lease("store:main")) > 100_000


# -- growth ------------------------------------------------------------------------------------------------


def test_history_and_runs_are_bounded(state: State) -> None:
    for first in range(0, 30_000, 500):
        notes = [(f"S{n}", {"made": secrets.token_hex(10)}) for n in range(first, first + 500)]
        state.commit(Change(notes=list[Any](notes)))
    kept = [sku for sku, _ in state.every_note()]
    assert 5_000 < len(kept) < 29_500
    assert kept == [f"S{n}" for n in reversed(range(30_000))][: len(kept)]
    standing = sum(len(fields["notes"]) for _, fields in cast("list[Any]", state.db.xrange(keys.HISTORY)))
    assert str(standing) == state.db.get(keys.HISTORY_SIZE)
    assert standing <= keys.KEPT_HISTORY
    for n in range(keys.KEPT_RUNS + 50):
        state.add_run({"run": n})
    assert state.db.llen(keys.RUNS) == keys.KEPT_RUNS
    assert state.runs(1) == [{"run": keys.KEPT_RUNS + 49}]


def test_a_wrong_count_of_the_history_stops_no_change(state: State) -> None:
    """As after entries were taken out of it by hand."""
    for _ in range(3):
        state.commit(Change(notes=[("A", {"what": "level"})]))
    state.db.set(keys.HISTORY_SIZE, 10 * keys.KEPT_HISTORY)
    state.commit(change())
    assert state.db.get(keys.HISTORY_SIZE) == "0"
    state.commit(Change(notes=[("A", {"what": "level"})]))
    assert [note["what"] for note in state.history("A")] == ["level"]


def test_nothing_of_the_truth_has_a_time_to_live(state: State) -> None:
    state.commit(change())
    state.note_source(size=1)
    state.note_bad({"p": "why"}, [])
    for key in state.db.keys("*"):
        assert state.db.ttl(key) == -1, key


def test_every_key_is_spelled_in_one_module(state: State) -> None:
    state.commit(change())
    state.add_run({"run": 1})
    with leased(state.db, "store:main"):
        found = set(state.db.keys("*"))
    known = {*keys.truth(STORES), *keys.rest(STORES), keys.LAYOUT_KEY, keys.RUNS, keys.HISTORY, keys.VERSION}
    known |= {keys.HISTORY_SIZE}
    known |= {keys.FENCE, keys.PREFIX + "stores", keys.lease("store:main")}
    assert found <= known
    assert all(key.startswith(keys.PREFIX) for key in known | {keys.queued("pull")})


# -- wholeness ---------------------------------------------------------------------------------------------


def test_a_new_store_is_no_loss_and_a_lost_one_is(state: State) -> None:
    state.commit(change())
    assert State(state.db, (*STORES, "third")).ensure_whole() is True
    assert state.db.hget(keys.LEDGER, "A") == "ledger"
    state.db.delete(keys.of_store("outlet", "ordered"))
    assert state.ensure_whole() is False
    assert list(state.every_listing("main")) == []


def test_a_removed_store_is_no_loss_to_the_others(state: State) -> None:
    state.commit(change())
    assert State(state.db, ("main",)).ensure_whole() is True
    assert state.db.hget(keys.LEDGER, "A") == "ledger"


def test_instants_keep_their_milliseconds() -> None:
    moment = datetime(2026, 11, 20, 8, 0, 0, 123_000, tzinfo=UTC)
    assert pack.at(pack.ms(moment)) == moment
    assert pack.at(pack.ms(moment + timedelta(microseconds=999))) == moment


def test_every_change_renews_the_lease_it_is_made_under(state: State) -> None:
    """Long work on what was read, without a call in between, is no reason to lose it."""
    with leased(state.db, "store:main") as lease:
        assert lease is not None
        state.db.pexpire(keys.lease("store:main"), 5_000)
        state.commit(change(), lease)
        assert state.db.pttl(keys.lease("store:main")) > 100_000
