"""A catalogue as a WooCommerce shop arranges it: with variable products, some of which share one
stock among their variations, and products whose stock the shop does not manage."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.chunks import chunks
from connectors.testing.storefront import ANYWHERE, Catalogue, Offer, wrong
from connectors.values import replace


@dataclass(frozen=True, slots=True)
class Ware:
    """A product. sizes: its variations with a stock of their own; options: those that share its stock."""

    offer: Offer
    sizes: tuple[Offer, ...] = ()
    options: tuple[str, ...] = ()


def arrange(made: Catalogue, *, seed: int = 0) -> Iterator[Ware]:
    """The same for the same seed. What the shop shows before the bridge comes is often wrong."""
    chance, units = random.Random(seed), made.units
    count = Counter(x.sku for x in made.offers)
    chosen: list[Offer] = []
    for offer in made.offers:
        if not offer.components:
            believed = sum(offer.shows.values())
            if offer.parts:
                believed = wrong(min(units[sku] // pieces for sku, pieces in offer.parts.items()), chance)
            chosen.append(replace(offer, shows={ANYWHERE: believed}))
    plain = [x for x in chosen if x.parts == {x.sku: 1} and x.tracked and count[x.sku] == 1]
    yield from (Ware(x) for x in chosen if x not in plain)
    for ten in chunks(plain, 10):  # three are the sizes of one product, and one comes in colours that share its stock
        parent = Offer("", f"{ten[0].title} in sizes", {}, None, tracked=False)
        yield Ware(parent, sizes=tuple(ten[:3]))
        yield from (Ware(x, options=("red", "blue")) for x in ten[3:4])
        yield from (Ware(x) for x in ten[4:])


def kinds(wares: Sequence[Ware]) -> Iterator[str]:
    """What is special about it, in a person's words."""
    yield f"{sum(bool(x.sizes) for x in wares)} variable products with {sum(len(x.sizes) for x in wares)} variations"
    yield f"{sum(bool(x.options) for x in wares)} whose variations share one stock"
    yield f"{sum(not x.offer.tracked and not x.sizes for x in wares)} that it does not manage"
