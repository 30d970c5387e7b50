"""Clocks and waits that an answer tells in its headers. Pure."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

LONGEST_AGE = 30 * 86_400.0  # seconds; no cache keeps a list for longer
LONGEST_WAIT = 3600.0  # seconds; a larger Retry-After is a mistake or a date in another century

Clock = Callable[[], float]
Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def retry_after(
    headers: Mapping[str, str], *, now: Now | None = utc_now, longest: float = LONGEST_WAIT
) -> float | None:
    """Seconds of a Retry-After header: a number or an HTTP date (against the answer's own Date when it has one, so that
    a wrong clock here does not matter; else against `now`). None when absent or unreadable."""
    found = httpx.Headers(dict(headers))
    value = found.get("retry-after", "").strip()
    seconds = _number(value)
    if seconds is None:
        due, base = _date(value), date_of(found) or (now() if now else None)
        seconds = (due - base).total_seconds() if due and base else None
    return None if seconds is None else min(max(seconds, 0.0), longest)


def clock_of(headers: Mapping[str, str]) -> datetime | None:
    """The clock of whoever made the answer, at the moment for which it is true: Date, less Age where a cache kept it
    (RFC 9111, 5.1). None when the Date is absent or unreadable."""
    date, age = date_of(headers), _number(headers.get("age", ""))
    return date if date is None or age is None else date - timedelta(seconds=max(0.0, min(age, LONGEST_AGE)))


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """The clock of whoever answered: its header Date, in UTC. None when absent or unreadable. headers: of any case."""
    return _date(headers.get("date", ""))


def _number(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None  # "nan" and "inf" are floats to Python


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
