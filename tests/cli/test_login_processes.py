"""`login` as a program at a terminal, and a grant that several programs need at the same moment."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.state import keys
from tests.harness.grants import TOKEN_PATH

from .test_interrupts import Terminal
from .test_login import ELSEWHERE, Person, browse, configure

pytestmark = pytest.mark.full

READY = """
import sys
from bridge.config import load_settings
from bridge.transport.retry import RetryPolicy
from bridge.wiring import build

settings = load_settings()
context = build(settings, settings.redis_url)
client = context.open_source(RetryPolicy(context.wait, lambda: None), lambda _: None)
print("ready", flush=True)
sys.stdin.readline()
client.check()
print("read", flush=True)
"""


@pytest.fixture
def at_home(cli: Any) -> Any:
    configure(cli)
    cli.add("A", 5)
    return cli


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Terminal]]:
    made: list[Terminal] = []

    def begin() -> Terminal:
        made.append(Terminal("login", folder=tmp_path))
        made[-1].until("or the code alone.")
        return made[-1]

    yield begin
    for terminal in made:
        terminal.close()


def address(terminal: Terminal) -> str:
    return next(line for line in terminal.shown.splitlines() if "/oauth/authorize?" in line)


def test_somebody_pastes_at_a_terminal(at_home: Any, start: Callable[[], Terminal]) -> None:
    configure(at_home, redirect=ELSEWHERE)
    terminal = start()
    pasted = httpx.get(address(terminal), trust_env=False).headers["location"]
    os.write(terminal.ours, f"{pasted}\n".encode())
    assert terminal.end() == 0
    assert "ok        granted inventory, at 20" in terminal.shown
    assert at_home("sync").code == 0


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_it_and_leaves_nothing(at_home: Any, start: Callable[[], Terminal], times: int) -> None:
    terminal = start()
    back = httpx.get(address(terminal), trust_env=False).headers["location"]
    for _ in range(times):
        terminal.interrupt()
    assert terminal.end() == 130
    assert "Traceback" not in terminal.shown
    assert not at_home.redis.exists(keys.GRANT)
    with pytest.raises(httpx.ConnectError):
        browse(back)


def test_programs_that_find_it_ended_at_one_moment_refresh_it_once(at_home: Any) -> None:
    person = Person(at_home)
    browse(person.consents())
    assert person.ends() == 0
    programs = [
        subprocess.Popen([sys.executable, "-c", READY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    try:
        assert [out(each) for each in programs] == ["ready"] * 3
        at_home.source.oauth.expire()
        at_home.source.calls.clear()
        for each in programs:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        assert [out(each) for each in programs] == ["read"] * 3
    finally:
        for each in programs:
            each.kill()
            each.communicate()
    assert at_home.source.calls[TOKEN_PATH] == 1


def out(program: "subprocess.Popen[str]") -> str:
    """Its next line."""
    assert program.stdout is not None
    return program.stdout.readline().strip()
