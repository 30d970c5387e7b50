"""What the simulation keeps its books of."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from bridge.core.sku import carton_sku

CASE_ID, HELD, EACH = "1", "A", 4
"""A carton type: its id, the SKU in it, and how many pieces a full one holds."""
CASE = carton_sku(CASE_ID)


@dataclass(frozen=True, eq=False)
class Listing:
    """One thing in one shop, as the simulation knows it: its parts and the rules in force.

    place: the warehouse behind its location, in a shop that has one for each. reach: the warehouses it may be shipped
    from; None: all."""

    store: str
    sku: str
    parts: Mapping[str, int]
    place: str = ""
    reach: frozenset[str] | None = None
    buffer: int = 0
    share: Fraction = Fraction(1)
    cap: int | None = None

    def __str__(self) -> str:
        return f"{self.sku} at {self.place}" if self.place else self.sku

    @property
    def stock_key(self) -> tuple[str, ...]:
        """By what its shop knows where it is."""
        return (self.sku, self.place) if self.place else (self.sku,)

    def offer(self, free: Mapping[str, int]) -> int:
        """Units to sell when so many pieces are free; negative: oversold."""
        units = min(free[sku] // pieces for sku, pieces in self.parts.items())
        if units <= 0:
            return units
        units = int(max(0, units - self.buffer) * self.share)
        return units if self.cap is None else min(units, self.cap)


def plain(store: str, skus: str, **rule: Any) -> tuple[Listing, ...]:
    return tuple(Listing(store, sku, {sku: 1}, **rule) for sku in skus)


def kit(store: str, **rule: Any) -> Listing:
    return Listing(store, "KIT", {"A": 2, "B": 1}, **rule)


@dataclass(eq=False)
class Order:
    """listing: what it is of today. ordered: what it was of when it was placed. on_shelf: not shipped yet. told: the
    shop knows that it was."""

    listing: Listing
    units: int
    handle: Any
    on_shelf: bool = True
    told: bool = False
    ordered: Listing = field(init=False)

    def __post_init__(self) -> None:
        self.ordered = self.listing

    def pieces(self, sku: str, *, as_ordered: bool = False) -> int:
        """That it takes of a SKU, once: as what it was when it was placed, and as what its listing is today."""
        today = {} if as_ordered else self.listing.parts
        return self.units * max(self.ordered.parts.get(sku, 0), today.get(sku, 0))

    @property
    def open(self) -> bool:
        return not self.told


@dataclass
class Parcel:
    """Pieces that left a shelf and that the warehouse has not counted; of CASE full cartons, with what is in them."""

    order: Order
    sku: str
    warehouse: str
    pieces: int
    at: float

    @property
    def skus(self) -> frozenset[str]:
        """Of which SKUs the warehouse will count less."""
        return frozenset({self.sku, HELD} if self.sku == CASE else {self.sku})


class Course:
    """A number and what it was at every moment."""

    def __init__(self) -> None:
        self.times, self.values = [float("-inf")], [0]

    @property
    def now(self) -> int:
        return self.values[-1]

    def move(self, at: float, by: int) -> None:
        self.times.append(at)
        self.values.append(self.now + by)

    def since(self, when: float) -> list[int]:
        """Every value it had from then on. What came at that very moment may have come later."""
        return self.values[max(0, bisect_right(self.times, when - 1e-6) - 1) :]
