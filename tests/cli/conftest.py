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
from bridge.threeplguys import sandbox as threepl
from connectors.shopify.sandbox import Sandbox, Shop, serve

TOKEN, KEY = "3pl_cli-test-token", "shpat_cli-test-key"
CONFIG = """
[source]
base_url = "{source}"
token = "${{THREEPLGUYS_TOKEN}}"

[stores.main]
connector = "shopify"
shop = "acme.myshopify.com"
access_token = "${{SHOPIFY_TOKEN}}"
base_url = "{shop}"
{rules}
"""


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


class CommandLine:
    """Somebody at a terminal, with a warehouse and a shop behind the configuration."""

    def __init__(self, monkeypatch: Any, capsys: Any, source_url: str, shop_url: str) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys
        self.urls = {"source": source_url, "shop": shop_url}
        self.warehouse: threepl.Warehouse
        self.source: threepl.Sandbox
        self.shop: Shop
        self.sandbox: Sandbox

        self.redis: redis_package.Redis
        self.stack: ExitStack

    def configure(self, rules: str = "", text: str = CONFIG) -> None:
        self.monkeypatch.setenv("STOCKBRIDGE_CONFIG_TOML", text.format(rules=rules, **self.urls))

    def another_shop(self, name: str) -> tuple[Shop, str]:
        """A second shop → it, and its table for the configuration."""
        shop = Shop()
        shop.add_location("Outlet")
        url = self.stack.enter_context(serve(Sandbox(shop, token=KEY))).url
        table = f'connector = "shopify"\nshop = "{name}.myshopify.com"\naccess_token = "${{SHOPIFY_TOKEN}}"'
        return shop, f'[stores.{name}]\n{table}\nbase_url = "{url}"\n'

    def __call__(self, *arguments: str) -> Output:
        code = run(arguments)
        out, err = self.capsys.readouterr()
        return Output(code, out, err)

    def add(self, sku: str, units: int, shown: int | None = None) -> None:
        """A product that both sides know."""
        self.warehouse.add(sku, units)
        self.shop.add_variant(sku, on_hand=units if shown is None else shown)

    def available(self, sku: str) -> int:
        return self.shop.level(sku, self.shop.location()).available


@pytest.fixture
def cli(
    redis_url: str, redis: redis_package.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[CommandLine]:  # fmt: skip
    """Nobody waits: a request that fails is not repeated."""
    with ExitStack() as stack:
        warehouse = threepl.Warehouse()
        source = threepl.Sandbox(warehouse, tokens={TOKEN: frozenset({"inventory"})})
        shop = Shop()
        shop.add_location("Warehouse")
        sandbox = Sandbox(shop, token=KEY)
        served = stack.enter_context(threepl.serve(source))
        address = stack.enter_context(serve(sandbox))
        made = CommandLine(monkeypatch, capsys, served.url, address.url)
        made.warehouse, made.source, made.shop, made.sandbox = warehouse, source, shop, sandbox
        made.redis, made.stack = redis, stack
        for name in ("STOCKBRIDGE_CONFIG", "REDIS_SSL_CERT_REQS", "STOCKBRIDGE_EMBEDDED_REDIS"):
            monkeypatch.delenv(name, raising=False)
        environment = {
            "REDIS_URL": redis_url, "THREEPLGUYS_TOKEN": TOKEN, "SHOPIFY_TOKEN": KEY, "STOCKBRIDGE_PATIENCE": "0",
        }  # fmt: skip
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
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
