"""`status`: is the number in the shops true, and if not, who has to do what."""

from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from bridge.alerts import load_memory
from bridge.cli import table, tills, words
from bridge.cli.begin import opened
from bridge.cli.failing import LATER, NEEDS_A_PERSON, finish
from bridge.cli.loudness import LOUDNESS
from bridge.cli.options import Config, Json
from bridge.core import ledger as book
from bridge.core.breaker import CircuitBreaker
from bridge.core.health import FROZEN, UNVERIFIED, Light, StoreState
from bridge.core.sku import called_sku
from bridge.core.text import few
from bridge.ops import warehouse_health
from bridge.ops.drift_report import report as drift_report
from bridge.ops.health import judge, store_state
from bridge.state.records import UnmappedLine
from bridge.sync import warehouses
from bridge.sync.context import SyncContext
from bridge.sync.read.numbers import called

RUNS = 8


def status(config: Config = None, as_json: Json = False) -> None:
    """Is all well, and if not, who has to act?

    The warehouse, every store, shipments nobody counted, the last runs.

    Exit codes: 0 green, 1 a person is needed, 75 late or failing, and may pass by itself.
    """
    with opened(config) as context:
        report = gather(context)
    if as_json:
        table.print_json(report)
    else:
        _print(report)
        if LOUDNESS.quiet and _code(report):
            table.note(f"{report['light']}: {report['sentence']}")
    finish(_code(report))


def _code(report: dict[str, Any]) -> int:
    if report["person"]:
        return NEEDS_A_PERSON
    return 0 if report["light"] == Light.GREEN.word else LATER


def gather(context: SyncContext) -> dict[str, Any]:
    """Everything `status` knows, as JSON."""
    now = context.now()
    states = [store_state(context, store) for store in context.stores]
    judged = judge(context, states)
    memory, channels = load_memory(context.state), context.settings.alerts.channels
    failing = {name: line.failure for name, line in memory.lines.items() if line.failure and name in channels}
    return {
        "light": judged.light.word,
        "sentence": judged.sentence,
        "person": judged.person,
        "at": words.iso(now),
        "source": _source(context),
        "inbound": tills.till_states(context),
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
        "runs": context.state.runs(RUNS),
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
        "read_at": words.iso(state.read_at),
        "readable": state.readable,
        "reconciled_at": words.iso(record.reconciled_at),
        **context.state.counts(store),
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
        "trouble": _breaker(record.breaker) if record.breaker else None,
    }


def _breaker(breaker: CircuitBreaker) -> dict[str, Any]:
    return {**asdict(breaker), "since": words.iso(breaker.since), "retry_at": words.iso(breaker.retry_at)}


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _expiring(context: SyncContext, now: datetime) -> list[dict[str, Any]]:
    """Shipments the warehouse never counted, which expire within a day."""
    found = []
    for sku, _, ledger in context.state.every_ledger():
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


# -- for people ----------------------------------------------------------------------------------------


def _print(report: dict[str, Any]) -> None:
    now = datetime.fromisoformat(report["at"])
    table.line(f"{report['light']}: {report['sentence']}")
    table.line()
    _print_source(report["source"], now)
    tills.print_states(report["inbound"], now)
    for name, store in report["stores"].items():
        table.line(f"{name}", gap=True)
        _print_store(store, now)
    alerts = [[words.readable_time(x["since"]), x["name"]] for x in report["alerts"]["open"]]
    table.show(("since", "alert"), alerts, title="\nopen alerts")
    for channel, failure in report["alerts"]["failing"].items():
        table.line(f"alerts by {channel} are not delivered: {_told(failure)}", gap=True)
    expiring = [
        [x["sku"], x["store"], x["order"], x["units"], words.readable_time(x["at"])] for x in report["expiring"]
    ]
    title = "\nshipped, never counted by the warehouse, for sale again at"
    table.show(("sku", "store", "order", "units", "at"), expiring, title=title)
    runs = [
        [words.stamp(words.moment(run["at"])), run["run"], name, x["due"], x["applied"], x["rejected"],
         x["error"] or x["held"]]
        for run in report["runs"] for name, x in run["stores"].items()
    ]  # fmt: skip
    table.line()
    table.show(("last runs", "run", "store", "due", "applied", "rejected", "sentence"), runs)
    table.line(f"{report['light']}: {report['sentence']}", gap=True)  # once more, where a long report ends


def _print_source(source: dict[str, Any], now: datetime) -> None:
    table.line("warehouse")
    left = source["budget"]
    table.facts(
        [
            ("last pull", words.ago(_instant(source["pulled_at"]), now)),
            ("read up to", source["cursor"] and words.readable_time(source["cursor"])),
            ("last full pull", words.ago(_instant(source["full_at"]), now)),
            ("under way", source["unfinished"]),
            ("warehouses", ", ".join(warehouses.listed(source["warehouses"]))),
            ("requests left", left and f"{left['remaining']} of {left['limit']}"),
            ("resting", _resting(source["trouble"])),
        ],
        indent="  ",
    )
    rows = [[row["product"], row["sku"], row["why"]] for row in source["bad_rows"]]
    table.show(("product", "sku", "not believed, because"), rows)
    duplicate_skus = [[x["sku"], " and ".join(x["products"])] for x in source["twice"]]
    table.show(("sku", "two live products have it"), duplicate_skus)


def _told(failure: dict[str, Any] | None) -> str | None:
    return None if failure is None else f"{failure['why']} (since {words.readable_time(failure['since'])})"


def _resting(breaker: dict[str, Any] | None) -> str | None:
    """Until when nothing is asked of who failed, and why."""
    return None if breaker is None else f"until {words.readable_time(breaker['retry_at'])}: {_told(breaker)}"


def _print_store(store: dict[str, Any], now: datetime) -> None:
    lines = store["unmapped_lines"]
    rejected = f"{store['rejected']}: {store['rejected_units']} units on offer that the warehouse does not have"
    orphaned = f"{store['orphaned']}: mapped no longer, {store['orphaned_units']} units on sale that nobody sets"
    some = few([UnmappedLine(**line).phrase for line in lines["lines"]], of=lines["count"])
    back = f"{store['read_back']} writes, {store['not_applied']} claimed but not applied"
    drift = f"{store['drifting']} differ unexplained, {store['healed']} put right within a week"
    table.facts(
        [
            ("paused", store["paused"]),
            ("resting", _resting(store["trouble"])),
            ("last read" if store["readable"] else "last reached", words.ago(_instant(store["read_at"]), now)),
            ("frozen", FROZEN if store["freezes"] else None),
            ("listings", f"{store['mapped']} known, {store['due']} due, {store['units']} units for sale"),
            ("held", f"{store['waiting']}: {'; '.join(store['held_why'])}" if store["waiting"] else None),
            ("rejected", rejected if store["rejected"] else None),
            ("orphaned", orphaned if store["orphaned"] else None),
            ("list", store["list_trouble"]),
            ("orders", store["doubted_orders"]),
            ("order lines", f"open, of nothing that is known here: {some}" if lines["count"] else None),
            ("quarantine", store["quarantined"] or None),
            ("unanswered", store["in_flight"] or None),
            ("drift", f"{drift}; see `stockbridge drift`" if store["drifting"] or store["healed"] else None),
            ("edits", store["edits"]),
            ("read back", back if store["readable"] else f"never, for it cannot be read: {UNVERIFIED}"),
        ],
        indent="  ",
    )
