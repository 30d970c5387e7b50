"""From state to what is due: the facts that the pure schedule asks for."""

from datetime import datetime, timedelta
from typing import Any

from bridge.core.schedule import (
    Budget,
    SourceFacts,
    StoreFacts,
    long_pull_interval,
    poll_interval,
    proof_window,
    reading_counts,
)
from bridge.state import pack
from bridge.sync.shell import Shell


def source_facts(shell: Shell) -> SourceFacts:
    notes = shell.state.source()
    pulled = notes.get("pull") or {}
    setting = shell.settings.source.poll
    pace = long_pull_interval if notes.get("unfinished") else poll_interval
    interval = pace(
        None if isinstance(setting, str) else setting, budget_of(notes), pulled.get("requests", 1), shell.now()
    )
    retry_at = _instant(notes.get("trouble") or {}, "retry_at")
    return SourceFacts(_instant(pulled, "began"), _instant(notes, "tried"), interval, retry_at)


def budget_of(notes: dict[str, Any]) -> Budget | None:
    raw = notes.get("budget")
    if not raw or not raw["limit"]:
        return None
    return Budget(raw["limit"], raw["remaining"], pack.at(int(raw["resets"] * 1000)))


def _instant(notes: dict[str, Any], name: str) -> datetime | None:
    return pack.at(notes[name]) if notes.get(name) is not None else None


def store_facts(shell: Shell) -> dict[str, StoreFacts]:
    found = {}
    for store in shell.stores:
        info = shell.state.notes(store, "info")
        trouble = info.get("trouble") or {}
        found[store] = StoreFacts(
            _instant(info, "read_at"), _instant(trouble, "retry_at"), shell.state.counts(store)["due"]
        )
    return found


def counts_since(shell: Shell) -> datetime:
    """From here on the last reading of a store that cannot be read still counts."""
    return shell.now() - reading_counts(shell.settings.ledger.stale_after, source_facts(shell).interval)


def proof_since(shell: Shell) -> datetime:
    """Readings and pulls from here on prove an increase."""
    window: timedelta = proof_window(source_facts(shell).interval)
    return shell.now() - window
