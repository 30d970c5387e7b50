"""The pair in a real Redis: encrypted, whole, and replaced only by who saw the one before."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis as redis_package
from pydantic import SecretStr

from bridge.core.grant import Grant
from bridge.process.embedded_redis import embedded_server
from bridge.state import keys
from bridge.state.change import ConflictError
from bridge.state.connect import connect
from bridge.state.copy import copy_state
from bridge.state.grant import GrantStore
from bridge.state.store import State

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCESS, REFRESH, SECRET = "access-token-1", "refresh-token-1", "client-secret-1"


def grant(number: int = 1) -> Grant:
    tokens = (ACCESS.replace("1", str(number)), REFRESH.replace("1", str(number)))
    return Grant(*tokens, frozenset({"inventory"}), NOON, NOON, NOON + timedelta(hours=1))


def store_on(state: State, secret: str = SECRET, client: str = "acme") -> GrantStore:
    return GrantStore(state, client, SecretStr(secret))


@pytest.fixture
def state(redis_url: str, redis: redis_package.Redis) -> Iterator[State]:
    made = State(connect(redis_url), ("main",))
    yield made
    made.close()


def test_what_is_stored_is_read_by_every_process(state: State, redis_url: str) -> None:
    assert store_on(state).load() is None
    stored = store_on(state).save(grant())
    other = State(connect(redis_url), ("main",))
    assert store_on(other).load() == stored
    other.close()
    assert stored.grant == grant()


def test_nothing_in_redis_shows_a_token(state: State, redis: redis_package.Redis) -> None:
    store_on(state).save(grant())
    found = b"".join(bytes(key) + (redis.dump(key) or b"") for key in redis.scan_iter())
    assert keys.GRANT.encode() in found
    for secret in (ACCESS, REFRESH, SECRET):
        assert secret.encode() not in found


@pytest.mark.parametrize(("secret", "client"), [("another-secret", "acme"), (SECRET, "another")])
def test_it_is_none_for_whoever_has_another_key(state: State, secret: str, client: str) -> None:
    store_on(state).save(grant())
    assert store_on(state, secret, client).load() is None


def test_a_pair_that_was_tampered_with_is_none(state: State, redis: redis_package.Redis) -> None:
    raw = store_on(state).save(grant()).raw
    redis.hset(keys.GRANT, keys.GRANT_PAIR, raw[:-8] + ("A" * 8))
    assert store_on(state).load() is None


def test_only_who_saw_the_pair_before_replaces_it(state: State) -> None:
    store = store_on(state)
    first = store.save(grant(1))
    second = store.replace(first, grant(2))
    assert store.load() == second
    with pytest.raises(ConflictError):
        store.replace(first, grant(3))
    assert store.load() == second


def test_a_state_that_begins_anew_keeps_it(state: State, redis: redis_package.Redis) -> None:
    state.ensure_whole()
    store_on(state).save(grant())
    redis.delete(keys.LEVELS)
    state.ensure_whole()
    assert store_on(state).load() is not None
    redis.flushdb()
    assert store_on(state).load() is None


def test_a_copy_of_the_state_has_no_grant(
    state: State, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Refreshed there, it would be spent here."""
    state.ensure_whole()
    store_on(state).save(grant())
    with embedded_server(tmp_path_factory.mktemp("copy"), persist=False) as url:
        copy_state(redis_url, url, without=())
        copied = State(connect(url), ("main",))
        assert copied.is_whole()
        assert store_on(copied).load() is None
        copied.close()
