"""What a store shows in all: the totals that the guard measures against."""

from collections.abc import Iterable, Mapping
from itertools import chain

from bridge.core.model import StoreStock
from bridge.state.change import Change

Shown = Iterable[Mapping[str, StoreStock]]
"""Of some listings, location → what it shows."""


def count(change: Change, store: str, before: Shown, after: Shown) -> None:
    """Add to a change how many stock keys of these listings show stock now, and their units."""
    units, stock_keys = 0, 0
    for sign, shown in ((1, after), (-1, before)):
        for k in chain.from_iterable(places.values() for places in shown):
            if k.available > 0:
                units += sign * k.available
                stock_keys += sign
    change.count_store(store, units=units, stock_keys=stock_keys)
