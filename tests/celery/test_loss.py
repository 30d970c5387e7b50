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


def in_mid_push(works: Any, seconds: float, *options: str) -> "subprocess.Popen[bytes]":
    """A worker whose first write has arrived at the shop; the answer takes a while."""
    works.fill(20)
    began = threading.Event()
    works.sandbox.before_request(lambda _: began.set(), on="SetQuantities")
    works.sandbox.faults.add("delay", on="SetQuantities", seconds=seconds)
    worker: subprocess.Popen[bytes] = works.worker(*options, concurrency=1)
    works.beat()
    assert began.wait(30), works.log()
    return worker


def test_a_child_killed_in_mid_push_is_followed_by_another(works: Any) -> None:
    worker = in_mid_push(works, 2)
    (child,) = children(worker)
    os.kill(child, signal.SIGKILL)
    works.until(works.settled)
    assert worker.poll() is None
    assert children(worker) != [child]


def test_a_killed_worker_is_followed_by_a_new_one(works: Any) -> None:
    worker = in_mid_push(works, 2)
    os.killpg(worker.pid, signal.SIGKILL)
    works.worker()
    works.until(works.settled)


def test_a_worker_told_to_end_gives_its_work_back_in_time(works: Any) -> None:
    worker = in_mid_push(works, 8, "--", ".soft_shutdown_timeout=2")
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
