"""What the page of one store shows above its lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.core.health import FROZEN, UNVERIFIED
from bridge.ops.shadow import rehearsed
from bridge.ops.words import of_webhooks
from bridge.web.views import overview
from bridge.web.views.overview import Card, Finding, Report, feed
from bridge.web.written import number, plural

BY_CONFIGURATION = "by the configuration"

TABS: Mapping[str, tuple[str, str]] = {
    "held": ("Held", "waiting"),
    "quarantine": ("Quarantine", "quarantined"),
    "unmapped": ("Unmapped", "orphaned"),
    "drift": ("Drift", "drifting"),
    "changes": ("Dry run", ""),
    "left-alone": ("Left alone", ""),
    "runs": ("Runs", ""),
    "webhooks": ("Webhooks", ""),
}
"""Tab → its name, and the count of the report that stands beside it."""

STILL = ("unmapped", "changes", "left-alone")
"""Tabs whose lists take all listings of the store: they are read when asked for, not whenever something moves."""


@dataclass(frozen=True, slots=True)
class Store:
    """One store. facts: name and sentence. waits: how far a resync is that was asked for, with (done, of) where that
    can be told. acts: what may be done with the store as a whole."""

    name: str
    at: str
    card: Card
    findings: Sequence[Finding]
    facts: Sequence[tuple[str, str]]
    read_at: str | None
    reconciled_at: str | None
    resting_until: str | None
    waits: str
    progress: tuple[int, int] | None
    did: Mapping[str, Any] | None
    acts: Sequence[str]
    tabs: Sequence[tuple[str, str, int]]


def view(report: Report, name: str) -> Store:
    """report: see `bridge.status_report`. Raises KeyError where there is no such store."""
    store = report["stores"][name]
    whole = overview.view({**report, "findings": [x for x in report["findings"] if x["store"] == name]})
    card = next(card for card in whole.cards if card.name == name)
    return Store(
        name=name,
        at=report["at"],
        card=card,
        findings=[*whole.person, *whole.passing],
        facts=[(what, said) for what, said in _facts(store, report["at"]) if said],
        read_at=store["read_at"],
        reconciled_at=store["reconciled_at"],
        resting_until=store["trouble"] and store["trouble"]["retry_at"],
        waits=card.request,
        progress=_progress(store) if card.request else None,
        did=store["requests"]["result"],
        acts=_acts(store),
        tabs=[(tab, title, store[count] if count else 0) for tab, (title, count) in TABS.items()],
    )


def runs(report: Report, name: str) -> list[dict[str, Any]]:
    """The runs of a store, with what each said."""
    return [{**row, "said": row["error"] or row["held"]} for row in feed(report["runs"], name)]


def _facts(store: Mapping[str, Any], at: str) -> list[tuple[str, str]]:
    breaker, lines = store["trouble"], store["unmapped_lines"]["count"]
    back = f"{number(store['read_back'])} writes, {number(store['not_applied'])} claimed but not applied"
    rejected = f"{plural(store['rejected_units'], 'unit')} on offer that the warehouse does not have"
    return [
        ("Paused", store["paused"] or ""),
        ("Shadow mode", rehearsed(store["shadow"]) or ""),
        ("Resting", f"{breaker['why']} ({plural(breaker['failures'], 'failure')})" if breaker else ""),
        ("Frozen", FROZEN if store["freezes"] else ""),
        ("Units for sale", number(store["units"])),
        ("Due", f"{number(store['due_now'])} to be sent" if store["due_now"] else ""),
        ("In flight", f"{number(store['in_flight'])} sent and not answered" if store["in_flight"] else ""),
        ("Rejected", rejected if store["rejected"] else ""),
        ("Order lines", f"{number(lines)} open, of nothing that is known here" if lines else ""),
        ("Edits by hand", store["edits"] or ""),
        ("Webhooks", of_webhooks(store["webhooks"], datetime.fromisoformat(at)) or ""),
        ("Read back", back if store["readable"] else f"never: {UNVERIFIED}"),
    ]


def _progress(store: Mapping[str, Any]) -> tuple[int, int]:
    asked, every = store["requests"], max(1, store["mapped"])
    return (0, every) if asked["acknowledged"] < asked["requested"] else (max(0, every - store["due_now"]), every)


def _acts(store: Mapping[str, Any]) -> list[str]:
    """A pause of the configuration ends there."""
    if store["paused"] == BY_CONFIGURATION:
        return ["resync", "full-resync"]
    return ["resume" if store["paused"] or store["trouble"] else "pause", "resync", "full-resync"]
