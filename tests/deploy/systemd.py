"""systemd without systemd: units are read by its rules, and what they start is started with the environment that it
would have. Places of the machine lie below a root of its own."""

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .programs import Program

PLACES = ("/opt/stockbridge", "/etc/stockbridge", "/etc/systemd/system", "/var/lib/stockbridge", "/usr/local/bin")
VARIABLE = re.compile(r"\$\{(\w+)\}")
Unit = Mapping[str, Mapping[str, Sequence[str]]]

SYSTEMD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"


def read(text: str) -> Unit:
    """Section → key → its values. Fails at a line that is none of systemd's."""
    found: dict[str, dict[str, list[str]]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), {})
        elif line and line[0] not in "#;":
            key, equals, value = line.partition("=")
            assert equals, line
            section.setdefault(key, []).append(value)
    return found


class Machine:
    """root: where its places lie. running: unit → what runs of it. installed: a tree that the document's
    lines of pip have made already. codes: of what ended."""

    def __init__(self, root: Path, clone: Path, installed: Path) -> None:
        self.root, self.clone, self.installed = root, clone, installed
        self.units, self.running, self.codes = dict[str, Unit](), dict[str, Program](), list[tuple[str, int]]()
        self.started = 0
        for place in PLACES:
            if place != PLACES[0]:
                self.at(place).mkdir(parents=True)
        self.at("/opt").mkdir()

    def at(self, place: str) -> Path:
        return self.root / place.lstrip("/")

    def moved(self, text: str) -> str:
        """Every place of the machine, where it lies here."""
        return re.sub(rf"(?<![\w.])(?=(?:{'|'.join(PLACES)})(?![\w.]))", str(self.root), text)

    # -- programs of the machine -----------------------------------------------------------------------

    def sudo(self, words: Sequence[str]) -> tuple[int, str]:
        name, *rest = words[1:]
        known: dict[str, Callable[[Sequence[str]], tuple[int, str]]] = {
            "apt-get": self._apt, "useradd": self._useradd, "python3": self._venv, "install": self._install,
            "systemctl": lambda rest: self.systemctl(["systemctl", *rest]), "stockbridge-run": self._run,
            str(self.at("/opt/stockbridge/bin/pip")): self._pip,
        }  # fmt: skip
        return known[name](rest)

    def _apt(self, rest: Sequence[str]) -> tuple[int, str]:
        assert rest == ["install", "--yes", "python3-venv", "redis-server"], rest
        return 0, ""

    def _useradd(self, rest: Sequence[str]) -> tuple[int, str]:
        home = ["--home-dir", str(self.at("/var/lib/stockbridge")), "--create-home"]
        assert rest == ["--system", *home, "--shell", "/usr/sbin/nologin", "stockbridge"], rest
        return 0, ""

    def _venv(self, rest: Sequence[str]) -> tuple[int, str]:
        """What this and the two lines of pip make was made for the whole run by the same lines."""
        assert rest == ["-m", "venv", str(self.at("/opt/stockbridge"))], rest
        self.at("/opt/stockbridge").symlink_to(self.installed)
        return 0, ""

    def _pip(self, rest: Sequence[str]) -> tuple[int, str]:
        last = ["--no-deps", "--no-build-isolation", "."]
        assert rest in [["install", "--require-hashes", "-r", "requirements.txt"], ["install", *last]], rest
        return 0, ""

    def _install(self, rest: Sequence[str]) -> tuple[int, str]:
        """install(1), after which units and scripts name the places where they lie here."""
        done = subprocess.run(["install", *rest], cwd=self.clone, capture_output=True, text=True, check=False)
        if (target := Path(rest[-1])).is_file() and target.name != "stockbridge.toml":
            target.write_text(self.moved(target.read_text()))
        return done.returncode, done.stderr

    def _run(self, rest: Sequence[str]) -> tuple[int, str]:
        """The script that the document installs, before which this machine's systemd-run stands."""
        script = self.at("/usr/local/bin/stockbridge-run")
        text = script.read_text().replace("\\\n", " ").splitlines()[-1]
        words = shlex.split(text.removeprefix("exec ").replace('"$@"', shlex.join(rest)))
        given = [word for word in words if word.startswith("--") and word not in rest]
        state, env = self.at("/var/lib/stockbridge"), self.at("/etc/stockbridge/env")
        assert [words[0], *given] == [
            "systemd-run", "--quiet", "--pipe", "--wait", "--uid=stockbridge", f"--working-directory={state}",
            f"--property=EnvironmentFile={env}",
        ]  # fmt: skip
        once = self._program("run", words[1 + len(given) :], self._file(str(env)), state)
        try:
            return once.process.wait(60), once.said()
        finally:
            once.kill()

    # -- units -----------------------------------------------------------------------------------------

    def systemctl(self, words: Sequence[str]) -> tuple[int, str]:
        match list(words[1:]):
            case ["daemon-reload"]:
                units = self.at("/etc/systemd/system").glob("*.service")
                self.units = {path.stem: read(path.read_text()) for path in units}
            case ["enable", "--now", *names]:
                for name in names:
                    assert self.units[name]["Install"] == {"WantedBy": ["multi-user.target"]}
                    self.start(name)
            case ["stop", *names] | ["disable", "--now", *names]:
                self.stop(*names)
            case ["restart", name]:
                self.stop(name)
                self.start(name)
            case ["status", name, "--no-pager"]:
                return 0 if self.running[name].process.poll() is None else 3, ""
            case _:
                raise AssertionError(words)
        return 0, ""

    def journalctl(self, words: Sequence[str]) -> tuple[int, str]:
        assert [*words[1:2], *words[3:]] == ["--unit", "--since", "-10min", "--no-pager"], words
        return 0, self.running[words[2]].said()

    def start(self, name: str) -> None:
        """Its ExecStart, split and filled in as systemd does, without a shell (systemd.service(5), COMMAND LINES)."""
        service = self.units[name]["Service"]
        (line,), (user,), (folder,) = service["ExecStart"], service["User"], service["WorkingDirectory"]
        assert (user, service["Type"]) == ("stockbridge", ["exec"])
        own = dict(pair.split("=", 1) for pair in service.get("Environment", ()))
        env = own | self._file(service["EnvironmentFile"][0])
        words = [VARIABLE.sub(lambda found: env.get(found[1], ""), word) for word in shlex.split(line)]
        self.running[name] = self._program(name, words, env, Path(folder))

    def stop(self, *names: str) -> None:
        """As its KillMode, KillSignal and TimeoutStopSec say."""
        told = {name: self.running.pop(name) for name in names}
        for name, program in told.items():
            service = self.units[name]["Service"]
            number = signal.Signals[service["KillSignal"][0]]
            program.tell(number, everyone=service.get("KillMode", ["control-group"]) != ["mixed"])
        for name, program in told.items():
            self.codes.append((name, program.ended(float(self.units[name]["Service"]["TimeoutStopSec"][0]))))

    def _program(self, name: str, words: Sequence[str], env: Mapping[str, str], folder: Path) -> Program:
        self.started += 1
        whole = {"PATH": SYSTEMD_PATH, "LANG": "C.UTF-8", **env}
        return Program("exec " + shlex.join(words), whole, folder, self.root / f"{self.started}-{name}")

    @staticmethod
    def _file(path: str) -> dict[str, str]:
        lines = [line for line in Path(path).read_text().splitlines() if line and line[0] not in "#;"]
        return {name: text for name, _, text in (line.partition("=") for line in lines)}

    def close(self) -> None:
        for program in self.running.values():
            program.kill()


def verified(machine: Machine) -> str:
    """What systemd-analyze has to say of the units as they are installed; nothing where they are in order, or where
    the tool is not there, as it is under CI: tests/test_deployment.py has a table of its own."""
    units = [str(path) for path in sorted(machine.at("/etc/systemd/system").glob("*.service"))]
    tool = shutil.which("systemd-analyze")
    if tool is None:
        assert not os.environ.get("CI"), "systemd-analyze is not there; on Debian: apt install systemd"
        return ""
    done = subprocess.run([tool, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr
