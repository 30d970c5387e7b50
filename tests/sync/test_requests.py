"""One message per piece of work on its way."""

import subprocess
import sys
from typing import Any

from bridge.state import keys
from bridge.state.lease import owner, take
from bridge.sync.report import BUSY
from bridge.sync.requests import WANTED, begin, claim, served, want, wanted


def test_a_message_is_sent_once(stage: Any) -> None:
    assert claim(stage.shell, "pull")
    assert not claim(stage.shell, "pull")
    assert claim(stage.shell, "push:main")
    begin(stage.shell, "pull")
    assert not claim(stage.shell, "pull")
    assert not served(stage.shell, "pull")
    assert claim(stage.shell, "pull")


def test_work_that_is_running_can_be_asked_for_once_more(stage: Any) -> None:
    claim(stage.shell, "push:main")
    begin(stage.shell, "push:main")
    assert not claim(stage.shell, "push:main", once_more=True)
    assert not claim(stage.shell, "push:main", once_more=True)
    assert served(stage.shell, "push:main")
    assert claim(stage.shell, "push:main")


def test_work_that_waits_need_not_be_asked_for_once_more(stage: Any) -> None:
    claim(stage.shell, "push:main")
    assert not claim(stage.shell, "push:main", once_more=True)
    begin(stage.shell, "push:main")
    assert not served(stage.shell, "push:main")


def test_a_killed_process_keeps_nobody_from_its_work(stage: Any) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    machine = owner().rpartition("/")[0]
    for mark in ("running", "again"):
        stage.db.set(keys.queued("pull"), f"{mark}@{machine}/{dead.pid}", px=60_000)
        assert claim(stage.shell, "pull", once_more=True)
    stage.db.set(keys.queued("pull"), "running@elsewhere/1", px=60_000)
    assert not claim(stage.shell, "pull")


def test_a_mark_does_not_last(stage: Any) -> None:
    claim(stage.shell, "pull")
    assert 0 < stage.db.pttl(keys.queued("pull")) <= 120_000
    begin(stage.shell, "pull")
    claim(stage.shell, "pull", once_more=True)
    assert 0 < stage.db.pttl(keys.queued("pull")) <= 120_000


# -- a visit that finds the store taken ------------------------------------------------------------------


def test_a_visit_that_finds_the_store_taken_leaves_word_for_the_next(stage: Any) -> None:
    stage.add("A", 5)
    stage.round()
    stage.shop.hand_edit("A", 9)  # only a whole look finds it
    with stage.shell.lease("store:main"):
        assert stage.visit(full=True).error == BUSY
    assert set(wanted(stage.shell, "main")) == {"wanted_whole"}
    stage.visit()
    assert stage.on_hand("A") == 5
    assert wanted(stage.shell, "main") == {}


def test_whoever_left_meanwhile_is_no_reason_to_wait(stage: Any) -> None:
    """The word comes too late for the other worker: the visit tries once more by itself."""
    stage.add("A", 5)
    stage.round()
    stage.shop.hand_edit("A", 9)
    other = take(stage.db, "store:main")
    assert other is not None
    state, put = stage.state, stage.state.put_info

    def leave(store: str, **notes: object) -> None:
        put(store, **notes)
        if WANTED[1] in notes:
            stage.db.delete(keys.lease("store:main"))

    state.put_info = leave
    assert stage.visit(full=True).error is None
    assert stage.on_hand("A") == 5


def test_what_is_wanted_during_a_visit_stands_after_it(stage: Any) -> None:
    stage.add("A", 5)
    stage.round()
    want(stage.shell, "main", whole=False)
    stage.sandbox.before_request(lambda _: want(stage.shell, "main", whole=False))
    stage.visit()
    assert set(wanted(stage.shell, "main")) == {"wanted"}
    stage.visit()
    assert wanted(stage.shell, "main") == {}


def test_what_is_wanted_of_a_store_in_trouble_stands(stage: Any) -> None:
    stage.add("A", 5)
    stage.round()
    want(stage.shell, "main", whole=True)
    stage.sandbox.faults.add("unauthorized", times=-1)
    assert stage.visit().error
    assert set(wanted(stage.shell, "main")) == {"wanted_whole"}
