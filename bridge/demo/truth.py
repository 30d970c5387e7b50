"""What the shops should show, worked out without asking the bridge: what lies in the warehouses, less what is
sold and not shipped in any shop, less what was shipped and not counted yet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, product

from bridge.demo.catalogue import PLACES, Offer
from bridge.demo.outlet import ANYWHERE
from bridge.demo.shops import Row

Stock = Mapping[str, Mapping[str, int]]


@dataclass(slots=True)
class Sale:
    """One order: units of an offer. place: the warehouse it was sold from, or ANYWHERE.
    shipped: the shop knows; counted: the warehouse does."""

    store: str
    name: str
    place: str
    units: int
    parts: Mapping[str, int]
    shipped: bool = False
    counted: bool = False

    @property
    def takes(self) -> bool:
        """It still takes units away from what the warehouse says."""
        return not (self.shipped and self.counted)

    def __str__(self) -> str:
        return f"{self.store}: order {self.name}"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A number of a shop that is another than it should be. At a place of Shopify's it is the stock on hand."""

    store: str
    sku: str
    place: str
    shows: int | None
    should: int | None

    def __str__(self) -> str:
        where = f"{self.store} at {PLACES[self.place]}" if self.place else self.store
        return f"{self.sku or 'what has no SKU'} in {where}: shows {self.shows}, should show {self.should}"


@dataclass
class Truth:
    """offers: store → what it sells, by id. sales: those that still take something. untouched: (store, id, place)
    → the number that must stay, where the bridge may not write."""

    offers: Mapping[str, dict[str, Offer]]
    sales: list[Sale] = field(default_factory=list)
    untouched: dict[tuple[str, str, str], int | None] = field(default_factory=dict)

    def free(self, sku: str, stock: Stock, *, ties: bool = True) -> dict[str, int]:
        """Pieces at each warehouse that may still be sold. What a shop without places has sold leaves, piece by
        piece, where most is left (docs/decisions/0005); of two that have as many, either may be taken for it."""
        rest, anywhere = dict(stock.get(sku, {})), 0
        for sale in self.sales:
            pieces = sale.units * sale.parts.get(sku, 0)
            if pieces and sale.place:
                rest[sale.place] = rest.get(sale.place, 0) - pieces
            anywhere += 0 if sale.place else pieces
        for _ in range(anywhere if rest else 0):
            rest[max(sorted(rest, reverse=ties), key=lambda place: rest[place])] -= 1
        return rest

    def available(self, offer: Offer, place: str, stock: Stock) -> int:
        """So many of it in any case."""
        return min(way[place] for way in self._ways(offer, [place], stock))

    def _ways(self, offer: Offer, places: Iterable[str], stock: Stock) -> Iterator[dict[str, int]]:
        """Place → units that may be sold there, for each way in which ties can fall."""
        parts = (offer.parts or {}).items()
        for ties in product((True, False), repeat=len(parts) if self._floats(offer) else 1):
            free = [(self.free(sku, stock, ties=tie), n) for (sku, n), tie in zip(parts, cycle(ties), strict=False)]
            yield {place: min(_at(place, units) // pieces for units, pieces in free) for place in places}

    def _floats(self, offer: Offer) -> bool:
        return any(not sale.place and sale.parts.keys() & (offer.parts or {}).keys() for sale in self.sales)

    def mismatches(self, store: str, rows: Iterable[Row], stock: Stock) -> list[Mismatch]:
        """rows: every number the shop shows, as its sandbox tells them."""
        listed: dict[str, list[Row]] = {}
        for row in rows:
            listed.setdefault(row.ref, []).append(row)
        return [wrong for ref, found in listed.items() for wrong in self._wrong(store, ref, found, stock)]

    def _wrong(self, store: str, ref: str, rows: Sequence[Row], stock: Stock) -> list[Mismatch]:
        """A listing is right when all its numbers are, in one and the same way."""
        wanted = list(self._wanted(store, ref, rows, stock))
        if [row.shows for row in rows] in wanted:
            return []
        found = zip(rows, wanted[0], strict=True)
        return [Mismatch(store, row.sku, row.place, row.shows, should) for row, should in found if row.shows != should]

    def _wanted(self, store: str, ref: str, rows: Sequence[Row], stock: Stock) -> Iterator[list[int | None]]:
        """What its numbers may be. No shop shows less than nothing."""
        offer = self.offers[store][ref]
        if not offer.parts:
            yield [self.untouched.setdefault((store, ref, row.place), row.shows) for row in rows]
            return
        for way in self._ways(offer, [row.place for row in rows], stock):
            yield [max(0, way[row.place] + row.sold) for row in rows]

    def arrived(self, awaited: Offer) -> None:
        """The warehouse has what offers of this SKU were waiting for."""
        for offers in self.offers.values():
            for ref in [ref for ref, known in offers.items() if known.sku == awaited.sku]:
                offers[ref] = Offer(awaited.sku, awaited.title, offers[ref].shows, {awaited.sku: 1})


def _at(place: str, units: Mapping[str, int]) -> int:
    return sum(units.values()) if place == ANYWHERE else units.get(place, 0)
