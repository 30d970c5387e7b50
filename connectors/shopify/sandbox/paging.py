"""Connections: opaque cursors that remember the last row's sort value and id, so that rows which appear,
vanish or move between two pages behave as they do at Shopify.

https://shopify.dev/docs/api/usage/pagination-graphql
"""

import base64
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from graphql import GraphQLError

from connectors.shopify.sandbox.goods import tail

MAX_PAGE = 250

Key = tuple[Any, int]
SortKey = Callable[[Any], Any]


@dataclass(slots=True)
class Page:
    """What a connection field resolves to."""

    nodes: Sequence[Any]
    key: Callable[[Any], Key]
    has_next_page: bool = False
    has_previous_page: bool = False

    @property
    def edges(self) -> list[dict[str, Any]]:
        return [{"node": node, "cursor": encode(self.key(node))} for node in self.nodes]

    @property
    def page_info(self) -> "Page":
        return self

    @property
    def start_cursor(self) -> str | None:
        return encode(self.key(self.nodes[0])) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        return encode(self.key(self.nodes[-1])) if self.nodes else None


def encode(key: Key) -> str:
    value, last_id = key
    plain = value.isoformat() if isinstance(value, datetime) else value
    return base64.b64encode(json.dumps({"last_id": last_id, "last_value": plain}).encode()).decode()


def decode(cursor: str, sample: Any) -> Key:
    """Shopify refuses a cursor that was made under another sort order; so does this."""
    try:
        data = json.loads(base64.b64decode(cursor, validate=True))
        value = datetime.fromisoformat(data["last_value"]) if isinstance(sample, datetime) else data["last_value"]
        if not isinstance(value, type(sample)):
            raise TypeError
        return value, int(data["last_id"])
    except (ValueError, TypeError, KeyError) as error:
        raise GraphQLError("Invalid cursor for current pagination sort.") from error


def by_id(thing: Any) -> Key:
    return tail(thing.id), tail(thing.id)


def window(args: Mapping[str, Any]) -> int:
    """How many rows were asked for. Exactly one of first and last, at most 250."""
    for name in ("first", "last"):
        wanted = args.get(name)
        if wanted is not None and wanted > MAX_PAGE:
            raise refusal(f"The {name} argument must be less than or equal to {MAX_PAGE}. Received {wanted}.")
        if wanted is not None and wanted < 0:
            raise refusal(f"The {name} argument must not be negative.")
    chosen = [args[name] for name in ("first", "last") if args.get(name) is not None]
    if len(chosen) != 1:
        fault = (
            "you must provide one of first or last" if not chosen else "providing both first and last is not supported"
        )
        raise refusal(fault)
    return int(chosen[0])


def refusal(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})


def paginate(
    rows: Iterable[Any], args: Mapping[str, Any], *, sort: SortKey | None = None, test: Callable[[Any], bool]
) -> Page:
    """One page of the rows that pass `test`. Without `sort` the rows must come in the order of their ids."""
    size = window(args)
    key: Callable[[Any], Key] = (lambda row: (sort(row), tail(row.id))) if sort else by_id
    # `last` counts from the other end; `reverse` turns the list round first.
    backwards = args.get("last") is not None
    falling = bool(args.get("reverse")) != backwards
    if sort:
        rows = sorted(rows, key=key, reverse=falling)
    elif falling:
        rows = list(rows)[::-1]
    cursor = args.get("before") if backwards else args.get("after")
    if cursor is not None and (every := list(rows)):
        mark = decode(cursor, key(every[0])[0])
        if falling:
            rows = (row for row in every if key(row) < mark)
        else:
            rows = islice(every, bisect_right(every, mark, key=key), None)
    found = list(islice((row for row in rows if test(row)), size + 1))
    more, nodes = len(found) > size, found[:size]
    if backwards:
        return Page(nodes[::-1], key, has_next_page=cursor is not None, has_previous_page=more)
    return Page(nodes, key, has_next_page=more, has_previous_page=cursor is not None)
