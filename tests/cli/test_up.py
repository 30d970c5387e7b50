"""`stockbridge up`: worker, beat and Redis as real processes, which die and end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import httpx
import pytest
import redis as redis_package

from bridge.cli.up import MOST, SOFT_STOP, Post, environment
from bridge.errors import BridgeError
from bridge.process.supervisor import ProcessGroup, ended_by_signals, processes
from tests.celery.gate import Gate
from tests.harness.served import QUICK

from .conftest import CommandLine


class Small:
    """A small machine: one folder, no REDIS_URL."""

    def __init__(self, cli: CommandLine, folder: Path) -> None:
        self.cli, self.folder = cli, folder
        self.started: list[subprocess.Popen[bytes]] = []
        cli.configure(lines=QUICK)
        cli.monkeypatch.delenv("REDIS_URL")
        cli.monkeypatch.setenv("STOCKBRIDGE_DATA", ".stockbridge")
        cli.source.switches.rate_limit = 100_000

    def up(self, *options: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"up-{len(self.started)}.log").open("wb") as log:
            command = [sys.executable, "-m", "bridge", "up", "--workers", "1", *options]
            self.started.append(subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log))
        return self.started[-1]

    def log(self, which: int = 0) -> str:
        return (self.folder / f"up-{which}.log").read_text()

    def until(self, happened: Callable[[], object], seconds: float = 60.0) -> None:
        ends = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < ends, self.log()
            time.sleep(0.05)

    def shows(self, sku: str, units: int, seconds: float = 150) -> None:
        """A message that died with a worker is sent again after two minutes."""
        self.until(lambda: self.cli.main.shows(sku) == units, seconds)

    def child(self, words: str) -> int:
        """The process that `up` itself started."""
        listed = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()]
        found = [int(row[0]) for row in rows if row[1] == str(self.started[0].pid) and words in row[2]]
        assert len(found) == 1, listed
        return found[0]

    def left(self) -> list[str]:
        """Processes that run in the folder, or know of it."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cwd"):
            try:
                inside = entry.readlink().is_relative_to(self.folder)
            except OSError:
                continue  # it has ended meanwhile, or is somebody else's
            found += [str(entry)] if inside and entry.parent.name != str(os.getpid()) else []
        return found


@pytest.fixture
def small(cli: CommandLine, tmp_path: Path) -> Iterator[Small]:
    made = Small(cli, tmp_path)
    made.cli.add("A", 5, shown=1)
    yield made
    for program in made.started:
        program.kill()
        program.wait()
    made.until(lambda: not made.left())


@pytest.mark.timeout(240)
def test_it_keeps_the_shop_true_survives_a_death_and_ends_at_once(small: Small) -> None:
    program = small.up()
    small.shows("A", 5)
    assert "up: a worker with 1 processes and beat" in small.log()
    small.until(lambda: small.cli("status").code == 0)  # another command finds the Redis beside it
    second = small.up()
    assert second.wait(60) == 1
    assert f"(process {program.pid})" in small.log(1)
    os.kill(small.child("worker"), signal.SIGKILL)
    os.kill(small.child("beat"), signal.SIGKILL)
    small.until(lambda: "up: the worker was ended by signal 9; starting it again in 1 s (1 of 5)." in small.log())
    small.until(lambda: "up: the beat was ended by signal 9" in small.log())
    small.cli.warehouse.set_stock("A", 3)
    small.shows("A", 3)
    told = time.monotonic()
    program.send_signal(signal.SIGTERM)
    assert program.wait(60) == 0
    assert time.monotonic() - told < SOFT_STOP  # it does not wait once nothing is left to do
    assert "up: ended; nothing is left running" in small.log()
    assert small.left() == []
    assert any('"event": "run"' in line and json.loads(line) for line in small.log().splitlines())
    assert not [secret for secret in small.cli.secrets.values() if secret in small.log()]


def test_it_serves_tills_as_well_where_that_is_asked_for(small: Small) -> None:
    small.cli.configure(lines=f'{QUICK}\n[web]\nbind = "127.0.0.1:0"\n')
    program = small.up("--web")
    small.until(lambda: "web: listens on http://127.0.0.1:" in small.log())
    served = small.log().split("web: listens on ")[1].split("/api/")[0]
    assert httpx.get(f"{served}/healthz", timeout=60).text == "ok\n"
    program.send_signal(signal.SIGTERM)
    assert program.wait(60) == 0
    assert "web: ended" in small.log()
    assert small.left() == []


@pytest.mark.timeout(240)
def test_a_redis_that_died_is_started_again(small: Small) -> None:
    program = small.up()
    small.shows("A", 5)
    os.kill(small.child("redis-server "), signal.SIGKILL)
    small.until(lambda: "up: the Redis server was lost; starting it again" in small.log(), 60)
    small.cli.warehouse.set_stock("A", 4)
    small.shows("A", 4)
    program.send_signal(signal.SIGINT)
    assert program.wait(60) == 0


@pytest.fixture
def tiny_disk(small: Small) -> Iterator[Path]:
    """The data lie on a file system of four megabytes."""
    folder = small.folder / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    small.cli.monkeypatch.setenv("STOCKBRIDGE_DATA", str(folder))
    try:
        yield folder
    finally:
        for program in small.started:
            program.send_signal(signal.SIGTERM)
            program.wait(60)
        small.until(lambda: not small.left())
        subprocess.run(["umount", str(folder)], check=True)


def is_full(folder: Path) -> bool:
    """Fill the disk to its last page, and let Redis wait to write more than that → whether it has noticed."""
    with suppress(OSError), (folder / "filler").open("ab", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    with redis_package.Redis.from_url(json.loads((folder / "redis.json").read_text())["url"]) as client:
        try:
            client.set("filler", bytes(20_000))
        except redis_package.ResponseError:
            return True
    return False


@pytest.mark.timeout(240)
@pytest.mark.parametrize("dies", [False, True], ids=["refuses", "dies"])
def test_a_full_disk_under_its_redis_is_said_and_passes(small: Small, tiny_disk: Path, dies: bool) -> None:
    program = small.up()
    small.shows("A", 5)
    small.cli.warehouse.set_stock("A", 3)
    small.until(lambda: is_full(tiny_disk))
    said = small.cli("status")
    assert (said.code, "cannot write to its disk; make room" in said.everything) == (75, True), said
    small.until(lambda: "cannot write to its disk; make room" in small.log())
    if dies:
        os.kill(small.child("redis-server "), signal.SIGKILL)
        small.until(lambda: "up: the Redis server was lost; starting it again" in small.log())
    (tiny_disk / "filler").unlink()
    small.shows("A", 3, 30)
    assert program.poll() is None
    small.until(lambda: small.cli("status").code == 0)
    assert small.log().count("Traceback") == 0, small.log()
    assert small.log().count("cannot write to its disk") <= 8, small.log()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("refusal", ["LOADING Redis is loading", "READONLY You can't write", "OOM command not allowed"])
def test_what_a_redis_of_others_refuses_for_a_while_ends_nothing(small: Small, redis_url: str, refusal: str) -> None:
    with Gate(redis_url) as gate:
        small.cli.monkeypatch.setenv("REDIS_URL", gate.url)
        program = small.up()
        small.shows("A", 5)
        gate.refusal = refusal
        small.cli.warehouse.set_stock("A", 3)
        small.until(lambda: "it goes on by itself when that is over" in small.log())
        assert small.cli("status").code == 75
        gate.refusal = None
        small.shows("A", 3, 20)
        small.until(lambda: small.cli("status").code == 0)
        assert program.poll() is None
        assert small.log().count("up: the ") == 0, small.log()  # nothing ended and was started again
        program.send_signal(signal.SIGTERM)
        assert program.wait(60) == 0


def test_killed_outright_it_still_leaves_nothing(small: Small) -> None:
    program = small.up()
    small.shows("A", 5)
    program.kill()
    program.wait()
    small.until(lambda: not small.left())


# -- without processes of Celery -----------------------------------------------------------------------


def test_what_dies_again_and_again_ends_it_all(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    members, post, now = ProcessGroup(tmp_path), Post("worker", ("no_such_module",), dict(os.environ)), 0.0

    def live() -> None:
        """A second passes, and whatever was started has died."""
        nonlocal now
        post.look(members, now)
        if post.member:
            post.member.process.wait(20)
        now += 1.0

    while len(post.deaths) < MOST:
        live()
    with pytest.raises(BridgeError, match=r"ended with code 1, for the 6th time within 5 minutes; giving up"):
        deque(iter(live, 0), maxlen=0)
    assert members.members == []
    err = capfd.readouterr().err
    assert [f"in {pause} s ({n} of {MOST})" in err for n, pause in enumerate((1, 2, 4, 8, 16), 1)] == [True] * MOST
    assert "No module named no_such_module" in err  # what a child says is forwarded


STUBBORN = """
import pathlib, signal
signal.signal(signal.SIGTERM, lambda *_: pathlib.Path("told").touch())
pathlib.Path("ready").touch()
while True:
    signal.pause()
"""


def test_a_second_ctrl_c_waits_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stubborn.py").write_text(STUBBORN)

    def second() -> None:
        while not (tmp_path / "told").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    waiting = Thread(target=second)
    with ended_by_signals(), suppress(KeyboardInterrupt), processes(tmp_path, grace=100.0) as members:
        member = members.start("worker", ("stubborn",))
        while not (tmp_path / "ready").exists():
            assert member.process.poll() is None, member.last_words()
            time.sleep(0.01)
        waiting.start()
        os.kill(os.getpid(), signal.SIGINT)
    waiting.join()
    assert member.process.returncode == -signal.SIGKILL


ORPHAN = """
import pathlib, sys
from bridge.process.supervisor import ProcessGroup
ProcessGroup(pathlib.Path("."), grace=1.0).start("worker", ("stubborn",))
while not pathlib.Path("ready").exists():
    pass
"""


def test_what_ignores_its_end_is_killed_when_nobody_is_left_to_end_it(small: Small) -> None:
    (small.folder / "stubborn.py").write_text(STUBBORN)
    subprocess.run([sys.executable, "-c", ORPHAN], cwd=small.folder, check=True)
    assert small.left()
    small.until(lambda: not small.left())
    assert (small.folder / "told").exists()


def test_old_deaths_are_forgiven() -> None:
    post = Post("worker", ())
    for now in range(0, 10_000, 100):
        post.died("ended with code 1", float(now))
    assert len(post.deaths) == 3


def test_children_read_the_configuration_that_was_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STOCKBRIDGE_CONFIG_TOML", "another")
    env = environment("redis://x", tmp_path / "mine.toml")
    assert env["STOCKBRIDGE_CONFIG"] == str(tmp_path / "mine.toml")
    assert "STOCKBRIDGE_CONFIG_TOML" not in env
    assert (env["REDIS_URL"], env["REMAP_SIGTERM"]) == ("redis://x", "SIGQUIT")


def test_a_wrong_configuration_is_told_before_anything_starts(small: Small) -> None:
    small.cli.configure("bufer = 2")
    said = small.cli("up")
    assert said.code == 2
    assert 'did you mean "buffer"?' in said.err
    assert not (small.folder / ".stockbridge").exists()
