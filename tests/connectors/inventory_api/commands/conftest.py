"""The commands as in tests/cli, with a shop of the Inventory Update API on a real port."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.inventory_api.sandbox import TOKEN, Sandbox, Shop, serve
from connectors.inventory_api.sandbox.catalogue import named
from tests.cli.conftest import CommandLine, Output, cli, platform

__all__ = ["cli", "platform"]

SECTION = """
[source]
base_url = "SOURCE_URL"
token = "${THREEPLGUYS_TOKEN}"
[stores.run]
connector = "inventory_api"
url = "SHOP_URL"
token = "${RUN_TOKEN}"
items = "items.csv"
stores = { "1" = "3" }
"""


@dataclass
class Run:
    """shop, sandbox: behind the port at `url`. cli: the commands, on a configuration with this shop alone. file: the
    items file, in the folder that the command runs in."""

    shop: Shop
    sandbox: Sandbox
    cli: CommandLine
    url: str
    file: Path

    def add(self, sku: str, units: int) -> str:
        """A product that both sides know."""
        self.cli.warehouse.add(sku, units)
        return self.shop.add(named(sku, len(self.shop.products)))

    def configure(self, rules: str = "", text: str = SECTION) -> None:
        whole = text.replace("SOURCE_URL", self.cli.source_url).replace("SHOP_URL", self.url)
        self.cli.configure(text=whole + rules)


@pytest.fixture
def run(cli: CommandLine) -> Run:
    """After the fixture `cli`, which moved into an empty folder."""
    shop = Shop({"3": "Main Street"}, Path("items.csv").absolute())
    sandbox = Sandbox(shop)
    url = cli.stack.enter_context(serve(sandbox)).url
    cli.monkeypatch.setenv("RUN_TOKEN", TOKEN)
    made = Run(shop, sandbox, cli, url, Path("items.csv"))
    made.configure()
    return made


@pytest.fixture
def answer(run: Run) -> Callable[..., Output]:
    """answer("…", …): `init`, whose questions a pipe answers."""

    def say(*answers: str) -> Output:
        run.cli.monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in answers)))
        return run.cli("init")

    return say
