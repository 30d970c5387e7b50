"""`status`: is the number in the shops true, and if not, who has to do what."""

from datetime import datetime
from typing import Any

from bridge.cli import table, tills
from bridge.cli.begin import opened
from bridge.cli.failing import LATER, NEEDS_A_PERSON, finish
from bridge.cli.loudness import LOUDNESS
from bridge.cli.options import Config, Json
from bridge.core.health import FROZEN, UNVERIFIED, Light
from bridge.core.text import few
from bridge.ops import words
from bridge.ops.shadow import rehearsed
from bridge.state.records import UnmappedLine
from bridge.status_report import gather
from bridge.sync import warehouses

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


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


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
            ("shadow mode", rehearsed(store["shadow"])),
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
            ("webhooks", words.of_webhooks(store["webhooks"], now)),
            ("read back", back if store["readable"] else f"never, for it cannot be read: {UNVERIFIED}"),
        ],
        indent="  ",
    )
