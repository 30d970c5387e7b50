"""A believable catalogue, the same for the same seed, with what real shops are full of: variable products,
pools, products Woo does not manage, grouped and external ones, drafts, backorders, one SKU on two products
(some shops switch the check off), products without a SKU, SKUs that a comma list chokes on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.testing.catalogue import CYCLE, ODD, SIZES, Article, Generator, odd_sku
from connectors.testing.catalogue import Seeded as AnySeeded
from connectors.woocommerce.sandbox.goods import Product
from connectors.woocommerce.sandbox.orders import Shop

FORMS = (*ODD, "{} & old", "{},blue")
"""SKUs that WooCommerce has trouble with, beside those of all platforms."""


@dataclass(slots=True)
class Seeded(AnySeeded):
    """skus: of what can be sold. writable: managed. `pooled` are variations that share their parent's stock, `pools`
    those parents."""

    variations: list[str] = field(default_factory=list)
    pools: list[str] = field(default_factory=list)
    pooled: list[str] = field(default_factory=list)
    unmanaged: list[str] = field(default_factory=list)
    grouped: list[str] = field(default_factory=list)
    external: list[str] = field(default_factory=list)
    backordered: list[str] = field(default_factory=list)


def seed_catalogue(shop: Shop, n: int, *, seed: int = 0) -> Seeded:
    """About `n` things that can be sold, half of them variations."""
    maker = _Maker(shop, Generator(seed))
    number = 0
    with shop.lock:
        while maker.made < n:
            maker.make(number)
            number += 1
    return maker.seeded


class _Maker:
    def __init__(self, shop: Shop, generator: Generator) -> None:
        self.shop = shop
        self.generator = generator
        self.article: Article
        self.seeded = Seeded()
        self.made = 0

    def make(self, number: int) -> None:
        """The next one: usual, or odd by its place in the cycle."""
        kinds: dict[int, Callable[[str], None]] = {
            4: self.pool,
            7: self.grouped,
            11: self.external,
            13: self.unmanaged,
            19: self.duplicate,
            23: self.without_sku,
            29: self.draft,
            31: lambda sku: self.odd(odd_sku(sku, number, FORMS)),
            37: self.backordered,
        }
        usual = self.variable if number % 5 == 2 else self.plain
        self.article = self.generator.article(number)
        kinds.get(number % CYCLE, usual)(self.article.base)

    def add(self, sku: str, units: int | None = None, **settings: Any) -> Product:
        price = Decimal(self.generator.chance.randint(3, 90))
        product = self.shop.add_product(sku, units, name=self.article.name, price=price, **settings)
        self.made += 1
        if sku and sku not in self.seeded.duplicates:
            self.seeded.skus.append(sku)
        return product

    def plain(self, sku: str, **settings: Any) -> None:
        self.add(sku, self.generator.units(), **settings)
        self.seeded.writable.append(sku)

    def variable(self, sku: str) -> None:
        """The parent can be sold as little as its SKU can be written."""
        parent = self.shop.add_variable(sku, name=self.article.name)
        for size in SIZES[: self.generator.chance.randint(2, 5)]:
            self.shop.add_variation(parent, f"{sku}-{size}", self.generator.units(), option=size)
            self.made += 1
            for names in (self.seeded.skus, self.seeded.writable, self.seeded.variations):
                names.append(f"{sku}-{size}")

    def pool(self, sku: str) -> None:
        self.shop.add_variable(sku, {"red": None, "blue": None}, pool=self.generator.units(), attribute="Colour")
        self.made += 3
        self.seeded.pools.append(sku)
        self.seeded.writable.append(sku)
        self.seeded.pooled += [f"{sku}-red", f"{sku}-blue"]
        self.seeded.skus += [sku, f"{sku}-red", f"{sku}-blue"]

    def grouped(self, sku: str) -> None:
        self.add(sku, kind="grouped")
        self.seeded.grouped.append(sku)

    def external(self, sku: str) -> None:
        self.add(sku, kind="external")
        self.seeded.external.append(sku)

    def unmanaged(self, sku: str) -> None:
        self.add(sku)
        self.seeded.unmanaged.append(sku)

    def duplicate(self, _: str) -> None:
        duplicate = self.seeded.writable.pop()
        self.seeded.duplicates.append(duplicate)
        self.add(duplicate, self.generator.units())

    def without_sku(self, _: str) -> None:
        self.add("", self.generator.units())
        self.seeded.without_sku += 1

    def draft(self, sku: str) -> None:
        self.plain(sku, status="draft")
        self.seeded.drafts.append(sku)

    def odd(self, sku: str) -> None:
        self.plain(sku)
        self.seeded.odd.append(sku)

    def backordered(self, sku: str) -> None:
        self.plain(sku, backorders="notify")
        self.seeded.backordered.append(sku)
