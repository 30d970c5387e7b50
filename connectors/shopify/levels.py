"""Stock levels of many items, at the price of few points.

`nodes(ids:)` costs every id in full: 1,000 items are some 6,000 points, a minute of a Standard shop's
budget. A search over a connection is priced by the logarithm of its size. So larger numbers of items
are searched for, and only what the search did not bring is asked for by id: an item is never taken for
gone because a search index was late or a filter ignored.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.chunks import chunks
from connectors.shopify.pages import Reader, root
from connectors.shopify.queries import levels, levels_of, variants
from connectors.shopify.shapes import object_of
from connectors.shopify.translate import ITEM

FEW = 20  # up to here, ids cost no more than a search
SEARCHED = 100  # ids in one search text
BY_ID = 150  # objects (items × locations) per request of nodes: 6 points each, 1,000 at most

Row = Mapping[str, Any]


def every_level(reader: Reader, places: Sequence[str]) -> Iterator[Row]:
    return reader.pages(levels(len(places)), {"query": None, **_named(places)}, root("inventoryItems"))


def every_variant(reader: Reader, places: Sequence[str]) -> Iterator[Row]:
    """Every variant, with the levels of its item."""
    return reader.pages(variants(len(places)), {"query": None, **_named(places)}, root("productVariants"))


def levels_of_refs(reader: Reader, refs: Sequence[str], places: Sequence[str]) -> Iterator[Row]:
    """The levels of these items, in no particular order; what is gone, or was never a Shopify item, is left out."""
    known = [ref for ref in dict.fromkeys(refs) if ITEM.fullmatch(ref)]
    for chunk in chunks(known, SEARCHED):
        found: dict[str, Row] = {}
        if len(chunk) > FEW:
            query = " OR ".join(f"id:{ref.rpartition('/')[2]}" for ref in chunk)
            variables = {"query": query, "first": len(chunk), "after": None, **_named(places)}
            rows = object_of(reader.run(levels(len(places)), variables).get("inventoryItems")).get("nodes")
            shown = (object_of(row) for row in (rows if isinstance(rows, list) else ()))
            found = {row["id"]: row for row in shown if row.get("id") in chunk}
        yield from found.values()
        rest = [ref for ref in chunk if ref not in found]
        yield from reader.nodes(levels_of(len(places)), rest, _named(places), first=max(BY_ID // len(places), 1))


def _named(places: Sequence[str]) -> dict[str, str]:
    return {f"l{number}": place for number, place in enumerate(places)}
