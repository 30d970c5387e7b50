"""A worker process does other work while a session waits for an answer: a store that hangs holds up nobody else.

Each session runs in a thread of its own. While it computes, its process is busy with it. Once it has waited for a
while, the process takes the next message; when that one is done, it returns to the session before it takes another. So
a process works on one session at a time, and waits for many.
"""

import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from threading import Thread

from billiard.compat import mem_rss

from bridge import log
from bridge.celery import LARGEST_CHILD
from bridge.transport.heartbeat import Heartbeat

AFTER = 0.5
"""Seconds without an answer after which the process takes other work."""

STUCK = 480.0
"""Seconds without any request after which a session hangs in itself, and its process is ended."""

_begun: list["_Work"] = []
"""What this process has begun and not seen the end of."""


@dataclass(frozen=True, eq=False)
class _Work:
    done: Future[None] = field(default_factory=Future)
    heartbeat: Heartbeat = field(default_factory=Heartbeat)

    def do(self, task: Callable[[Heartbeat], None]) -> None:
        try:
            task(self.heartbeat)
        except BaseException as fault:  # noqa: BLE001  (a future keeps it for whoever asks)
            self.done.set_exception(fault)
        else:
            self.done.set_result(None)

    def look(self) -> bool:
        """Wait until it is done, or does nothing but wait itself → whether it is done. A large child is replaced after
        its message, and what it began would end with it: it leaves nothing."""
        while not self.done.done() and (self.heartbeat.waited < AFTER or mem_rss() >= LARGEST_CHILD):
            wait([self.done], timeout=max(AFTER / 10, AFTER - self.heartbeat.waited))
            if self.heartbeat.still > STUCK:
                log.get().error("a session hangs in itself; its process ends", seconds=round(self.heartbeat.still))
                os.kill(os.getpid(), signal.SIGKILL)
        return self.done.done()


def overlap(task: Callable[[Heartbeat], None], late: Callable[[BaseException], None]) -> None:
    """Run `task` in a thread; return once it finished or has been blocked on I/O for `AFTER` seconds. Raises what it
    raised by then; `late` is told what it raises after that."""
    work = _Work()
    _begun.append(work)
    Thread(target=work.do, args=(task,), daemon=True).start()
    if work.look():
        _begun.remove(work)
        return work.done.result()
    work.done.add_done_callback(lambda done: late(fault) if (fault := done.exception()) else None)
    return None


def join_begun() -> None:
    """Wait, before this process takes another message, until each session it has begun is done or waits once more."""
    for work in list(_begun):
        if work.look():
            _begun.remove(work)


def finish(seconds: float) -> bool:
    """Before this process ends: give what it has begun some time → whether all of it is done."""
    return not wait([work.done for work in _begun], timeout=seconds).not_done
