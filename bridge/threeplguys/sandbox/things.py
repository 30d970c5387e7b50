"""What the sandbox's warehouse is made of: products, carton types, a clock, and the order of a list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from bridge.threeplguys.sandbox.history import Entry, Raw


class RefusedError(ValueError):
    """The warehouse will not do that. The text is the API's own sentence where it has one."""


class Clock:
    """The sandbox's time: real, or frozen at an instant, and movable either way."""

    def __init__(self, frozen_at: datetime | None = None) -> None:
        self._frozen = frozen_at
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return (self._frozen or datetime.now(UTC)) + self._ahead

    def freeze(self, at: datetime | None = None) -> None:
        """Stop at an instant, by default the present one."""
        self._frozen, self._ahead = at or self(), timedelta(0)

    def move(self, by: timedelta) -> None:
        self._ahead += by


class Order(StrEnum):
    """How a list is sorted. The breakdown's order is not documented, so it is a switch."""

    CREATED_ASC = "created_asc"
    CREATED_DESC = "created_desc"
    UPDATED_ASC = "updated_asc"
    UPDATED_DESC = "updated_desc"
    NAME_ASC = "name_asc"
    NAME_DESC = "name_desc"
    SKU_ASC = "sku_asc"
    SKU_DESC = "sku_desc"
    ID = "id"


@dataclass(slots=True, eq=False)
class Item:
    """One product. number: its place in the order of creation, which also breaks ties. units: pieces per warehouse id,
    those in cartons included; the rest lies there loose. odd: what its row says in place of the truth. breaks: every
    page that holds its row fails. first_name: where it was renamed. entry: the number of its creation in the histories.
    noted: what happened since. cartons: its carton types; None: it never had one."""

    id: str
    number: int
    sku: str
    name: str
    created_at: datetime
    updated_at: datetime
    units: dict[str, int] = field(default_factory=dict)
    deleted_at: datetime | None = None
    odd: dict[str, object] = field(default_factory=dict)
    breaks: bool = False
    description: str = ""
    first_name: str = ""
    entry: int = 0
    noted: list[Raw] | None = None
    cartons: "list[CartonType] | None" = None

    def creation(self) -> Entry:
        facts = (self.first_name or self.name, self.sku)
        return Entry(self.entry, "customer", self.created_at, "Created new product {} ({})", facts)


@dataclass(slots=True, eq=False)
class CartonType:
    """One way to pack a product: so many units of it in a carton. counts: full cartons per warehouse id. dimensions,
    weight: as they were given. The rest is as of an Item."""

    id: str
    number: int
    item: Item
    units: int
    name: str
    dimensions: Mapping[str, Any]
    weight: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    counts: dict[str, int] = field(default_factory=dict)
    deleted_at: datetime | None = None
    odd: dict[str, object] = field(default_factory=dict)
    breaks: bool = False
    first_name: str = ""
    entry: int = 0
    noted: list[Raw] | None = None

    @property
    def sku(self) -> str:
        return self.item.sku

    def creation(self) -> Entry:
        facts = (self.first_name or self.name, self.units)
        return Entry(self.entry, "customer", self.created_at, 'Created carton type "{}" ({} units per carton)', facts)


SORT_KEYS: Mapping[str, Callable[[Item | CartonType], Any]] = {
    "created": lambda thing: thing.created_at,
    "updated": lambda thing: thing.updated_at,
    "name": lambda thing: thing.name,
    "sku": lambda thing: thing.sku,
    "id": lambda thing: thing.id,
}
