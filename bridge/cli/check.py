"""`check`: everything a person should know before the first push, asked once and without patience."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli import failing, first_push, grants, table, tills
from bridge.cli.begin import context_at, redis_of, settings_of
from bridge.cli.options import Config, Json
from bridge.cli.trial import harmless
from bridge.cli.unknown_skus import unknown_skus
from bridge.config import Settings
from bridge.config.load import read
from bridge.config.warn import warnings_of
from bridge.core.health import UNVERIFIED
from bridge.core.owed import ref_of
from bridge.core.schedule import RateStatus
from bridge.errors import BridgeError, ConfigError, EmbeddedRedisError, SourceError, StateError
from bridge.ops import words
from bridge.sync.context import SyncContext
from bridge.sync.identity import refuse_duplicates
from bridge.sync.warehouses import listed
from bridge.threeplguys.query import ProductQuery
from bridge.wiring import unknown_services
from connectors.base import OrderLine, StoreConnector, StoreError, send_once
from connectors.skills import IdentifiesShop

Offline = Annotated[bool, typer.Option("--offline", help="Only the configuration: no Redis, no network.")]
AGES = ((1, "under a day"), (7, "1 to 7 days"), (30, "7 to 30 days"), (60, "30 to 60 days"), (90, "60 to 90 days"))
OLDER = "over 90 days"
UNDATED = "without a date"
NO_CATALOGUE = (
    "The catalogue cannot be read, which stops no stock: descriptions and new names are not shown, and"
    " `stockbridge catalog` does not work. {why}"
)
OLDEST = 3  # orders of each age that are told by number
WORST_FIRST = (failing.BUG, failing.USAGE, failing.NEEDS_A_PERSON, failing.LATER)
"""What a person must do comes before what time may do."""


def check(offline: Offline = False, config: Config = None, as_json: Json = False) -> None:
    """Is everything in place?

    The configuration; then Redis, the warehouse's token and scope, each store's key, permissions and
    locations, its open orders by age, and what a first push would change. Writes to no store.

    Exit codes: 0 ready, 1 a person is needed, 2 the configuration is wrong, 75 something does not answer.
    """
    settings: Settings | None = None
    try:
        settings = settings_of(config)
    except ConfigError as fault:
        faults = fault.faults
    else:
        faults = unknown_services(settings)  # loading asks no service's library
    report: dict[str, Any] = {"ok": not faults, "configuration": {"ok": not faults, "faults": list(faults)}}
    report |= {"error": " ".join(faults)} if faults else {}
    codes = [] if settings and not faults else [failing.USAGE]
    if settings and not faults:
        report["configuration"]["stores"] = {name: x.connector for name, x in settings.stores.items()}
        report["configuration"]["warnings"] = list(warnings_of(read(os.environ, config), settings))
        report["inbound"] = tills.checked(settings)
        if not offline:
            codes += _online(settings, report, config)
    code = next((x for x in WORST_FIRST if x in codes), 0)
    report["ok"] = code == 0
    if as_json:
        table.print_json(report)
    else:
        _print(report)
    failing.finish(code)


def _online(settings: Settings, report: dict[str, Any], config: Path | None) -> list[int]:
    """Everything behind the network, into the report → exit codes of what failed."""
    report["redis"] = {"ok": False}
    try:
        with redis_of(settings, config) as url:
            context = context_at(settings, url)
            error, code = context.state.missing_rights(), failing.NEEDS_A_PERSON
            try:
                if error is None:
                    context.state.refuse_another_merchant()
            except ConfigError as fault:
                error, code = str(fault), fault.exit_code
            warnings = [warning] if (warning := context.state.eviction()) else []
            report["redis"] = {"ok": error is None, "warnings": warnings} | ({"error": error} if error else {})
            return [code] if error else _edges(context, report, config)
    except BridgeError as fault:
        report["redis"] |= {"ok": False, "error": failing.sentences(fault)[0]}
        return [failing.code_of(fault)]


def _edges(context: SyncContext, report: dict[str, Any], config: Path | None) -> list[int]:
    """Warehouse, stores and what a first push would change, into the report → exit codes of what failed."""
    codes: list[int] = []
    if context.state.has_begun():
        report["inbound"] = tills.checked(context.settings, context.state.products)
    report["source"] = _tried(codes, partial(_source, context))
    if context.grant is not None:
        with suppress(SourceError):  # told already
            report["source"]["grant"] = grants.facts(context.grant().shown())
    shops: dict[str, str] = {}
    report["stores"] = {store: _tried(codes, partial(_check_store, context, store, shops)) for store in context.stores}
    ready = [store for store, x in report["stores"].items() if x["ok"]]
    if not (report["source"]["ok"] and ready):
        return codes
    try:
        with harmless(config) as trial:
            found, code = first_push.ask(trial, ready)
            found["unknown_skus"] = [text for store in ready for text in unknown_skus(trial, store)]
    except EmbeddedRedisError as fault:
        found, code = {"error": str(fault), "stores": {}}, fault.exit_code
    report["first_push"] = found
    return [*codes, code]


def _tried(codes: list[int], ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What an edge answered, or its sentence. Raises StateError, which is not the edge's."""
    try:
        return {"ok": True, **ask()}
    except StateError:
        raise
    except (BridgeError, StoreError) as fault:
        codes.append(failing.code_of(fault))
        return {"ok": False, "error": str(fault)}


def _source(context: SyncContext) -> dict[str, Any]:
    heard: list[RateStatus] = []
    client = context.open_source(send_once, heard.append)
    names: dict[str, str] | None = None
    warnings: list[str] = []
    try:
        client.check()
        with suppress(SourceError):  # the scope `locations` is not needed
            names = client.warehouses()
        try:
            client.products.page(ProductQuery(), 0, 1)
        except SourceError as fault:
            warnings.append(NO_CATALOGUE.format(why=fault))
    finally:
        client.close()
    budget = heard[-1] if heard else None
    return {
        "address": context.settings.source.base_url,
        "requests_left": budget and budget.remaining,
        "requests_per_window": budget and budget.limit,
        "warehouses": names,
        "warnings": warnings,
    }


def _check_store(context: SyncContext, store: str, shops: dict[str, str]) -> dict[str, Any]:
    """shops: who the shops say they are, by the stores that were asked before."""
    connector = context.open_store(store, send_once)
    try:
        info = connector.check()
        if isinstance(connector, IdentifiesShop):
            refuse_duplicates(context, store, shops, connector.shop_id())
        return {
            "name": info.name,
            "readable": connector.capabilities.readable,
            "locations": [{"id": x.id, "name": x.name, "active": x.active} for x in info.locations],
            "warnings": list(info.warnings),
            "open_orders": _open_orders(connector, context.now()),
        }
    finally:
        connector.close()


def _open_orders(connector: StoreConnector, now: datetime) -> list[dict[str, Any]]:
    """Committed units and orders by age: what reserves stock, oldest last. A line may be told more than once, each
    time in full."""
    lines = {(m.order, ref_of(m)): m for m in connector.changes(None) if m.order}
    found: dict[str, tuple[dict[str, str], int]] = {}
    for m in sorted(lines.values(), key=lambda m: (m.ordered_at or now, m.order)):
        if m.committed > 0:
            orders, units = found.get(_age(m, now), ({}, 0))
            found[_age(m, now)] = (orders | {m.order: m.number or words.place(m.order)}, units + m.committed)
    names = [*(name for _, name in AGES), OLDER, UNDATED]
    return [
        {"age": name, "orders": len(orders), "units": units, "oldest": list(orders.values())[:OLDEST]}
        for name, (orders, units) in ((name, found[name]) for name in names if name in found)
    ]


def _age(m: OrderLine, now: datetime) -> str:
    if m.ordered_at is None:
        return UNDATED
    age = now - m.ordered_at
    return next((name for days, name in AGES if age < timedelta(days=days)), OLDER)


# -- for people ----------------------------------------------------------------------------------------


def _print(report: dict[str, Any]) -> None:
    for fault in report["configuration"]["faults"]:
        table.note(fault)
    stores = report["configuration"].get("stores", {})
    named = ", ".join(f"{name} ({connector})" for name, connector in stores.items())
    _line(
        report["configuration"]["ok"], "configuration", named or f"{len(report['configuration']['faults'])} to correct"
    )
    _warn(report["configuration"])
    tills.print_checked(report.get("inbound", {}))
    if "redis" in report:
        _line(report["redis"]["ok"], "redis", report["redis"].get("error", "answers, and allows what is needed"))
        _warn(report["redis"])
    if "source" in report:
        source = report["source"]
        left, names = source.get("requests_left"), source.get("warehouses")
        budget = "" if left is None else f", {left} of {source['requests_per_window']} requests left"
        there = f"; warehouses: {', '.join(listed(names))}" if names else ""
        good = f"{source.get('address')} accepts the token and its scope{budget}{there}"
        _line(source["ok"], "warehouse", source.get("error") or good)
        _warn(source)
        grant = source.get("grant")
        if grant and (source["ok"] or grant["missing"]):
            table.line(f"          {grants.sentence(grant)}")
    _print_stores(report.get("stores", {}))
    first = report.get("first_push", {})
    for sentence in (*filter(None, (first.get("error"),)), *first.get("unknown_skus", ())):
        table.note(sentence)
    for name, found in first.get("stores", {}).items():
        first_push.show(name, found)


def _print_stores(stores: dict[str, Any]) -> None:
    """Each store in a line, then the open orders of all of them."""
    for name, store in stores.items():
        places = ", ".join(f"{x['name']} ({x['id']})" for x in store.get("locations", ()) if x["active"])
        blind = "" if store.get("readable", True) else f"; it cannot be read: {UNVERIFIED}"
        _line(store["ok"], name, store.get("error") or f"{store['name']}; locations: {places or 'none'}{blind}")
        _warn(store)
    rows = [
        [name, x["age"], x["orders"], x["units"], ", ".join(x["oldest"])]
        for name, store in stores.items()
        for x in store.get("open_orders", ())
    ]
    heads = ("store", "open orders", "orders", "units", "the oldest")
    table.show(heads, rows, title="\nopen orders, which reserve stock")


def _warn(part: dict[str, Any]) -> None:
    for warning in part.get("warnings", ()):
        table.line(f"          {warning}")


def _line(ok: bool, what: str, words_: str) -> None:
    """A failure is told on stderr as well as in its place."""
    text = f"{'ok' if ok else 'WRONG':<8}  {what}: {words_}"
    table.line(text) if ok else table.note(text)
