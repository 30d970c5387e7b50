"""By what a row of a list is known again while nobody touches it."""

from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Mark = int | str | None
"""Milliseconds of a row's `updated_at`, a digest of a row without one, or None."""


class Row(Hashable, Protocol):
    """What a walk needs of a parsed row, besides its id; None in a garbled one."""

    @property
    def updated_at(self) -> datetime | None: ...


def mark(row: Row) -> Mark:
    """What a row is marked by. Milliseconds are the API's own resolution."""
    if row.updated_at is None:
        return getattr(row, "digest", "") or None
    since = row.updated_at - _EPOCH  # to divide it takes three times as long
    return since.days * 86_400_000 + since.seconds * 1_000 + since.microseconds // 1_000


def is_newer(now: Mark, before: Mark) -> bool:
    """A row that carries no instant is never newer than one that does."""
    if isinstance(now, int):
        return not isinstance(before, int) or now > before
    return not isinstance(before, int) and now != before
