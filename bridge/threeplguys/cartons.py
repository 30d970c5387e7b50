"""Carton types, and the history of products and cartons: JSON of 3PLGuys → values. Pure.

A carton's definition (Cartons reference) says inch and pound, or whatever it was created with; its row in the breakdown
(Stock Levels reference) says millimetre and gram, rounded, and names its contents by other fields. They are joined by
the id, never by the name: "Product [Carton]" cannot be taken apart, because either may hold brackets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from bridge.core.measure import Length, Weight
from bridge.core.model import Level, Packing
from bridge.core.sku import carton_sku
from bridge.threeplguys.fields import (
    MAX_DESCRIPTION,
    GarbledError,
    Row,
    attempt,
    id_of,
    instant_of,
    is_count,
    is_deleted,
    list_of,
    names_of,
    number_of,
    object_of,
    shown,
    sku_of,
    text_of,
)
from bridge.threeplguys.parse import BadRow, counts, parsed
from connectors.values import replace

MAX_MEASURE = 1_000_000_000
"""In any unit; nobody packs a carton of a thousand kilometres."""
MILLIMETER, GRAM = "millimeter", "gram"

MeasureT = TypeVar("MeasureT", Length, Weight)


@dataclass(frozen=True, slots=True)
class Packed:
    """What one carton of a type holds of one product. units: per carton. created_at, updated_at: of the product, which
    only the breakdown tells. name, sku: "" in what is to be created."""

    product: str
    units: int
    name: str = ""
    sku: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dimensions:
    length: Length
    width: Length
    height: Length

    @property
    def rounded(self) -> tuple[int, int, int]:
        """Whole millimetres, as the breakdown has them."""
        return self.length.rounded, self.width.rounded, self.height.rounded

    @property
    def in_one_unit(self) -> "Dimensions":
        """The same, all in the unit of the length: the API has one unit for all three."""
        unit = self.length.unit
        return Dimensions(self.length, self.width.to(unit), self.height.to(unit))

    def __str__(self) -> str:
        return " × ".join(map(str, (self.length, self.width, self.height)))


@dataclass(frozen=True, slots=True)
class CartonSpec:
    """What a carton type is created from; only its name can be changed. name: "" lets 3PLGuys find one."""

    contents: tuple[Packed, ...]
    dimensions: Dimensions
    weight: Weight
    name: str = ""


@dataclass(frozen=True, slots=True)
class Carton:
    """A carton type as it is defined. carton: its id. created_at, deleted_at: None where the row does not say."""

    carton: str
    name: str
    contents: tuple[Packed, ...]
    dimensions: Dimensions
    weight: Weight
    updated_at: datetime
    deleted: bool = False
    created_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def spec(self) -> CartonSpec:
        return CartonSpec(self.contents, self.dimensions, self.weight, self.name)


@dataclass(frozen=True, slots=True)
class CartonLevel:
    """How many full cartons of a type there are. cartons: per warehouse id, not pieces; one that is absent holds 0.
    name: as "Product [Carton]". doubt, warehouses: as in a Level. Dimensions and weight are whole mm and g."""

    carton: str
    name: str
    contents: tuple[Packed, ...]
    cartons: Mapping[str, int]
    dimensions: Dimensions
    weight: Weight
    updated_at: datetime
    deleted: bool = False
    created_at: datetime | None = None
    deleted_at: datetime | None = None
    doubt: str = ""
    warehouses: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of a product or a carton. entry: its id. by: "system", "customer" or "admin", or a newer word."""

    entry: str
    by: str
    description: str
    at: datetime


def parse_carton(raw: object) -> Carton | BadRow:
    """The answer of /inventory/cartons/:id, or a row of its list. Never raises."""
    return parsed(raw, _carton)


def parse_carton_level(raw: object) -> CartonLevel | BadRow:
    """One row of /inventory/cartons/breakdown. Never raises. A deleted type holds nothing, whatever else it says."""
    return parsed(raw, _carton_level)


def parse_packed_level(raw: object) -> Level | BadRow:
    """One row of /inventory/cartons/breakdown as a level among those of products. Never raises. A carton of several
    products, of which the Cartons reference knows none, cannot be sold as one."""
    row = parse_carton_level(raw)
    if isinstance(row, BadRow):
        name = row.product and carton_sku(row.product)
        return replace(row, product=name, sku=name)
    name = carton_sku(row.carton)
    if len(row.contents) != 1:
        return BadRow(name, name, f"it holds {len(row.contents)} products, and a carton holds one", row.updated_at)
    packing = Packing(row.contents[0].sku, row.contents[0].units, row.dimensions.rounded, row.weight.rounded)
    return Level(
        name, name, row.cartons, row.updated_at, row.deleted, row.name, row.doubt, packing, warehouses=row.warehouses
    )


def parse_history_entry(raw: object) -> HistoryEntry | BadRow:
    """One row of a history. Never raises."""
    return parsed(raw, _history_entry)


def carton_of(row: CartonLevel | BadRow) -> str | None:
    """The id of a carton type; None in a row that does not tell it."""
    return row.product if isinstance(row, BadRow) else row.carton


def _carton(row: Row) -> Carton:
    sizes = object_of(row.get("dimensions"), "dimensions")
    mass = object_of(row.get("weight"), "weight")
    return Carton(
        carton=id_of(row),
        name=text_of(row),
        contents=tuple(_defined(object_of(x, "a part of contents")) for x in list_of(row, "contents")),
        dimensions=_dimensions(sizes, sizes.get("units")),
        weight=_measure(Weight, mass, "amount", mass.get("units")),
        updated_at=instant_of(row, "updatedAt"),
        deleted=is_deleted(row),
        created_at=attempt(lambda: instant_of(row, "createdAt")),
        deleted_at=attempt(lambda: instant_of(row, "deletedAt")),
    )


def _carton_level(row: Row) -> CartonLevel:
    deleted = is_deleted(row)
    cartons, doubt = ({}, "") if deleted else counts(row)
    return CartonLevel(
        carton=id_of(row),
        name=text_of(row),
        contents=tuple(_counted(object_of(x, "a part of contents")) for x in list_of(row, "contents")),
        cartons=cartons,
        dimensions=_dimensions(object_of(row.get("dimensions"), "dimensions"), MILLIMETER),
        weight=_measure(Weight, row, "weight", GRAM),
        updated_at=instant_of(row, "updatedAt"),
        deleted=deleted,
        created_at=attempt(lambda: instant_of(row, "createdAt")),
        deleted_at=attempt(lambda: instant_of(row, "deletedAt")),
        doubt=doubt,
        warehouses=names_of(row.get("warehouses")),
    )


def _history_entry(row: Row) -> HistoryEntry:
    by = row.get("type")
    if not isinstance(by, str) or not by:
        raise GarbledError(f"type is {shown(by)}")
    told = text_of(row, "description", MAX_DESCRIPTION)
    return HistoryEntry(id_of(row), text_of(row, "type"), told, instant_of(row, "createdAt"))


def _defined(part: Row) -> Packed:
    return Packed(id_of(part, "productId"), _units(part), text_of(part, "productName"), sku_of(part))


def _counted(part: Row) -> Packed:
    created_at = attempt(lambda: instant_of(part, "createdAt"))
    updated_at = attempt(lambda: instant_of(part, "updatedAt"))
    return Packed(id_of(part), _units(part), text_of(part), sku_of(part), created_at, updated_at)


def _units(part: Row) -> int:
    """Units per carton multiply everything, so nothing is rounded here."""
    units = number_of(part, "quantity")
    if not is_count(units) or units < 1:
        raise GarbledError(f"quantity per carton is {shown(units)}")
    return int(units)


def _dimensions(sizes: Row, unit: object) -> Dimensions:
    length, width, height = (_measure(Length, sizes, name, unit) for name in ("length", "width", "height"))
    return Dimensions(length, width, height)


def _measure(kind: type[MeasureT], row: Row, field: str, unit: object) -> MeasureT:
    """A number of the row in a unit that we know: another one must not be guessed."""
    value = row.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_MEASURE:
        raise GarbledError(f"{field} is {shown(value)}")
    try:
        return kind.of(value, unit if isinstance(unit, str) else "")
    except ValueError:
        raise GarbledError(f"the unit of {field} is {shown(unit)}") from None
