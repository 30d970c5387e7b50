"""A store that never answers, beside one that does, on a worker with a single process."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from .conftest import Works

LESS = 20.0
"""Seconds on a machine that does much else; a request that hangs is given up after thirty."""


class Hanging:
    """A second shop, which takes requests and answers them once it is told to. shop: the shop itself."""

    def __init__(self, works: Works) -> None:
        self.shop = works.another_shop("other")
        self.asked, self.answers = Event(), Event()
        self.answers.set()
        works.stack.callback(self.answers.set)
        works.env["STOCKBRIDGE_CONFIG_TOML"] += works.table(self.shop)
        self.shop.sandbox.before_request(self._hold, times=-1)

    def _hold(self, _: object) -> None:
        if not self.answers.is_set():
            self.asked.set()
            self.answers.wait(60)

    def hang(self) -> None:
        self.asked.clear()
        self.answers.clear()


@pytest.fixture
def other(works: Works) -> Iterator[Hanging]:
    """Both shops are right, and the second one has taken a request that it does not answer."""
    found = Hanging(works)
    for n in range(3):  # falls, which need no proof: one look is enough
        works.add(f"SKU-{n}", 10 + n, shown=12 + n)
        found.shop.add(f"SKU-{n}", 12 + n)
    works.worker(concurrency=1)
    works.send("bridge.tick")
    works.until(lambda: works.is_right() and [found.shop.shows(f"SKU-{n}") for n in range(3)] == [10, 11, 12])
    found.hang()
    works.send("bridge.push", "other")
    works.until(found.asked.is_set)
    yield found
    found.answers.set()


def test_a_store_that_hangs_holds_up_no_other(works: Works, other: Hanging) -> None:
    for units in (4, 3, 2):
        works.warehouse.set_stock("SKU-0", units)
        works.send("bridge.pull")
        works.until(works.is_right, LESS)
    assert not other.answers.is_set()
    other.answers.set()
    works.until(lambda: other.shop.shows("SKU-0") == 2)


def test_what_was_begun_beside_other_work_is_taken_over_when_its_process_dies(works: Works, other: Hanging) -> None:
    works.warehouse.set_stock("SKU-0", 4)
    works.send("bridge.pull")
    works.until(works.is_right, LESS)
    holder = works.holder("other")
    assert holder
    os.kill(holder, signal.SIGKILL)
    other.answers.set()
    works.send("bridge.push", "other")
    works.until(lambda: other.shop.shows("SKU-0") == 4)
    assert works.holder("other") != holder


BROKEN = """
import time
from pathlib import Path
from bridge import tasks

def session(it, store, **_):
    Path(__file__).with_name("began").touch()
    with it.heartbeat.waiting():
        while not Path(__file__).with_name("go on").exists():
            time.sleep(0.05)
    raise KeyError("a secret value")

tasks.run_session = session
"""


def test_what_fails_while_it_waits_is_counted_and_a_failure_to_celery(works: Works) -> None:
    """A bug that comes to light after its message was done."""
    (works.folder / "broken.py").write_text(BROKEN)
    works.env["PYTHONPATH"] = str(works.folder)
    works.python("from bridge.tasks import context; context().state.ensure_whole()")
    works.worker("--include", "broken", concurrency=1)
    works.send("bridge.push", "main")
    works.until((works.folder / "began").exists)
    works.until(lambda: not works.db.hlen("unacked"))  # its message is done
    (works.folder / "go on").touch()
    works.until(lambda: works.db.hget("stockbridge:counters", "failures|push main|KeyError") == b"1")
    works.until(lambda: "Task bridge.failed" in works.log())
    assert "push main failed with KeyError after its message was done" in works.log()
    assert "Task bridge.push" not in works.log()  # its own message was done well
    works.until(lambda: works.db.hlen("unacked") == works.db.llen("celery") == 0)


SMALL = """
from bridge import overlap

overlap.LARGEST_CHILD = 1
"""


def test_a_child_that_is_to_be_replaced_first_ends_the_session_that_waits_in_it(works: Works) -> None:
    """Every child is too large here, and is replaced after each message."""
    (works.folder / "small.py").write_text(SMALL)
    works.env["PYTHONPATH"] = str(works.folder)
    works.fill(3)
    asked, answers = Event(), Event()

    def hold(_: object) -> None:
        asked.set()
        answers.wait(30)

    works.stack.callback(answers.set)
    works.main.sandbox.before_request(hold, on=works.main.troubles.write)
    works.worker("--max-memory-per-child", "1", "--include", "small", concurrency=1)
    works.send("bridge.tick")
    works.until(asked.is_set)
    child, ends = works.holder("main"), time.monotonic() + 2
    while time.monotonic() < ends:  # four times as long as a session waits before its child takes another message
        assert works.db.hlen("unacked") == 1
        time.sleep(0.1)
    answers.set()
    works.until(lambda: not works.db.exists("stockbridge:lease:store:main"))
    assert works.has_ended(), works.log()  # what the store said was written down, in the first session already
    works.until(lambda: not Path(f"/proc/{child}").exists())
