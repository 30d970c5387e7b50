"""Processes that are killed or told to end, in the middle of their work."""

import os
import signal
import subprocess
import threading
import time
from typing import Any


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def in_mid_push(works: Any, seconds: float) -> threading.Event:
    """Happens when the first write has arrived; its answer takes a while."""
    began = threading.Event()
    works.sandbox.before_request(lambda _: began.set(), on="SetQuantities")
    works.sandbox.faults.add("delay", on="SetQuantities", seconds=seconds)
    return began


def test_a_child_killed_in_mid_push_is_followed_by_another(works: Any) -> None:
    works.fill(20)
    began = in_mid_push(works, 2)
    worker = works.worker(concurrency=1)
    works.beat()
    assert began.wait(30), works.log()
    (child,) = children(worker)
    os.kill(child, signal.SIGKILL)
    works.until(works.settled)
    assert worker.poll() is None
    assert children(worker) != [child]


def test_a_killed_worker_is_followed_by_a_new_one(works: Any) -> None:
    works.fill(20)
    began = in_mid_push(works, 2)
    worker = works.worker(concurrency=1)
    works.beat()
    assert began.wait(30), works.log()
    os.killpg(worker.pid, signal.SIGKILL)
    works.worker()
    works.until(works.settled)


def test_a_worker_told_to_end_gives_its_work_back_in_time(works: Any) -> None:
    works.fill(20)
    began = in_mid_push(works, 8)
    worker = works.worker("--", ".soft_shutdown_timeout=2", concurrency=1)
    works.beat()
    assert began.wait(30), works.log()
    asked = time.monotonic()
    os.kill(worker.pid, signal.SIGTERM)
    worker.wait(20)
    assert time.monotonic() - asked < 7.5
    assert not works.db.exists("stockbridge:lease:store:main")
    works.worker()
    works.until(works.settled)


def test_an_idle_worker_ends_at_once(works: Any) -> None:
    worker = works.worker()
    works.until(lambda: " ready." in works.log())
    asked = time.monotonic()
    os.kill(worker.pid, signal.SIGTERM)
    worker.wait(20)
    assert time.monotonic() - asked < 5
