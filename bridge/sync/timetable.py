"""From state to what is due: the facts that the pure schedule asks for."""

from datetime import UTC, datetime, timedelta

from bridge.core.schedule import (
    RequestBudget,
    SourceFacts,
    StoreFacts,
    long_pull_interval,
    poll_interval,
    proof_window,
    reading_counts,
)
from bridge.state.records import SourceRecord
from bridge.sync.context import SyncContext


def source_facts(context: SyncContext, record: SourceRecord | None = None) -> SourceFacts:
    """record: the source's, where it was read already."""
    record = record or context.state.source_record()
    pulled, setting = record.pull, context.settings.source.poll
    pace = long_pull_interval if record.unfinished else poll_interval
    fixed = None if isinstance(setting, str) else setting
    interval = pace(fixed, budget_of(record), pulled.requests if pulled else 1, context.now())
    retry_at = record.breaker.retry_at if record.breaker else None
    return SourceFacts(pulled.began if pulled else None, record.tried, interval, retry_at)


def budget_of(record: SourceRecord) -> RequestBudget | None:
    left = record.budget
    if left is None or not left.limit:
        return None
    return RequestBudget(left.limit, left.remaining, datetime.fromtimestamp(left.resets, UTC))


def store_facts(context: SyncContext) -> dict[str, StoreFacts]:
    found = context.state.due_and_records(context.stores, "read_at", "breaker", "hint", "hints_read")
    return {
        store: StoreFacts(
            record.read_at, record.breaker.retry_at if record.breaker else None, due,
            record.is_hinted, record.hints_read.at, record.hints_read.idle,
        )
        for store, (due, record) in found.items()
    }  # fmt: skip


def counts_since(context: SyncContext) -> datetime:
    """From here on the last reading of a store that cannot be read still counts."""
    return context.now() - reading_counts(context.settings.ledger.stale_after, source_facts(context).interval)


def proof_since(context: SyncContext) -> datetime:
    """Readings and pulls from here on prove an increase."""
    window: timedelta = proof_window(source_facts(context).interval)
    return context.now() - window
