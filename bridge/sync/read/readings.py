"""Rows of a store by the listing they are of, and the readings of some listings where it has readings."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

from connectors.base import OrderLine, Reading, StoreConnector

OfListing = TypeVar("OfListing", Reading, OrderLine)


def by_ref(rows: Iterable[OfListing]) -> dict[str, list[OfListing]]:
    found: dict[str, list[OfListing]] = defaultdict(list)
    for row in rows:
        found[row.ref].append(row)
    return found


def readings_of(connector: StoreConnector, refs: Sequence[str]) -> dict[str, list[Reading]]:
    """ref → what the store shows of it. Nothing of a store that cannot be read, which is not asked."""
    return by_ref(connector.read(refs)) if refs and connector.capabilities.readable else {}
