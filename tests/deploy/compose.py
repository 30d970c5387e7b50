"""`docker compose` without an engine: the services of docker-compose.yml run as processes, with the environment that
their containers would have, in the tree that the Dockerfile leaves."""

import json
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import redis as redis_package
import yaml

from bridge.process.embedded_redis import find_server
from tests.chaos.host import free_port

from .programs import Program, until

VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})")


def interpolated(text: str, env: Mapping[str, str]) -> str:
    """As the documentation of Compose says (docs.docker.com/reference/compose-file/interpolation)."""
    return VARIABLE.sub(lambda m: "$" if m["escaped"] else env.get(m["name"]) or m["default"] or "", text)


class Compose:
    """project: the folder of the file. image: what the Dockerfile left. up: service → what runs of it."""

    def __init__(self, project: Path, image: Path, folder: Path) -> None:
        self.project, self.folder = project, folder
        self.image = json.loads((image / "image.json").read_text())
        self.root = Path(self.image["root"])
        self.file: dict[str, Any] = yaml.safe_load((project / "docker-compose.yml").read_text())
        self.ports = {"redis:6379": f"127.0.0.1:{free_port()}", "8321": str(free_port())}
        self.up, self.started, self.built = dict[str, Program](), 0, False
        self.codes = list[tuple[str, int]]()
        folder.mkdir()
        (folder / "data").mkdir()

    def variables(self) -> dict[str, str]:
        """Of .env, which both the file itself and the containers read."""
        lines = (self.project / ".env").read_text().splitlines()
        return {name: text for name, _, text in (x.partition("=") for x in lines if x and x[0] != "#")}

    def environment(self, service: Mapping[str, Any]) -> dict[str, str]:
        own = {name: self.moved(str(text)) for name, text in service.get("environment", {}).items()}
        read = self.variables() if service.get("env_file") == ".env" else {}
        return {"LANG": "C.UTF-8", "TMPDIR": str(self.folder / "tmp"), **self.image["env"], **read, **own}

    def moved(self, text: str) -> str:
        """A container has addresses of its own; here all share one machine."""
        for name, there in self.ports.items():
            text = re.sub(rf"(?<!\d){re.escape(name)}(?!\d)", there, text)
        return text

    def program(self, name: str, words: Sequence[str]) -> Program:
        service = self.file["services"][name]
        self.started += 1
        (self.folder / "tmp").mkdir(exist_ok=True)
        if service.get("image", "").startswith("redis:"):
            at = [
                "--bind",
                "127.0.0.1",
                "--port",
                self.ports["redis:6379"].partition(":")[2],
                "--dir",
                str(self.folder / "data"),
            ]
            words = [str(find_server()), *words[1:], *at]
            env = {"PATH": "/usr/bin:/bin"}
        else:
            assert self.built, "the image is not built"
            assert service["volumes"] == ["./stockbridge.toml:/app/stockbridge.toml:ro"]
            env = self.environment(service) | {"STOCKBRIDGE_CONFIG": str(self.project / "stockbridge.toml")}
        at_home = self.folder / f"{self.started}-{name}"
        return Program("exec " + shlex.join(words), env, self.root / self.image["at"].strip("/"), at_home)

    def command(self, name: str) -> list[str]:
        return shlex.split(interpolated(self.file["services"][name]["command"], self.variables()))

    def health(self, name: str) -> tuple[int, str]:
        """What the healthcheck of a service says, within the time it has."""
        service = self.file["services"][name]
        check = service["healthcheck"]
        kind, *rest = [self.moved(interpolated(str(word), {})) for word in check["test"]]
        words = ["sh", "-c", *rest] if kind == "CMD-SHELL" else rest
        if words == ["redis-cli", "ping"]:
            return self._ping()
        env = self.environment(service) | ({} if "env_file" in service else {"PATH": "/usr/bin:/bin"})
        try:
            done = subprocess.run(
                words, env=env, cwd=self.folder, capture_output=True, text=True, check=False,
                timeout=float(check["timeout"].removesuffix("s")),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return 1, "it took longer than it may"
        return done.returncode, done.stdout + done.stderr

    def _ping(self) -> tuple[int, str]:
        """What redis-cli does, which no wheel brings."""
        try:
            with redis_package.Redis.from_url(f"redis://{self.ports['redis:6379']}/0", socket_timeout=3) as client:
                return 1 - client.ping(), ""
        except redis_package.RedisError as fault:
            return 1, str(fault)

    def wait_for(self, name: str) -> None:
        """Until its healthcheck is content."""
        until(lambda: self.health(name)[0] == 0, lambda: f"{self.health(name)}\n{self.up[name].said()}", 60)

    def start(self, name: str) -> None:
        for other, wanted in self.file["services"][name].get("depends_on", {}).items():
            if other not in self.up:
                self.start(other)
            assert wanted == {"condition": "service_healthy"}
            self.wait_for(other)
        self.up[name] = self.program(name, self.command(name))

    def stop(self, *names: str) -> None:
        """The first process of each is told → its exit code, within its grace period."""
        told = {name: self.up.pop(name) for name in names}
        for program in told.values():
            program.tell(everyone=False)
        for name, program in told.items():
            grace = float(self.file["services"][name]["stop_grace_period"].removesuffix("s"))
            self.codes.append((name, program.ended(grace)))

    def close(self) -> None:
        for program in self.up.values():
            program.kill()

    # -- what it is told -------------------------------------------------------------------------------

    def docker(self, words: Sequence[str]) -> tuple[int, str]:  # noqa: C901  (a table)
        assert words[1] == "compose", words
        match words[2:]:
            case ["build"]:
                self.built = True
            case ["up", "--detach"]:
                for name in self.file["services"]:
                    if name not in self.up:
                        self.start(name)
            case ["ps"]:
                return 0, "".join(f"{name} running\n" for name, each in self.up.items() if each.process.poll() is None)
            case ["run", "--rm", name, *command]:
                return self.run(name, command)
            case ["logs", "--since", "10m", name]:
                return 0, self.up[name].said()
            case ["restart", name]:
                self.stop(name)
                self.start(name)
            case ["down"]:
                self.stop(*[name for name in self.up if name != "redis"])
                self.stop("redis")
            case _:
                raise AssertionError(words)
        return 0, ""

    def run(self, name: str, command: Sequence[str]) -> tuple[int, str]:
        for other in self.file["services"][name]["depends_on"]:
            if other not in self.up:
                self.start(other)
            self.wait_for(other)
        once = self.program(name, command)
        try:
            return once.process.wait(60), once.said()
        finally:
            once.kill()
