"""Programs as a host runs them: a line for `sh -c`, an environment from nothing, a signal to all that came of it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

GIVEN = 30.0
"""Seconds after SIGTERM in which a host lets a process end."""


def until(happened: Callable[[], object], what: Callable[[], str], seconds: float = 60.0) -> None:
    """Wait for it. Fails with what there is to read."""
    ends = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < ends, f"not within {seconds:.0f} s: {what()}"
        time.sleep(0.05)


class Program:
    """One line, and whatever it starts: all of that has a home of its own, by which it is found."""

    def __init__(self, line: str, env: Mapping[str, str], cwd: Path, place: Path) -> None:
        place.mkdir()
        self.home, self.log = place, place / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", line], cwd=cwd, env={**env, "HOME": str(place)}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def pids(self) -> list[int]:
        """Every process that lives, the line's own first. (A Redis writes its title over its environment.)"""
        mark = f"\0HOME={self.home}\0".encode()
        own = [self.process.pid] if self.process.poll() is None else []
        found = set(own)
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
                if not dead and mark in b"\0" + (entry / "environ").read_bytes():
                    found.add(int(entry.name))
        return [*own, *sorted(found.difference(own))]

    def tell(self, number: signal.Signals = signal.SIGTERM, *, everyone: bool = True) -> None:
        """everyone: as Heroku does, every process of a dyno; else the first one alone."""
        for pid in self.pids() if everyone else (self.process.pid,):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def ended(self, seconds: float = GIVEN) -> int:
        """Its exit code, once nothing of it is left. Fails after so many seconds."""
        ends = time.monotonic() + seconds
        until(lambda: self.process.poll() is not None, self.said, seconds)
        until(lambda: not self.pids(), lambda: f"{self.pids()} are left\n{self.said()}", ends - time.monotonic() + 0.1)
        return self.process.returncode

    def kill(self) -> None:
        """Whatever is left after a test."""
        while pids := self.pids():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.poll()
        self.process.wait()
