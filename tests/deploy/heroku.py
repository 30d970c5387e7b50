"""A host like Heroku: it builds what is pushed, releases it, runs what the Procfile names in an environment of its own
making, and is told everything by one command."""

import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.chaos.host import free_port

from .conftest import Market
from .programs import GIVEN, Program, until

ELLIPSIS = "…"
"""In a document: what the reader has instead."""


class Heroku:
    """slug: `app` and `venv`. config: the variables of the app. dynos: what runs, by process type."""

    def __init__(self, slug: Path, folder: Path, market: Market, address: str) -> None:
        self.app, self.bin, self.folder = slug / "app", slug / "venv/bin", folder
        self.market, self.address = market, address
        self.config, self.dynos, self.port = dict[str, str](), dict[str, Program](), free_port()
        self.pushed, self.started, self.codes = False, 0, dict[str, int]()
        folder.mkdir()
        lines = (self.app / "Procfile").read_text().splitlines()
        self.procfile = {name: line for name, _, line in (each.partition(": ") for each in lines)}

    # -- what it does ----------------------------------------------------------------------------------

    def environment(self, name: str) -> dict[str, str]:
        """Of a dyno, from nothing: what Heroku and its buildpack for Python set, and the variables of the app."""
        given = {
            "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin", "DYNO": f"{name}.1", "LANG": "C.UTF-8",
            "PYTHONPATH": str(self.app), "PYTHONUNBUFFERED": "true", "PYTHONHASHSEED": "random", "WEB_CONCURRENCY": "2",
        }  # fmt: skip
        return given | ({"PORT": str(self.port)} if name == "web" else {}) | self.config

    def dyno(self, name: str, line: str) -> Program:
        self.started += 1
        return Program(line, self.environment(name), self.app, self.folder / f"{self.started}-{name}")

    def once(self, line: str, name: str = "run") -> tuple[int, str]:
        """A one-off dyno → its exit code, and what it said."""
        program = self.dyno(name, line)
        try:
            return program.process.wait(60), program.said()
        finally:
            program.kill()

    def scale(self, wanted: Mapping[str, int]) -> None:
        for name, count in wanted.items():
            assert name in self.procfile, name
            assert count in {0, 1}, f"{name}={count}"
            if count and name not in self.dynos:
                self.dynos[name] = self.dyno(name, self.procfile[name])
            elif not count and name in self.dynos:
                self.codes |= self.stop(name)

    def stop(self, *names: str) -> dict[str, int]:
        """Every process of these dynos is told, as the host does, and once more when each has noticed → their exit
        codes. Fails where one does not end in time."""
        told = {name: self.dynos.pop(name) for name in names}
        before = {name: program.said() for name, program in told.items()}
        for program in told.values():
            program.tell()
        for name, program in told.items():
            until(lambda n=name, p=program: p.process.poll() is not None or p.said() != before[n], program.said, GIVEN)  # type: ignore[misc]
        for program in told.values():
            program.tell()
        return {name: program.ended(GIVEN) for name, program in told.items()}

    def close(self) -> None:
        for program in self.dynos.values():
            program.kill()

    # -- what it is told -------------------------------------------------------------------------------

    def heroku(self, words: Sequence[str]) -> tuple[int, str]:
        command, rest = words[1], words[2:]
        if command == "run":
            return self.once(" ".join(rest))
        rules: dict[str, Callable[[Sequence[str]], None]] = {
            "create": self._create, "addons:create": self._add, "config:set": self._set, "ps:scale": self._scale,
        }  # fmt: skip
        rules[command](rest)
        return 0, ""

    def _create(self, rest: Sequence[str]) -> None:
        assert rest[1:] == ["--buildpack", "heroku/python"], rest
        assert re.fullmatch("[a-z][a-z0-9-]{2,29}", rest[0]), rest

    def _add(self, rest: Sequence[str]) -> None:
        assert rest == ["heroku-redis:mini"], rest
        self.config["REDIS_URL"] = self.address

    def _set(self, rest: Sequence[str]) -> None:
        pairs = {name: text for name, equals, text in (word.partition("=") for word in rest) if equals}
        assert len(pairs) == len(rest), rest
        if ELLIPSIS in pairs.values():  # the reader's own names and secrets
            pairs = {name: text for name, text in pairs.items() if text != ELLIPSIS} | self.market.secrets
        self.config |= pairs

    def _scale(self, rest: Sequence[str]) -> None:
        self.scale({name: int(count) for name, _, count in (word.partition("=") for word in rest)})

    def git(self, words: Sequence[str]) -> tuple[int, str]:
        """The slug is built beforehand; a release that fails leaves everything as it was."""
        assert words[1:] == ["push", "heroku", "main"], words
        code, said = self.once(self.procfile["release"], "release")
        if code == 0:
            self.pushed = True
            self.scale({"web": 1})  # a new app's web is started by itself
        return code, said


def listed(folder: Path) -> list[str]:
    """Distributions that are installed there, with their versions."""
    command = [str(folder / "python"), "-m", "pip", "list", "--format", "freeze", "--disable-pip-version-check"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
