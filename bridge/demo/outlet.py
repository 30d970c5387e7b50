"""Half of the catalogue as a WooCommerce shop arranges it: with variable products, some of which share one
stock among their variations, and products whose stock the shop does not manage."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bridge.demo.catalogue import Catalogue, Offer, wrong
from connectors.chunks import chunks

ANYWHERE = ""
"""The place of a number that stands for all warehouses."""

BLOCK = 54
"""Of so many offers in a row each kind of oddity is among them."""


@dataclass(frozen=True, slots=True)
class Ware:
    """A product. sizes: its variations with a stock of their own; options: those that share its stock."""

    offer: Offer
    sizes: tuple[Offer, ...] = ()
    options: tuple[str, ...] = ()


def arrange(made: Catalogue, *, seed: int = 0) -> Iterator[Ware]:
    """The same for the same seed."""
    chance, units = random.Random(seed), made.units  # noqa: S311  (believable data, no secret)
    count = Counter(x.sku for x in made.offers)
    range_ = [x for n, x in enumerate(made.offers) if n // BLOCK % 2 == 0 and not x.components]
    chosen = [replace(x, shows={ANYWHERE: _believes(x, units, chance)}) for x in range_]
    plain = [x for x in chosen if x.parts == {x.sku: 1} and x.tracked and count[x.sku] == 1]
    yield from (Ware(x) for x in chosen if x not in plain)
    for ten in chunks(plain, 10):
        yield from _ten(ten)


def _believes(offer: Offer, units: dict[str, int], chance: random.Random) -> int:
    """What the shop shows before the bridge comes."""
    if not offer.parts:
        return sum(offer.shows.values())
    return wrong(min(units[sku] // pieces for sku, pieces in offer.parts.items()), chance)


def _ten(ten: Sequence[Offer]) -> Iterator[Ware]:
    """Three of ten are the sizes of one product, and one comes in colours that share its stock."""
    parent = Offer("", f"{ten[0].title} in sizes", {}, None, tracked=False)
    yield Ware(parent, sizes=tuple(ten[:3]))
    yield from (Ware(x, options=("red", "blue")) for x in ten[3:4])
    yield from (Ware(x) for x in ten[4:])


def kinds(wares: Sequence[Ware]) -> Iterator[str]:
    """What is special about it, in a person's words."""
    yield f"{sum(bool(x.sizes) for x in wares)} variable products with {sum(len(x.sizes) for x in wares)} variations"
    yield f"{sum(bool(x.options) for x in wares)} whose variations share one stock"
    yield f"{sum(not x.offer.tracked and not x.sizes for x in wares)} that it does not manage"
