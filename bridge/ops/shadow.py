"""What a store in shadow mode would have been sent, and how often that would have been right: as JSON, and in words."""

from typing import Any

from msgspec.structs import asdict

from bridge.core.shadow import Shadow, Tally
from bridge.ops import words
from bridge.sync.context import SyncContext


def shadow_report(context: SyncContext, store: str) -> dict[str, Any] | None:
    """None: it is written. "differs": stock keys that show another number than they would be sent now. The others count
    differences that ended since, and say how; "right" is the share of met among met and needless."""
    if not context.rules(store).shadow:
        return None
    found = context.state.store_record(store, "shadow").shadow
    noted = context.state.notes(store, "shadow").values()
    return {
        "since": words.iso(found.since if found else None),
        "differs": sum(len(numbers) for _, numbers in noted),
        **_counted((found or Shadow(context.now())).total),
        "days": {day: _counted(tally) for day, tally in sorted((found.days if found else {}).items())},
    }


def rehearsed(report: dict[str, Any] | None) -> str | None:
    """The same in a sentence."""
    if report is None:
        return None
    if report["since"] is None:
        return "nothing is written; it was not read yet"
    now = f"{report['differs'] or 'no'} {'number' if report['differs'] == 1 else 'numbers'} would be written now"
    since = f"nothing is written since {words.readable_time(report['since'])}; {now}"
    if report["right"] is None:
        return f"{since}; of what differed before, nothing tells yet who was right"
    judged = f"{report['met']} of {report['met'] + report['needless']}"
    return f"{since}; before, the store came to our number by itself in {judged} cases ({report['right']:.0%})"


def _counted(tally: Tally) -> dict[str, Any]:
    return {**asdict(tally), "right": tally.right}
