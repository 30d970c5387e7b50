"""What one worker writes into a store's record never wipes what a person or another worker has just written."""

from collections.abc import Callable

import pytest

from bridge.core.breaker import CircuitBreaker
from bridge.ops import steer
from bridge.state import keys
from bridge.state.change import Change
from bridge.state.lease import Lease, take
from bridge.state.records import Result, StoreRecord
from bridge.state.requests import fail, finish, request
from connectors.values import replace
from tests.harness.installation import Installation


def record(harness: Installation) -> StoreRecord:
    found: StoreRecord = harness.state.store_record("main")
    return found


def breaker(harness: Installation) -> CircuitBreaker:
    found = record(harness).breaker
    assert found is not None
    return found


def just_before(harness: Installation, field: str, act: Callable[[], object]) -> None:
    """Let somebody else act, once, when a worker has decided on a field of the record and not yet written it."""
    commit = harness.state.commit

    def other(change: Change, *leases: Lease) -> None:
        if any(name == field for _, name, _ in change.puts):
            harness.state.commit = commit  # type: ignore[method-assign]
            act()
        commit(change, *leases)

    harness.state.commit = other  # type: ignore[method-assign]


def steal(harness: Installation) -> None:
    """Another worker takes the store over."""
    harness.db.delete(keys.lease("store:main"))
    assert take(harness.db, "store:main") is not None


@pytest.fixture
def has_ended(harness: Installation) -> Installation:
    for sku in ("A", "B"):
        harness.add(sku, 5)
    harness.cycle()
    return harness


def test_trouble_is_counted_from_a_resume_that_came_meanwhile(has_ended: Installation) -> None:
    has_ended.main.revoke()
    has_ended.session()
    has_ended.session()
    assert breaker(has_ended).failures == 2
    just_before(has_ended, "trouble", lambda: steer.resume(has_ended.context, "main"))
    assert has_ended.session().error
    found = breaker(has_ended)
    assert (found.failures, found.since) == (1, has_ended.clock.now)


def test_a_worker_that_lost_the_store_leaves_no_trouble_behind(has_ended: Installation) -> None:
    """It rested for a quarter of a minute, because another worker was with it."""
    has_ended.main.sandbox.before_request(lambda _: steal(has_ended))
    assert "taken over" in str(has_ended.session().error)
    assert record(has_ended).breaker is None


def test_what_another_worker_read_meanwhile_is_not_overwritten_by_an_outcome(has_ended: Installation) -> None:
    """An outcome moves on what was decided on, and reads nothing again."""
    ref = has_ended.main.ref("A")
    newer = {place: replace(k, available=3) for place, k in has_ended.state.store_stock("main", [ref])[ref].items()}

    def other(_: object) -> None:
        steal(has_ended)
        has_ended.state.commit(Change(rows=[(keys.of_store("main", "shown"), ref, newer)]))

    has_ended.warehouse.set_stock("A", 9)
    has_ended.main.sandbox.before_request(other, on="write")
    assert "taken over" in str(has_ended.cycle().stores["main"].error)
    assert has_ended.state.store_stock("main", [ref])[ref] == newer
    assert has_ended.due() == {"A"}


def test_what_a_worker_learned_that_lost_the_store_is_not_kept(has_ended: Installation) -> None:
    lease = take(has_ended.db, "store:main")
    assert lease is not None
    with has_ended.context.connector("main", lease) as (connector, _):
        connector.dump_state = lambda: {"from": "the past"}  # type: ignore[attr-defined]
        steal(has_ended)
    assert "from" not in record(has_ended).connector_state


def test_open_orders_are_asked_for_again_when_a_person_asks_while_they_are_read(has_ended: Installation) -> None:
    has_ended.later(hours=2)
    just_before(has_ended, "read_at", lambda: has_ended.resync("main", "A"))
    has_ended.session()
    assert record(has_ended).revisited_at is None
    has_ended.session()
    assert record(has_ended).revisited_at is not None


def test_a_word_on_a_list_that_comes_while_an_earlier_one_is_used_up_stands(has_ended: Installation) -> None:
    steer.confirm_absent(has_ended.context, "main")
    has_ended.later(seconds=1)
    just_before(has_ended, "mapped_at", lambda: steer.confirm_absent(has_ended.context, "main", "another"))
    has_ended.session(full=True)
    word = record(has_ended).confirm_absent
    assert word
    assert word.by == "another"
    has_ended.session(full=True)
    assert record(has_ended).confirm_absent is None


def test_a_failure_that_is_told_late_does_not_replace_an_answer(has_ended: Installation) -> None:
    number = request(has_ended.state, "main", Change())
    lease = take(has_ended.db, "store:main")
    assert lease is not None
    done = Result(number, has_ended.clock.now, applied=1)
    just_before(has_ended, "requests", lambda: finish(has_ended.state, "main", done, lease))
    fail(has_ended.state, "main", Result(number, has_ended.clock.now, error="broken off"))
    assert (record(has_ended).requests.finished, record(has_ended).requests.result) == (number, done)


def test_a_store_that_others_always_were_faster_than_is_tried_again(
    harness: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many stores of one SKU write its ledger at once: that is no bug, and holds up no other store."""
    harness.add("A", 5)
    harness.cycle()
    harness.main.edit("A", 4)
    with monkeypatch.context() as patch:
        patch.setattr("bridge.sync.read.observe.ATTEMPTS", 0)
        done = harness.cycle(full=True)
    assert done.code == 75
    breaker = harness.state.store_record("main").breaker
    assert breaker is not None
    assert (breaker.kind, "nothing was lost, try again" in breaker.why) == ("failing", True)
    harness.later(minutes=1)
    assert (harness.cycle().code, harness.shows("A")["main"]) == (0, 5)
