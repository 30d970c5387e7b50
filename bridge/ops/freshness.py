"""From state to when each part of the bridge last did its work: what readiness and the heartbeat are judged by."""

from collections.abc import Mapping
from datetime import timedelta

from bridge.core.freshness import LastSeen
from bridge.ops.health import fresh_within
from bridge.state import keys
from bridge.sync.context import SyncContext

LATELY = timedelta(minutes=2)
"""Beat looks every second, and a worker takes each look; one that computes for a first sync comes late."""


def of_flow(context: SyncContext) -> Mapping[str, LastSeen]:
    """The parts without which nothing flows."""
    seen, pull = context.state.last_seen(), context.state.source_record().pull
    return {
        **{part: LastSeen(seen.get(part), LATELY) for part in (keys.WORKER, keys.BEAT)},
        "source": LastSeen(pull.began if pull else None, fresh_within(context)),
    }


def of_stores(context: SyncContext) -> Mapping[str, LastSeen]:
    """Each store, by its last reading."""
    within = fresh_within(context)
    records = context.state.store_records(context.stores, "read_at")
    return {store: LastSeen(record.read_at, within) for store, record in records.items()}
