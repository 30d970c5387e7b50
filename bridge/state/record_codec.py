"""Records ↔ the JSON of their fields in Redis."""

from collections.abc import Iterable, Mapping
from dataclasses import fields as members
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, get_args

import orjson
from msgspec import Struct
from msgspec.structs import fields

from bridge.core.cursor import Cursor
from bridge.core.unfinished import Place, Unfinished
from bridge.state import pack

R = TypeVar("R", bound=Struct)


def encode_fields(kind: type[Struct], facts: Mapping[str, object]) -> dict[str, str]:
    """Members of a record, by their names in the code → what is written, by field. Raises KeyError for a member that
    there is not."""
    names = _stored_names(kind)
    return {names[name]: encode(value) for name, value in facts.items()}


def stored_names(kind: type[Struct], members: Iterable[str]) -> list[str]:
    """The fields of some members of a record. Raises KeyError as above."""
    names = _stored_names(kind)
    return [names[name] for name in members]


def encode(value: object) -> str:
    return orjson.dumps(value, _plain, orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS).decode()


def decode(kind: type[R], raws: Mapping[str, str]) -> R:
    """A record from its fields; what is absent or null is what a new record has."""
    return _struct(kind, {name: orjson.loads(raw) for name, raw in raws.items()})


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return pack.ms(value)
    if isinstance(value, Cursor):
        return pack.cursor(value)
    if isinstance(value, Place):
        return [getattr(value, each.name) for each in members(value)]
    if isinstance(value, Unfinished):
        return {each.name: getattr(value, each.name) for each in members(value)}
    if isinstance(value, Struct):
        told = {each.encode_name: getattr(value, each.name) for each in fields(value)}
        return list(told.values()) if value.__struct_config__.array_like else told
    raise TypeError(f"A record cannot hold {type(value).__name__}.")


def _struct(kind: type[R], told: Any) -> R:
    parts = _parts(kind)
    rows = zip(parts, told, strict=False) if isinstance(told, list) else told.items()
    found = {}
    for stored, value in rows:
        if value is not None and stored in parts:
            name, part = parts[stored]
            found[name] = value if part is None else _read(part, value)
    return kind(**found)


def _read(part: Any, value: Any) -> Any:
    if part is datetime:
        return pack.at(value)
    if part is Cursor:
        return pack.read_cursor(value)
    if part is Unfinished:
        # an older version has fewer members, and a newer one, which may be at work beside this one, has more
        following, most, rows, requests, began, greatest, *rest = value["place"][: len(members(Place))]
        place = Place(following, most, rows, requests, _at(began), _at(greatest), *rest)
        known = {each.name: value[each.name] for each in members(Unfinished) if each.name in value}
        instants = {name: _at(value[name]) for name in ("since", "began", "touched", "polled_at")}
        return Unfinished(**{**known, **instants, "place": place, "polled": pack.read_cursor(value["polled"])})
    if isinstance(value, list) and get_args(part):
        return [_struct(get_args(part)[0], each) for each in value]
    if get_args(part):
        return {name: _struct(get_args(part)[1], each) for name, each in value.items()}
    return _struct(part, value)


def _at(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else pack.at(milliseconds)


@cache
def _stored_names(kind: type[Struct]) -> dict[str, str]:
    return {each.name: each.encode_name for each in fields(kind)}


@cache
def _parts(kind: type[Struct]) -> dict[str, tuple[str, Any]]:
    """Name in the state → name in the code, and what its value is made to; None: nothing, it is plain JSON."""
    return {each.encode_name: (each.name, _part(each.type)) for each in fields(kind)}


def _part(kind: Any) -> Any:
    """The member's own type, or the container's where a record stands in it."""
    for each in (kind, *get_args(kind)):
        if each in (datetime, Cursor, Unfinished) or (isinstance(each, type) and issubclass(each, Struct)):
            return each if kind is each or type(None) in get_args(kind) else kind
    return None
