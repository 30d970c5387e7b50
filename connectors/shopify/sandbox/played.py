"""A Shopify shop that the simulation plays with."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

from connectors.shopify.sandbox.goods import Level
from connectors.shopify.sandbox.local import LocalStore
from connectors.shopify.sandbox.troubles import TROUBLES
from connectors.testing.clock import ManualClock
from connectors.testing.played import Acts


class PlayedStore(LocalStore):
    """Its own number for a listing is on hand."""

    settings: ClassVar[Sequence[Mapping[str, Any]]] = ({},)
    call: ClassVar[str] = TROUBLES.write
    public: ClassVar[str] = "ACTIVE"
    away: ClassVar[Sequence[str]] = ("DRAFT", "ARCHIVED", "UNLISTED")
    long_ago: ClassVar[timedelta | None] = timedelta(days=61)
    counts = True

    def __init__(self, name: str, clock: ManualClock, rules: str = "", *, warehouses: Sequence[str] = ()) -> None:
        super().__init__(name, clock, rules, warehouses=warehouses)
        self.strains: Acts = {"drained": self.drain}
        self.oddities: Acts = {}

    def drain(self, dice: Random) -> str:
        del dice
        for bucket in self.sandbox.buckets.values():
            bucket.level = 0.0
        return f"{self.name}: no query points left"

    def numbers(self) -> Iterator[tuple[str, str, int]]:
        levels = (level for item in self.shop.items.values() for level in item.levels.values())
        return ((level.item.id, level.location.id, level.on_hand) for level in levels)

    def newest(self) -> set[tuple[str, ...]]:
        rows = self.sandbox.log[-1].variables["input"]["quantities"]
        found = [(self.shop.items.get(row["inventoryItemId"]), row) for row in rows]
        levels = [(item.levels[row["locationId"]], row["quantity"]) for item, row in found if item]
        return {self._stock_key(level) for level, quantity in levels if level.on_hand == quantity}

    def _stock_key(self, level: Level) -> tuple[str, ...]:
        place = next(warehouse for warehouse, home in self.places.items() if home == level.location.id)
        return (level.item.sku, place) if place else (level.item.sku,)

    def refs(self) -> set[str]:
        return {*self.shop.items}

    def has(self, ref: str, location: str, number: int) -> bool:
        return ref in self.shop.items and self.shop.items[ref].levels[location].on_hand == number

    def late_others(self, call: Any) -> Iterator[Any]:
        """Every write is compared."""
        del call
        return iter(())

    def set_status(self, sku: str, status: str) -> None:
        self.shop.set_status(self.shop.variant(sku).product, status)

    def leave_out(self, dice: Random) -> bool:
        del dice
        return False

    def leave_in(self) -> None:
        """Nothing was left out."""

    def end_strains(self) -> None:
        """The bucket fills by itself."""

    def end_oddities(self) -> None:
        """It has none."""
