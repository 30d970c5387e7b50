"""Pages of levels whose rows are all as the reference has them, read without a detour: typed, from the body itself.

Nothing is decided here. A page with any row that is not plain (a number that cannot be, an id of digits, half a
surrogate pair, a carton's own sign …) is left to `parse_level`, and what it says of a plain one is the same.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from bridge.core.model import Level
from bridge.threeplguys.answers import decoded
from bridge.threeplguys.fields import MAX_ID, MAX_TEXT, MAX_UNITS, MAX_WAREHOUSES, parse_instant

Id = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]
Count = Annotated[int, Meta(ge=0, le=MAX_UNITS)]

NUL = "\\u0000"
"""How JSON spells the sign that ids and SKUs of cartons begin with."""


class _Place(Struct, gc=False):
    id: Id
    quantity: Count
    name: str | None = None


class _Row(Struct, gc=False, rename="camel"):
    id: Id
    sku: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
    quantity: Count
    updated_at: str
    name: str | None = None
    deleted_at: Annotated[str, Meta(min_length=1)] | None = None
    archived: bool | None = None
    warehouses: Annotated[list[_Place], Meta(max_length=MAX_WAREHOUSES)] | None = None


_DECODER = msgspec.json.Decoder(list[_Row])


def levels_or_rows(body: bytes) -> object:
    """The levels of a page of /inventory/products/breakdown, if every row is plain; else what `decoded` says of it."""
    try:
        text = body.decode()
        found = None if NUL in text else [_level(row) for row in _DECODER.decode(text)]
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        found = None
    return decoded(body) if found is None or None in found else found


def _level(row: _Row) -> Level | None:
    places = row.warehouses or ()
    deleted, units = bool(row.archived) or row.deleted_at is not None, {x.id: x.quantity for x in places}
    moment = parse_instant(row.updated_at)
    if moment is None or len(units) != len(places) or (row.quantity and not (units or deleted)):
        return None
    names = {x.id: (x.name or "")[:MAX_TEXT] for x in places}
    units = {} if deleted else units
    return Level(row.id, row.sku, units, moment, deleted, (row.name or "")[:MAX_TEXT], "", None, names)
