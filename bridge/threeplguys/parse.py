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
from datetime import UTC, datetime
from hashlib import blake2b
from math import floor
from typing import TypeVar

from bridge.core.availability import capped
from bridge.core.model import Level

MAX_ID = 128  # characters, by the API's conventions
MAX_TEXT = 500  # characters of a SKU; a name is cut there
MAX_WAREHOUSES = 1_000
MAX_UNITS = 1_000_000_000
MAX_SHOWN = 10**18

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Product:
    """One product as the catalogue has it. The SKU is kept to the letter, spaces and case included."""

    product: str
    sku: str
    name: str
    updated_at: datetime
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be trusted. What of it could be read is given, the rest is None.

    reason: a short phrase with the offending value, e.g. "quantity is '3'". digest: of the whole row, where it has no
    readable `updatedAt` by which it could be known again.
    """

    product: str | None
    sku: str | None
    reason: str
    updated_at: datetime | None = None
    digest: str = ""


class _GarbledError(Exception):
    """Carries the reason of a BadRow."""


def parse_level(raw: object) -> Level | BadRow:
    """One row of /inventory/products/breakdown. Never raises.

    Where the total contradicts the sum over warehouses the warehouses are believed, because they are
    what is shipped from; but no more than the total where one of the numbers cannot be. A deleted row
    holds nothing, whatever else it says.
    """
    try:
        row = _object(raw)
        deleted = _deleted(row)
        units, doubt = ({}, "") if deleted else _units(row)
        return Level(
            product=_id(row, "id"),
            sku=_sku(row),
            units=units,
            updated_at=_instant(row, "updatedAt"),
            deleted=deleted,
            name=_name(row),
            doubt=doubt,
            warehouses=warehouse_names(row.get("warehouses")),
        )
    except _GarbledError as fault:
        return _bad(raw, str(fault))


def parse_product(raw: object) -> Product | BadRow:
    """The answer of /inventory/products/:id. Never raises."""
    try:
        row = _object(raw)
        return Product(
            product=_id(row, "id"),
            sku=_sku(row),
            name=_name(row),
            updated_at=_instant(row, "updatedAt"),
            deleted=_deleted(row),
        )
    except _GarbledError as fault:
        return _bad(raw, str(fault))


def parse_instant(text: str) -> datetime | None:
    """ISO 8601 with any fraction and "Z" or an offset, as UTC; None when it is not an instant."""
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _bad(raw: object, reason: str) -> BadRow:
    """Whatever of a garbled row can still be read, so that people can find it."""
    row = raw if isinstance(raw, dict) else {}
    updated_at = _attempt(lambda: _instant(row, "updatedAt"))
    return BadRow(
        product=_attempt(lambda: _id(row, "id")),
        sku=_attempt(lambda: _sku(row)),
        reason=reason,
        updated_at=updated_at,
        digest="" if updated_at else blake2b(json.dumps(row, sort_keys=True).encode(), digest_size=8).hexdigest(),
    )


def _attempt(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except _GarbledError:
        return None


def _object(raw: object) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise _GarbledError(f"row is {_shown(raw)}, not an object")
    return raw


def _id(row: Mapping[str, object], field: str) -> str:
    """Ids are opaque text; a number is taken as its digits, because an older specification has them so."""
    value = row.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID or not _storable(value):
        raise _GarbledError(f"{field} is {_shown(value)}")
    return value


def _sku(row: Mapping[str, object]) -> str:
    value = row.get("sku")
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not _storable(value):
        raise _GarbledError(f"sku is {_shown(value)}")
    return value


def _name(row: Mapping[str, object]) -> str:
    """Names are only shown, so a missing or odd one spoils nothing."""
    value = row.get("name")
    return value[:MAX_TEXT].encode(errors="replace").decode() if isinstance(value, str) else ""


def _instant(row: Mapping[str, object], field: str) -> datetime:
    value = row.get(field)
    moment = parse_instant(value) if isinstance(value, str) else None
    if moment is None:
        raise _GarbledError(f"{field} is {_shown(value)}")
    return moment


def _deleted(row: Mapping[str, object]) -> bool:
    """`deletedAt` (timestamp or null) and `archived` (bool) occur, in either or both; neither: active."""
    at, archived = row.get("deletedAt"), row.get("archived")
    if at is not None and not (isinstance(at, str) and at):
        raise _GarbledError(f"deletedAt is {_shown(at)}")
    if archived is not None and not isinstance(archived, bool):
        raise _GarbledError(f"archived is {_shown(archived)}")
    return at is not None or archived is True


def _units(row: Mapping[str, object]) -> tuple[Mapping[str, int], str]:
    """Pieces per warehouse, and why they are doubted."""
    total = _number(row, "quantity")
    places = row.get("warehouses")
    if places is not None and not isinstance(places, list):
        raise _GarbledError(f"warehouses is {_shown(places)}")
    if not places and floor(total) > 0:
        raise _GarbledError(f"quantity is {_shown(total)}, but no warehouse holds any")
    if len(places or ()) > MAX_WAREHOUSES:
        raise _GarbledError(f"{len(places or ())} warehouses")
    found: dict[str, int | float] = {}
    for place in places or ():
        if not isinstance(place, dict):
            raise _GarbledError(f"a warehouse is {_shown(place)}")
        warehouse = _id(place, "id")
        if warehouse in found:
            raise _GarbledError(f"warehouse {warehouse} is listed twice")
        found[warehouse] = _number(place, "quantity")
    odd = [f"quantity is {_shown(total)}"] if not _is_count(total) else []
    odd += [f"quantity of warehouse {w} is {_shown(n)}" for w, n in found.items() if not _is_count(n)]
    units = {warehouse: max(0, floor(n)) for warehouse, n in found.items()}
    return (capped(units, max(0, floor(total))), odd[0]) if odd else (units, "")


def _number(row: Mapping[str, object], field: str) -> int | float:
    """The reference says "number"; "3", true and null are none, and nobody holds a thousand million."""
    value = row.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_UNITS:
        raise _GarbledError(f"{field} is {_shown(value)}")
    return value


def _is_count(value: int | float) -> bool:
    """Whether so many pieces can be: 3.0 is 3."""
    return value >= 0 and value == floor(value)


def warehouse_names(rows: object) -> dict[str, str]:
    """Id → name of objects that have both. Names are only shown, so a missing or odd one spoils nothing."""
    listed = [x for x in rows if isinstance(x, dict)] if isinstance(rows, list) else []
    return {_id(x, "id"): _name(x) for x in listed if _attempt(lambda x=x: _id(x, "id"))}  # type: ignore[misc]


def _storable(text: str) -> bool:
    """False for text with half a surrogate pair, which JSON can spell and UTF-8 cannot."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _shown(value: object) -> str:
    """A bounded look at a foreign value."""
    if value is None:
        return "missing or null"
    if isinstance(value, list | dict):
        return f"a JSON {'array' if isinstance(value, list) else 'object'}"
    if isinstance(value, int) and abs(value) > MAX_SHOWN:  # str() of an endless one is refused by Python
        return "a number of more than 18 digits"
    return repr(value[:60] if isinstance(value, str) else value)
