"""The one generator of catalogues: what every sandbox puts on sale, the demo shows, and the measurements count.

Seeded, so that the same seed makes the same goods. What is odd about some of them, each sandbox adds itself.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

GOODS = ("Hoodie", "T-Shirt", "Mug", "Beanie", "Tote Bag", "Notebook", "Candle", "Water Bottle", "Poster", "Socks")
COLOURS = ("Black", "White", "Sand", "Olive", "Navy", "Rust", "Grey", "Teal")
SIZES = ("XS", "S", "M", "L", "XL")
UNITS = (0, 1, 3, 12, 40, 250)
ELSEWHERE = (0, 0, 4, 9)
ODD = ("{} (new)", 'TV 42" {}', "EU:{}", "SET-{}-A B", "{} - old", "'{}'", "Größe {}")
CYCLE = 50
"""Of so many articles in a row each kind of oddity is at its fixed place, so that a small catalogue has each too."""


@dataclass(frozen=True, slots=True)
class Article:
    """Something that can be sold. base: the SKU that all its sizes begin with."""

    base: str
    name: str
    size: str

    @property
    def sku(self) -> str:
        return f"{self.base}-{self.size}"


class Generator:
    """Invents articles and units. chance: for what else somebody has to choose, from the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self.chance = random.Random(seed)  # noqa: S311  (believable data, no secret)

    def article(self, number: int) -> Article:
        thing, colour = self.chance.choice(GOODS), self.chance.choice(COLOURS)
        return Article(f"{thing[:3].upper()}-{number:06d}", f"{colour} {thing}", self.chance.choice(SIZES))

    def units(self, of: Sequence[int] = UNITS) -> int:
        return self.chance.choice(of)


def odd_sku(sku: str, number: int, forms: Sequence[str] = ODD) -> str:
    """The SKU as a hurried person writes it, so that a search or a list chokes on it; each cycle in another form."""
    return forms[number // CYCLE % len(forms)].format(sku)


def numbered(count: int, prefix: str = "SKU", units: int = 100) -> Iterator[tuple[str, int]]:
    """SKUs in the order of their numbers, and so many units of each or up to 49 more: to count by, not to look at."""
    return ((f"{prefix}-{n:06d}", units + n % CYCLE) for n in range(count))


@dataclass(slots=True)
class Seeded:
    """skus: every distinct non-empty SKU in the order of creation. writable: of those, what the bridge may set and
    exactly one listing has; drafts are among them. The rest names the odd ones."""

    skus: list[str] = field(default_factory=list)
    writable: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    without_sku: int = 0
