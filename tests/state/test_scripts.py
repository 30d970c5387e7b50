"""Scripts declare every key that they touch, and a Redis that lost them is given them again in the same call."""

from collections.abc import Callable, Iterator

import pytest
import redis as redis_package
from redis.commands.core import Script

from bridge.errors import StateError, StateRefusedError, StateUnavailableError
from bridge.state import keys, work_queue
from bridge.state.change import Change
from bridge.state.connect import StateClient, connect
from bridge.state.lease import leased
from bridge.state.scripts import run
from bridge.state.store import State
from connectors.base import Listing
from tests.declared import only_declared

STORES = ("main", "outlet")
LISTINGS = keys.of_store("main", "listings")


@pytest.fixture
def state(redis_url: str, redis: redis_package.Redis) -> Iterator[State]:
    with connect(redis_url) as db:
        yield State(db, STORES)


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every script fails at a key that it does not declare."""
    register = StateClient.register_script

    def guarded(db: StateClient, script: str) -> Script:
        return register(db, only_declared(script))

    monkeypatch.setattr(StateClient, "register_script", guarded)


def everything_once(state: State) -> None:
    """Each script, in each of its branches that touches a key."""
    state.ensure_whole()
    with state.leased("store:main") as lease:
        assert lease is not None
        lease.renew()
        state.commit(change(), lease)
        marks = [("main", "ref-1", state.due("main")["ref-1"])]
        state.commit(Change(done=marks, was_read=[("main", "ref-3", state.to_reread("main")["ref-3"])]), lease)
    assert work_queue.claim(state, "pull")
    work_queue.begin(state, "pull")
    assert not work_queue.claim(state, "pull", once_more=True)
    State(state.db, (*STORES, "new")).ensure_whole()  # goes on with one more store
    state.db.delete(LISTINGS)
    assert not state.ensure_whole()  # drops what can be rebuilt, and spares the rest


def change() -> Change:
    """A bit of everything."""
    found = Change(
        adds=[(keys.of_store("main", "info"), "units", 3)], due=[("main", "ref-1"), ("outlet", "ref-2")],
        reread=[("main", "ref-3")], notes=[("A", {"what": "level"})],
    )  # fmt: skip
    found.put_listing("main", "ref-1", Listing("ref-1", "A", "Tee"))
    found.put_store_stock("main", "ref-1", None)
    found.swap(keys.LEDGER, "A", None, "ledger")
    return found


@pytest.mark.usefixtures("strict")
def test_every_script_declares_all_keys_that_it_touches(state: State) -> None:
    everything_once(state)


@pytest.mark.usefixtures("strict")
def test_a_key_that_a_script_makes_up_would_be_noticed(state: State) -> None:
    assert run(state.db, "return redis.call('INCR', KEYS[1])", ["stockbridge:x"]) == 1
    with pytest.raises(StateError, match="undeclared: INCR stockbridge:x"):
        run(state.db, "return redis.call('INCR', ARGV[1])", [], "stockbridge:x")


def test_a_change_of_a_key_that_redis_forbids_is_refused_whole(
    state: State, redis_url: str, redis: redis_package.Redis
) -> None:
    """The history is written last: found out only there, all else would stand already."""
    state.ensure_whole()
    redis.acl_setuser("poor", enabled=True, passwords=["+word"], keys=["stockbridge:l*", "stockbridge:[s-v]*"],
                      categories=["+@all"])  # fmt: skip
    password = redis_url.partition("://:")[2].partition("@")[0]
    before = {key: redis.dump(key) for key in redis.keys("*")}
    try:
        with connect(redis_url.replace(f":{password}@", "poor:word@")) as db, pytest.raises(StateRefusedError):
            State(db, STORES).commit(change())
    finally:
        redis.acl_deluser("poor")
    assert {key: redis.dump(key) for key in redis.keys("*")} == before


# -- a script that Redis has lost ------------------------------------------------------------------------


def test_scripts_that_redis_lost_are_given_to_it_in_the_same_call(state: State, redis: redis_package.Redis) -> None:
    redis.script_flush()
    everything_once(state)
    redis.flushall()
    redis.script_flush()  # now the client has seen them work
    everything_once(state)
    with leased(state.db, "store:main") as lease:
        assert lease is not None
        steps: list[Callable[[], object]] = [lambda: state.commit(change(), lease), lease.renew]
        for step in steps:
            redis.delete(keys.LEDGER)
            redis.script_flush()
            step()
    assert [x.title for x in state.every_listing("main")] == ["Tee"]


def test_one_that_is_lost_again_at_once_passes_by_itself(
    state: State, redis: redis_package.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    load: Callable[[str], str] = state.db.script_load

    def in_vain(text: str) -> str:
        sha = load(text)
        redis.script_flush()
        return sha

    monkeypatch.setattr(state.db, "script_load", in_vain)
    redis.script_flush()
    with pytest.raises(StateUnavailableError, match="lost a script while"):
        state.commit(change())
    monkeypatch.undo()
    state.commit(change())
    assert [x.title for x in state.every_listing("main")] == ["Tee"]


def test_a_script_is_sent_by_its_name(state: State, redis: redis_package.Redis) -> None:
    """Its text, which is longer than most changes, only once."""
    redis.script_flush()
    state.ensure_whole()
    redis.config_resetstat()
    for _ in range(3):
        state.commit(Change(puts=[(LISTINGS, "ref-1", "x")]))
    stats = redis.info("commandstats")
    assert stats["cmdstat_evalsha"]["calls"] == 3 + 1  # the first was told that there is no such script
    assert "cmdstat_eval" not in stats
