"""How long to wait before something that failed is tried again."""

from datetime import timedelta
from typing import TypeVar

Span = TypeVar("Span", float, timedelta)


def backoff(first: Span, failures: int, longest: Span) -> Span:
    """The pause after so many failures in a row, from 1: `first`, doubled with each further one, up to `longest`."""
    return min(longest, first * float(2 ** min(max(failures, 1) - 1, 10)))
