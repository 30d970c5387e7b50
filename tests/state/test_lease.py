"""One worker at a time, also after one was killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import redis as redis_package

from bridge.errors import LeaseLostError, StateUnavailableError
from bridge.state import keys
from bridge.state.change import Change
from bridge.state.connect import connect
from bridge.state.lease import give_back, give_back_unheld, is_gone, leased, owner, take
from bridge.state.store import State


@pytest.fixture
def db(redis_url: str, redis: redis_package.Redis) -> Iterator[redis_package.Redis]:
    found = connect(redis_url)
    yield found
    found.close()


def a_dead_process() -> str:
    """As its owner name was, while it lived."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return owner().rpartition("/")[0] + f"/{process.pid}"


def test_a_held_lease_is_nobody_elses(db: redis_package.Redis) -> None:
    with leased(db, "store:main") as first:
        assert first is not None
        with leased(db, "store:main") as second:
            assert second is None
        first.renew()
    assert take(db, "store:main") is not None


def test_tokens_grow(db: redis_package.Redis) -> None:
    tokens = []
    for _ in range(3):
        with leased(db, "source") as lease:
            assert lease is not None
            tokens.append(int(lease.token.partition("@")[0]))
    assert tokens == sorted(set(tokens))


def test_a_killed_process_holds_nothing(db: redis_package.Redis) -> None:
    dead = a_dead_process()
    db.set(keys.lease("store:main"), f"7@{dead}", px=180_000)
    found = take(db, "store:main")
    assert found is not None
    assert found.token.endswith(owner())


@pytest.mark.parametrize("holder", ["7@another-machine:boot:pid/1", "7@another/x", "7", "7@"])
def test_whoever_may_be_alive_keeps_the_lease(db: redis_package.Redis, holder: str) -> None:
    parent = owner().rpartition("/")[0] + f"/{os.getppid()}"
    for alive in (holder, f"7@{parent}"):
        db.set(keys.lease("store:main"), alive, px=180_000)
        assert take(db, "store:main") is None


def test_what_was_taken_over_can_neither_renew_nor_write_nor_release(db: redis_package.Redis) -> None:
    with leased(db, "store:main") as first:
        assert first is not None
        db.delete(keys.lease("store:main"))
        second = take(db, "store:main")
        with pytest.raises(LeaseLostError):
            first.renew()
        with pytest.raises(LeaseLostError):
            State(db, ("main",)).commit(Change(drops=[("a", "b")]), first)
    assert second is not None
    second.renew()


def test_only_a_process_of_this_machine_can_be_seen_to_be_gone() -> None:
    assert is_gone(a_dead_process())
    assert not is_gone(owner())
    assert not is_gone(f"elsewhere/{os.getpid()}")


def test_a_process_that_ends_gives_back_its_own_leases_and_no_others(
    db: redis_package.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, other = take(db, "source"), "store:other"
    monkeypatch.setattr("bridge.state.lease.owner", lambda: "another machine/1")
    assert kept
    assert take(db, other)
    monkeypatch.undo()
    give_back(db, ("source", other, "store:nobody"))
    assert not db.exists(keys.lease("source"))
    assert db.exists(keys.lease(other))


@contextmanager
def refusing(db: redis_package.Redis) -> Iterator[None]:
    """Redis waits for replicas that there are not, and takes no writes."""
    db.config_set("min-replicas-to-write", 1)
    try:
        yield
    finally:
        db.config_set("min-replicas-to-write", 0)


def test_a_lease_that_redis_did_not_accept_return_is_given_back_later(db: redis_package.Redis) -> None:
    with ExitStack() as refusals:
        with leased(db, "store:main") as lease:
            refusals.enter_context(refusing(db))
        give_back_unheld(db)
    assert lease is not None
    assert db.get(keys.lease("store:main")) == lease.token  # others wait for it
    give_back_unheld(db)
    assert not db.exists(keys.lease("store:main"))


def test_trouble_of_one_thread_takes_no_lease_from_another(
    db: redis_package.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with leased(db, "store:main") as lease:
        assert lease is not None
        with refusing(db), pytest.raises(StateUnavailableError):
            take(db, "store:other")
        monkeypatch.setattr("bridge.state.lease.TAKE", "return redis.error_reply('LOADING it is')")
        with pytest.raises(StateUnavailableError):
            take(db, "store:main")
        give_back_unheld(db)
        lease.renew()


def test_a_lease_whose_answer_was_lost_is_taken_anew_at_once(db: redis_package.Redis) -> None:
    db.set(keys.lease("store:main"), f"7@{owner()}", px=180_000)
    assert take(db, "store:main") is not None
    assert take(db, "store:main") is None
