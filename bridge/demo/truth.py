"""What the shops should show, worked out without asking the bridge: what lies in the warehouses, less what is
sold and not shipped in any shop, less what was shipped and not counted yet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle, product

from bridge.demo.catalogue import PLACES
from connectors.testing.storefront import ANYWHERE, Offer, Row

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
    """A number of a shop that is another than it should be. At a place of its own it is the stock on hand."""

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
    """offers: store → what it sells, by id. added: store → warehouse without a place there → the place whose number
    counts it as well. sales: those that still take something. untouched: (store, id, place) → the number that must
    stay, where the bridge may not write."""

    offers: Mapping[str, dict[str, Offer]]
    added: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
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
        return min(way[place] for way in self._ways(offer, {place: [place]}, stock))

    def _ways(self, offer: Offer, places: Mapping[str, Iterable[str]], stock: Stock) -> Iterator[dict[str, int]]:
        """Place → units that may be sold there, for each way in which ties can fall. places: with the warehouses whose
        units count there."""
        parts = offer.parts or {}
        floats = any(not sale.place and sale.parts.keys() & parts.keys() for sale in self.sales)
        for ties in product((True, False), repeat=len(parts) if floats else 1):
            free = [self.free(sku, stock, ties=tie) for sku, tie in zip(parts, cycle(ties), strict=False)]
            held = [(units | {ANYWHERE: sum(units.values())}, n) for units, n in zip(free, parts.values(), strict=True)]
            yield {
                place: min(sum(units.get(x, 0) for x in counted) // pieces for units, pieces in held)
                for place, counted in places.items()
            }

    def mismatches(self, store: str, rows: Iterable[Row], stock: Stock) -> list[Mismatch]:
        """What is wrong in a shop. rows: every number it shows, as its sandbox tells them. A listing is right when all
        its numbers are, in one and the same way; no shop shows less than nothing."""
        listed: dict[str, list[Row]] = {}
        for row in rows:
            listed.setdefault(row.ref, []).append(row)
        found, may = list[Mismatch](), list[list[int | None]]()
        added = self.added.get(store, {})
        for ref, shown in listed.items():
            offer = self.offers[store][ref]
            if offer.parts:
                counted = {row.place: [row.place, *(x for x in added if added[x] == row.place)] for row in shown}
                ways = self._ways(offer, counted, stock)
                may = [[max(0, way[row.place] + row.sold) for row in shown] for way in ways]
            else:
                may = [[self.untouched.setdefault((store, ref, row.place), row.shows) for row in shown]]
            if [row.shows for row in shown] not in may:
                numbers = [(row, should) for row, should in zip(shown, may[0], strict=True) if row.shows != should]
                found += [Mismatch(store, row.sku, row.place, row.shows, should) for row, should in numbers]
        return found

    def arrived(self, awaited: Offer) -> None:
        """The warehouse has what offers of this SKU were waiting for."""
        for offers in self.offers.values():
            for ref in [ref for ref, known in offers.items() if known.sku == awaited.sku]:
                offers[ref] = Offer(awaited.sku, awaited.title, offers[ref].shows, {awaited.sku: 1})
