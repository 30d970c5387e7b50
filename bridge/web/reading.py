"""What the page and the API read of the state, each in one piece of work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.ops import drift_report, rollback, store_lists, webhooks
from bridge.ops.explain.report import explained
from bridge.ops.rollback import Past
from bridge.ops.sku import meant
from bridge.ops.sku_history import SkuHistory, sku_history
from bridge.ops.unmapped import compare
from bridge.state import keys
from bridge.state.snapshot import Snapshot
from bridge.sync.context import SyncContext
from bridge.web.views import runs as views
from bridge.web.views.lists import Row
from bridge.web.views.runs import Choice
from connectors.values import replace

Lists = Mapping[str, list[Row]]


def held(context: SyncContext, name: str) -> Lists:
    """Whatever was decided on: what was rejected may still be released."""
    return {"held": [*store_lists.held_rows(context, name, context.state.held(name), reject=False)]}


READ: Mapping[str, Callable[[SyncContext, str], Lists]] = {
    "held": held,
    "quarantine": lambda context, name: {"quarantine": [*store_lists.refused(context, name)]},
    "unmapped": lambda context, name: {one: [*rows] for one, rows in compare(context, name).items()},
    "drift": lambda context, name: {"drift": drift_report.gather(context, name)["drifts"]},
    "changes": lambda context, name: {"changes": [*store_lists.differing(context, name)]},
    "left-alone": lambda context, name: {"left_alone": [*store_lists.left_alone(context, name)]},
    "webhooks": lambda context, name: {"webhooks": [*webhooks.deliveries(context, name)]},
}
"""Tab of a store → how its lists are read: list → rows as the commands print them with --json."""

TAB_OF = {"orphaned": "unmapped", "listings": "unmapped", "products": "unmapped", "left_alone": "left-alone"}
"""List → its tab, where that has another name."""


@dataclass(frozen=True, slots=True)
class KnownSku:
    """What is known of a SKU. report: of `explain`. incoming: what was on its way when that was last asked."""

    report: Mapping[str, Any]
    history: SkuHistory
    incoming: Mapping[str, Any] | None
    now: datetime


def known_sku(context: SyncContext, sku: str) -> KnownSku:
    """Raises ConfigError where nobody knows the SKU."""
    context = replace(context, state=Snapshot.of(context.state))  # the report and the history rest on the same
    report = explained(context, sku, context.stores, offline=True)
    return KnownSku(report, sku_history(context, report["sku"]), context.state.incoming(), context.now())


@dataclass(frozen=True, slots=True)
class ToldRun:
    """One run. noted: of it as a whole, as `status` tells it; empty where that is forgotten. items: what became of
    each number."""

    past: Past
    noted: Mapping[str, Any]
    items: list[dict[str, Any]]


def told_run(context: SyncContext, run: str) -> ToldRun | None:
    """None: nobody remembers it."""
    past = rollback.past(context, run)
    noted = next(({"undoes": "", **x} for x in context.state.runs(keys.KEPT_RUNS) if x["run"] == run), {})
    notes = [{**x, "sku": sku} for sku, x in context.state.every_note() if x.get("run") == run]
    refused = [x for x in notes if x["what"] == "refused"]
    if past is None and not refused:
        return None
    past = past or Past(run, None, {}, {})
    return ToldRun(past, noted, views.items(past, refused))


def run_rows(context: SyncContext, choice: Choice) -> list[dict[str, Any]]:
    """A row for each store of each run that is chosen, the newest first."""
    touched = touching(context, choice.sku) if choice.sku else None
    return views.rows(context.state.runs(keys.KEPT_RUNS), choice, context.now(), touched)


def touching(context: SyncContext, sku: str) -> set[tuple[str, str]]:
    """(run, store) of every run that wrote a SKU, one of its parts, or was refused it."""
    skus = {sku, *meant(context, sku, context.stores).parts}
    return {(x["run"], x["store"]) for of, x in context.state.every_note() if of in skus and x.get("run")}
