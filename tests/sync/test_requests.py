"""One message per piece of work on its way."""

import subprocess
import sys
from typing import Any

from bridge.state import keys
from bridge.state.lease import owner
from bridge.sync.requests import begin, claim, served


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
