"""From state to all that `status` tells, as JSON."""

from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from bridge.alerts import load_memory
from bridge.core import ledger as book
from bridge.core.breaker import CircuitBreaker
from bridge.core.health import StoreState
from bridge.core.sku import called_sku
from bridge.ops import till_report, warehouse_health, webhooks, words
from bridge.ops.drift_report import report as drift_report
from bridge.ops.freshness import of_flow
from bridge.ops.health import judge_with_findings, store_state
from bridge.ops.shadow import shadow_report
from bridge.state.records import Requests
from bridge.state.snapshot import Snapshot
from bridge.sync import warehouses
from bridge.sync.context import SyncContext
from bridge.sync.read.numbers import called
from connectors.values import replace

RUNS = 8


def gather(context: SyncContext, runs: int = RUNS) -> dict[str, Any]:
    """Everything `status` knows, as JSON. runs: how many of the last ones."""
    snapshot = Snapshot.of(context.state)
    snapshot.look_at(context.stores)
    context = replace(context, state=snapshot)
    now = context.now()
    states = [store_state(context, store) for store in context.stores]
    judged, found = judge_with_findings(context, states)
    memory, channels = load_memory(context.state), context.settings.alerts.channels
    failing = {name: line.failure for name, line in memory.lines.items() if line.failure and name in channels}
    return {
        "light": judged.light.word,
        "sentence": judged.sentence,
        "person": judged.person,
        "at": words.iso(now),
        "findings": [
            {"light": x.light.word, "store": x.store, "sentence": x.sentence, "person": x.person} for x in found
        ],
        "parts": {
            name: {"ready": seen.is_fresh(now), "seen": words.iso(seen.at)} for name, seen in of_flow(context).items()
        },
        "source": _source(context),
        "inbound": till_report.till_states(context),
        "stores": {state.store: _store_status(context, state) for state in states},
        "alerts": {
            "channels": channels,
            "open": [{"name": x.name, "sentence": x.sentence, "since": words.iso(x.began)} for x in memory.open],
            "failing": {
                name: {"why": x.why, "since": words.iso(x.since), "retry_at": words.iso(x.retry_at)}
                for name, x in failing.items()
            },
        },
        "expiring": _expiring(context, now),
        "runs": context.state.runs(runs),
    }


def _source(context: SyncContext) -> dict[str, Any]:
    record = context.state.source_record()
    pulled, breaker, unfinished = record.pull, record.breaker, record.unfinished
    meanwhile = unfinished.polled.at if unfinished else None
    duplicates = sorted(context.state.duplicate_skus().items())
    return {
        "cursor": words.iso(meanwhile or record.cursor.at),
        "pulled_at": words.iso(pulled.began if pulled else None),
        "full_at": words.iso(record.full_at),
        "rows": pulled.rows if pulled else None,
        "changed": pulled.changed if pulled else None,
        "requests": pulled.requests if pulled else None,
        "budget": asdict(record.budget) if record.budget else None,
        "trouble": _breaker(breaker) if breaker else None,
        "unfinished": warehouse_health.unfinished(context),
        "bad_rows": [
            {**row, **{name: row[name] and called_sku(row[name]) for name in ("product", "sku")}}
            for row in context.state.bad_rows().values()
        ],
        "twice": [{"sku": sku, "products": products} for sku, products in duplicates],
        "warehouses": warehouses.known(context),
    }


def _store_status(context: SyncContext, state: StoreState) -> dict[str, Any]:
    store, record = state.store, context.state.store_record(state.store)
    paused = f"by {record.paused.by} since {words.stamp(record.paused.at)}" if record.paused else None
    drifts, _ = drift_report(context, store)
    return {
        "paused": "by the configuration" if context.rules(store).paused else paused,
        "shadow": shadow_report(context, store),
        "read_at": words.iso(state.read_at),
        "readable": state.readable,
        "reconciled_at": words.iso(record.reconciled_at),
        **context.state.counts(store),
        "due_now": state.due,
        "waiting": state.waiting,
        "rejected": state.rejected,
        "rejected_units": state.rejected_units,
        "orphaned": state.orphaned,
        "orphaned_units": state.orphaned_units,
        "list_trouble": state.doubted_list,
        "doubted_orders": state.doubted_orders,
        "unmapped_lines": {"count": record.unmapped_count, "lines": [asdict(line) for line in record.unmapped_lines]},
        "held_why": sorted({hold.why for hold in context.state.held(store).values() if hold.decision is None}),
        "in_flight": len(context.state.notes(store, "flight")),
        "units": record.units,
        "read_back": record.read_back,
        "not_applied": state.not_applied,
        "drifting": sum(x.is_open for x in drifts.values()),
        "healed": sum(not x.is_open for x in drifts.values()),
        "other_writer": state.other_writer,
        "freezes": state.freezes,
        "edits": record.edits.get("blind"),
        "webhooks": webhooks.state_of(context, store, record.webhooks),
        "trouble": _breaker(record.breaker) if record.breaker else None,
        "requests": _requests(record.requests),
    }


def _requests(asked: Requests) -> dict[str, Any]:
    """How far what people asked of a store is: numbers, whether everything is to be read, and what the last session
    did."""
    done = asked.result
    result = done and {**asdict(done), "at": words.iso(done.at)}
    return {name: getattr(asked, name) for name in ("requested", "acknowledged", "finished", "whole")} | {
        "result": result
    }


def _breaker(breaker: CircuitBreaker) -> dict[str, Any]:
    return {**asdict(breaker), "since": words.iso(breaker.since), "retry_at": words.iso(breaker.retry_at)}


def _expiring(context: SyncContext, now: datetime) -> list[dict[str, Any]]:
    """Shipments the warehouse never counted, which expire within a day: of those that the last pruning met, whatever it
    has not counted since. To look through every ledger would cost most of a look."""
    found = []
    noted = sorted({each.sku for each in context.state.source_record().expiring if each.sku})
    for sku, (_, ledger) in context.state.ledgers(noted).items():
        for d in book.prune(ledger, now=now, windows=context.windows).expiring:
            let_go = d.at + context.windows.release
            found.append(
                {
                    "sku": called_sku(sku),
                    "store": d.store,
                    "order": called(context, d.store, [d.order])[d.order],
                    "units": d.unconfirmed,
                    "at": words.iso(let_go),
                }
            )
    return sorted(found, key=lambda row: (row["at"], row["sku"]))
