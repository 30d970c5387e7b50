"""One batch in as few calls as its refusals allow: usually one, two with poisoned rows.

Every call's key comes from the batch's key and the call's body. So a batch that is pushed again after
a lost reply repeats the same keys with the same bodies, and Shopify answers from its memory; another
body (a row dropped) always gets another key.
https://shopify.dev/docs/api/usage/implementing-idempotency
"""

import json
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Batch, OperatorStoreError, Outcome, RetryableStoreError, StoreError, Verdict
from connectors.shopify.client import ShopifyBugError
from connectors.shopify.outcomes import BURNT, BUSY, LOCATION, OURS, RowError, Rows, row_errors, split_outcomes
from connectors.shopify.shapes import object_of, user_errors
from connectors.shopify.translate import set_quantities
from connectors.values import replace

MAX_CALLS = 40  # two refusals without an index in 250 rows take 2 × 2 × log2(250) = 32
MAX_BURNT = 5  # keys tried for one body
BUSY_WAIT = 2.0  # seconds

_NAMESPACE = uuid.UUID("6d1f4a52-30c1-5c0e-9c0b-6f0f0a3f5b11")
_UNFINISHED = Outcome(Verdict.DEFERRED, reason="too many refusals in one batch; the rest is sent next time")

Body = Mapping[str, Any]
Call = Callable[[Body, str], Sequence[Any]]  # input and key → userErrors


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of the batch that go out as one call. attempt: how many keys were burnt on this body."""

    rows: Rows
    attempt: int = 0


def push_rows(batch: Batch, rows: Rows, call: Call, *, what: str) -> dict[int, Outcome]:
    """Outcomes of the given rows of the batch, by row."""
    outcomes: dict[int, Outcome] = {}
    parts = deque([Part(rows)] if rows else [])
    for _ in range(MAX_CALLS):
        if not parts:
            break
        part = parts.popleft()
        body = set_quantities([batch.updates[row] for row in part.rows], batch)
        try:
            errors = row_errors(call(body, key_of(batch, part, body)), len(part.rows))
            parts.extend(_record_call(batch, part, errors, outcomes, what))
        except StoreError as error:
            error.answered, error.maybe_applied = outcomes, frozenset(part.rows)
            raise
    outcomes.update({row: _UNFINISHED for part in parts for row in part.rows})
    return outcomes


def _record_call(
    batch: Batch, part: Part, errors: Sequence[RowError], outcomes: dict[int, Outcome], what: str
) -> tuple[Part, ...]:
    """Write down what one call decided; return the calls that must follow."""
    if not errors:  # a null adjustment group without errors is a success too: nothing had to change
        outcomes.update({row: Outcome(Verdict.APPLIED, shown=batch.updates[row].quantity) for row in part.rows})
        return ()
    if any(error.code == BURNT for error in errors):
        if part.attempt >= MAX_BURNT:
            text = f"{what} says again and again that an earlier try failed; it will be tried again."
            raise RetryableStoreError(text)
        return (replace(part, attempt=part.attempt + 1),)  # the next try has a key of its own
    for error in errors:  # refusals that concern the call, not a row
        if error.code in OURS:
            raise ShopifyBugError(f"{what} calls the write malformed: {error.code}: {error.message}; report this.")
        if error.code == LOCATION:
            rows = part.rows if error.place is None else (part.rows[error.place],)
            places = ", ".join(sorted({batch.updates[row].location for row in rows}))
            raise OperatorStoreError(f"{what} has no location {places} any more; correct `locations`.")
        if error.is_forbidden and error.place is None:
            raise OperatorStoreError(
                f"{what} says that this app or its user may not set stock ({error.message or error.code}); give the app"
                " the scope `write_inventory`."
            )
    judgement = split_outcomes(part.rows, errors)
    outcomes.update(judgement.verdicts)
    return tuple(Part(rows) for rows in judgement.again)


def refusals(payload: Any, *, what: str) -> Sequence[Any]:
    """The userErrors of a write. Belongs inside the sender: where the answer proves nothing, or the first try is
    still at work, the same key with the same body is to be sent again."""
    errors = user_errors(payload)
    if errors is None:
        raise RetryableStoreError(f"{what} did not say what became of the write; it will be asked again.", sent=True)
    if any(object_of(error).get("code") == BUSY for error in errors):
        text = f"{what} is still working on the first try of this write; it will be asked again."
        raise RetryableStoreError(text, retry_after=BUSY_WAIT, sent=True)
    return errors


def key_of(batch: Batch, part: Part, body: Body) -> str:
    """The batch's own key for the whole batch; a key made of it and the body for everything else."""
    if part.attempt == 0 and len(part.rows) == len(batch.updates):
        return batch.key
    return derived_key(batch.key, str(part.attempt), json.dumps(body["quantities"], sort_keys=True))


def derived_key(*parts: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, json.dumps(parts)))
