"""What is believed of a listing while it could not be read, moved on by what its orders say. Pure."""

from collections.abc import Iterable, Mapping

from bridge.core.model import StoreStock
from connectors.base import OrderLine
from connectors.values import replace


def without_leaves(shown: Mapping[str, StoreStock], leaves: Mapping[str, int]) -> Mapping[str, StoreStock]:
    """Returns what a store that counts open units itself shows after units left as its orders say. The next reading
    would take their leaving for one that no order names."""
    left = {place: min(leaves.get(place, 0), k.committed) for place, k in shown.items()}
    return {
        place: replace(k, on_hand=k.on_hand - left[place], committed=k.committed - left[place])
        for place, k in shown.items()
    }


def moved_by_orders(
    shown: Mapping[str, StoreStock], committed: int, order_lines: Iterable[OrderLine], then: Mapping[str, int],
    left: Mapping[str, int],
) -> Mapping[str, StoreStock]:  # fmt: skip
    """Returns what a store shows that takes units off its number as they are sold, and tells of open ones only by its
    orders. The next reading would take their sale for an edit.

    committed: units of all its orders, now. then: committed units per order, as known before. left: units per order
    that left since."""
    sold = [(m, then.get(m.order, 0) - m.committed - left.get(m.order, 0)) for m in order_lines if m.order]
    moved = {place: sum(units for m, units in sold if not _was_read(m, then, k)) for place, k in shown.items()}
    return {
        place: replace(k, available=k.available + moved[place], on_hand=k.on_hand + moved[place], committed=committed)
        for place, k in shown.items()
    }


def _was_read(m: OrderLine, then: Mapping[str, int], k: StoreStock) -> bool:
    """Whether an order that is told only now was placed before the last reading, which shows its sale. Orders are dated
    in whole seconds."""
    return m.order not in then and (m.ordered_at is None or m.ordered_at < k.at.replace(microsecond=0))
