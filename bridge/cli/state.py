"""`state`: what stands in Redis for a SKU, in words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bridge.cli import table
from bridge.cli.begin import opened
from bridge.cli.options import Config, Json, Sku
from bridge.core.model import StockKey, StoreStock
from bridge.core.owed import units_of
from bridge.core.sku import called_sku
from bridge.ops import till_report, words
from bridge.ops.sku import Meant, meant, sku_of
from bridge.state import pack
from bridge.sync import in_flight
from bridge.sync.context import SyncContext


def state(sku: Sku, config: Config = None, as_json: Json = False) -> None:
    """What stands in Redis for a SKU.

    As it stands, and nothing worked out from it: levels and ledger of the warehouse, and of each store its listings,
    what they showed last, what is committed, and what waits. `explain` says what follows from it.
    """
    with opened(config) as context:
        sku = sku_of(context, sku, context.stores)
        report = standing(context, sku, meant(context, sku, context.stores))
    if as_json:
        table.print_json(report)
        return
    for part in report["source"]:
        table.line(f"warehouse: {part['sku']}", gap=True)
        table.facts([*_source_facts(part)], indent="  ")
    for store, found in report["stores"].items():
        for listing in found["listings"]:
            table.line(f"{store}: {listing['sku']}, {listing['title']}", gap=True)
            table.facts([*_listing_facts(listing)], indent="  ")
        if not found["listings"]:
            table.line(f"{store}: no listing has it.", gap=True)


def standing(context: SyncContext, sku: str, found: Meant) -> dict[str, Any]:
    """The whole report."""
    stores = {store: {"listings": _listings(context, store, refs)} for store, refs in found.refs.items()}
    return {"sku": sku, "source": [_source(context, part) for part in found.parts], "stores": stores}


# -- the warehouse ---------------------------------------------------------------------------------------


def _source(context: SyncContext, sku: str) -> dict[str, Any]:
    levels = context.state.levels(context.state.products([sku]).get(sku, []))
    _, ledger = context.state.ledgers([sku])[sku]
    return {
        "sku": called_sku(sku),
        "levels": [
            {"product": x.product, "sku": called_sku(x.sku), "name": x.name, "units": dict(x.units),
             "deleted": x.deleted, "updated_at": words.iso(x.updated_at), "doubt": x.doubt or None}
            for x in levels.values()
        ],
        "shipments": [
            {"store": x.store, "ref": x.ref, "order": x.order, "location": x.location, "units": x.pieces,
             "unconfirmed": x.unconfirmed, "left_at": words.iso(x.at)}
            for x in ledger.shipments
        ],
        "decreases": [
            {"warehouse": x.warehouse, "units": x.pieces, "seen_at": words.iso(x.seen_at)} for x in ledger.decreases
        ],
        "shelves": till_report.counted(context, sku),
    }  # fmt: skip


def _source_facts(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for x in part["levels"]:
        gone, doubt = ", deleted" * x["deleted"], f", doubted: {x['doubt']}" if x["doubt"] else ""
        units = words.units(x["units"])
        yield (
            f"product {x['product']}",
            f"{units}{gone}, as of {words.readable_time(x['updated_at'])}{doubt}; {x['name']}",
        )
        if x["sku"] != part["sku"]:
            yield "", f"its SKU is {x['sku']} now"
    for x in part["shipments"]:
        counted = f"{x['units'] - x['unconfirmed']} of them counted by the warehouse"
        who = f"{x['store']}, {x['order'] or 'no order names it'}"
        yield "shipped", f"{x['units']} by {who} at {words.readable_time(x['left_at'])}, {counted}"
    for x in part["decreases"]:
        when = words.readable_time(x["seen_at"])
        yield "fell", f"{x['units']} at warehouse {x['warehouse']}, seen {when}, which no shipment explains yet"
    for x in part["shelves"]:
        yield "shelf", f"{x['units']} by the till {x['till']}, store code {x['store']}"


# -- a store ---------------------------------------------------------------------------------------------


def _listings(context: SyncContext, store: str, refs: Iterable[str]) -> list[dict[str, Any]]:
    """What the hashes of a store say of some listings; null or empty where they say nothing."""
    known, now = context.state, [*refs]
    shown, owed, due = known.store_stock(store, now), known.owed(store, now), known.due_now(store, now)
    orphaned, reread, sent = known.orphaned(store, now), known.to_reread(store), in_flight.by_ref(context, store)
    return [
        {
            "ref": x.ref, "sku": x.sku, "title": x.title, "status": x.status.value, "due": x.ref in due,
            "to_be_read": x.ref in reread, "committed": units_of(owed.get(x.ref, {})),
            "noted_as": {order: line.sku for order, line in owed.get(x.ref, {}).items() if line.sku is not None},
            "lost_its_map": orphaned[x.ref][1] if x.ref in orphaned else None,
            "in_flight": [
                {"location": one.location, "quantity": one.quantity, "sent_at": words.iso(one.at)}
                for one in sent.get(x.ref, ())
            ],
            "places": [*_places(context, store, x.ref, shown.get(x.ref, {}))],
        }
        for x in known.listings(store, now).values()
    ]  # fmt: skip


def _places(context: SyncContext, store: str, ref: str, shown: Mapping[str, StoreStock]) -> Iterator[dict[str, Any]]:
    held, refused = context.state.held(store), context.state.notes(store, "quarantine")
    tries = context.state.notes(store, "tries")
    for location, k in shown.items():
        stock_key = StockKey(store, ref, location)
        name = pack.stock_key(stock_key)
        hold, drift = held.get(stock_key), context.state.drifts(store, [name]).get(name)
        yield {
            "location": location, "available": k.available, "committed": k.committed, "on_hand": k.on_hand,
            "stocked": k.stocked, "sure": k.sure, "read_at": words.iso(k.at), "last_target": k.last_target,
            "rests_on": {called_sku(sku): basis._asdict() for sku, basis in k.basis.items()},
            "held": hold and {"why": hold.why, "since": words.iso(hold.since), "decision": hold.decision},
            "refused": refused[name]["why"] if name in refused else None, "tries": tries.get(name, 0),
            "drift": drift and {
                "was": drift.was, "now": drift.now, "cause": drift.cause.value, "healed_at": words.iso(drift.healed),
            },
        }  # fmt: skip


def _listing_facts(x: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "ref", x["ref"]
    yield "status", x["status"]
    for place in x["places"]:
        where = f" at location {words.place(place['location'])}" if place["location"] else ""
        yield from ((name + where, said) for name, said in _place_facts(place))
    for order, units in x["committed"].items():
        noted = f", noted as {x['noted_as'][order]}" if order in x["noted_as"] else ""
        yield "committed", f"{units} to {order or 'orders that the store does not tell'}{noted}"
    for one in x["in_flight"]:
        yield "in flight", f"{one['quantity']}, sent {words.readable_time(one['sent_at'])}"
    waits = ("due: its target may differ from what it shows" * x["due"], "to be read" * x["to_be_read"])
    yield "waits", ", ".join(filter(None, waits))
    yield "lost its map", x["lost_its_map"] or ""


def _place_facts(k: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    odd = ", not stocked there" * (not k["stocked"]) + ", not sure" * (not k["sure"])
    read = words.readable_time(k["read_at"])
    yield "showed", f"{k['available']} for sale, {k['committed']} committed, {k['on_hand']} on hand{odd}; {read}"
    if k["last_target"] is not None:
        told = {  # the numbers that are not 0, and the stock in any case
            sku: ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in basis.items() if n or name == "stock")
            for sku, basis in k["rests_on"].items()
        }
        rests = "; ".join(f"{sku}: {numbers}" for sku, numbers in told.items())
        yield "last target", f"{k['last_target']}, which rested on {rests or 'nothing'}"
    if hold := k["held"]:
        yield (
            "held",
            f"since {words.readable_time(hold['since'])}: {hold['why']}; decided: {hold['decision'] or 'nothing'}",
        )
    yield "refused", k["refused"] or ""
    yield "tried in vain", str(k["tries"] or "")
    if drift := k["drift"]:
        ended = f"put right {words.readable_time(drift['healed_at'])}" if drift["healed_at"] else "not put right"
        yield "drift", f"{drift['was']} was left there, {drift['now']} was shown: {drift['cause']}; {ended}"
