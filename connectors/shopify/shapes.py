"""What an answer may hold instead of what its schema promises, and how it is still read. Pure.

A proxy, a plugin of the platform or a fault on its side can put anything anywhere; nothing of it may look like a
defect of ours, like an empty list, or like a claim that something was done.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def object_of(value: Any) -> Row:
    """The object itself; {} for anything else."""
    return value if isinstance(value, dict) else {}


def text_of(value: Any) -> str:
    """The text itself; "" for anything else."""
    return value if isinstance(value, str) else ""


def number_of(value: Any) -> float:
    """The number itself; 0 for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def is_page(connection: Any) -> bool:
    """Whether this is a page of a list, from which the next one can be found."""
    page = object_of(connection)
    info = page.get("pageInfo")
    if not isinstance(page.get("nodes"), list) or not isinstance(info, dict):
        return False
    return not info.get("hasNextPage") or isinstance(info.get("endCursor"), str)


def user_errors(payload: Any) -> Sequence[Any] | None:
    """What a mutation refuses; None when its answer says nothing that can be read."""
    found = object_of(payload).get("userErrors")
    return found if isinstance(found, list) else None
