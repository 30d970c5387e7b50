"""Ctrl-C, once and twice, at a real program: it says what happens, ends promptly with 130, and nothing is lost."""

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bridge.state import keys

from .conftest import CommandLine, Synced

SECONDS = 40.0
SMALL_DEMO = """
import sys
from bridge.cli import interrupt
from bridge.demo import run
interrupt.listen()
sys.exit(run(once=False, as_json=False, products=60))
"""


class Terminal:
    """A program at a terminal of 80 columns, and all that it has shown."""

    def __init__(self, *arguments: str, folder: Path, program: tuple[str, ...] = ("-m", "bridge")) -> None:
        self.ours, theirs = pty.openpty()
        command = [sys.executable, *program, *arguments]
        env = {**os.environ, "COLUMNS": "80"}
        self.program = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=env, start_new_session=True
        )
        os.close(theirs)
        self.shown = ""

    def until(self, words: str) -> None:
        ends = time.monotonic() + SECONDS
        while words not in self.shown:
            assert time.monotonic() < ends, self.shown
            assert self.read(), f"it ended without {words!r}: {self.shown}"

    def read(self) -> bool:
        """What it shows now, if anything → False when it has closed the terminal."""
        ready, _, _ = select.select([self.ours], [], [], 0.2)
        if not ready:
            return True
        with suppress(OSError):
            data = os.read(self.ours, 65_536)
            self.shown += data.decode(errors="replace").replace("\r\n", "\n")
            return bool(data)
        return False

    def interrupt(self) -> None:
        self.program.send_signal(signal.SIGINT)

    def end(self) -> int:
        ends = time.monotonic() + SECONDS
        while self.program.poll() is None:
            assert time.monotonic() < ends, self.shown
            self.read()
        while self.read() and select.select([self.ours], [], [], 0)[0]:
            pass
        return self.program.returncode

    def close(self) -> None:
        self.program.kill()
        self.program.wait()
        os.close(self.ours)


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    made: list[Terminal] = []

    def begin(*arguments: str, **how: Any) -> Terminal:
        made.append(Terminal(*arguments, folder=tmp_path, **how))
        return made[-1]

    yield begin
    for terminal in made:
        terminal.close()


@dataclass
class Mute:
    """A shop that takes the connection and never answers."""

    cli: CommandLine
    silent: socket.socket
    connections: list[socket.socket] = field(default_factory=list)

    def is_asked(self) -> None:
        """The program has sent its request, and holds the store."""
        self.silent.settimeout(SECONDS)
        self.connections.append(self.silent.accept()[0])
        assert leases(self.cli)


@pytest.fixture
def mute(synced: Synced) -> Iterator[Mute]:
    cli = synced({"A": 5})
    cli.warehouse.set_stock("A", 3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cli.main.address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        cli.configure()
        made = Mute(cli, silent)
        yield made
        for connection in made.connections:
            connection.close()


def leases(cli: CommandLine) -> list[str]:
    return [str(key) for key in cli.redis.keys(f"{keys.lease('')}*")]


def test_sync_says_that_it_stops_and_ends_soon(mute: Mute, start: Start) -> None:
    terminal = start("sync")
    mute.is_asked()
    began = time.monotonic()
    terminal.interrupt()
    terminal.until("Ctrl-C again ends it at once.")
    assert time.monotonic() - began < 2.5
    assert terminal.end() == 130
    assert "Traceback" not in terminal.shown
    assert leases(mute.cli) == []


def test_a_second_ctrl_c_ends_sync_at_once(mute: Mute, start: Start) -> None:
    terminal = start("sync")
    mute.is_asked()
    terminal.interrupt()
    terminal.until("Ctrl-C again ends it at once.")
    began = time.monotonic()
    terminal.interrupt()
    assert terminal.end() == 130
    assert time.monotonic() - began < 2.5
    assert leases(mute.cli) == []
    assert "Traceback" not in terminal.shown


def test_after_an_interrupt_nothing_more_is_sent(synced: Synced, start: Start) -> None:
    cli = synced({"A": 5, "B": 6})
    cli.warehouse.set_stock("A", 3)
    cli.main.sandbox.faults.add("status", status=503, times=-1)
    cli.monkeypatch.setenv("STOCKBRIDGE_PATIENCE", "600")
    before = cli.main.sandbox.calls.total()
    terminal = start("sync")
    while cli.main.sandbox.calls.total() == before:
        assert terminal.read()
    terminal.interrupt()
    assert terminal.end() == 130
    cli.main.restore()
    assert leases(cli) == []
    assert cli("sync").code == 0
    assert cli.main.shows("A") == 3


def test_rollback_asks_where_it_is_seen_and_ctrl_c_is_130(synced: Synced, start: Start) -> None:
    cli = synced({"A": 5})
    cli.warehouse.set_stock("A", 3)
    cli("sync")
    run = cli("status", "--json").json["runs"][0]["run"]
    terminal = start("rollback", run)
    terminal.until("Put this back, and pause? [y/N]: ")
    assert terminal.shown.endswith("[y/N]: ")  # nothing is drawn over it
    terminal.interrupt()
    assert terminal.end() == 130
    assert "Traceback" not in terminal.shown
    assert cli.main.shows("A") == 3


def test_rollback_does_not_ask_where_nobody_sees_it(synced: Synced) -> None:
    cli = synced({"A": 5})
    cli.warehouse.set_stock("A", 3)
    cli("sync")
    run = cli("status", "--json").json["runs"][0]["run"]
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "rollback", run],
        check=False,
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=60,
    )
    os.close(ours)
    os.close(theirs)
    assert (done.returncode, "add --yes" in done.stderr) == (2, True)


def busy(process: int) -> list[str]:
    """Children of a process, by their arguments."""
    listed = subprocess.run(["ps", "-ww", "-eo", "ppid=,args="], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line.split()[0] == str(process)]


@pytest.mark.parametrize("pause", [0.0, 0.3, 1.0])
def test_a_second_ctrl_c_ends_up_without_a_traceback(cli: CommandLine, start: Start, pause: float) -> None:
    cli.add("A", 5, shown=1)
    cli.monkeypatch.delenv("REDIS_URL")
    cli.monkeypatch.setenv("STOCKBRIDGE_DATA", ".stockbridge")
    terminal = start("up", "--workers", "1")
    terminal.until("Ctrl-C ends them.")
    ends = time.monotonic() + SECONDS
    while cli.main.shows("A") != 5:
        assert time.monotonic() < ends, terminal.shown
        terminal.read()
    terminal.interrupt()
    ends = time.monotonic() + pause
    while time.monotonic() < ends:
        terminal.read()
    terminal.interrupt()
    terminal.interrupt()
    assert terminal.end() in (0, 130)
    assert "Traceback" not in terminal.shown
    assert "This is a bug" not in terminal.shown


def test_a_second_ctrl_c_ends_the_demo_without_a_traceback(start: Start) -> None:
    terminal = start(program=("-c", SMALL_DEMO))
    terminal.until("first sync:")
    terminal.interrupt()
    terminal.interrupt()
    terminal.interrupt()
    assert terminal.end() in (0, 130)
    assert "Traceback" not in terminal.shown
    assert "This is a bug" not in terminal.shown
