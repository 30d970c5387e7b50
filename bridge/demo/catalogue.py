"""A believable catalogue that a warehouse and its shops share, the same for the same seed: most of it plain,
and of everything that goes wrong in real ones a few."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from connectors.testing.catalogue import CYCLE, ELSEWHERE, Generator, odd_sku

LEVELS = (0, 3, 12, 25, 40, 120)
PLACES = {"1": "Main warehouse", "2": "Second warehouse"}
FIRST, SECOND = PLACES

Units = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Good:
    """A product of the warehouse. past: it was deleted ("gone"), or deleted and made anew ("again")."""

    sku: str
    name: str
    units: Units
    past: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something a shop sells. shows: warehouse id of each place that stocks it → the number it begins with.

    parts: warehouse SKU → pieces that one unit takes; None: nothing the bridge may write.
    components: the offers Shopify itself derives this one from.
    """

    sku: str
    title: str
    shows: Units
    parts: Mapping[str, int] | None
    tracked: bool = True
    components: tuple["Offer", ...] = ()


@dataclass(slots=True)
class Catalogue:
    """goods and offers, and what the merchant wrote down about them: renamed: shop SKU → warehouse SKU;
    sets: shop SKU → its parts. awaited: offers whose product the warehouse will only get later."""

    goods: list[Good] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    awaited: list[Offer] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    sets: dict[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def units(self) -> dict[str, int]:
        """Warehouse SKU → pieces in all warehouses to begin with."""
        return {good.sku: sum(good.units.values()) for good in self.goods}

    def parts_of(self, sku: str) -> Mapping[str, int]:
        """The pieces behind a name that a shop uses."""
        return self.sets.get(sku) or {self.renamed.get(sku, sku): 1}


def make(products: int, *, seed: int = 0) -> Catalogue:
    """So many products in the warehouse, and a shop that sells most of them."""
    maker = _Maker(Generator(seed))
    for number in range(products):
        maker.add(number)
    return maker.made


def wrong(units: int, chance: random.Random) -> int:
    """What a shop believes that nobody told: often right, sometimes too little, sometimes too much."""
    kind = chance.random()
    if kind < 0.55:
        return units
    return units // 2 if kind < 0.8 else units + units // 3 + (kind > 0.97)


ODDITIES = {
    7: "bundle", 11: "set", 13: "untracked", 17: "without a SKU", 19: "duplicates", 23: "odd SKU",
    29: "only in the warehouse", 31: "only in the shop", 37: "second place only", 41: "renamed", 43: "made anew",
    47: "gone",
}  # fmt: skip
"""By the place in a cycle of the catalogue."""


class _Maker:
    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.made = Catalogue()

    def add(self, number: int) -> None:
        """One product, what the shop sells of it, and what the shop believes before the bridge comes."""
        article, oddity = self.generator.article(number), ODDITIES.get(number % CYCLE, "")
        sku = odd_sku(article.sku, number) if oddity == "odd SKU" else article.sku
        units = {FIRST: self.generator.units(LEVELS), SECOND: self.generator.units(ELSEWHERE)}
        places = (FIRST,) if self.generator.chance.random() < 0.3 else (FIRST, SECOND)
        shows = {place: wrong(units[place], self.generator.chance) for place in places}
        good = Good(sku, article.name, units)
        offer = Offer(sku, good.name, shows, {sku: 1})
        match oddity:
            case "untracked":
                offer = replace(offer, tracked=False, shows={FIRST: 0}, parts=None)
            case "second place only":
                offer = replace(offer, shows={SECOND: 4})
            case "renamed":
                offer = replace(offer, sku=f"OLD-{good.sku}")
                self.made.renamed[offer.sku] = good.sku
            case "made anew":
                good = replace(good, units={FIRST: good.units[FIRST]}, past="again")
            case "gone":
                good, offer = replace(good, units={}, past="gone"), replace(offer, shows={FIRST: 3})
        self.made.goods.append(good)
        self.made.offers += [offer] if oddity != "only in the warehouse" else []
        self.made.offers += self._beside(oddity, good)

    def _beside(self, oddity: str, good: Good) -> list[Offer]:
        """What the shop sells besides, because of this product."""
        match oddity:
            case "bundle":  # that Shopify derives from components
                parts = tuple(x for x in self.made.offers[-3:] if x.parts and not x.components)
                return [Offer(f"KIT-{good.sku}", f"{good.name} kit", {FIRST: 0}, None, components=parts)]
            case "set":  # that only the bridge knows the parts of
                self.made.sets[f"SET-{good.sku}"] = pieces = {good.sku: 1, self.made.goods[-2].sku: 2}
                return [Offer(f"SET-{good.sku}", f"{good.name} set", {FIRST: 1}, pieces)]
            case "without a SKU":
                return [Offer("", f"{good.name}, gift wrapping", {FIRST: 5}, None)]
            case "duplicates":
                return [replace(self.made.offers[-1], title=f"{good.name} (gift edition)")]
            case "only in the shop":  # a variant that waits for a product of its own
                self.made.awaited.append(Offer(f"NEW-{good.sku}", f"{good.name}, new season", {FIRST: 0}, None))
                return self.made.awaited[-1:]
        return []


def kinds(made: Catalogue) -> Iterator[str]:
    """What is odd about it, in a person's words."""
    named = [x.sku for x in made.offers if x.sku]
    yield f"{sum(bool(x.components) for x in made.offers)} bundles of Shopify's own"
    yield f"{len(made.sets)} sets and {len(made.renamed)} other names from the configuration"
    yield f"{sum(not x.tracked for x in made.offers)} untracked"
    yield f"{sum(not x.sku for x in made.offers)} without a SKU"
    yield f"{len(named) - len(set(named))} twins"
    yield f"{len(made.awaited)} unknown to the warehouse"
    yield f"{sum(bool(x.past) for x in made.goods)} deleted or made anew"
