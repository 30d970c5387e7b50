"""A believable catalogue, the same for the same seed, with what real shops are full of: bundles, untracked
gift cards, one SKU on two variants, variants without a SKU, SKUs that a search query chokes on, drafts,
items that one location does not stock."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.shopify.sandbox.goods import Location, Variant
from connectors.shopify.sandbox.orders import Shop
from connectors.testing.catalogue import COLOURS, GOODS, SIZES, UNITS
from connectors.testing.catalogue import Seeded as AnySeeded

ODD = ("{} (new)", 'TV 42" {}', "EU:{}", "SET-{}-A B", "{} - old", "'{}'", "Größe {}")


@dataclass(slots=True)
class Seeded(AnySeeded):
    """writable: tracked and no bundle."""

    bundles: list[str] = field(default_factory=list)
    untracked: list[str] = field(default_factory=list)
    unstocked: list[str] = field(default_factory=list)


def seed_catalogue(shop: Shop, n: int, *, seed: int = 0) -> Seeded:
    """`n` variants at two locations, most of them plain. A location that is there already is used."""
    maker = _Maker(shop, random.Random(seed))
    with shop.lock:
        for number in range(n):
            maker.make(number)
    return maker.seeded


class _Maker:
    def __init__(self, shop: Shop, chance: random.Random) -> None:
        self.shop = shop
        self.chance = chance
        self.seeded = Seeded()
        while len(shop.locations) < 2:
            shop.add_location(("Warehouse", "Shop floor")[len(shop.locations)])
        self.places: list[Location] = list(shop.locations.values())[:2]
        self.parts: list[Variant] = []

    def make(self, number: int) -> None:
        """Every fiftieth few are odd, in a fixed pattern, so that a small catalogue has each kind too."""
        kinds: dict[int, Callable[[str], None]] = {
            7: self.bundle,
            13: self.untracked,
            19: self.duplicate,
            23: self.without_sku,
            29: self.draft,
            31: self.odd,
            37: self.unstocked,
        }
        sku = f"{self.chance.choice(GOODS)[:3].upper()}-{number:06d}-{self.chance.choice(SIZES)}"
        kinds.get(number % 50, self.plain)(sku)

    def product(self, *, status: str = "ACTIVE") -> "dict[str, object]":
        title = f"{self.chance.choice(COLOURS)} {self.chance.choice(GOODS)}"
        return {"product": self.shop.add_product(title, status=status), "title": self.chance.choice(SIZES)}

    def units(self) -> dict[str, int]:
        first, second = self.places
        return {first.id: self.chance.choice(UNITS), second.id: self.chance.choice((0, 0, 2, 5))}

    def add(self, sku: str, **settings: object) -> Variant:
        variant = self.shop.add_variant(sku, **{"on_hand": self.units(), **self.product(), **settings})  # type: ignore[arg-type]
        if sku and sku not in self.seeded.duplicates:
            self.seeded.skus.append(sku)
        return variant

    def plain(self, sku: str) -> None:
        self.parts.append(self.add(sku))
        self.seeded.writable.append(sku)

    def bundle(self, sku: str) -> None:
        parts = {part.id: self.chance.randint(1, 3) for part in self.parts[-2:]}
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
        name = ODD[len(self.seeded.odd) % len(ODD)].format(sku)
        self.add(name)
        self.seeded.odd.append(name)
        self.seeded.writable.append(name)

    def unstocked(self, sku: str) -> None:
        """Stocked at the second place only."""
        self.add(sku, on_hand={self.places[1].id: 4})
        self.seeded.unstocked.append(sku)
        self.seeded.writable.append(sku)
