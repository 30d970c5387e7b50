"""A believable catalogue that a warehouse and its shops share, the same for the same seed: most of it plain,
and of everything that goes wrong in real ones a few."""

from collections import Counter
from collections.abc import Mapping

from bridge.core.sku import carton_sku
from connectors.testing.catalogue import CYCLE, ELSEWHERE, Generator, odd_sku
from connectors.testing.storefront import Carton, Catalogue, Good, Offer, wrong
from connectors.values import replace

LEVELS = (0, 3, 12, 25, 40, 120)
PLACES = {"1": "Main warehouse", "2": "Second warehouse"}
FIRST, SECOND = PLACES


def make(products: int, *, seed: int = 0) -> Catalogue:
    """So many products in the warehouse, and a shop that sells most of them."""
    maker = _Maker(Generator(seed))
    for number in range(products):
        maker.add(number)
    return maker.made


def half(made: Catalogue) -> Catalogue:
    """Of the same goods, offers of every kind for a shop that does not sell them all."""
    return replace(made, offers=[offer for n, offer in enumerate(made.offers) if n // BLOCK % 2 == 0])


def full_cartons(made: Catalogue) -> Catalogue:
    """Of the same goods, offers for a shop that sells nothing singly: full cartons, and pallets of them."""
    packed = {carton.sku: name for name, carton in made.cartons.items()}
    sets: dict[str, Mapping[str, int]] = {f"PALLET-{sku}": {name: ON_A_PALLET} for sku, name in packed.items()}
    goods = [good for good in made.goods if good.sku in packed]
    found = Catalogue(goods, [x for x in made.offers if x.sku in made.cartons], sets=sets, cartons=made.cartons)
    for good in goods:
        pallet = f"PALLET-{good.sku}"
        found.offers.append(Offer(pallet, f"{good.name}, a pallet", {FIRST: 1}, found.parts_of(pallet)))
    return found


def on_the_shelf(made: Catalogue) -> list[str]:
    """The first products that every shop sells under their own SKU, and that come in no carton."""
    count = Counter(offer.sku for offer in made.offers)
    plain = {x.sku for x in half(made).offers if x.tracked and x.parts == {x.sku: 1} and count[x.sku] == 1}
    plain -= {carton.sku for carton in made.cartons.values()}
    return [good.sku for good in made.goods if good.sku in plain and not good.past][:SHELF]


SHELF = 12
"""Products that a till sells as well."""

BLOCK = 54
"""Of so many offers in a row each kind of oddity is among them."""

IN_A_CARTON, LOOSE = 6, 5
"""Pieces of what is sold by the carton as well, which all lies in the first place."""

ON_A_PALLET = 2
"""Full cartons."""

ODDITIES = {
    3: "by the carton", 7: "bundle", 11: "set", 13: "untracked", 17: "without a SKU", 19: "duplicates", 23: "odd SKU",
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
            case "by the carton":
                good = replace(good, units={FIRST: LOOSE})
                offer = replace(offer, shows={FIRST: LOOSE})
            case "made anew":
                good = replace(good, units={FIRST: good.units[FIRST]}, past="again")
            case "gone":
                good, offer = replace(good, units={}, past="gone"), replace(offer, shows={FIRST: 3})
        self.made.goods.append(good)
        self.made.offers += [offer] if oddity != "only in the warehouse" else []
        self.made.offers += self._beside(oddity, good) if oddity != "by the carton" else [self._case_of(good)]

    def _case_of(self, good: Good) -> Offer:
        """Full cartons of a product, which the shop sells singly as well."""
        number, sku = str(len(self.made.cartons) + 1), f"CASE-{good.sku}"
        self.made.cartons[sku] = carton = Carton(number, carton_sku(number), good.sku, IN_A_CARTON, {FIRST: 4})
        return Offer(sku, f"{good.name}, a case", {FIRST: 2}, carton.parts)

    def _beside(self, oddity: str, good: Good) -> list[Offer]:
        """What the shop sells besides, because of this product."""
        match oddity:
            case "bundle":  # that a shop derives from components
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
