"""What is believed of a listing whose orders are told while it could not be read, on a store that tells of open units
only by its orders."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.core.model import StoreStock
from bridge.core.unread import moved_by_orders
from connectors.base import OrderLine
from connectors.values import replace

READ_AT = datetime(2026, 12, 1, 8, 0, 0, 400_000, tzinfo=UTC)
SHOWN = StoreStock(10, 4, 10, True, READ_AT, last_target=10)
BEFORE, SAME_SECOND, AFTER = (READ_AT + timedelta(seconds=n) for n in (-1, -0.4, 60))


def line(order: str, committed: int, at: datetime | None) -> OrderLine:
    return OrderLine("r", READ_AT, order=order, committed=committed, ordered_at=at)


TOLD: dict[str, tuple[Sequence[OrderLine], Mapping[str, int], int]] = {
    "nothing": ([], {}, 10),
    "an order was placed": ([line("#2", 3, AFTER)], {}, 7),
    "an order was placed in the second of the reading": ([line("#2", 3, SAME_SECOND)], {}, 7),
    "an order was placed and shipped": ([line("#2", 0, AFTER)], {"#2": 3}, 7),
    "an order from before the reading is told late": ([line("#2", 3, BEFORE)], {}, 10),
    "an order from before the reading is told late, shipped": ([line("#2", 0, BEFORE)], {"#2": 3}, 10),
    "an order of no date is told late": ([line("#2", 3, None)], {}, 10),
    "a known order was shipped": ([line("#1", 0, BEFORE)], {"#1": 4}, 10),
    "a known order was shipped in part": ([line("#1", 3, BEFORE)], {"#1": 1}, 10),
    "a known order was cancelled": ([line("#1", 0, BEFORE)], {}, 14),
    "a known order is of more": ([line("#1", 6, BEFORE)], {}, 8),
    "shipped units of a known order came back": ([line("#1", 4, BEFORE)], {"#1": -2}, 12),
    "units that no order names": ([line("", 3, AFTER)], {}, 10),
}


@pytest.mark.parametrize(("lines", "left", "available"), TOLD.values(), ids=TOLD)
def test_what_orders_told_moves_what_is_believed(
    lines: Sequence[OrderLine], left: Mapping[str, int], available: int
) -> None:
    found = moved_by_orders({"": SHOWN}, 5, lines, {"#1": 4}, left)
    expected: dict[str, Any] = {"available": available, "on_hand": available, "committed": 5}
    assert found == {"": replace(SHOWN, **expected)}
