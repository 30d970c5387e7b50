"""A grant stays alive: refreshed ahead of its end, once, whoever needs it; lost only where 3PLGuys says so."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, TypeVar

import pytest
import redis as redis_package

from bridge.errors import GrantEndedError, OperatorSourceError, RetryableSourceError, SourceError, StateError
from bridge.state import keys
from bridge.state.lease import owner
from bridge.state.store import State
from bridge.threeplguys.granted import BUSY, LEASE, NOBODY, SPENT, GrantedTokens
from bridge.threeplguys.sandbox import CLIENT_SECRET
from bridge.transport.retry import RetryPolicy
from connectors.base import UNSENT
from tests.harness.grants import LOGIN, OAUTH, TOKEN_PATH
from tests.threeplguys.grants import Grants

T = TypeVar("T")
HOUR, WEEK = 3600.0, 7 * 86_400.0


@pytest.fixture
def grants(redis_url: str, redis: redis_package.Redis) -> Iterator[Grants]:
    with ExitStack() as stack:
        yield Grants(redis_url, stack)


def skus(grants: Grants, tokens: GrantedTokens, **named: Any) -> list[str]:
    """What a pull reads."""
    return [str(row.sku) for page in grants.client(tokens, **named).levels(None) for row in page]


def test_a_pull_goes_with_what_a_person_granted(grants: Grants) -> None:
    assert skus(grants, grants.log_in()) == ["SKU-1"]
    assert skus(grants, grants.tokens()) == ["SKU-1"], "in another process too"
    assert grants.refreshes == 0


def test_nobody_has_logged_in(grants: Grants) -> None:
    with pytest.raises(GrantEndedError) as caught:
        skus(grants, grants.tokens())
    assert (str(caught.value), caught.value.status, caught.value.exit_code) == (NOBODY, UNSENT, 1)
    assert not grants.sandbox.calls


def test_it_is_refreshed_ahead_of_its_end_and_shared(grants: Grants) -> None:
    tokens, other = grants.log_in(), grants.tokens()
    assert skus(grants, other) == ["SKU-1"]
    grants.clock.advance(HOUR - 301)
    assert (skus(grants, tokens), grants.refreshes) == (["SKU-1"], 0)
    grants.clock.advance(1)
    assert (skus(grants, tokens), grants.refreshes) == (["SKU-1"], 1)
    assert (skus(grants, other), grants.refreshes) == (["SKU-1"], 1), "the first one's pair is there for all"
    assert tokens.shown() == other.shown()


def test_a_401_in_the_middle_is_one_refresh_and_the_same_request_again(grants: Grants) -> None:
    for number in range(2, 130):
        grants.sandbox.world.add(f"SKU-{number}", 1)
    tokens, breakdown = grants.log_in(), "/v0/inventory/products/breakdown"
    grants.sandbox.before = lambda _: grants.sandbox.oauth.expire() if grants.sandbox.calls[breakdown] == 2 else None
    assert len(skus(grants, tokens)) == 129
    assert grants.refreshes == 1


def test_a_401_that_another_process_has_mended_needs_no_refresh(grants: Grants) -> None:
    tokens, other = grants.log_in(), grants.tokens()
    assert skus(grants, other) == ["SKU-1"]
    grants.sandbox.oauth.expire()
    assert (skus(grants, tokens), grants.refreshes) == (["SKU-1"], 1)
    assert (skus(grants, other), grants.refreshes) == (["SKU-1"], 1)


def test_a_token_that_stays_refused_is_tried_once_more_and_not_for_ever(grants: Grants) -> None:
    tokens = grants.log_in()
    grants.sandbox.before = lambda request: grants.sandbox.oauth.access.clear()
    with pytest.raises(OperatorSourceError, match="that was just refreshed") as caught:
        skus(grants, tokens)
    assert (caught.value.status, grants.refreshes) == ("401", 1)
    assert grants.sandbox.calls.total() == 3


def test_a_grant_without_the_scope_is_told_with_its_own_remedy(grants: Grants) -> None:
    tokens = grants.log_in()
    for pair in grants.sandbox.oauth.access.values():
        pair.scopes = frozenset({"locations"})
    with pytest.raises(OperatorSourceError, match="lacks the scope `inventory`; run `stockbridge login`"):
        skus(grants, tokens)


@pytest.mark.parametrize("threads", [2, 8])
def test_however_many_find_it_due_one_refreshes(grants: Grants, threads: int) -> None:
    """Each with a connection and a memory of its own, as processes have; each goes on with the one new pair."""
    grants.log_in()
    processes = [grants.tokens() for _ in range(threads)]
    grants.clock.advance(HOUR - 60)
    found = all_at_once(lambda each: each.token().get_secret_value(), processes)
    assert grants.refreshes == 1
    now = {each.token().get_secret_value() for each in processes}
    assert now == {grants.tokens().shown().access_token}
    assert len(set(found)) <= 2, "the old one was good as well"


@pytest.mark.parametrize(
    "lose", [lambda grants: grants.clock.advance(HOUR), lambda grants: grants.sandbox.oauth.expire()]
)
def test_whoever_cannot_go_on_waits_for_the_one_who_refreshes(grants: Grants, lose: Callable[[Grants], None]) -> None:
    grants.log_in()
    processes = [grants.tokens() for _ in range(4)]
    lose(grants)
    before, ends = processes[0].shown(), time.monotonic() + 30

    def pull(tokens: GrantedTokens) -> list[str]:
        def wait(_: float) -> None:  # until it is done, however long that takes here
            while tokens.shown() == before:
                assert time.monotonic() < ends
                time.sleep(0.001)

        return skus(grants, tokens, send=RetryPolicy(wait=wait, before=lambda: None))

    assert all_at_once(pull, processes) == [["SKU-1"]] * 4
    assert grants.refreshes == 1


def test_whoever_comes_late_to_the_lease_takes_what_is_there(grants: Grants, monkeypatch: pytest.MonkeyPatch) -> None:
    """It found the pair near its end, and when it may refresh it, another process has done so."""
    tokens, other = grants.log_in(), grants.tokens()
    grants.clock.advance(HOUR)
    leased = State.leased

    def late(state: State, name: str) -> Any:
        monkeypatch.setattr(State, "leased", leased)
        assert skus(grants, other) == ["SKU-1"]
        return leased(state, name)

    monkeypatch.setattr(State, "leased", late)
    assert (skus(grants, tokens), grants.refreshes) == (["SKU-1"], 1)


def test_a_refresh_in_another_process_is_waited_for_in_the_one_place(
    grants: Grants, redis: redis_package.Redis
) -> None:
    tokens = grants.log_in()
    redis.set(keys.lease(LEASE), "7@elsewhere/1", px=60_000)
    grants.clock.advance(HOUR - 60)
    assert (skus(grants, tokens), grants.refreshes) == (["SKU-1"], 0), "the stored one is good for a minute"
    grants.clock.advance(60)
    with pytest.raises(RetryableSourceError) as caught:
        skus(grants, tokens)
    assert (str(caught.value), caught.value.retry_after, caught.value.status) == (BUSY, 1.0, UNSENT)
    assert grants.refreshes == 0


def test_whoever_was_killed_while_it_refreshed_holds_up_nobody(grants: Grants, redis: redis_package.Redis) -> None:
    tokens = grants.log_in()
    machine = owner().rpartition("/")[0]
    redis.set(keys.lease(LEASE), f"7@{machine}/{2**22 + 1}", px=180_000)  # no process has so great a number
    grants.clock.advance(HOUR)
    assert (skus(grants, tokens), grants.refreshes) == (["SKU-1"], 1)


# -- what goes wrong -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop", "torn", "stall", "500", "502", "html", "cut"])
def test_a_refresh_that_did_not_take_effect_is_tried_once_more(grants: Grants, kind: str) -> None:
    tokens = grants.log_in()
    grants.sandbox.switches.rotates = kind not in ("torn", "cut", "html")  # what comes half was applied
    grants.clock.advance(HOUR)
    grants.sandbox.faults.add(kind, on=TOKEN_PATH)
    assert (skus(grants, tokens), grants.refreshes) == (["SKU-1"], 2)


def test_a_refresh_whose_answer_is_lost_after_it_took_effect_needs_a_person(grants: Grants) -> None:
    tokens = grants.log_in()
    grants.clock.advance(HOUR)
    grants.sandbox.faults.add("drop", on=TOKEN_PATH, after=True)
    with pytest.raises(GrantEndedError) as caught:
        skus(grants, tokens)
    assert (str(caught.value), caught.value.exit_code, grants.refreshes) == (SPENT, 1, 2)
    tokens.accept(grants.code(), LOGIN)
    assert skus(grants, tokens) == ["SKU-1"]


def test_an_api_that_forgives_a_lost_answer_is_given_the_old_one_again(grants: Grants) -> None:
    tokens = grants.log_in()
    grants.sandbox.switches.rotates = False
    grants.clock.advance(HOUR)
    grants.sandbox.faults.add("drop", on=TOKEN_PATH, after=True)
    assert (skus(grants, tokens), grants.refreshes) == (["SKU-1"], 2)


def test_an_outage_is_no_reason_to_log_in_again(grants: Grants) -> None:
    tokens = grants.log_in()
    grants.clock.advance(HOUR)
    grants.sandbox.faults.add("503", on=TOKEN_PATH, times=2)
    with pytest.raises(RetryableSourceError, match="in trouble") as caught:
        skus(grants, tokens)
    assert (type(caught.value), caught.value.status) == (RetryableSourceError, UNSENT), "no page of stock is broken"
    assert skus(grants, tokens) == ["SKU-1"]


def test_a_change_that_got_no_token_was_certainly_not_made(grants: Grants) -> None:
    tokens = grants.log_in()
    product = grants.client(tokens).products.get("1")
    grants.clock.advance(HOUR)
    grants.sandbox.faults.add("drop", on=TOKEN_PATH, times=2)
    with pytest.raises(RetryableSourceError):
        grants.client(tokens).products.delete(product.product)
    assert grants.sandbox.calls["/v0/inventory/products/1"] == 1
    grants.sandbox.world.set_stock("1", 0)
    assert grants.client(tokens).products.delete(product.product).deleted


def test_while_the_old_pair_is_good_an_outage_is_not_even_noticed(grants: Grants) -> None:
    tokens = grants.log_in()
    grants.clock.advance(HOUR - 120)
    grants.sandbox.faults.add("503", on=TOKEN_PATH, times=2)
    assert (skus(grants, tokens), skus(grants, tokens), grants.refreshes) == (["SKU-1"], ["SKU-1"], 2)
    grants.clock.advance(30)
    assert (skus(grants, tokens), grants.refreshes) == (["SKU-1"], 3)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda sandbox: sandbox.oauth.revoke(), "expired, was revoked, or is spent; run `stockbridge login`"),
        (lambda sandbox: setattr(sandbox.oauth, "secret", "another"), "refuses client_id and client_secret"),
    ],
)
def test_a_grant_that_is_taken_back_is_for_a_person(grants: Grants, spoil: Callable[[Any], None], says: str) -> None:
    tokens = grants.log_in()
    grants.sandbox.oauth.expire()
    spoil(grants.sandbox)
    with pytest.raises(OperatorSourceError, match=says) as caught:
        skus(grants, tokens)
    assert caught.value.exit_code == 1
    grants.sandbox.oauth.secret = CLIENT_SECRET
    tokens.accept(grants.code(), LOGIN)
    assert skus(grants, tokens) == ["SKU-1"]


def test_a_login_during_a_refresh_wins(grants: Grants) -> None:
    """The refresh fails or not: what a person just granted is what is used."""
    spoils: tuple[Callable[[], None], ...] = (lambda: None, grants.sandbox.oauth.revoke)
    for spoil in spoils:
        tokens, person = grants.log_in(), grants.tokens()
        grants.clock.advance(HOUR)
        spoil()
        code = grants.code()
        asked: list[str] = []

        def meanwhile(request: Any, code: str = code, person: GrantedTokens = person, asked: list[str] = asked) -> None:
            if request.path == TOKEN_PATH and not asked:
                asked.append(code)
                person.accept(code, LOGIN)

        grants.sandbox.before = meanwhile
        assert skus(grants, tokens) == ["SKU-1"]
        assert tokens.shown() == person.shown()
        assert tokens.shown().granted_at == grants.clock.now
        grants.sandbox.before = lambda _: None


def test_a_pair_that_redis_did_not_take_is_stored_by_the_next_request(
    grants: Grants, redis: redis_package.Redis
) -> None:
    """Without it the grant would be lost: the old pair is spent."""
    grants.log_in()
    tokens = grants.tokens()
    grants.clock.advance(HOUR)

    def refuse_writes(request: Any) -> None:
        if request.path == TOKEN_PATH:
            redis.config_set("maxmemory", 1)

    grants.sandbox.before = refuse_writes
    try:
        with pytest.raises(StateError):
            skus(grants, tokens)
    finally:
        redis.config_set("maxmemory", 0)
    grants.sandbox.before = lambda _: None
    assert (skus(grants, tokens), grants.refreshes) == (["SKU-1"], 1)
    assert (skus(grants, grants.tokens()), grants.refreshes) == (["SKU-1"], 1)


def test_a_grant_that_nobody_uses_is_refreshed_once_a_week(grants: Grants) -> None:
    tokens = grants.log_in()
    grants.clock.advance(WEEK - 1)
    tokens.keep_alive()
    assert grants.refreshes == 0
    for week in range(1, 10):  # its refresh token lives 30 days
        grants.clock.advance(WEEK)
        tokens.keep_alive()
        assert grants.refreshes == week
    assert skus(grants, grants.tokens()) == ["SKU-1"]


def test_a_code_that_does_not_bring_the_scope_is_not_stored(grants: Grants) -> None:
    tokens = grants.log_in()
    before = tokens.shown()
    grants.sandbox.switches.grants = "locations shipments"
    assert tokens.accept(grants.code(), LOGIN).missing == {"inventory"}
    assert tokens.shown() == before


def test_no_error_and_no_memory_shows_a_token(grants: Grants) -> None:
    tokens = grants.log_in()
    pair, secret = tokens.shown(), CLIENT_SECRET
    grants.clock.advance(HOUR)
    grants.sandbox.faults.add("torn", on=TOKEN_PATH, after=True)
    with pytest.raises(SourceError) as caught:
        skus(grants, tokens)
    texts = [repr(caught.value), repr(vars(tokens)), repr(vars(tokens._endpoint)), repr(OAUTH), repr(pair)]
    for hidden in (pair.access_token, pair.refresh_token, secret):
        assert not any(hidden in text for text in texts)


def all_at_once(work: Callable[[GrantedTokens], T], processes: Sequence[GrantedTokens]) -> list[T]:
    """What each of them returned, begun at the same moment."""
    ready = threading.Barrier(len(processes))

    def run(tokens: GrantedTokens) -> T:
        ready.wait()
        return work(tokens)

    with ThreadPoolExecutor(len(processes)) as pool:
        return list(pool.map(run, processes))
