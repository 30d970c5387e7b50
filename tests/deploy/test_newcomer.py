"""A newcomer with a fresh clone: install, `init`, `check`, a first dry run and `up --web`, against the sandboxes, as
the README says. What a machine needs for each step is printed; what a person reads and types is counted."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.config.installed import options_of, sandboxes, settings_of
from connectors import registry
from tests.harness.tables import referring

from .documents import BLOCK
from .place import PLAIN, ROOT, builder, python_named
from .programs import Program, until

pytestmark = pytest.mark.timeout(600)
README = (ROOT / "README.md").read_text()
PLATFORM = next(iter(registry.pair("sandbox.storefront")), "")
WORDS, KEYS = 200, 200
"""That a person reads, and types, in a minute."""

MINUTES = 15


class Newcomer:
    """took: step → seconds. typed: characters."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.took, self.typed = folder, dict[str, float](), 0
        git = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        path = f"{python_named(folder / 'tools', 'python3')}:{PLAIN}"
        self.env = builder(**git, HOME=str(folder), PATH=path)
        self.started = 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.took[name] = time.monotonic() - began

    def types(self, line: str, *answers: str, code: int = 0) -> str:
        """What a line prints, with what is answered."""
        typed = "".join(f"{each}\n" for each in answers)
        self.typed += len(line) + len(typed)
        cwd = self.folder / "stockbridge" if (self.folder / "stockbridge").exists() else self.folder
        done = subprocess.run(
            ["sh", "-ec", line], cwd=cwd, env=self.env, input=typed, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, f"{line}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def begins(self, line: str) -> Program:
        """A line in a terminal of its own."""
        self.started += 1
        self.typed += len(line)
        return Program(f"exec {line}", self.env, self.folder / "stockbridge", self.folder / f"terminal-{self.started}")


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    return Newcomer(tmp_path)


def sandbox(newcomer: Newcomer) -> tuple[Program, Mapping[str, Any]]:
    """Running, with what it says of itself."""
    ports = " ".join(f"--{name}-port 0" for name in sandboxes())
    program = newcomer.begins(f"stockbridge sandbox --store {PLATFORM} --source-port 0 {ports} --json")
    until(lambda: "\n}" in program.said(), program.said)
    return program, json.JSONDecoder().raw_decode(program.said())[0]


def answers(said: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[str], Mapping[str, str]]:
    """What `init` is answered, the options it is given, and the variables that it names."""
    settings = settings_of(PLATFORM, said["stores"][PLATFORM])
    fields = options_of(PLATFORM).model_fields
    secrets = referring(settings, PLATFORM)[1]
    names = {name: name for name in settings if name in fields}
    asked = [n for n in names if fields[n].is_required() or f"{PLATFORM}_{n}".upper() in secrets]
    preset = [f"--set {name}={settings[name]}" for name in names if name not in asked]
    source = said["source"]
    typed = [source["url"], "", source["token"], PLATFORM, "", *(str(settings[name]) for name in asked), "", "", ""]
    return typed, preset, {"THREEPLGUYS_TOKEN": source["token"], **secrets}


def test_from_a_clone_to_a_page_that_answers(newcomer: Newcomer, capsys: pytest.CaptureFixture[str]) -> None:
    install = next(found["text"] for found in BLOCK.finditer(README) if "git clone REPOSITORY" in found["text"])
    with newcomer.step("clone and install"):
        newcomer.types(install.replace("REPOSITORY", str(ROOT)))
    newcomer.env["PATH"] = f"{newcomer.folder}/stockbridge-venv/bin:{newcomer.env['PATH']}"
    played, said = sandbox(newcomer)
    typed, preset, variables = answers(said)
    running = [played]
    try:
        with newcomer.step("init"):
            newcomer.types(f"stockbridge init {' '.join(preset)}", *typed)
        newcomer.env |= variables
        with (newcomer.folder / "stockbridge/stockbridge.toml").open("a") as file:
            file.write('\n[web]\nbind = "127.0.0.1:0"\n')  # any port: others may run here, too
        with newcomer.step("check"):
            assert "ok        warehouse" in newcomer.types("stockbridge check")
        with newcomer.step("sync --dry-run"):
            assert "would show" in newcomer.types("stockbridge sync --dry-run")
        with newcomer.step("up --web, until the page answers"):
            running.append(newcomer.begins("stockbridge up --web"))
            up = running[-1]
            until(lambda: "web: listens on" in up.said(), up.said)
            page = up.said().split("page: ")[1].split(". Ctrl-C")[0]
            assert "Stockbridge" in httpx.get(page, timeout=30).text
        with newcomer.step("until the first numbers are written"):
            until(lambda: re.search(r'"applied": [1-9]', up.said()), up.said, 90)
        up.tell(signal.SIGINT, everyone=False)
        assert up.ended() == 0
    finally:
        for program in running:
            program.kill()
    read = len(re.split(r"## Deploy", README)[0].split()) / WORDS
    minutes = read + newcomer.typed / KEYS + sum(newcomer.took.values()) / 60
    with capsys.disabled():
        for name, seconds in newcomer.took.items():
            sys.stdout.write(f"\n{seconds:6.1f} s  {name}")
        sys.stdout.write(f"\n{read:.1f} min of reading, {newcomer.typed} characters: {minutes:.1f} min in all\n")
    assert minutes < MINUTES
