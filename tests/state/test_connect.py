"""What redis-py raises ends below the state, which tells by its own errors what to do next."""

import pickle
from collections.abc import Callable
from contextlib import ExitStack

import pytest
import redis as redis_package

from bridge.cli.failing import LATER, NEEDS_A_PERSON, code_of, sentences
from bridge.errors import StateError, StateRefusedError, StateUnavailableError
from bridge.state.connect import StateClient, connect
from bridge.state.rights import eviction, missing_rights, refusal_of_writes
from tests.harness.ports import kept_port


def in_one_go(db: StateClient, *, transaction: bool) -> object:
    pipeline = db.pipeline(transaction=transaction)
    pipeline.get("x")
    return pipeline.execute()


ASK: list[Callable[[StateClient], object]] = [
    lambda db: db.get("x"),
    lambda db: in_one_go(db, transaction=True),
    lambda db: in_one_go(db, transaction=False),
    lambda db: list(db.hscan_iter("x")),
    missing_rights,
    refusal_of_writes,
    eviction,
]


@pytest.mark.parametrize("ask", ASK)
def test_a_redis_that_is_away_is_an_error_of_the_state(ask: Callable[[StateClient], object]) -> None:
    with ExitStack() as stack:
        db = stack.enter_context(connect(f"redis://127.0.0.1:{kept_port(stack)}/0"))
        with pytest.raises(StateUnavailableError) as caught:
            ask(db)
    assert (code_of(caught.value), caught.value.is_answer) == (LATER, False)
    assert sentences(caught.value)[0].startswith("Redis cannot be reached")


@pytest.mark.parametrize("ask", ASK[:4])
def test_a_missing_right_needs_a_person(
    ask: Callable[[StateClient], object], redis_url: str, redis: redis_package.Redis
) -> None:
    redis.acl_setuser("poor", enabled=True, passwords=["+word"], keys=["*"], commands=["+ping"])
    url = redis_url.replace(f":{_password(redis_url)}@", "poor:word@")
    try:
        with connect(url) as db, pytest.raises(StateRefusedError) as caught:
            ask(db)
    finally:
        redis.acl_deluser("poor")
    assert (code_of(caught.value), caught.value.is_answer) == (NEEDS_A_PERSON, True)


def _password(url: str) -> str:
    return url.partition("://:")[2].partition("@")[0]


def test_what_neither_passes_nor_is_a_right_is_told_as_it_is(redis_url: str, redis: redis_package.Redis) -> None:
    redis.set("x", "no number")
    with connect(redis_url) as db, pytest.raises(StateError, match=r"refused a command.*not an integer") as caught:
        db.incr("x")
    assert type(caught.value) is StateError
    assert type(pickle.loads(pickle.dumps(caught.value))) is StateError  # as a worker's child hands it to its parent


def test_a_wrong_password_is_told_as_one(redis_url: str) -> None:
    with connect(redis_url.replace(_password(redis_url), "wrong")) as db, pytest.raises(StateError) as caught:
        db.get("x")
    assert (str(caught.value), code_of(caught.value)) == ("Redis refuses the password: check REDIS_URL.", LATER)
