"""What stands under /v0/inventory: products and cartons, each with the same eight verbs."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from bridge.threeplguys.sandbox import bodies
from bridge.threeplguys.sandbox.carton_rows import carton_level_row, carton_page, carton_row
from bridge.threeplguys.sandbox.history import newest_first
from bridge.threeplguys.sandbox.rows import (
    ApiError,
    Switches,
    level_row,
    listed,
    product_page,
    product_row,
    taken,
)
from bridge.threeplguys.sandbox.things import CartonType, Item
from bridge.threeplguys.sandbox.world import Warehouse

ThingT = TypeVar("ThingT", Item, CartonType)


class Resource(ABC, Generic[ThingT]):
    """One kind of thing, as the API shows it. Refusals are ApiErrors, or the warehouse's own RefusedErrors."""

    noun: ClassVar[str]

    def __init__(self, world: Warehouse, switches: Switches) -> None:
        self.world, self.switches = world, switches

    @abstractmethod
    def find(self, id_: str) -> ThingT | None: ...
    @abstractmethod
    def page(self, query: Mapping[str, str]) -> Sequence[ThingT]: ...
    @abstractmethod
    def levels(self, query: Mapping[str, str]) -> Sequence[ThingT]: ...
    @abstractmethod
    def row(self, thing: ThingT) -> object: ...
    @abstractmethod
    def level_row(self, thing: ThingT) -> object: ...
    @abstractmethod
    def create(self, body: bytes) -> ThingT: ...
    @abstractmethod
    def update(self, thing: ThingT, body: bytes) -> ThingT: ...
    @abstractmethod
    def delete(self, thing: ThingT) -> ThingT: ...
    @abstractmethod
    def restore(self, thing: ThingT) -> ThingT: ...

    def known(self, id_: str) -> ThingT:
        thing = self.find(id_)
        if thing is None:
            raise ApiError(404, f"{self.noun} not found")
        return thing

    def history(self, id_: str, query: Mapping[str, str]) -> object:
        entries = [
            {
                "id": str(entry.id),
                "type": entry.by,
                "description": entry.text,
                "createdAt": self.switches.shown(entry.at),
            }
            for entry in newest_first(self.known(id_))
        ]
        return taken(entries, query, self.switches)

    def change(self, method: str, id_: str, body: bytes) -> ThingT:
        """PUT updates, DELETE deletes, PATCH restores. What is deleted already is not found; what was not deleted is
        restored as it stands: the documents say neither."""
        thing = self.known(id_)
        if method == "PUT":
            return self.update(thing, body)
        if method == "PATCH":
            return thing if thing.deleted_at is None else self.restore(thing)
        if thing.deleted_at is not None:
            raise ApiError(404, f"{self.noun} not found")
        return self.delete(thing)


class Products(Resource[Item]):
    noun = "Product"

    def find(self, id_: str) -> Item | None:
        item = self.world.find(id_)
        return item if item is not None and item.id == id_ else None

    def page(self, query: Mapping[str, str]) -> Sequence[Item]:
        return product_page(self.world, query, self.switches)

    def levels(self, query: Mapping[str, str]) -> Sequence[Item]:
        return taken(listed(self.world.listing, query, self.switches.order), query, self.switches)

    def row(self, thing: Item) -> object:
        return product_row(thing, self.switches)

    def level_row(self, thing: Item) -> object:
        return level_row(thing, self.world, self.switches)

    def create(self, body: bytes) -> Item:
        new = bodies.new_product(body)
        return self.world.add(new.sku, {}, new.name, new.description or "")

    def update(self, thing: Item, body: bytes) -> Item:
        new = bodies.changed_product(body)
        return self.world.rename(thing.id, new.name, new.description)

    def delete(self, thing: Item) -> Item:
        return self.world.delete(thing.id)

    def restore(self, thing: Item) -> Item:
        return self.world.restore(thing.id)


class Cartons(Resource[CartonType]):
    noun = "Carton"

    def find(self, id_: str) -> CartonType | None:
        return self.world.cartons.find(id_)

    def page(self, query: Mapping[str, str]) -> Sequence[CartonType]:
        return carton_page(self.world, query, self.switches)

    def levels(self, query: Mapping[str, str]) -> Sequence[CartonType]:
        return taken(listed(self.world.cartons.listing, query, self.switches.order), query, self.switches)

    def row(self, thing: CartonType) -> object:
        return carton_row(thing, self.switches)

    def level_row(self, thing: CartonType) -> object:
        return carton_level_row(thing, self.world, self.switches)

    def create(self, body: bytes) -> CartonType:
        """A product is meant by its id alone."""
        new = bodies.new_carton(body)
        item = self.world.find(new.product)
        if item is None or item.id != new.product:
            raise ApiError(400, "Product not found")
        return self.world.cartons.add(item.id, new.units, new.dimensions, new.weight, new.name)

    def update(self, thing: CartonType, body: bytes) -> CartonType:
        return self.world.cartons.rename(thing.id, bodies.renamed_carton(body))

    def delete(self, thing: CartonType) -> CartonType:
        return self.world.cartons.delete(thing.id)

    def restore(self, thing: CartonType) -> CartonType:
        return self.world.cartons.restore(thing.id)
