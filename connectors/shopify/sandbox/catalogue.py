"""A believable catalogue, the same for the same seed, with what real shops are full of: bundles, untracked
gift cards, one SKU on two variants, variants without a SKU, SKUs that a search query chokes on, drafts,
items that one location does not stock."""

from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.shopify.sandbox.goods import Location, Variant
from connectors.shopify.sandbox.orders import Shop
from connectors.testing.catalogue import CYCLE, ELSEWHERE, Article, Generator, odd_sku
from connectors.testing.catalogue import Seeded as AnySeeded


@dataclass(slots=True)
class Seeded(AnySeeded):
    """writable: tracked and no bundle."""

    bundles: list[str] = field(default_factory=list)
    untracked: list[str] = field(default_factory=list)
    unstocked: list[str] = field(default_factory=list)


def seed_catalogue(shop: Shop, n: int, *, seed: int = 0) -> Seeded:
    """`n` variants at two locations, most of them plain. A location that is there already is used."""
    maker = _Maker(shop, Generator(seed))
    with shop.lock:
        for number in range(n):
            maker.make(number)
    return maker.seeded


class _Maker:
    def __init__(self, shop: Shop, generator: Generator) -> None:
        self.shop = shop
        self.generator = generator
        self.seeded = Seeded()
        while len(shop.locations) < 2:
            shop.add_location(("Warehouse", "Shop floor")[len(shop.locations)])
        self.places: list[Location] = list(shop.locations.values())[:2]
        self.parts: list[Variant] = []
        self.article: Article

    def make(self, number: int) -> None:
        """The next one: plain, or odd by its place in the cycle."""
        kinds: dict[int, Callable[[str], None]] = {
            7: self.bundle,
            13: self.untracked,
            19: self.duplicate,
            23: self.without_sku,
            29: self.draft,
            31: lambda sku: self.odd(odd_sku(sku, number)),
            37: self.unstocked,
        }
        self.article = self.generator.article(number)
        kinds.get(number % CYCLE, self.plain)(self.article.sku)

    def product(self, *, status: str = "ACTIVE") -> "dict[str, object]":
        return {"product": self.shop.add_product(self.article.name, status=status), "title": self.article.size}

    def units(self) -> dict[str, int]:
        first, second = self.places
        return {first.id: self.generator.units(), second.id: self.generator.units(ELSEWHERE)}

    def add(self, sku: str, **settings: object) -> Variant:
        variant = self.shop.add_variant(sku, **{"on_hand": self.units(), **self.product(), **settings})  # type: ignore[arg-type]
        if sku and sku not in self.seeded.duplicates:
            self.seeded.skus.append(sku)
        return variant

    def plain(self, sku: str) -> None:
        self.parts.append(self.add(sku))
        self.seeded.writable.append(sku)

    def bundle(self, sku: str) -> None:
        parts = {part.id: self.generator.chance.randint(1, 3) for part in self.parts[-2:]}
        self.add(f"KIT-{sku}", components=parts, on_hand=0)
        self.seeded.bundles.append(f"KIT-{sku}")

    def untracked(self, sku: str) -> None:
        self.add(sku, tracked=False, on_hand=0)
        self.seeded.untracked.append(sku)

    def duplicate(self, _: str) -> None:
        duplicate = self.seeded.writable.pop()
        self.seeded.duplicates.append(duplicate)
        self.add(duplicate)

    def without_sku(self, _: str) -> None:
        self.add("")
        self.seeded.without_sku += 1

    def draft(self, sku: str) -> None:
        self.add(sku, **self.product(status="DRAFT"))
        self.seeded.drafts.append(sku)
        self.seeded.writable.append(sku)

    def odd(self, sku: str) -> None:
        self.add(sku)
        self.seeded.odd.append(sku)
        self.seeded.writable.append(sku)

    def unstocked(self, sku: str) -> None:
        """Stocked at the second place only."""
        self.add(sku, on_hand={self.places[1].id: 4})
        self.seeded.unstocked.append(sku)
        self.seeded.writable.append(sku)
