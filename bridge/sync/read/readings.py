"""Rows of a store by the listing they are of, the readings of some listings where it has readings, and which of them
orders hold units of."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from bridge.core.owed import units_of
from bridge.sync.session import StoreSession
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


def kept_by_orders(session: StoreSession, refs: Collection[str]) -> set[str]:
    """Those of some listings of which known orders hold units."""
    owed = session.context.state.owed(session.store, sorted(refs))
    return {ref for ref, lines in owed.items() if units_of(lines)}
