"""From state and configuration to the facts that alerts are judged by."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bridge.core.conditions import AlertInput, Bounds, Mark, Signs, standing
from bridge.ops.health import fresh_within, source_state, store_state
from bridge.state import pack
from bridge.sync.context import SyncContext
from bridge.sync.session import is_paused

DAY = timedelta(days=1)
Marks = Mapping[str, Mark]


def bounds(context: SyncContext) -> Bounds:
    chosen = context.settings.alerts
    return Bounds(fresh_within(context), chosen.due_within, chosen.max_refused)


def facts(context: SyncContext, marks: Marks) -> AlertInput:
    """Everything that alerts are judged by, of the source and of every store. marks: store → its oldest due mark, from
    `due_marks`."""
    signs = []
    for store in context.stores:
        now, mark = context.now(), marks.get(store)
        expiring = [shipment for shipment in context.state.source_record().expiring if shipment.store == store]
        state, fresh = store_state(context, store), list[object]()
        if state.quarantined > context.settings.alerts.max_refused:  # fewer are not worth a message, however new
            rows = context.state.notes(store, "quarantine").values()
            fresh = [row for row in rows if now - pack.at(row["at"]) <= DAY]
        signs.append(
            Signs(
                state,
                refused=len(fresh),
                due_since=mark.since if mark else None,
                expiring=sum(shipment.pieces for shipment in expiring),
                first_expires_at=min((x.at + context.windows.release for x in expiring), default=None),
            )
        )
    token = context.settings.source.token
    ends = token_ends(token.get_secret_value()) if token else None  # an OAuth grant is refreshed by itself
    return AlertInput(source_state(context), signs, ends)


def due_marks(context: SyncContext, before: Marks) -> dict[str, Mark]:
    """The oldest due mark of every store, and since when it is known to stand. Held listings wait for a person, and a
    store that nothing is written to for everything, so they have none."""
    found = {}
    for store in context.stores:
        oldest = None
        rests = is_paused(context, store) or context.rules(store).shadow
        if not rests and context.state.counts(store)["due"] > 0:
            held = {stock_key.ref for stock_key in context.state.held(store)}
            versions = (version for ref, version in context.state.due(store).items() if ref not in held)
            oldest = min(versions, key=int, default=None)
        mark = standing(before.get(store), oldest, context.now())
        if mark is not None:
            found[store] = mark
    return found


def token_ends(token: str) -> datetime | None:
    """When a token expires that says so itself: a JWT does, in a part that anybody may read. API keys do not."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None
