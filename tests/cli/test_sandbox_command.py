"""`stockbridge sandbox`: a program for curl and others. In a process of its own, on free ports."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.sandbox import one_port_each
from bridge.config import parse
from bridge.config.installed import sandboxes
from connectors import registry

from .conftest import CommandLine

FREE = ("--source-port", "0", *(text for name in sandboxes() for text in (f"--{name}-port", "0")))
ONE = next(iter(sandboxes()), "")
NEIGHBOURS = {
    "other-shop": "bridge.threeplguys",
    "plain": "bridge.errors",
    "none": "bridge.config",
    "lost": "nowhere",
}
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "bridge", "sandbox", *arguments]
        env = {**os.environ, "TMPDIR": str(tmp_path)}
        started.append(
            subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield begin
    for program in started:
        program.send_signal(signal.SIGINT)
    for program in started:
        program.communicate(timeout=20)
    assert list(tmp_path.iterdir()) == []


def running(program: "subprocess.Popen[str]") -> dict[str, Any]:
    """The one object it prints before it waits."""
    assert program.stdout
    lines: list[str] = []
    while not lines or lines[-1] != "}\n":
        line = program.stdout.readline()
        assert line, program.stderr and program.stderr.read()
        lines.append(line)
    found: dict[str, Any] = json.loads("".join(lines))
    return found


def ended(program: "subprocess.Popen[str]", number: int) -> tuple[int, str]:
    program.send_signal(number)
    _, err = program.communicate(timeout=20)
    return program.returncode, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_it_is_ended_and_leaves_nothing(start: Start, number: int) -> None:
    program = start("--json", "--store", ONE, "--skus", "3", *FREE)
    url = running(program)["source"]["url"]
    assert ended(program, number) == (0, "sandbox: ended; nothing is left running.\n")
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))):
        pass


def test_the_configuration_it_prints_makes_every_store_equal(start: Start, cli: CommandLine) -> None:
    found = running(start("--json", "--skus", "40", "--seed", "3", *FREE))
    assert list(found["stores"]) == list(sandboxes())
    assert list(parse(found["configuration"], {}).stores) == list(sandboxes())
    cli.monkeypatch.setenv("STOCKBRIDGE_CONFIG_TOML", found["configuration"])
    first, second = cli("sync", "--json"), cli("sync", "--dry-run", "--json")
    assert first.code == 0, first
    assert all(report["applied"] > 0 for report in first.json["stores"].values())
    assert all(store["plan"] == [] for store in second.json["stores"].values()), second.out


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_requests_it_prints_work(start: Start) -> None:
    found = running(start("--json", "--skus", "5", *FREE))
    for said in (found["source"], *found["stores"].values()):
        command = shlex.split(said.get("curl", f"curl {said['url']}/_control/numbers"))
        done = subprocess.run([*command, "-sS", "--fail"], capture_output=True, text=True, check=False, timeout=20)
        assert done.returncode == 0, done
        assert json.loads(done.stdout), command


def test_the_same_seed_makes_the_same_goods(start: Start) -> None:
    def stock(program: "subprocess.Popen[str]") -> str:
        url = running(program)["source"]["url"]
        command = [sys.executable, "-c", f"import urllib.request as u; print(u.urlopen('{url}/_control/stock').read())"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout

    given = ("--json", "--store", ONE, "--skus", "20", *FREE)
    assert stock(start(*given, "--seed", "5")) == stock(start(*given, "--seed", "5"))
    assert stock(start(*given, "--seed", "6")) != stock(start(*given, "--seed", "5"))


def test_people_get_addresses_keys_and_a_configuration(start: Start, cli: CommandLine) -> None:
    program = start("--store", cli.main.platform, "--skus", "3", *FREE)
    assert program.stdout
    lines: list[str] = []
    while not lines or not lines[-1].startswith(f"{cli.keys[-1]} = "):
        lines.append(program.stdout.readline())
        assert lines[-1], program.stderr and program.stderr.read()
    text = "".join(lines)
    assert "warehouse: http://127.0.0.1:" in text
    assert re.search(f"^ +{cli.keys[-1]} +{cli.main.options[cli.keys[-1]]}$", text, re.MULTILINE)
    assert "curl -" in text
    assert f"[stores.{cli.main.platform}]" in text
    assert ended(program, signal.SIGINT)[0] == 0


@pytest.mark.parametrize("what", ["source", ONE])
def test_a_port_in_use_is_one_sentence(start: Start, what: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = start("--store", ONE, "--skus", "3", *FREE, f"--{what}-port", str(port))
        out, err = program.communicate(timeout=30)
    assert (program.returncode, out) == (2, "")
    assert err == (
        f"Port {port} is in use, so the sandbox of {what} cannot listen there; choose another one with"
        f" --{what}-port, or 0 for a free one.\n"
    )


def test_an_unknown_platform_names_the_known_ones(cli: CommandLine) -> None:
    said = cli("sandbox", "--store", ONE[:-1])
    assert said.code == 2
    assert f'did you mean "{ONE}"?' in said.err


def test_every_connector_with_a_sandbox_beside_it_has_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the files alone: a connector that is a plain module has none, whatever else is called `sandbox`."""
    points = [EntryPoint(name, f"{module}:Store", registry.GROUP) for name, module in NEIGHBOURS.items()]
    monkeypatch.setattr(registry, "installed", lambda: tuple(points))
    assert sandboxes() == {"other-shop": "bridge.threeplguys.sandbox"}
    given: list[dict[str, int]] = []
    one_port_each(lambda *, ports: given.append(ports))(other_shop_port=7)
    assert given == [{"other-shop": 7}]


def test_it_ends_when_a_sandbox_dies(start: Start) -> None:
    program = start("--json", "--store", ONE, "--skus", "3", *FREE)
    running(program)
    listed = subprocess.run(["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    (shop,) = [row[0] for row in rows if row[1] == str(program.pid) and f"{ONE}.sandbox" in row[2]]
    os.kill(int(shop), signal.SIGKILL)
    _, err = program.communicate(timeout=20)
    assert program.returncode == 1
    assert f"The {ONE} ended with code -9" in err
