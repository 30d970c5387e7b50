"""The real commands against sandboxes on loopback ports and a real Redis."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis as redis_package

from bridge.cli import run
from bridge.config import load_settings
from connectors.base import StoreError, send_once
from connectors.testing.local import LocalStore, two_platforms
from tests.harness.served import Served

Synced = Callable[..., "CommandLine"]
"""What the fixture `synced` is."""


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
        self, stack: ExitStack, platform: type[LocalStore], monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str], redis: redis_package.Redis,
    ) -> None:  # fmt: skip
        super().__init__(stack, platform)
        self.monkeypatch, self.capsys, self.redis = monkeypatch, capsys, redis

    def configure(self, rules: str = "", *, lines: str = "", text: str = "") -> None:
        """As `configuration`; text: another one."""
        self.monkeypatch.setenv("STOCKBRIDGE_CONFIG_TOML", text or self.configuration(rules, lines=lines))

    def refusal(self) -> str:
        """What the connector of `main` says at this moment, asked without a command."""
        options = load_settings().stores["main"].options
        connector = self.main.connector.open(options, locations=(), send=send_once)
        with closing(connector), pytest.raises(StoreError) as said:
            connector.check()
        return str(said.value)

    def __call__(self, *arguments: str) -> Output:
        code = run(arguments)
        out, err = self.capsys.readouterr()
        return Output(code, out, err)


@pytest.fixture
def platform() -> type[LocalStore]:
    """What the shops are."""
    return two_platforms()[0]


@pytest.fixture
def cli(
    platform: type[LocalStore], redis_url: str, redis: redis_package.Redis, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> Iterator[CommandLine]:  # fmt: skip
    """Nobody waits: a request that fails is not repeated."""
    for name in ("STOCKBRIDGE_CONFIG", "REDIS_SSL_CERT_REQS", "STOCKBRIDGE_EMBEDDED_REDIS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        made = CommandLine(stack, platform, monkeypatch, capsys, redis)
        for name, value in {**made.secrets, "REDIS_URL": redis_url, "STOCKBRIDGE_PATIENCE": "0"}.items():
            monkeypatch.setenv(name, value)
        made.configure()
        yield made


@pytest.fixture
def fresh(cli: CommandLine) -> CommandLine:
    """Somebody who has installed it and configured nothing yet."""
    for name in ("STOCKBRIDGE_CONFIG_TOML", "REDIS_URL", *cli.secrets):
        cli.monkeypatch.delenv(name)
    cli.add("A", 5, shown=1)
    cli.add("B", 8, shown=20)
    return cli


@pytest.fixture
def synced(cli: CommandLine) -> Synced:
    """Somebody after a first sync of these SKUs: `synced({"A": 5}, rules="buffer = 2")`."""

    def sync(units: dict[str, int], rules: str = "") -> CommandLine:
        cli.configure(rules)
        for sku, count in units.items():
            cli.add(sku, count)
        said = cli("sync")
        assert said.code == 0, said
        return cli

    return sync
