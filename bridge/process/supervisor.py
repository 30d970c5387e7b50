"""Child processes that belong together: each is ended by its own id, whatever happens to the parent itself."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any

from bridge.errors import BridgeError

GRACE = 8.0
"""Seconds a process has to end by itself."""

# Reads one line: "done" says that the process was ended; a broken pipe, that nobody is left to end it. A worker
# whose Redis went at the same moment may hang instead of ending, so after some seconds its whole session is killed.
GUARD = """
read -r _ && exit
kill "$1" 2>/dev/null
left=$2
while [ "$left" -gt 0 ] && kill -0 "$1" 2>/dev/null; do sleep 1; left=$((left - 1)); done
kill -s KILL -- "-$1" 2>/dev/null
"""
ENDING = (signal.SIGTERM, signal.SIGHUP)
SOFTLY = {"REMAP_SIGTERM": "SIGQUIT"}
"""In a worker's environment: SIGTERM gives it 20 s for what it has begun, and it takes them to the end. SIGINT lets
it end as soon as that is done."""


def worker(processes: int) -> tuple[str, ...]:
    """The command line of a worker, for `ProcessGroup.start`."""
    return ("celery", "-A", "bridge", "--quiet", "worker", "--pool", "prefork", "--concurrency", str(processes),
            "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")  # fmt: skip


BEAT = ("celery", "-A", "bridge", "--quiet", "beat", "--pidfile=", "--loglevel", "INFO")
"""The command line of beat, for `ProcessGroup.start`. It keeps nothing in a file."""


_groups: list["ProcessGroup"] = []
"""Those of this process that are not ended yet."""


@dataclass(slots=True)
class Member:
    """One process, in a session of its own: Ctrl-C reaches the parent alone, which then ends the others in order.
    log: None when it writes where the parent does. ending: the signal that tells it to end."""

    name: str
    process: subprocess.Popen[bytes]
    guard: subprocess.Popen[bytes]
    log: Path | None
    ending: signal.Signals = signal.SIGTERM

    def last_words(self) -> str:
        lines = self.log.read_text("utf-8", "replace").splitlines() if self.log and self.log.exists() else []
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")

    def tell(self) -> None:
        """Ask it to end, unless it has."""
        if self.process.poll() is None:
            self.process.send_signal(self.ending)

    def stop(self, grace: float = GRACE) -> None:
        """Wait for it to end, or end it."""
        if self.process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(grace)
        self.end_group()
        self.process.wait()
        self.guard.communicate(b"done\n")

    def end_group(self) -> None:
        """Whatever is left of the session it began: the process itself, or children it left behind."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


class ProcessGroup:
    """Processes that belong together. Logs are files in `folder`."""

    def __init__(self, folder: Path, grace: float = GRACE) -> None:
        self.folder, self.grace = folder, grace
        self.members: list[Member] = []

    def start(
        self, name: str, arguments: Sequence[str], env: Mapping[str, str] | None = None, *, aloud: bool = False
    ) -> Member:
        """A Python module with arguments. aloud: it writes to our own stderr instead of a log."""
        env = env or dict(os.environ)
        if aloud:
            return self._start(name, arguments, env, sys.stderr.fileno(), None)
        with self._log(name).open("wb") as log:
            return self._start(name, arguments, env, log, log)

    def serve(self, name: str, arguments: Sequence[str]) -> str:
        """A sandbox → the address it prints once it listens."""
        return str(self.introduced(name, arguments)["url"])

    def introduced(self, name: str, arguments: Sequence[str]) -> dict[str, Any]:
        """A sandbox → all that it says of itself once it listens: one line of JSON. Files that it makes for a while lie
        in our folder, and go with it even where it is killed."""
        env = {**os.environ, "TMPDIR": str(self.folder.absolute())}
        with self._log(name).open("wb") as log:
            member = self._start(name, arguments, env, subprocess.PIPE, log)
        line = member.process.stdout.readline() if member.process.stdout else b""
        if not line:
            why = f"{member.last_words()}; sandboxes need the packages of stockbridge[demo]"
            raise BridgeError(f"The sandbox of {name} did not start: {why}")
        said: dict[str, Any] = json.loads(line)
        return said

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _start(
        self, name: str, arguments: Sequence[str], env: Mapping[str, str], out: "int | IO[bytes]", err: IO[bytes] | None
    ) -> Member:
        process = subprocess.Popen(  # noqa: S603  (our own modules, by this very interpreter)
            [sys.executable, "-m", *arguments], env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            start_new_session=True,
        )  # fmt: skip
        guard = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", GUARD, "guard", str(process.pid), str(round(self.grace))],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        member = Member(name, process, guard, self._log(name) if err is not None else None)
        self.members.append(member)
        return member

    def check(self) -> None:
        """Raises BridgeError when one has died."""
        for member in self.members:
            code = member.process.poll()
            if code is not None:
                raise BridgeError(
                    f"The {member.name} ended with code {code}: {member.last_words()} (all: {member.log})"
                )

    def forget_dead(self, member: Member) -> None:
        """One that has died: end what it left behind, and forget it."""
        member.stop(self.grace)
        self.members.remove(member)

    def stop(self) -> None:
        """The last one started ends first. Those that need time get it at the same time."""
        for member in reversed(self.members):
            member.tell()
        for member in reversed(self.members):
            member.stop(self.grace)
        self.members.clear()

    def hurry(self) -> None:
        """Nobody gets time any more. May be called while `stop` waits."""
        for member in self.members:
            if member.process.returncode is None:
                member.end_group()


@contextmanager
def processes(folder: Path, grace: float = GRACE) -> Iterator[ProcessGroup]:
    found = ProcessGroup(folder, grace)
    _groups.append(found)
    try:
        yield found
    finally:
        found.stop()
        _groups.remove(found)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and the closing of the terminal end us once, as KeyboardInterrupt: everything is cleaned up.
    What comes after it raises nothing, and another Ctrl-C gives our children no more time; a host may send SIGTERM
    several times (devcenter.heroku.com/articles/dyno-shutdown-behavior). SIGTERM and SIGHUP that the parent chose to
    ignore, as nohup does, stay ignored; SIGINT is ignored by whatever a shell runs in the background, and is heard."""
    ending = False

    def end(number: int, _: FrameType | None) -> None:
        nonlocal ending
        if ending:
            for each in _groups if number == signal.SIGINT else ():
                each.hurry()
            return
        ending = True
        raise KeyboardInterrupt

    heard = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, *heard)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def alone(lock: Path, sentence: str) -> Iterator[None]:
    """Hold a lock file for a block, so that a second one of its kind does not begin. Raises BridgeError with the
    sentence, in which {pid} is the process that holds it."""
    try:
        lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = lock.open("a+")
    except OSError as error:
        raise BridgeError(f"{lock} cannot be written ({error.strerror}); make its directory writable.") from None
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            raise BridgeError(sentence.format(pid=held.read().strip() or "?")) from None
        held.truncate(0)
        held.write(f"{os.getpid()}\n")
        held.flush()
        yield
