"""The carton types of the sandbox's warehouse, and how many full ones stand where. No HTTP, no threads.

What is in a carton is part of its product's units, so both breakdowns move together; the rest of the units lies there
loose. Who takes more pieces than lie loose opens cartons, the smallest first.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bridge.threeplguys.sandbox.history import INTERNAL, History
from bridge.threeplguys.sandbox.things import SORT_KEYS, CartonType, Item, Order, RefusedError

BOX = {"length": 12, "width": 10, "height": 8, "units": "inch"}
POUNDS = {"amount": 5, "units": "pound"}
COUNTED = "Updated carton count '{}' changed to '{}' for '{}' carton type."


class Around(Protocol):
    """What carton types need of the warehouse that they stand in."""

    prefix: str
    history: History

    def known(self, product: str) -> Item: ...
    def place_of(self, warehouse: str = "") -> str: ...
    def now(self) -> datetime: ...
    def touch(self, item: Item) -> Item: ...


class CartonTypes:
    """Those of one warehouse account. Cartons are named by id, products by id or SKU. left_out: ids that lists do not
    tell of; asked for one by one they are there."""

    def __init__(self, world: Around) -> None:
        self._world = world
        self.left_out: frozenset[str] = frozenset()
        self._types: dict[str, CartonType] = {}

    def find(self, carton: str) -> CartonType | None:
        return self._types.get(carton)

    def known(self, carton: str) -> CartonType:
        """As `find`; RefusedError if there is none."""
        found = self._types.get(carton)
        if found is None:
            raise RefusedError("Carton not found")
        return found

    def add(
        self,
        product: str,
        units: int,
        dimensions: Mapping[str, Any] = BOX,
        weight: Mapping[str, Any] = POUNDS,
        name: str = "",
    ) -> CartonType:
        """A new way to pack a product, of which there is none yet. name: "" to have one found."""
        item = self._world.known(product)
        if item.deleted_at is not None:
            raise RefusedError("Product not found")
        number, now = len(self._types) + 1, self._world.now()
        named = name or f"{units}-Pack Carton"
        made = CartonType(f"{self._world.prefix}{number}", number, item, units, named, dimensions, weight, now, now)
        made.entry = next(self._world.history.numbers)
        self._types[made.id] = made
        item.cartons = [*(item.cartons or ()), made]
        return made

    def set_count(self, carton: str, count: int, warehouse: str = "", by: str = "admin") -> CartonType:
        """So many full ones stand at one warehouse, by default the first. The units of the product move with them."""
        made = self.known(carton)
        if made.deleted_at or made.item.deleted_at:
            raise RefusedError("What is deleted holds no stock")
        if count < 0:
            raise RefusedError("Stock cannot be negative")
        at, units = self._world.place_of(warehouse), made.item.units
        units[at] = units.get(at, 0) + (count - made.counts.get(at, 0)) * made.units
        self._world.touch(made.item)
        return self._recount(made, at, count, by)

    def receive(self, carton: str, count: int, warehouse: str = "") -> CartonType:
        """Full ones arrived."""
        held = self.known(carton).counts.get(self._world.place_of(warehouse), 0)
        return self.set_count(carton, held + count, warehouse, "system")

    def ship(self, carton: str, count: int, warehouse: str = "") -> CartonType:
        """Full ones left, as SPD shipments do."""
        return self.receive(carton, -count, warehouse)

    def open(self, carton: str, count: int, warehouse: str = "") -> CartonType:
        """So many are opened; what was in them lies there loose."""
        made, at = self.known(carton), self._world.place_of(warehouse)
        held = made.counts.get(at, 0)
        if not 0 <= count <= held:
            raise RefusedError("So many full cartons are not there")
        return self._recount(made, at, held - count, "system") if count else made

    def open_until(self, item: Item, at: str) -> None:
        """Open as many cartons of a product at a warehouse as its units there ask for."""
        types = item.cartons or []
        packed = sum(made.counts.get(at, 0) * made.units for made in types)
        for made in sorted(types, key=lambda made: made.units):
            missing, held = packed - item.units.get(at, 0), made.counts.get(at, 0)
            opened = min(held, -(-missing // made.units)) if missing > 0 else 0
            if opened:
                packed -= opened * made.units
                self._recount(made, at, held - opened, "system")

    def rename(self, carton: str, name: str) -> CartonType:
        made = self.known(carton)
        made.updated_at = self._world.now()
        self._world.history.note(
            made, "customer", made.updated_at, 'Updated carton type name "{}" changed to "{}"', made.name, name
        )
        made.first_name, made.name = made.first_name or made.name, name
        return made

    def delete(self, carton: str) -> CartonType:
        """Soft-delete; only a type of which there is none may go (Cartons reference)."""
        made = self.known(carton)
        if any(made.counts.values()):
            raise RefusedError("Cannot delete a carton that still has stock")
        made.deleted_at = made.updated_at = self._world.now()
        self._world.history.note(made, "customer", made.updated_at, 'Deleted carton type "{}"', made.name)
        return made

    def restore(self, carton: str) -> CartonType:
        made = self.known(carton)
        made.deleted_at, made.updated_at = None, self._world.now()
        self._world.history.note(made, "customer", made.updated_at, 'Restored carton type "{}"', made.name)
        return made

    def annotate(self, carton: str, text: str) -> CartonType:
        """The staff note something in its history that customers are not told."""
        made = self.known(carton)
        self._world.history.note(made, INTERNAL, self._world.now(), "{}", text)
        return made

    def garble(self, carton: str, **odd: object) -> CartonType:
        """From now on its row of the breakdown says these fields so; nothing: the truth again."""
        made = self.known(carton)
        made.odd, made.updated_at = odd, self._world.now()
        return made

    def spoil(self, carton: str, *, breaks: bool = True) -> CartonType:
        """Every page of the breakdown that holds its row fails with 500."""
        made = self.known(carton)
        made.breaks, made.updated_at = breaks, self._world.now()
        return made

    def listing(
        self, order: Order = Order.CREATED_DESC, since: datetime | None = None, *, deleted: bool = False
    ) -> Sequence[CartonType]:
        """The list as it stands. since: only what changed strictly after; deleted: those too."""
        types = [
            made
            for made in self._types.values()
            if (since is None or made.updated_at > since) and (deleted or made.deleted_at is None)
            if made.id not in self.left_out
        ]
        column, _, direction = order.partition("_")
        return sorted(types, key=SORT_KEYS[column], reverse=direction == "desc")

    def _recount(self, made: CartonType, at: str, count: int, by: str) -> CartonType:
        """Both histories tell of it (Products and Cartons references)."""
        before, made.counts[at] = made.counts.get(at, 0), count
        made.updated_at = self._world.now()
        for thing in (made, made.item):
            self._world.history.note(thing, by, made.updated_at, COUNTED, before, count, made.name)
        return made
