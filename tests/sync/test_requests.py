"""One message per piece of work on its way."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bridge.state import keys
from bridge.state.change import Change
from bridge.state.connect import connect
from bridge.state.lease import Lease, owner, take
from bridge.state.records import Requests
from bridge.state.requests import load_requests, request
from bridge.state.store import State
from bridge.state.work_queue import begin, claim, sending, served
from bridge.sync import steer
from bridge.sync.report import BUSY, PAUSED
from bridge.sync.requests import ask_again


def test_a_message_is_sent_once(stage: Any) -> None:
    assert claim(stage.state, "pull")
    assert not claim(stage.state, "pull")
    assert claim(stage.state, "push:main")
    begin(stage.state, "pull")
    assert not claim(stage.state, "pull")
    assert not served(stage.state, "pull")
    assert claim(stage.state, "pull")


def test_work_that_is_running_can_be_asked_for_once_more(stage: Any) -> None:
    claim(stage.state, "push:main")
    begin(stage.state, "push:main")
    assert not claim(stage.state, "push:main", once_more=True)
    assert not claim(stage.state, "push:main", once_more=True)
    assert served(stage.state, "push:main")
    assert claim(stage.state, "push:main")


def test_work_that_waits_need_not_be_asked_for_once_more(stage: Any) -> None:
    claim(stage.state, "push:main")
    assert not claim(stage.state, "push:main", once_more=True)
    begin(stage.state, "push:main")
    assert not served(stage.state, "push:main")


def test_a_killed_process_keeps_nobody_from_its_work(stage: Any) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    machine = owner().rpartition("/")[0]
    for mark in ("running", "again"):
        stage.db.set(keys.queued("pull"), f"{mark}@{machine}/{dead.pid}", px=60_000)
        assert claim(stage.state, "pull", once_more=True)
    stage.db.set(keys.queued("pull"), "running@elsewhere/1", px=60_000)
    assert not claim(stage.state, "pull")


def test_a_mark_that_redis_refused_to_drop_is_dropped_later(stage: Any) -> None:
    db = stage.context.state.db
    claim(stage.state, "pull")
    begin(stage.state, "pull")
    db.config_set("min-replicas-to-write", 1)
    try:
        assert not served(stage.state, "pull")
    finally:
        db.config_set("min-replicas-to-write", 0)
    assert not claim(stage.state, "pull")
    stage.state.give_back_unheld()
    assert claim(stage.state, "pull")


def test_a_message_that_could_not_be_sent_is_not_on_its_way(stage: Any) -> None:
    assert claim(stage.state, "pull")
    with pytest.raises(OSError, match="no route"), sending(stage.state, "pull"):
        raise OSError("no route")
    assert claim(stage.state, "pull")


def test_a_mark_does_not_last(stage: Any) -> None:
    claim(stage.state, "pull")
    assert 0 < stage.db.pttl(keys.queued("pull")) <= 120_000
    begin(stage.state, "pull")
    claim(stage.state, "pull", once_more=True)
    assert 0 < stage.db.pttl(keys.queued("pull")) <= 120_000


# -- what people ask for ---------------------------------------------------------------------------------


def requests(stage: Any) -> Requests:
    return load_requests(stage.state, "main")


def test_a_session_that_finds_the_store_taken_asks_for_the_next(stage: Any) -> None:
    stage.add("A", 5)
    stage.cycle()
    stage.shop.hand_edit("A", 9)
    with stage.context.lease("store:main"):
        assert stage.session(full=True).error == BUSY
    assert (requests(stage).is_open, requests(stage).whole) == (True, True)
    stage.session()
    assert stage.on_hand("A") == 5
    assert (requests(stage).is_open, requests(stage).whole) == (False, False)


def test_whoever_left_meanwhile_is_no_reason_to_wait(stage: Any) -> None:
    """The request comes too late for the other worker: the session tries once more by itself."""
    stage.add("A", 5)
    stage.cycle()
    stage.shop.hand_edit("A", 9)
    assert take(stage.db, "store:main") is not None
    state, commit = stage.state, stage.state.commit

    def leave(change: Change, *leases: Lease) -> None:
        commit(change, *leases)
        if any(name == "requests" for _, name, _ in change.puts):
            stage.db.delete(keys.lease("store:main"))
            state.commit = commit

    state.commit = leave
    assert stage.session(full=True).error is None
    assert stage.on_hand("A") == 5


def test_what_is_asked_for_during_a_session_stands_after_it(stage: Any) -> None:
    """Its mark was overwritten without a look, and the listing never read."""
    stage.add("A", 5)
    stage.add("B", 5)
    stage.cycle()
    stage.context.state.commit(Change(reread=[("main", stage.ref("B"))]))
    stage.sandbox.before_request(lambda _: stage.resync("A"))
    stage.session()
    assert list(stage.state.to_reread("main")) == [stage.ref("A")]
    assert requests(stage).is_open
    stage.session()
    assert (requests(stage).finished, stage.state.to_reread("main")) == (1, {})


def test_of_a_store_in_trouble_it_stands_and_whoever_waits_hears_why(stage: Any) -> None:
    stage.add("A", 5)
    stage.cycle()
    number = ask_again(stage.context, "main", full=True)
    stage.sandbox.faults.add("unauthorized", times=-1)
    assert stage.session().error
    stands = requests(stage)
    assert (stands.is_open, stands.whole, stands.finished) == (True, True, 0)
    assert stands.result
    assert (stands.result.number, stands.result.person, bool(stands.result.error)) == (number, True, True)


@pytest.mark.parametrize("inline", [True, False])
def test_the_answer_says_what_was_done_for_a_request(stage: Any, inline: bool) -> None:
    stage.add("A", 5)
    stage.cycle()
    stage.shop.hand_edit("A", 9)
    number = ask_again(stage.context, "main", ["A"])
    stage.cycle() if inline else stage.session()
    result = requests(stage).result
    assert result
    assert (result.number, result.applied, result.due, result.error) == (number, 1, 0, None)


def test_a_pause_is_an_answer(stage: Any) -> None:
    stage.add("A", 5)
    stage.cycle()
    steer.pause(stage.context, "main", "a person")
    number = ask_again(stage.context, "main", ["A"])
    stage.session()
    result = requests(stage).result
    assert result
    assert (result.number, result.error) == (number, PAUSED)


def test_of_many_who_ask_at_once_each_has_a_number(redis_url: str, stage: Any) -> None:
    def ask() -> list[int]:
        db = connect(redis_url)
        state = State(db, ("main",))
        found = [request(state, "main", Change()) for _ in range(20)]
        db.close()
        return found

    stage.state.ensure_whole()
    with ThreadPoolExecutor() as pool:
        numbers = [n for each in [pool.submit(ask) for _ in range(4)] for n in each.result()]
    assert sorted(numbers) == list(range(1, 81))
