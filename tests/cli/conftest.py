"""The real commands against sandboxes on loopback ports and a real Redis."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis as redis_package

from bridge.cli import run
from tests.cli.played import CONFIG, SECRETS, Served


@dataclass
class Output:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def everything(self) -> str:
        return self.out + self.err


class CommandLine(Served):
    """Somebody at a terminal, with a warehouse and a shop behind the configuration."""

    def __init__(
        self, stack: ExitStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
        redis: redis_package.Redis,
    ) -> None:  # fmt: skip
        super().__init__(stack)
        self.monkeypatch, self.capsys, self.redis = monkeypatch, capsys, redis

    def configure(self, rules: str = "", text: str = CONFIG) -> None:
        self.monkeypatch.setenv("STOCKBRIDGE_CONFIG_TOML", text.format(rules=rules, **self.urls))

    def __call__(self, *arguments: str) -> Output:
        code = run(arguments)
        out, err = self.capsys.readouterr()
        return Output(code, out, err)


@pytest.fixture
def cli(
    redis_url: str, redis: redis_package.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[CommandLine]:  # fmt: skip
    """Nobody waits: a request that fails is not repeated."""
    for name in ("STOCKBRIDGE_CONFIG", "REDIS_SSL_CERT_REQS", "STOCKBRIDGE_EMBEDDED_REDIS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**SECRETS, "REDIS_URL": redis_url, "STOCKBRIDGE_PATIENCE": "0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        made = CommandLine(stack, monkeypatch, capsys, redis)
        made.configure()
        yield made


@pytest.fixture
def synced(cli: CommandLine) -> Callable[..., CommandLine]:
    """A desk after a first sync of these SKUs: `synced({"A": 5}, rules="buffer = 2")`."""

    def sync(units: dict[str, int], rules: str = "") -> CommandLine:
        cli.configure(rules)
        for sku, count in units.items():
            cli.add(sku, count)
        said = cli("sync")
        assert said.code == 0, said
        return cli

    return sync
