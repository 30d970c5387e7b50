"""Single fields of a row of 3PLGuys, read strictly: a guess here would be sold. Pure."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import floor
from typing import TypeVar

from bridge.core.sku import carton_of

MAX_ID = 128  # characters, by the API's conventions
MAX_TEXT = 500  # characters of a SKU; a name is cut there
MAX_DESCRIPTION = 10_000  # characters; a longer one is cut there
MAX_WAREHOUSES = 1_000
MAX_UNITS = 1_000_000_000
MAX_SHOWN = 10**18

T = TypeVar("T")
Row = Mapping[str, object]


class GarbledError(Exception):
    """A field cannot be read. The text is a short phrase with the offending value, e.g. "quantity is '3'"."""


def attempt(read: Callable[[], T]) -> T | None:
    """What `read` returns; None where the field cannot be read."""
    try:
        return read()
    except GarbledError:
        return None


def object_of(raw: object, what: str = "row") -> Row:
    if not isinstance(raw, dict):
        raise GarbledError(f"{what} is {shown(raw)}, not an object")
    return raw


def list_of(row: Row, field: str) -> list[object]:
    value = row.get(field)
    if not isinstance(value, list):
        raise GarbledError(f"{field} is {shown(value)}")
    return value


def id_of(row: Row, field: str = "id") -> str:
    """Ids are opaque text; a number is taken as its digits, because an older specification has them so."""
    value = row.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID or not is_storable(value) or carton_of(value):
        raise GarbledError(f"{field} is {shown(value)}")
    return value


def sku_of(row: Row) -> str:
    value = row.get("sku")
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not is_storable(value) or carton_of(value):
        raise GarbledError(f"sku is {shown(value)}")
    return value


def text_of(row: Row, field: str = "name", longest: int = MAX_TEXT) -> str:
    """Names and descriptions are only shown, so a missing or odd one spoils nothing."""
    value = row.get(field)
    return value[:longest].encode(errors="replace").decode() if isinstance(value, str) else ""


def instant_of(row: Row, field: str) -> datetime:
    value = row.get(field)
    moment = parse_instant(value) if isinstance(value, str) else None
    if moment is None:
        raise GarbledError(f"{field} is {shown(value)}")
    return moment


def parse_instant(text: str) -> datetime | None:
    """ISO 8601 with any fraction and "Z" or an offset, as UTC; None when it is not an instant."""
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_deleted(row: Row) -> bool:
    """`deletedAt` (timestamp or null) and `archived` (bool) occur, in either or both; neither: active."""
    at, archived = row.get("deletedAt"), row.get("archived")
    if at is not None and not (isinstance(at, str) and at):
        raise GarbledError(f"deletedAt is {shown(at)}")
    if archived is not None and not isinstance(archived, bool):
        raise GarbledError(f"archived is {shown(archived)}")
    return at is not None or archived is True


def number_of(row: Row, field: str) -> int | float:
    """The reference says "number"; "3", true and null are none, and nobody holds a thousand million."""
    value = row.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_UNITS:
        raise GarbledError(f"{field} is {shown(value)}")
    return value


def is_count(value: int | float) -> bool:
    """Whether so many pieces can be: 3.0 is 3."""
    return value >= 0 and value == floor(value)


def names_of(rows: object) -> dict[str, str]:
    """Id → name of objects that have both. Names are only shown, so a missing or odd one spoils nothing."""
    listed = [x for x in rows if isinstance(x, dict)] if isinstance(rows, list) else []
    return {id_of(x): text_of(x) for x in listed if attempt(lambda x=x: id_of(x))}  # type: ignore[misc]


def is_storable(text: str) -> bool:
    """False for text with half a surrogate pair, which JSON can spell and UTF-8 cannot."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def shown(value: object) -> str:
    """A bounded look at a foreign value."""
    if value is None:
        return "missing or null"
    if isinstance(value, list | dict):
        return f"a JSON {'array' if isinstance(value, list) else 'object'}"
    if isinstance(value, int) and abs(value) > MAX_SHOWN:  # str() of an endless one is refused by Python
        return "a number of more than 18 digits"
    return repr(value[:60] if isinstance(value, str) else value)
