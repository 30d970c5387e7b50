"""Parcels and falls: what the tests of the ledger tell it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.core import ledger as book
from bridge.core.ledger import Ledger, Shipment
from bridge.core.model import Windows
from connectors.values import replace

START = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOWS = Windows(match=72 * HOUR, release=96 * HOUR)


def parcel(pieces: int, order: str = "1", **more: Any) -> Shipment:
    return replace(Shipment("acme", "P", order, "", pieces, START, START), **more)


def ships(ledger: Ledger, seen: Shipment, *, now: datetime = START, unnamed: int = 0) -> Ledger:
    return book.record_shipment(ledger, seen, unnamed=unnamed, now=now, windows=WINDOWS)


def decreases(ledger: Ledger, pieces: int, *, at: datetime = START, warehouse: str = "1") -> Ledger:
    return book.record_decrease(ledger, warehouse, pieces, at, WINDOWS)


def unconfirmed(ledger: Ledger) -> int:
    return sum(d.unconfirmed for d in ledger.shipments)


def unexplained(ledger: Ledger) -> int:
    return sum(f.pieces for f in ledger.decreases)
