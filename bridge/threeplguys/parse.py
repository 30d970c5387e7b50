"""JSON of 3PLGuys → values, once, at the border. Pure; nothing behind it sees raw JSON.

What cannot be read becomes a BadRow with the reason, so that the product keeps its last good value: a
guess here would be sold. A number that cannot be (negative, a fraction) is rounded down, and the level
carries the doubt, so that nothing is raised on its word. Fields are those of the Stock Levels and Products
references; the breakdown row of the Syncing Inventory guide, with `archived` in place of `deletedAt`, is
read too.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from math import floor
from typing import TypeVar

from bridge.core.availability import capped
from bridge.core.model import Level
from bridge.threeplguys.fields import (
    MAX_DESCRIPTION,
    MAX_WAREHOUSES,
    GarbledError,
    Row,
    attempt,
    id_of,
    instant_of,
    is_count,
    is_deleted,
    names_of,
    number_of,
    object_of,
    shown,
    sku_of,
    text_of,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProductSpec:
    """What a product is created from, and what of it can be changed. description: "" for none."""

    name: str
    sku: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """One product as the catalogue has it. The SKU is kept to the letter, spaces and case included.

    created_at, deleted_at: None where the row does not say; a row with `archived` never says when. partial: which of
    `name` and `description` are not here as 3PLGuys has them: too long, no text, or with a sign that cannot be kept.
    """

    product: str
    sku: str
    name: str
    updated_at: datetime
    deleted: bool = False
    description: str = ""
    created_at: datetime | None = None
    deleted_at: datetime | None = None
    partial: tuple[str, ...] = ()

    @property
    def spec(self) -> ProductSpec:
        return ProductSpec(self.name, self.sku, self.description)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be trusted. What of it could be read is given, the rest is None.

    product: its id; in a list of cartons the carton's. reason: a short phrase with the offending value, e.g.
    "quantity is '3'". digest: of the whole row, where it has no readable id or no readable `updatedAt`, by which it
    could be told from others and known again.
    """

    product: str | None
    sku: str | None
    reason: str
    updated_at: datetime | None = None
    digest: str = ""


def parse_level(raw: object) -> Level | BadRow:
    """One row of /inventory/products/breakdown; a Level (`plain_rows`) is returned as it is. Never raises.

    Where the total contradicts the sum over warehouses the warehouses are believed, because they are
    what is shipped from; but no more than the total where one of the numbers cannot be. A deleted row
    holds nothing, whatever else it says.
    """
    return raw if isinstance(raw, Level) else parsed(raw, _level)


def parse_product(raw: object) -> Product | BadRow:
    """The answer of /inventory/products/:id, or a row of its list. Never raises."""
    return parsed(raw, _product)


def parsed(raw: object, read: Callable[[Row], T]) -> T | BadRow:
    """What `read` makes of a row; a BadRow with whatever can still be read, so that people can find it."""
    try:
        return read(object_of(raw))
    except GarbledError as fault:
        row = raw if isinstance(raw, dict) else {}
        product, updated_at = attempt(lambda: id_of(row)), attempt(lambda: instant_of(row, "updatedAt"))
        is_plain = product is not None and updated_at is not None
        return BadRow(
            product=product,
            sku=attempt(lambda: sku_of(row)),
            reason=str(fault),
            updated_at=updated_at,
            digest="" if is_plain else blake2b(json.dumps(row, sort_keys=True).encode(), digest_size=8).hexdigest(),
        )


def counts(row: Row) -> tuple[Mapping[str, int], str]:
    """How many there are per warehouse, and why they are doubted."""
    total = number_of(row, "quantity")
    places = row.get("warehouses")
    if places is not None and not isinstance(places, list):
        raise GarbledError(f"warehouses is {shown(places)}")
    if not places and floor(total) > 0:
        raise GarbledError(f"quantity is {shown(total)}, but no warehouse holds any")
    if len(places or ()) > MAX_WAREHOUSES:
        raise GarbledError(f"{len(places or ())} warehouses")
    found: dict[str, int | float] = {}
    for place in places or ():
        if not isinstance(place, dict):
            raise GarbledError(f"a warehouse is {shown(place)}")
        warehouse = id_of(place)
        if warehouse in found:
            raise GarbledError(f"warehouse {warehouse} is listed twice")
        found[warehouse] = number_of(place, "quantity")
    odd = [f"quantity is {shown(total)}"] if not is_count(total) else []
    odd += [f"quantity of warehouse {w} is {shown(n)}" for w, n in found.items() if not is_count(n)]
    units = {warehouse: max(0, floor(n)) for warehouse, n in found.items()}
    return (capped(units, max(0, floor(total))), odd[0]) if odd else (units, "")


def _level(row: Row) -> Level:
    deleted = is_deleted(row)
    units, doubt = ({}, "") if deleted else counts(row)
    return Level(
        product=id_of(row),
        sku=sku_of(row),
        units=units,
        updated_at=instant_of(row, "updatedAt"),
        deleted=deleted,
        name=text_of(row),
        doubt=doubt,
        warehouses=names_of(row.get("warehouses")),
    )


def _product(row: Row) -> Product:
    name, description = text_of(row), text_of(row, "description", MAX_DESCRIPTION)
    read = {"name": name, "description": description}
    return Product(
        product=id_of(row),
        sku=sku_of(row),
        name=name,
        updated_at=instant_of(row, "updatedAt"),
        deleted=is_deleted(row),
        description=description,
        created_at=attempt(lambda: instant_of(row, "createdAt")),
        deleted_at=attempt(lambda: instant_of(row, "deletedAt")),
        partial=tuple(field for field, text in read.items() if row.get(field) not in (None, text)),
    )
