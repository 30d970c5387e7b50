"""Where seeds are played, one after the other."""

from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest
import redis as redis_package
from kombu.exceptions import OperationalError

from bridge import tasks
from bridge.threeplguys.paging import Pull
from bridge.transport.heartbeat import Heartbeat
from tests.harness.inline import Inline

from .engine import Lines, Process, ViolationError, owner_of
from .memory import OwnMarks, OwnSet
from .play import FailedPlayError, Play


class Table:
    """Where seeds are played, one after the other: a Redis, and the product without threads beside, without real time
    and with every process on a machine of its own."""

    def __init__(self, lines: Lines, patch: pytest.MonkeyPatch) -> None:
        self.lines = lines
        patch.setattr("bridge.sync.push.flow.ThreadPoolExecutor", Inline)
        patch.setattr("bridge.sync.cycle.ThreadPoolExecutor", self._executor)
        patch.setitem(Pull.__init__.__kwdefaults__ or {}, "pool", Inline)
        patch.setattr("bridge.threeplguys.edge.monotonic", lambda: 0.0)
        patch.setattr(tasks, "context", lambda: self.running.context)
        patch.setattr(tasks, "_give_back_until_taken", lambda it: it.state.give_back_unheld())  # a process has no timer
        patch.setattr("bridge.overlap.overlap", lambda work, late: work(Heartbeat()))
        patch.setattr("bridge.state.lease._held", OwnSet(lambda: self.running.memory.held))
        patch.setattr("bridge.state.lease._doubtful", OwnSet(lambda: self.running.memory.doubtful))
        patch.setattr("bridge.state.unreleased._unreleased", OwnMarks(lambda: self.running.memory.marks))
        patch.setattr("bridge.state.lease._lock", nullcontext())  # only one process ever runs, or another in its middle
        for where in ("bridge.state.lease", "bridge.state.work_queue"):
            patch.setattr(f"{where}.owner", lambda: owner_of(self.running))
        for name in ("pull", "push"):
            patch.setattr(getattr(tasks, name), "delay", partial(self._send, name))

    def _executor(self, max_workers: int) -> Inline:
        return self.now.executor(max_workers)

    @property
    def running(self) -> Process:
        return self.now.board.running

    def _send(self, name: str, *given: Any) -> None:
        """To the same Redis, which may refuse it."""
        try:
            self.now.board.passing.ahead_of("LPUSH")
        except redis_package.RedisError as fault:
            raise OperationalError(str(fault)) from fault
        self.now.queue.append((name, given))

    def play(self, seed: int, *, odd: bool = True) -> list[str]:
        """Play one seed → its trace. Raises FailedPlayError."""
        self.now = Play(seed, self.lines, odd=odd)
        try:
            return self.now.run()
        except (Exception, ViolationError) as fault:
            what = f"{type(fault).__name__}: {fault}"
            raise FailedPlayError("\n".join((*self.now.trace, what, f"replay: {replay(seed)}"))) from fault

    def breaks_a_promise(self, seed: int, *, odd: bool = True) -> bool:
        """Whether the product breaks a promise in a seed. Whatever else fails is a fault of the play, and is raised."""
        try:
            self.play(seed, odd=odd)
        except FailedPlayError as failed:
            if isinstance(failed.__cause__, ViolationError):
                return True
            raise
        return False


def replay(seed: int) -> str:
    return f"STOCKBRIDGE_FIRST={seed} STOCKBRIDGE_SEEDS=1 .venv/bin/pytest tests/sim/test_seeds.py"
