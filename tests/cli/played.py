"""The warehouse and Shopify shops, each at an address of this machine: what commands and workers are configured for."""

from contextlib import ExitStack

from bridge.threeplguys import sandbox as threepl
from connectors.shopify.sandbox import Sandbox, Shop, serve
from tests.harness.warehouse import LocalWarehouse

TOKEN, KEY = "3pl_a-secret-token", "shpat_a-secret-key"
SECRETS = {"THREEPLGUYS_TOKEN": TOKEN, "SHOPIFY_TOKEN": KEY}
"""What the environment of whoever reads a configuration must hold."""

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
QUICK = CONFIG.replace("\n[stores", 'poll = "5s"\n\n[stores')
"""For workers: changes are asked for every five seconds."""


def store_table(name: str, url: str) -> str:
    """The table of one more shop."""
    shop = f'connector = "shopify"\nshop = "{name}.myshopify.com"\naccess_token = "${{SHOPIFY_TOKEN}}"'
    return f'\n[stores.{name}]\n{shop}\nbase_url = "{url}"\n'


class Served:
    """Sandboxes of this process, on the real clock, so that a test can see and move them. `main` is the shop that every
    configuration has. urls: of the warehouse and that shop."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        local = LocalWarehouse(token=TOKEN)
        self.warehouse, self.source = local.world, local.sandbox
        self.sandbox, url = self.serve_shop()
        self.shop = self.sandbox.shop
        self.location = self.shop.location()
        self.urls = {"source": stack.enter_context(threepl.serve(self.source)).url, "shop": url}

    def serve_shop(self) -> tuple[Sandbox, str]:
        """One more shop → its sandbox, and its address."""
        shop = Shop()
        shop.add_location("Warehouse")
        sandbox = Sandbox(shop, token=KEY)
        return sandbox, self.stack.enter_context(serve(sandbox)).url

    def another_shop(self, name: str) -> tuple[Shop, str]:
        """The same → the shop, and its table for the configuration."""
        sandbox, url = self.serve_shop()
        return sandbox.shop, store_table(name, url)

    def add(self, sku: str, units: int, shown: int | None = None) -> None:
        """A product that both sides know."""
        self.warehouse.add(sku, units)
        self.shop.add_variant(sku, on_hand=units if shown is None else shown)

    def available(self, sku: str) -> int:
        return self.shop.level(sku, self.location).available
