"""The sandboxes, filled with one catalogue, and the configuration that joins them to one pool."""

from collections import Counter
from collections.abc import Iterable

from bridge.config import toml
from bridge.demo.shops import Shop
from bridge.demo.till import WAREHOUSE, Till
from bridge.demo.truth import Mismatch, Stock, Truth
from connectors.testing.client import SandboxClient
from connectors.testing.storefront import Catalogue, SellingStorefront

# The sandbox's budget is far above the real 1,000 requests an hour, so that the demo can look every five
# seconds for as long as it runs. "auto" would spread the real budget: a look every nine seconds or so.
POLL = "5s"
BUDGET = 100_000
TOKEN = "3pl_sandbox"  # noqa: S105  (opens nothing else)


class Sandboxes:
    """The warehouse, the till and the shops, and the truth about all of them."""

    def __init__(self, warehouse: SandboxClient, shops: Iterable[Shop], made: Catalogue, till: Till) -> None:
        self.warehouse, self.made, self.till = warehouse, made, till
        self.shops = {shop.name: shop for shop in shops}
        offers = {name: shop.front.offers for name, shop in self.shops.items()}
        self.truth = Truth(offers, {name: shop.added for name, shop in self.shops.items()})

    @property
    def selling(self) -> dict[str, SellingStorefront]:
        """The shops that tell of orders."""
        return {name: x.front for name, x in self.shops.items() if isinstance(x.front, SellingStorefront)}

    def beside_the_till(self) -> dict[str, int]:
        """The shops that sell what lies on the shelf → how many of their numbers would be others without it."""
        count = Counter(x.store for x in self.mismatches(self.in_the_warehouse()))
        return {name: count[name] for name, shop in self.shops.items() if shop.sells(self.till.items.keys())}

    def fill(self) -> dict[str, str]:
        """Store → what is special about it."""
        for good in self.made.goods:
            if good.past:
                self.warehouse.do("add", sku=good.sku, units=0, name=good.name)
                self.warehouse.do("delete", product=good.sku)
            if good.past != "gone":
                self.warehouse.do("add", sku=good.sku, units=dict(good.units), name=good.name)
        for carton in self.made.cartons.values():
            self.warehouse.do("add_carton", product=carton.sku, units=carton.pieces)
            for place, full in carton.full.items():
                self.warehouse.do("receive_cartons", carton=carton.id, count=full, warehouse=place)
        odd = {name: shop.fill() for name, shop in self.shops.items()}
        self.mismatches()  # remembers what must stay
        return odd

    def config(self) -> str:
        tables = [toml.table("source", {"base_url": self.warehouse.url, "token": TOKEN, "poll": POLL})]
        return "\n".join([*tables, self.till.section(), *(shop.section() for shop in self.shops.values())])

    def stock(self) -> Stock:
        """All that can be sold somewhere: the shelf is one more warehouse."""
        stock = self.in_the_warehouse()
        return {**stock, **{sku: {**stock[sku], WAREHOUSE: units} for sku, units in self.till.shelf.items()}}

    def in_the_warehouse(self) -> Stock:
        """What the warehouse says now: units of products, and full cartons, under the names they have as parts."""
        full = self.warehouse.see("cartons")
        cartons = {x.part: full[x.id] for x in self.made.cartons.values() if x.id in full}
        return {**self.warehouse.see("stock"), **cartons}

    def mismatches(self, stock: Stock | None = None) -> list[Mismatch]:
        """What is wrong in the shops, by what can be sold now, or by another stock."""
        stock = self.stock() if stock is None else stock
        return [x for name, shop in self.shops.items() for x in self.truth.mismatches(name, shop.front.rows(), stock)]
