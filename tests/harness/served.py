"""The warehouse and shops of one platform, each at an address of this machine: what commands and workers are configured
for."""

from collections import Counter
from contextlib import ExitStack

from bridge.cli.setup.draft import is_reference
from bridge.config import toml
from bridge.threeplguys import sandbox as threepl
from connectors.testing.clock import RealClock
from connectors.testing.local import LocalStore

from .tables import referring
from .warehouse import LocalWarehouse

TOKEN = "3pl_a-secret-token"
QUICK = 'poll = "5s"'
"""For workers: changes are asked for every five seconds."""


class Served:
    """Sandboxes of this process, on the real clock, so that a test can see and move them.

    platform: what the shops are. main: the one that every configuration has. source_url: where the warehouse listens.
    secrets: what the environment of whoever reads a configuration must hold. sold: units per SKU of main's open orders.
    """

    def __init__(self, stack: ExitStack, platform: type[LocalStore]) -> None:
        self.stack, self.platform = stack, platform
        self.local = LocalWarehouse(token=TOKEN)
        self.warehouse, self.source = self.local.world, self.local.sandbox
        self.source_url = stack.enter_context(threepl.serve(self.source)).url
        self.main = self.another_shop("main")
        self.secrets = {"THREEPLGUYS_TOKEN": TOKEN, **self._settings(self.main)[1]}
        self.sold: Counter[str] = Counter()

    def another_shop(self, name: str) -> LocalStore:
        """One more shop, which listens. A configuration has it with `table`."""
        shop = self.platform(name, RealClock())
        self.stack.enter_context(shop.listen())
        return shop

    @property
    def keys(self) -> list[str]:
        """The options of `main` that are secrets."""
        return [key for key, text in self._settings(self.main)[0].items() if is_reference(text)]

    def _settings(self, shop: LocalStore) -> tuple[dict[str, object], dict[str, str]]:
        """Secrets are called as `init` calls them."""
        return referring({"connector": shop.platform, **shop.options}, shop.platform)

    def table(self, shop: LocalStore) -> str:
        """Its table of the configuration. It may be followed by rules."""
        return toml.table(f"stores.{shop.name}", self._settings(shop)[0])

    def configuration(self, rules: str = "", *, lines: str = "") -> str:
        """rules: of `main`, and tables that follow. lines: further ones of [source]."""
        source = self.local.section(lines, self.source_url, "${THREEPLGUYS_TOKEN}")
        return f"{source}\n{self.table(self.main)}{rules}\n"

    def add(self, sku: str, units: int, shown: int | None = None) -> None:
        """A product that both sides know."""
        self.warehouse.add(sku, units)
        self.main.add(sku, units if shown is None else shown)

    def sell(self, sku: str, units: int) -> None:
        """Somebody buys in `main`, and nobody ships it."""
        self.main.sell(sku, units)
        self.sold[sku] += units
