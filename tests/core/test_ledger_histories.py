"""The shipment ledger, told as histories: what left a shop and is not yet missing from the warehouse."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.core import ledger as book
from bridge.core.ledger import Ledger

from .parcels import START, WINDOWS, decreases, parcel, ships, unconfirmed


@dataclass
class Trade:
    """One SKU, one warehouse with 20 pieces, one shop: each side is heard when a history says so."""

    level: int = 20
    now: datetime = START
    ledger: Ledger = field(default_factory=Ledger)
    committed: dict[str, int] = field(default_factory=dict)
    shipped: dict[str, int] = field(default_factory=dict)
    ordered: dict[str, datetime] = field(default_factory=dict)

    @property
    def free(self) -> int:
        return self.level - unconfirmed(self.ledger) - sum(self.committed.values())

    def sells(self, units: int, order: str = "1") -> None:
        self.ordered.setdefault(order, self.now)
        self.committed[order] = self.committed.get(order, 0) + units

    def cancels(self, units: int, order: str = "1") -> None:
        self.committed[order] -= units

    def ships(self, units: int, order: str = "1", *, unnamed: int = 0) -> None:
        """The order shows `units` more as shipped, or fewer when a fulfilment was cancelled."""
        self.committed[order] -= units - unnamed
        self.shipped[order] = self.shipped.get(order, 0) + units
        self.reads(order, unnamed=unnamed)

    def reads(self, order: str = "1", *, unnamed: int = 0) -> None:
        seen = parcel(self.shipped[order], order, at=self.now, ordered_at=self.ordered[order])
        self.ledger = ships(self.ledger, seen, now=self.now, unnamed=unnamed)

    def loses_sight(self, units: int) -> None:
        """Units leave the shop's books together with its committed units; no order says so."""
        self.committed["1"] -= units
        self.ledger = book.leave(self.ledger, parcel(units, "", at=self.now, ordered_at=None), windows=WINDOWS)

    def counts(self, level: int) -> None:
        for warehouse, pieces in book.decreases_between({"1": self.level}, {"1": level}):
            self.ledger = decreases(self.ledger, pieces, at=self.now, warehouse=warehouse)
        self.level = level

    def waits(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        still_open = {("acme", "P", order) for order, units in self.committed.items() if units}
        self.ledger = book.prune(self.ledger, now=self.now, windows=WINDOWS, still_open=still_open).ledger


def sells(units: int, order: str = "1") -> tuple[Any, ...]:
    return ("sells", units, order)


def sent(units: int, order: str = "1") -> tuple[Any, ...]:
    return ("ships", units, order)


def counts(level: int) -> tuple[Any, ...]:
    return ("counts", level)


def waits(hours: float) -> tuple[Any, ...]:
    return ("waits", hours)


def cancels(units: int, order: str = "1") -> tuple[Any, ...]:
    return ("cancels", units, order)


def loses_sight(units: int) -> tuple[Any, ...]:
    return ("loses_sight", units)


HISTORIES = [
    pytest.param([(sells(5), 15), (sent(5), 15), (counts(15), 15)], id="seen first by the shop"),
    pytest.param(
        [(sells(5), 15), (counts(15), 10), (sent(5), 15)],
        id="seen first by the warehouse: lower for a while, never higher",
    ),
    pytest.param(
        [(sells(5), 15), (sent(2), 15), (counts(18), 15), (sent(3), 15), (counts(15), 15)],
        id="partial shipments, shop first",
    ),
    pytest.param(
        [(sells(5), 15), (counts(18), 13), (sent(2), 15), (counts(15), 12), (sent(3), 15)],
        id="partial shipments, warehouse first",
    ),
    pytest.param(
        [(sells(5), 15), (sent(2), 15), (counts(15), 12), (sent(3), 15)],
        id="partial shipments, shop first and then warehouse first",
    ),
    pytest.param([(sells(5), 15), (cancels(5), 20)], id="cancelled before it shipped"),
    pytest.param([(sells(5), 15), (sent(3), 15), (cancels(2), 17), (counts(17), 17)], id="the rest cancelled"),
    pytest.param([(sells(5), 15), (cancels(2), 17), (sent(3), 17), (counts(17), 17)], id="an order edited down"),
    pytest.param([(sells(5), 15), (sells(2), 13), (sent(7), 13), (counts(13), 13)], id="an order edited up"),
    pytest.param(
        [(sells(5), 15), (sent(5), 15), (counts(15), 15), (counts(17), 17)],
        id="a return is free when the warehouse has it back",
    ),
    pytest.param(
        [(sells(5), 15), (sent(5), 15), (counts(30), 25), (counts(25), 25)],
        id="a receipt in a poll of its own, before the shipment is counted",
    ),
    pytest.param(
        [(sells(5), 15), (counts(15), 10), (counts(25), 20), (sent(5), 25)],
        id="a receipt in a poll of its own, before the shop says that it shipped",
    ),
    pytest.param(
        [(sells(5), 15), (waits(70 * 24), 15), (loses_sight(5), 15), (counts(15), 15)],
        id="a pre-order of 70 days that no order names, shop first",
    ),
    pytest.param(
        [(sells(5), 15), (waits(70 * 24), 15), (counts(15), 10), (loses_sight(5), 15)],
        id="a pre-order of 70 days that no order names, warehouse first",
    ),
    pytest.param(
        [(sells(5), 15), (waits(1), 15), (counts(15), 10), (waits(48), 10), (sent(5), 15)],
        id="forwarded, then fulfilled two days later",
    ),
    pytest.param(
        [(counts(17), 17), (waits(24), 17), (sells(3), 14), (waits(1), 14), (sent(3), 14), (counts(14), 14)],
        id="Monday's stock-take does not excuse Tuesday's shipment",
    ),
    pytest.param(
        [(sells(5), 15), (sent(5), 15), (sent(-5), 15), (sent(5), 15), (counts(15), 15)],
        id="a fulfilment cancelled and done again, shop first",
    ),
    pytest.param(
        [(sells(5), 15), (sent(5), 15), (counts(15), 15), (sent(-5), 10), (sent(5), 15)],
        id="a counted fulfilment cancelled and done again",
    ),
    pytest.param(
        [(sells(5), 15), (sent(5), 15), (counts(15), 15), (sent(-2), 13), (counts(17), 15), (cancels(2), 17)],
        id="a counted fulfilment cancelled in part and sent back",
    ),
    pytest.param(
        [(sells(5), 15), (loses_sight(5), 15), (("ships", 5, "1", {"unnamed": 5}), 15), (counts(15), 15)],
        id="seen to leave before its order says so",
    ),
    pytest.param(
        [(sells(5), 15), (loses_sight(5), 15), (counts(15), 15), (("ships", 5, "1", {"unnamed": 5}), 15)],
        id="seen to leave and counted before its order says so",
    ),
    pytest.param(
        [(sells(5), 15), (loses_sight(2), 15), (("ships", 5, "1", {"unnamed": 2}), 15), (counts(15), 15)],
        id="seen to leave in part before its order says more",
    ),
    pytest.param(
        [(sells(5), 15), (sent(5), 15), (waits(95), 15), (waits(1), 20)],
        id="sent from home: let go when nobody has counted it",
    ),
    pytest.param(
        [(sells(5), 15), (sent(5), 15), (waits(96), 20), (("reads", "1"), 20), (waits(95), 20), (("reads", "1"), 20)],
        id="let go and read again: it does not come back",
    ),
    pytest.param(
        [(sells(5), 15), (sent(5), 15), (waits(96), 20), (sent(-5), 15), (sells(5, "2"), 10), (sent(5, "2"), 10)],
        id="let go and then cancelled: it excuses no other shipment",
    ),
    pytest.param(
        [(sells(5), 15), (sent(2), 15), (counts(18), 15), (waits(21 * 24), 15), (sent(3), 15), (counts(15), 15)],
        id="the second parcel of an order, three weeks later: only its own pieces",
    ),
    pytest.param(
        [(sells(5), 15), (sent(2), 15), (waits(21 * 24), 17), (sent(3), 17), (counts(17), 17)],
        id="the second parcel of an order whose first was let go",
    ),
]


@pytest.mark.parametrize("steps", HISTORIES)
def test_of_20_pieces_may_be_sold(steps: Sequence[tuple[tuple[Any, ...], int]]) -> None:
    trade = Trade()
    for (what, *values), free in steps:
        named = values.pop() if isinstance(values[-1], dict) else {}
        getattr(trade, what)(*values, **named)
        assert trade.free == free, (what, *values)
