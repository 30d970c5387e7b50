"""Parcels and falls: what the tests of the ledger tell it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.core import ledger as book
from bridge.core.ledger import Departure, Ledger
from bridge.core.model import Windows

START = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOWS = Windows(match=72 * HOUR, release=96 * HOUR)


def parcel(pieces: int, order: str = "1", **more: Any) -> Departure:
    return replace(Departure("acme", "P", order, "", pieces, START, START), **more)


def ships(ledger: Ledger, seen: Departure, *, now: datetime = START, unnamed: int = 0) -> Ledger:
    return book.depart(ledger, seen, unnamed=unnamed, now=now, windows=WINDOWS)


def falls(ledger: Ledger, pieces: int, *, at: datetime = START, warehouse: str = "1") -> Ledger:
    return book.fall(ledger, warehouse, pieces, at, WINDOWS)


def uncounted(ledger: Ledger) -> int:
    return sum(d.uncounted for d in ledger.departures)


def unexplained(ledger: Ledger) -> int:
    return sum(f.pieces for f in ledger.falls)
