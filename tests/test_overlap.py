"""A process is lent while its session waits for an answer, and only then."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import chain, repeat
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from bridge import overlap
from bridge.celery import LARGEST_CHILD
from bridge.transport.heartbeat import Heartbeat

LONG = 30.0


def never(fault: BaseException) -> None:
    raise AssertionError(fault)


class Work:
    """Asks, works on once it is answered, and ends when it may."""

    def __init__(self) -> None:
        self.answered, self.works, self.may_end = Event(), Event(), Event()
        self.fault: Exception | None = None

    def end(self) -> None:
        self.answered.set()
        self.may_end.set()
        overlap.finish(LONG)

    def __call__(self, heartbeat: Heartbeat) -> None:
        with heartbeat.waiting():
            assert self.answered.wait(LONG)
        self.works.set()
        assert self.may_end.wait(LONG)
        if self.fault:
            raise self.fault


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    monkeypatch.setattr(overlap, "AFTER", 0.01)
    monkeypatch.setattr(overlap, "mem_rss", lambda: 1)  # a process that runs tests may be large by now
    found = Work()
    yield found
    found.end()
    overlap.join_begun()
    assert not overlap._begun


def test_what_ends_is_as_if_it_were_called(session: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlap, "AFTER", LONG)  # what is answered at once is not waited for as long as that
    session.answered.set()
    session.may_end.set()
    overlap.overlap(session, never)
    assert session.works.is_set()
    session.fault = ValueError("of the visit")
    with pytest.raises(ValueError, match="of the visit"):
        overlap.overlap(session, never)


def test_a_process_is_free_while_its_session_waits(session: Work) -> None:
    overlap.overlap(session, never)
    overlap.join_begun()
    assert not session.works.is_set()


def test_a_session_that_works_again_keeps_its_process(session: Work) -> None:
    overlap.overlap(session, never)
    session.answered.set()
    assert session.works.wait(LONG)
    back = Thread(target=overlap.join_begun)
    back.start()
    session.may_end.set()
    back.join(LONG)
    assert not back.is_alive()
    assert not overlap._begun


@pytest.mark.parametrize(("size", "left"), [(LARGEST_CHILD - 1, True), (LARGEST_CHILD, False)])
def test_a_process_about_to_be_replaced_is_not_overlapped(
    size: int, left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is replaced when its message is done, and what it had begun would end with it."""
    monkeypatch.setattr(overlap, "mem_rss", lambda: size)
    heartbeat = Heartbeat(chain((0.0, 0.0), repeat(overlap.AFTER)).__next__)
    work = overlap._Work(heartbeat=heartbeat)
    monkeypatch.setattr(overlap, "wait", lambda *_, **__: work.done.set_result(None))
    with heartbeat.waiting():
        assert work.look() == (not left)


def test_what_fails_late_is_told_once_to_whoever_began_it(session: Work) -> None:
    session.fault, ends, late = ValueError("a bug"), monotonic() + LONG, list[BaseException]()
    overlap.overlap(session, late.append)
    session.end()
    overlap.join_begun()
    while not late and monotonic() < ends:  # whoever waits for a session hears of its end first
        sleep(0.001)
    assert late == [session.fault]


def test_the_end_of_a_process_waits_for_what_it_began(session: Work) -> None:
    overlap.overlap(session, never)
    assert not overlap.finish(0.01)
    assert not session.works.is_set()
    session.end()
    assert overlap.finish(0.01)
    assert session.works.is_set()


HANGS = """
from bridge import overlap
from bridge.celery import LARGEST_CHILD
overlap.AFTER = overlap.STUCK = 0.05
overlap.overlap(lambda heartbeat: [None for _ in iter(int, 1)], print)
"""


def test_a_session_that_hangs_in_itself_does_not_keep_its_process() -> None:
    done = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, timeout=LONG, check=False)
    assert done.returncode == -9
    assert b"hangs in itself" in done.stderr + done.stdout
