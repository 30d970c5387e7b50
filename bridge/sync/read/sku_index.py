"""The index SKU → listings of one store. A listing also stands under the SKUs that its orders were noted under."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from bridge.core.owed import UNNAMED, Lines, noted_skus, units_of
from bridge.core.sku import normalized_sku
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.sync.session import StoreSession
from connectors.base import Listing

Entry = tuple[str, str]
"""(comparable SKU, ref)"""


class Entered(NamedTuple):
    """What a change makes known of the listings that a store told. listings: themselves, by ref. lines: what orders owe
    of those that were renamed. leaves, enters: of the index. moved: how many are new or differ. asks_for_orders: what
    was told may be news to orders that were read before it."""

    listings: Mapping[str, Listing] = {}
    lines: Mapping[str, Lines] = {}
    leaves: Set[Entry] = frozenset()
    enters: Sequence[Entry] = ()
    moved: int = 0
    asks_for_orders: bool = False


def reindex(session: StoreSession, change: Change, *, leaves: Iterable[Entry], enters: Iterable[Entry]) -> None:
    """Move refs between the entries of the index; the change is committed with the store's lease."""
    store, enters, touched = session.store, list(dict.fromkeys(enters)), defaultdict[str, set[str]](set)
    for normalized, ref in (*leaves, *enters):
        touched[normalized].add(ref)
    named = session.context.state.named(store, sorted(touched))
    index = {key: [ref for ref in named.get(key, ()) if ref not in refs] for key, refs in touched.items()}
    for normalized, ref in enters:
        index[normalized].append(ref)
    for normalized, refs in index.items():
        change.put_named(store, normalized, refs)


def noted_entries(session: StoreSession, ref: str, lines: Lines, *, listed: bool = True) -> set[Entry]:
    """Where a listing stands because of what its orders were noted under. What orders name and nobody has listed has a
    place of its own besides."""
    match = session.context.rules(session.store).match
    entries = {(normalized_sku(sku, match), ref) for sku in noted_skus(lines) if sku}
    return entries if listed or not units_of(lines) else entries | {(UNNAMED, ref)}


def put_lines(change: Change, store: str, lines: Mapping[str, Lines]) -> None:
    """Add to a change what orders owe of some listings, by ref."""
    for ref, owed in lines.items():
        change.put(keys.of_store(store, "ordered"), ref, pack.owed(owed) if owed else None)
