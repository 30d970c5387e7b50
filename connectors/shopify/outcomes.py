"""What userErrors of inventorySetQuantities mean for each row. Pure.

A call is atomic: one refused row and nothing is written. So the answer to a refused call is a list of
verdicts for the rows it names and, for the others, what to send next.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from connectors.base import Outcome, Verdict
from connectors.foreign_text import one_line
from connectors.shopify.shapes import object_of, text_of

_STALE = Outcome(Verdict.DEFERRED, reason="stale: Shopify shows another number than the decision rests on")
_TOO_BIG = Outcome(Verdict.REJECTED, reason="the quantity is higher than Shopify stores (1,000,000,000)")
_TOO_LOW = Outcome(Verdict.REJECTED, reason="the quantity is lower than Shopify stores")

ROW_CODES: Mapping[str, Outcome] = MappingProxyType(
    {
        "CHANGE_FROM_QUANTITY_STALE": _STALE,
        "COMPARE_QUANTITY_STALE": _STALE,  # still in the 2026-10 enum
        "INVALID_INVENTORY_ITEM": Outcome(Verdict.MISSING, reason="Shopify has no such item any more"),
        "NON_MUTABLE_INVENTORY_ITEM": Outcome(
            Verdict.REJECTED, reason="Shopify derives this item's stock from others (a bundle), so it cannot be set"
        ),
        "INVALID_QUANTITY_NEGATIVE": Outcome(Verdict.REJECTED, reason="Shopify takes no negative stock on hand"),
        "INVALID_QUANTITY_TOO_HIGH": _TOO_BIG,
        "INVALID_QUANTITY_TOO_LOW": _TOO_LOW,
        "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR": Outcome(
            Verdict.REJECTED, reason="two SKUs of this batch are the same item at the same location; map only one"
        ),
        "ITEM_NOT_STOCKED_AT_LOCATION": Outcome(  # up to 2026-07
            Verdict.REJECTED, reason="not stocked at this location; stock it in Shopify or set activate = true"
        ),
    }
)

LOCATION = "INVALID_LOCATION"  # a person must correct the configuration
BUSY = "IDEMPOTENCY_CONCURRENT_REQUEST"  # the twin of this call is still running
BURNT = "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"  # this key will never work; the same rows need another one
OURS = frozenset(
    {
        "INVALID_NAME",
        "INVALID_REASON",
        "INVALID_REFERENCE_DOCUMENT",
        "COMPARE_QUANTITY_REQUIRED",
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
    }
)  # the call itself is wrong: a defect of this connector

_NO_RIGHT = re.compile(
    r"access denied|forbidden|unauthori[sz]ed|not (be )?authori[sz]ed|permission|access scope|\bscopes?\b",
    re.IGNORECASE,
)

Rows = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SplitOutcomes:
    """verdicts: by row. again: groups of rows to send as calls of their own."""

    verdicts: Mapping[int, Outcome] = field(default_factory=dict)
    again: tuple[Rows, ...] = ()


@dataclass(frozen=True, slots=True)
class RowError:
    """One userError. place: its position in the call's `quantities`, None when it names no row."""

    code: str
    message: str
    place: int | None

    @property
    def outcome(self) -> Outcome:
        reason = self.message or self.code or "Shopify refuses this item and does not say why"
        other = Outcome(Verdict.REJECTED, reason=f"Shopify: {reason}", general=True, forbidden=self.is_forbidden)
        return ROW_CODES.get(self.code, other)

    @property
    def is_forbidden(self) -> bool:
        """Whether app or user may not do this. No code of the enum says so and `code` may be null, so the message,
        which is English, counts where no documented code stands."""
        said = self.code.replace("_", " ") or self.message
        return self.code not in ROW_CODES and _NO_RIGHT.search(said) is not None


def row_errors(user_errors: Sequence[Any], rows: int) -> tuple[RowError, ...]:
    """What a call with so many rows was refused for. A refusal of any shape is one: where it cannot be read it names no
    row."""
    found: list[RowError] = []
    for error in map(object_of, user_errors):
        path, place = error.get("field"), None
        if isinstance(path, list) and "quantities" in path[:-1]:
            text = text_of(path[path.index("quantities") + 1])  # ["input", "quantities", "7", "inventoryItemId"] → 7
            place = int(text) if text.isascii() and text.isdecimal() and int(text) < rows else None
        found.append(RowError(text_of(error.get("code")), one_line(text_of(error.get("message"))), place))
    return tuple(found)


def split_outcomes(rows: Rows, errors: Sequence[RowError]) -> SplitOutcomes:
    """Drop the rows that are named and send the rest again; halve when none is."""
    named = {rows[error.place]: error.outcome for error in reversed(errors) if error.place is not None}
    if named:
        rest = tuple(row for row in rows if row not in named)
        return SplitOutcomes(named, (rest,) if rest else ())
    if len(rows) == 1:
        return SplitOutcomes({rows[0]: errors[0].outcome})
    half = len(rows) // 2
    return SplitOutcomes({}, (rows[:half], rows[half:]))
