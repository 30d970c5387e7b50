"""One message per piece of work on its way."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.ops import steer
from bridge.ops.resync import ask_again
from bridge.state import keys
from bridge.state.change import Change
from bridge.state.connect import connect
from bridge.state.lease import Lease, owner, take
from bridge.state.records import Requests
from bridge.state.requests import load_requests, request
from bridge.state.store import State
from bridge.state.work_queue import begin, claim, end_work, sending
from bridge.sync.report import BUSY, PAUSED
from tests.harness.installation import Installation


def test_a_message_is_sent_once(harness: Installation) -> None:
    assert claim(harness.state, "pull")
    assert not claim(harness.state, "pull")
    assert claim(harness.state, "push:main")
    begin(harness.state, "pull")
    assert not claim(harness.state, "pull")
    assert not end_work(harness.state, "pull")
    assert claim(harness.state, "pull")


def test_work_that_is_running_can_be_asked_for_once_more(harness: Installation) -> None:
    claim(harness.state, "push:main")
    begin(harness.state, "push:main")
    assert not claim(harness.state, "push:main", once_more=True)
    assert not claim(harness.state, "push:main", once_more=True)
    assert end_work(harness.state, "push:main")
    assert claim(harness.state, "push:main")


def test_work_that_waits_need_not_be_asked_for_once_more(harness: Installation) -> None:
    claim(harness.state, "push:main")
    assert not claim(harness.state, "push:main", once_more=True)
    begin(harness.state, "push:main")
    assert not end_work(harness.state, "push:main")


def test_a_killed_process_keeps_nobody_from_its_work(harness: Installation) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    machine = owner().rpartition("/")[0]
    for mark in ("running", "again"):
        harness.db.set(keys.queued("pull"), f"{mark}@{machine}/{dead.pid}", px=60_000)
        assert claim(harness.state, "pull", once_more=True)
    harness.db.set(keys.queued("pull"), "running@elsewhere/1", px=60_000)
    assert not claim(harness.state, "pull")


def test_a_mark_that_redis_refused_to_drop_is_dropped_later(harness: Installation) -> None:
    db = harness.context.state.db
    claim(harness.state, "pull")
    begin(harness.state, "pull")
    db.config_set("min-replicas-to-write", 1)
    try:
        assert not end_work(harness.state, "pull")
    finally:
        db.config_set("min-replicas-to-write", 0)
    assert not claim(harness.state, "pull")
    harness.state.give_back_unheld()
    assert claim(harness.state, "pull")


def test_a_message_that_could_not_be_sent_is_not_on_its_way(harness: Installation) -> None:
    assert claim(harness.state, "pull")
    with pytest.raises(OSError, match="no route"), sending(harness.state, "pull"):
        raise OSError("no route")
    assert claim(harness.state, "pull")


def test_a_mark_does_not_last(harness: Installation) -> None:
    claim(harness.state, "pull")
    assert 0 < harness.db.pttl(keys.queued("pull")) <= 120_000
    begin(harness.state, "pull")
    claim(harness.state, "pull", once_more=True)
    assert 0 < harness.db.pttl(keys.queued("pull")) <= 120_000


# -- what people ask for ---------------------------------------------------------------------------------


def requests(harness: Installation) -> Requests:
    return load_requests(harness.state, "main")


def test_a_session_that_finds_the_store_taken_asks_for_the_next(harness: Installation) -> None:
    harness.add("A", 5)
    harness.cycle()
    harness.main.edit("A", 9)
    with harness.context.lease("store:main"):
        assert harness.session(full=True).error == BUSY
    assert (requests(harness).is_open, requests(harness).whole) == (True, True)
    harness.session()
    assert harness.main.shows("A") == 5
    assert (requests(harness).is_open, requests(harness).whole) == (False, False)


def test_whoever_left_meanwhile_is_no_reason_to_wait(harness: Installation) -> None:
    """The request comes too late for the other worker: the session tries once more by itself."""
    harness.add("A", 5)
    harness.cycle()
    harness.main.edit("A", 9)
    assert take(harness.db, "store:main") is not None
    state, commit = harness.state, harness.state.commit

    def leave(change: Change, *leases: Lease) -> None:
        commit(change, *leases)
        if any(name == "requests" for _, name, _ in change.puts):
            harness.db.delete(keys.lease("store:main"))
            state.commit = commit  # type: ignore[method-assign]

    state.commit = leave  # type: ignore[method-assign]
    assert harness.session(full=True).error is None
    assert harness.main.shows("A") == 5


def test_what_is_asked_for_during_a_session_stands_after_it(harness: Installation) -> None:
    """Its mark was overwritten without a look, and the listing never read."""
    harness.add("A", 5)
    harness.add("B", 5)
    harness.cycle()
    harness.context.state.commit(Change(reread=[("main", harness.main.ref("B"))]))
    harness.main.sandbox.before_request(lambda _: harness.resync("main", "A"))
    harness.session()
    assert list(harness.state.to_reread("main")) == [harness.main.ref("A")]
    assert requests(harness).is_open
    harness.session()
    assert (requests(harness).finished, harness.state.to_reread("main")) == (1, {})


def test_of_a_store_in_trouble_it_stands_and_whoever_waits_hears_why(harness: Installation) -> None:
    harness.add("A", 5)
    harness.cycle()
    number = ask_again(harness.context, "main", full=True)
    harness.main.revoke()
    assert harness.session().error
    stands = requests(harness)
    assert (stands.is_open, stands.whole, stands.finished) == (True, True, 0)
    assert stands.result
    assert (stands.result.number, stands.result.person, bool(stands.result.error)) == (number, True, True)


@pytest.mark.parametrize("inline", [True, False])
def test_the_answer_says_what_was_done_for_a_request(harness: Installation, inline: bool) -> None:
    harness.add("A", 5)
    harness.cycle()
    harness.main.edit("A", 9)
    number = ask_again(harness.context, "main", ["A"])
    harness.cycle() if inline else harness.session()
    result = requests(harness).result
    assert result
    assert (result.number, result.applied, result.due, result.error) == (number, 1, 0, None)


def test_a_pause_is_an_answer(harness: Installation) -> None:
    harness.add("A", 5)
    harness.cycle()
    steer.pause(harness.context, "main", "a person")
    number = ask_again(harness.context, "main", ["A"])
    harness.session()
    result = requests(harness).result
    assert result
    assert (result.number, result.error) == (number, PAUSED)


def test_of_many_who_ask_at_once_each_has_a_number(redis_url: str, harness: Installation) -> None:
    def ask() -> list[int]:
        db = connect(redis_url)
        state = State(db, ("main",))
        found = [request(state, "main", Change()) for _ in range(20)]
        db.close()
        return found

    harness.state.ensure_whole()
    with ThreadPoolExecutor() as pool:
        numbers = [n for each in [pool.submit(ask) for _ in range(4)] for n in each.result()]
    assert sorted(numbers) == list(range(1, 81))
