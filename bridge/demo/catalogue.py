"""A believable catalogue that a warehouse and its shops share, the same for the same seed: most of it plain,
and of everything that goes wrong in real ones a few."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

GOODS = ("Hoodie", "T-Shirt", "Mug", "Beanie", "Tote Bag", "Notebook", "Candle", "Water Bottle", "Poster", "Socks")
COLOURS = ("Black", "White", "Sand", "Olive", "Navy", "Rust", "Grey", "Teal")
SIZES = ("XS", "S", "M", "L", "XL")
ODD = ("{} (new)", 'TV 42" {}', "EU:{}", "SET-{}-A B", "{} - old", "'{}'", "Größe {}")
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
    maker = _Maker(random.Random(seed))  # noqa: S311  (believable data, no secret)
    for number in range(products):
        maker.add(number)
    return maker.made


def wrong(units: int, chance: random.Random) -> int:
    """What a shop believes that nobody told: often right, sometimes too little, sometimes too much."""
    kind = chance.random()
    if kind < 0.55:
        return units
    return units // 2 if kind < 0.8 else units + units // 3 + (kind > 0.97)


class _Maker:
    """Every fiftieth few are odd, in a fixed pattern, so that a small catalogue has each kind too."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.made = Catalogue()
        self.kinds: Mapping[int, Callable[[Good, Offer], None]] = {
            7: self._bundle, 11: self._set, 13: self._untracked, 17: self._without_sku, 19: self._duplicates,
            29: self._only_in_warehouse, 31: self._only_in_shop, 37: self._second_place_only, 41: self._renamed,
            43: self._made_anew, 47: self._gone,
        }  # fmt: skip

    def add(self, number: int) -> None:
        thing, colour = self.chance.choice(GOODS), self.chance.choice(COLOURS)
        sku = f"{thing[:3].upper()}-{number:06d}-{self.chance.choice(SIZES)}"
        sku = ODD[number // 50 % len(ODD)].format(sku) if number % 50 == 23 else sku
        units = {FIRST: self.chance.choice((0, 3, 12, 25, 40, 120)), SECOND: self.chance.choice((0, 0, 4, 9))}
        good = Good(sku, f"{colour} {thing}", units)
        offer = Offer(sku, good.name, self._shown(units), {sku: 1})
        self.kinds.get(number % 50, self._plain)(good, offer)

    def _shown(self, units: Units) -> Units:
        """What the shop believes before the bridge comes."""
        places = (FIRST,) if self.chance.random() < 0.3 else (FIRST, SECOND)
        return {place: wrong(units[place], self.chance) for place in places}

    def _plain(self, good: Good, offer: Offer) -> None:
        self.made.goods.append(good)
        self.made.offers.append(offer)

    def _bundle(self, good: Good, offer: Offer) -> None:
        """Beside it, a bundle that Shopify derives from components."""
        self._plain(good, offer)
        parts = tuple(x for x in self.made.offers[-3:] if x.parts and not x.components)
        self.made.offers.append(Offer(f"KIT-{good.sku}", f"{good.name} kit", {FIRST: 0}, None, components=parts))

    def _set(self, good: Good, offer: Offer) -> None:
        """Beside it, a set that only the bridge knows the parts of."""
        self._plain(good, offer)
        parts = {good.sku: 1, self.made.goods[-2].sku: 2}
        self.made.sets[f"SET-{good.sku}"] = parts
        self.made.offers.append(Offer(f"SET-{good.sku}", f"{good.name} set", {FIRST: 1}, parts))

    def _untracked(self, good: Good, offer: Offer) -> None:
        self._plain(good, replace(offer, tracked=False, shows={FIRST: 0}, parts=None))

    def _without_sku(self, good: Good, offer: Offer) -> None:
        self._plain(good, offer)
        self.made.offers.append(Offer("", f"{good.name}, gift wrapping", {FIRST: 5}, None))

    def _duplicates(self, good: Good, offer: Offer) -> None:
        self._plain(good, offer)
        self.made.offers.append(replace(offer, title=f"{offer.title} (gift edition)"))

    def _only_in_warehouse(self, good: Good, _: Offer) -> None:
        self.made.goods.append(good)

    def _only_in_shop(self, good: Good, offer: Offer) -> None:
        """The warehouse has this product, and another variant of the shop waits for a product of its own."""
        self._plain(good, offer)
        awaited = Offer(f"NEW-{good.sku}", f"{offer.title}, new season", {FIRST: 0}, None)
        self.made.offers.append(awaited)
        self.made.awaited.append(awaited)

    def _second_place_only(self, good: Good, offer: Offer) -> None:
        self._plain(good, replace(offer, shows={SECOND: 4}))

    def _renamed(self, good: Good, offer: Offer) -> None:
        self._plain(good, replace(offer, sku=f"OLD-{good.sku}"))
        self.made.renamed[f"OLD-{good.sku}"] = good.sku

    def _made_anew(self, good: Good, offer: Offer) -> None:
        self._plain(replace(good, units={FIRST: good.units[FIRST]}, past="again"), offer)

    def _gone(self, good: Good, offer: Offer) -> None:
        self._plain(replace(good, units={}, past="gone"), replace(offer, shows={FIRST: 3}))


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
