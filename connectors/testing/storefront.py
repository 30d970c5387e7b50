"""A shop as its people see it, whatever its platform: what it puts up for sale, sells and shows.

Beside each sandbox, `connectors.<name>.sandbox.storefront` has a class `Storefront` that keeps this protocol. It is
made of what the sandbox said of itself, and the ids of the warehouses whose goods it sells.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from connectors.testing.client import SandboxClient

Units = Mapping[str, int]
ANYWHERE = ""
"""The place of a number that stands for all warehouses."""


@dataclass(frozen=True, slots=True)
class Good:
    """A product of the warehouse. units: those in cartons left out. past: it was deleted ("gone"), or deleted and made
    anew ("again")."""

    sku: str
    name: str
    units: Units
    past: str = ""


@dataclass(frozen=True, slots=True)
class Carton:
    """A type of carton in the warehouse, by its id there: so many pieces of a product. part: what it is called among
    the parts of an offer. full: how many full ones there are to begin with."""

    id: str
    part: str
    sku: str
    pieces: int
    full: Units

    @property
    def parts(self) -> Mapping[str, int]:
        """What one of them takes: itself, and what it holds."""
        return {self.part: 1, self.sku: self.pieces}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something a shop sells. shows: warehouse id of each place that stocks it → the number it begins with.

    parts: warehouse SKU → pieces that one unit takes; None: nothing the bridge may write.
    components: the offers from which a platform that knows bundles derives this one; others cannot sell it.
    """

    sku: str
    title: str
    shows: Units
    parts: Mapping[str, int] | None
    tracked: bool = True
    components: tuple["Offer", ...] = ()


@dataclass(slots=True)
class Catalogue:
    """goods and offers, and what the merchant wrote down about them: renamed: shop SKU → warehouse SKU; sets: shop
    SKU → its parts, full cartons by their SKU in the shop; cartons: shop SKU → the carton type it sells, in the order
    of their ids. awaited: offers whose product the warehouse will only get later."""

    goods: list[Good] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    awaited: list[Offer] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    sets: dict[str, Mapping[str, int]] = field(default_factory=dict)
    cartons: dict[str, Carton] = field(default_factory=dict)

    @property
    def units(self) -> dict[str, int]:
        """Warehouse SKU, or part that is a carton → pieces in all warehouses to begin with."""
        found = {good.sku: sum(good.units.values()) for good in self.goods}
        for carton in self.cartons.values():
            found[carton.part] = sum(carton.full.values())
            found[carton.sku] += found[carton.part] * carton.pieces
        return found

    def parts_of(self, sku: str) -> Mapping[str, int]:
        """The pieces behind a name that a shop uses, of full cartons those in them as well."""
        named = self.sets.get(sku) or {self.renamed.get(sku, sku): 1}
        opened = {name: self.cartons[name].parts if name in self.cartons else {name: 1} for name in named}
        return {part: pieces * named[name] for name, parts in opened.items() for part, pieces in parts.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """One number that a shop shows. place: warehouse id, or ANYWHERE. shows: None where nothing is counted.
    sold: units of it that are sold and not shipped."""

    ref: str
    sku: str
    place: str
    shows: int | None
    sold: int = 0


class Storefront(Protocol):
    """One shop. platform: as people write it. client: its connection, closed by whoever opened the shop. offers: what
    is for sale, by the id it is ordered by. locations: warehouse id → location; empty: each number stands for all
    warehouses, and each offer `shows` it at ANYWHERE alone."""

    platform: str
    client: SandboxClient
    offers: dict[str, Offer]
    locations: Mapping[str, str]

    def fill(self, made: Catalogue) -> Iterable[str]:
        """Put up for sale what it can sell of the catalogue → what is special about it, in a person's words."""

    def rows(self) -> list[Row]: ...

    def written(self) -> list[tuple[str, int]]:
        """The last numbers that apps set, as (ref as the bridge calls the listing, number)."""
        ...

    def calls(self) -> dict[str, int]:
        """How often it was asked: "calls", and of these "write_calls"."""

    def place_of(self, location: str) -> str:
        """The warehouse behind a location; ANYWHERE where each number stands for all of them."""


@runtime_checkable
class SellingStorefront(Storefront, Protocol):
    """A shop that tells of its orders. In one that does not, nobody is played who buys."""

    def order(self, ref: str, units: int, place: str) -> str:
        """Somebody buys → the order's name."""

    def ship(self, order: str) -> None: ...

    def cancel(self, order: str) -> None: ...


def wrong(units: int, chance: random.Random) -> int:
    """What a shop believes that nobody told: often right, sometimes too little, sometimes too much."""
    kind = chance.random()
    if kind < 0.55:
        return units
    return units // 2 if kind < 0.8 else units + units // 3 + (kind > 0.97)
