"""What a store shows in all: the totals that the guard measures against."""

from collections.abc import Mapping

from bridge.core.model import StoreStock
from bridge.state.change import Change


def count(change: Change, store: str, before: Mapping[str, StoreStock], after: Mapping[str, StoreStock]) -> None:
    """Add to a change how many stock keys show stock now, and their units."""
    units, stock_keys = 0, 0
    for sign, known in ((1, after), (-1, before)):
        for k in known.values():
            if k.available > 0:
                units += sign * k.available
                stock_keys += sign
    change.count_store(store, units=units, stock_keys=stock_keys)
