"""`check`: everything a person should know before the first push, asked once and without patience."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli import failing, first_push, table, words
from bridge.cli.begin import context_at, redis_of, settings_of
from bridge.cli.options import Config, Json
from bridge.cli.trial import harmless
from bridge.cli.unknown_skus import unknown_skus
from bridge.config import Settings
from bridge.config.load import read
from bridge.config.warn import warnings_of
from bridge.core.owed import ref_of
from bridge.core.schedule import RateStatus
from bridge.errors import BridgeError, ConfigError, EmbeddedRedisError, SourceError, StateError
from bridge.sync.context import SyncContext
from bridge.sync.identity import refuse_duplicates
from bridge.sync.warehouses import listed
from bridge.wiring import unknown_services
from connectors.base import OrderLine, StoreConnector, StoreError, send_once
from connectors.skills import IdentifiesShop

Offline = Annotated[bool, typer.Option("--offline", help="Only the configuration: no Redis, no network.")]
AGES = ((1, "under a day"), (7, "1 to 7 days"), (30, "7 to 30 days"), (60, "30 to 60 days"), (90, "60 to 90 days"))
OLDER = "over 90 days"
UNDATED = "without a date"
OLDEST = 3  # orders of each age that are told by number


def check(offline: Offline = False, config: Config = None, as_json: Json = False) -> None:
    """Is everything in place?

    The configuration; then Redis, the warehouse's token and scope, each store's key, permissions and
    locations, its open orders by age, and what a first push would change. Writes to no store.

    Exit codes: 0 ready, 1 a person is needed, 2 the configuration is wrong, 75 something does not answer.
    """
    settings, faults = _configuration(config)
    report: dict[str, Any] = {"ok": settings is not None, "configuration": {"ok": not faults, "faults": list(faults)}}
    report |= {"error": " ".join(faults)} if faults else {}
    codes = [failing.USAGE] if settings is None else []
    if settings is not None:
        report["configuration"]["stores"] = {name: x.connector for name, x in settings.stores.items()}
        report["configuration"]["warnings"] = list(warnings_of(read(os.environ, config), settings))
        if not offline:
            codes += _online(settings, report, config)
    code = _worst(codes)
    report["ok"] = code == 0
    if as_json:
        table.print_json(report)
    else:
        _print(report)
    failing.finish(code)


def _worst(codes: Sequence[int]) -> int:
    """What a person must do comes before what time may do."""
    return next(
        (code for code in (failing.BUG, failing.USAGE, failing.NEEDS_A_PERSON, failing.LATER) if code in codes), 0
    )


def _configuration(config: Any) -> tuple[Settings | None, tuple[str, ...]]:
    try:
        settings = settings_of(config)
    except ConfigError as fault:
        return None, fault.faults
    faults = unknown_services(settings)  # loading asks no service's library
    return (None if faults else settings), faults


def _online(settings: Settings, report: dict[str, Any], config: Path | None) -> list[int]:
    """Everything behind the network, into the report → exit codes of what failed."""
    report["redis"] = {"ok": False}
    try:
        with redis_of(settings, config) as url:
            context = context_at(settings, url)
            code = _redis(context, report)
            return [code] if code else _edges(context, report, config)
    except BridgeError as fault:
        report["redis"] |= {"ok": False, "error": failing.sentences(fault)[0]}
        return [failing.code_of(fault)]


def _redis(context: SyncContext, report: dict[str, Any]) -> int:
    """What Redis allows and keeps, into the report → the exit code. Raises StateError when it does not answer."""
    error, code = context.state.missing_rights(), failing.NEEDS_A_PERSON
    try:
        if error is None:
            context.state.refuse_another_merchant()
    except ConfigError as fault:
        error, code = str(fault), fault.exit_code
    warnings = [warning] if (warning := context.state.eviction()) else []
    report["redis"] = {"ok": error is None, "warnings": warnings} | ({"error": error} if error else {})
    return code if error else 0


def _edges(context: SyncContext, report: dict[str, Any], config: Path | None) -> list[int]:
    codes: list[int] = []
    report["source"] = _tried(codes, partial(_source, context))
    shops: dict[str, str] = {}
    report["stores"] = {store: _tried(codes, partial(_check_store, context, store, shops)) for store in context.stores}
    ready = report["source"]["ok"] and any(x["ok"] for x in report["stores"].values())
    if ready:
        report["first_push"], code = _first_push(config, [s for s, x in report["stores"].items() if x["ok"]])
        codes.append(code)
    return codes


def _first_push(config: Path | None, stores: Sequence[str]) -> tuple[dict[str, Any], int]:
    try:
        with harmless(config) as context:
            found, code = first_push.ask(context, stores)
            return found | {"unknown_skus": [text for store in stores for text in unknown_skus(context, store)]}, code
    except EmbeddedRedisError as fault:
        return {"error": str(fault), "stores": {}}, fault.exit_code


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
    try:
        client.check()
        with suppress(SourceError):  # the scope `locations` is not needed
            names = client.warehouses()
    finally:
        client.close()
    budget = heard[-1] if heard else None
    return {
        "address": context.settings.source.base_url,
        "requests_left": budget and budget.remaining,
        "requests_per_window": budget and budget.limit,
        "warehouses": names,
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
    listed = ", ".join(f"{name} ({connector})" for name, connector in stores.items())
    _line(
        report["configuration"]["ok"], "configuration", listed or f"{len(report['configuration']['faults'])} to correct"
    )
    _warn(report["configuration"])
    if "redis" in report:
        _line(report["redis"]["ok"], "redis", report["redis"].get("error", "answers, and allows what is needed"))
        _warn(report["redis"])
    if "source" in report:
        _line(report["source"]["ok"], "warehouse", _source_words(report["source"]))
    for name, store in report.get("stores", {}).items():
        _line(store["ok"], name, store.get("error") or _store_words(store))
        _warn(store)
    _print_orders(report.get("stores", {}))
    _print_first_push(report.get("first_push", {}))


def _warn(part: dict[str, Any]) -> None:
    for warning in part.get("warnings", ()):
        table.line(f"          {warning}")


def _print_first_push(first: dict[str, Any]) -> None:
    for sentence in (*filter(None, (first.get("error"),)), *first.get("unknown_skus", ())):
        table.note(sentence)
    for name, found in first.get("stores", {}).items():
        first_push.show(name, found)


def _line(ok: bool, what: str, words_: str) -> None:
    """A failure is told on stderr as well as in its place."""
    text = f"{'ok' if ok else 'WRONG':<8}  {what}: {words_}"
    table.line(text) if ok else table.note(text)


def _source_words(source: dict[str, Any]) -> str:
    if not source["ok"]:
        return str(source["error"])
    left = source["requests_left"]
    budget = "" if left is None else f", {left} of {source['requests_per_window']} requests left"
    there = f"; warehouses: {', '.join(listed(source['warehouses']))}" if source["warehouses"] else ""
    return f"{source['address']} accepts the token and its scope{budget}{there}"


def _store_words(store: dict[str, Any]) -> str:
    places = ", ".join(f"{x['name']} ({x['id']})" for x in store["locations"] if x["active"])
    return f"{store['name']}; locations: {places or 'none'}"


def _print_orders(stores: dict[str, Any]) -> None:
    rows = [
        [name, x["age"], x["orders"], x["units"], ", ".join(x["oldest"])]
        for name, store in stores.items()
        for x in store.get("open_orders", ())
    ]
    table.show(
        ("store", "open orders", "orders", "units", "the oldest"), rows, title="\nopen orders, which reserve stock"
    )
