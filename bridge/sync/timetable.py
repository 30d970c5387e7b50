"""From state to what is due: the facts that the pure schedule asks for."""

from datetime import UTC, datetime, timedelta

from bridge.core.schedule import (
    Budget,
    SourceFacts,
    StoreFacts,
    long_pull_interval,
    poll_interval,
    proof_window,
    reading_counts,
)
from bridge.state.records import SourceRecord
from bridge.sync.shell import Shell


def source_facts(shell: Shell) -> SourceFacts:
    record = shell.state.source_record()
    pulled, setting = record.pull, shell.settings.source.poll
    pace = long_pull_interval if record.unfinished else poll_interval
    fixed = None if isinstance(setting, str) else setting
    interval = pace(fixed, budget_of(record), pulled.requests if pulled else 1, shell.now())
    retry_at = record.trouble.retry_at if record.trouble else None
    return SourceFacts(pulled.began if pulled else None, record.tried, interval, retry_at)


def budget_of(record: SourceRecord) -> Budget | None:
    left = record.budget
    if left is None or not left.limit:
        return None
    return Budget(left.limit, left.remaining, datetime.fromtimestamp(left.resets, UTC))


def store_facts(shell: Shell) -> dict[str, StoreFacts]:
    found = {}
    for store in shell.stores:
        record = shell.state.store_record(store)
        retry_at = record.trouble.retry_at if record.trouble else None
        found[store] = StoreFacts(record.read_at, retry_at, shell.state.counts(store)["due"])
    return found


def counts_since(shell: Shell) -> datetime:
    """From here on the last reading of a store that cannot be read still counts."""
    return shell.now() - reading_counts(shell.settings.ledger.stale_after, source_facts(shell).interval)


def proof_since(shell: Shell) -> datetime:
    """Readings and pulls from here on prove an increase."""
    window: timedelta = proof_window(source_facts(shell).interval)
    return shell.now() - window
