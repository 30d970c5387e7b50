"""Processes that are killed or told to end, in the middle of their work."""

import os
import signal
import subprocess
import threading

from .conftest import Works


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def in_mid_push(works: Works, go_on: threading.Event, seconds: float, *options: str) -> "subprocess.Popen[bytes]":
    """A worker whose first write has arrived at the shop, which does it and answers when it may go on, or after so
    many seconds."""
    works.fill(20)
    began = threading.Event()

    def hold(_: object) -> None:
        began.set()
        go_on.wait(seconds)

    works.main.sandbox.before_request(hold, on=works.main.troubles.write)
    worker: subprocess.Popen[bytes] = works.worker(*options, concurrency=1)
    works.beat()
    assert began.wait(90), works.log()
    return worker


def test_a_child_killed_in_mid_push_is_followed_by_another(works: Works) -> None:
    worker = in_mid_push(works, threading.Event(), 2)
    (child,) = children(worker)
    os.kill(child, signal.SIGKILL)
    works.until(works.has_ended)
    assert worker.poll() is None
    assert children(worker) != [child]


def test_a_killed_worker_is_followed_by_a_new_one(works: Works) -> None:
    worker = in_mid_push(works, threading.Event(), 2)
    os.killpg(worker.pid, signal.SIGKILL)
    works.worker()
    works.until(works.has_ended)


def test_a_worker_told_to_end_gives_its_work_back_in_time(works: Works) -> None:
    answer = threading.Event()
    worker = in_mid_push(works, answer, 60, "--", ".soft_shutdown_timeout=2")
    os.kill(worker.pid, signal.SIGTERM)
    worker.wait(28)  # hosts allow 30; the answer is still not there
    assert not works.main.offered
    assert not works.db.exists("stockbridge:lease:store:main")
    answer.set()
    works.worker()
    works.until(works.has_ended)


def test_an_idle_worker_ends_at_once(works: Works) -> None:
    worker = works.worker()
    works.until(lambda: " ready." in works.log())
    os.kill(worker.pid, signal.SIGTERM)
    worker.wait(18)  # it does not take the 20 s of one that is busy
