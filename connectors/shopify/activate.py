"""With activate = true: stock an item at a location before its quantity is written.

On 2026-10 a write to an unstocked location succeeds and sells nothing. Whether an item is stocked is
asked anew for each batch, because what was read before may have changed, and a replay must do the same.
"""

from collections.abc import Sequence

from connectors.base import Batch, Outcome, Verdict
from connectors.foreign_text import one_line
from connectors.shopify.levels import levels_of_refs
from connectors.shopify.pages import Reader
from connectors.shopify.push import derived_key, refusals
from connectors.shopify.queries import ACTIVATE
from connectors.shopify.shapes import object_of, text_of
from connectors.shopify.translate import readings

PER_PUSH = 50  # one call per item: more would outlive a worker's lease

_LATER = Outcome(Verdict.DEFERRED, reason="waits to be stocked at its location; some are stocked with each push")


def stock_up(
    reader: Reader, batch: Batch, rows: Sequence[int], places: Sequence[str], *, what: str
) -> dict[int, Outcome]:
    """Activate what is not stocked. Returns outcomes of the rows that must not be written now."""
    refs = list(dict.fromkeys(batch.updates[row].ref for row in rows))
    found = (reading for row in levels_of_refs(reader, refs, places) for reading in readings(row, places))
    active = {(reading.ref, reading.location): reading.stocked for reading in found}  # what is gone is absent
    idle = [row for row in rows if not active.get(_pair(batch, row), True)]
    outcomes = dict.fromkeys(idle[PER_PUSH:], _LATER)
    for row in idle[:PER_PUSH]:
        ref, location = _pair(batch, row)
        key = derived_key(batch.key, "activate", ref, location)
        data = reader.run(ACTIVATE, {"item": ref, "location": location, "key": key})
        errors = refusals(data.get("inventoryActivate"), what=what)
        if errors:
            said = one_line(text_of(object_of(errors[0]).get("message"))) or "Shopify does not say why"
            reason = f"cannot be stocked at {location}: {said}"
            outcomes[row] = Outcome(Verdict.REJECTED, reason=reason)
    return outcomes


def _pair(batch: Batch, row: int) -> tuple[str, str]:
    return batch.updates[row].ref, batch.updates[row].location
