"""`explain`: why does the shop say 7?"""

from collections.abc import Mapping
from typing import Any

from bridge.cli import incoming, table, tills
from bridge.cli.begin import chosen_stores, opened
from bridge.cli.options import Config, Json, MaybeStore, Offline
from bridge.cli.sku import Sku, meant, sku_of
from bridge.cli.slip import Around, printed, slip
from bridge.core.catalogue import is_deleted, name_of
from bridge.core.model import Packing, Skip
from bridge.core.owed import units_of
from bridge.core.sku import called_sku
from bridge.ops import facts, till_report, words
from bridge.ops.resync import refs_of
from bridge.ops.warehouse_history import WarehouseHistory, warehouse_history
from bridge.state import pack
from bridge.sync import warehouses
from bridge.sync.context import SyncContext
from bridge.sync.inputs import resolve_noted, taken_parts
from bridge.sync.read.numbers import called
from bridge.sync.session import is_paused

SHOWN = 5
"""Entries of the warehouse's own history below a slip."""


def explain(
    sku: Sku, store: MaybeStore = None, offline: Offline = False, config: Config = None, as_json: Json = False
) -> None:
    """Why does the shop say 7?

    An accountant's slip for every listing of a SKU: what the warehouse holds, less what is sold or has
    left, each rule, the target, what is written, what the store shows, its last reply, the next step.

    SKU is one of the warehouse (then every listing that takes pieces of it), one of a store, or a name.
    """
    with opened(config) as context:
        report = explained(context, sku, chosen_stores(context, store), offline=offline)
    if as_json:
        table.print_json(report)
    else:
        for stock in report["stock"]:
            _print_stock(stock)
        for x in (one for found in report["stores"].values() for one in found["slips"]):
            where = f", location {words.place(x['location'])}" if x["location"] else ""
            table.line(f"{x['store']}: {x['sku']}, {x['title']}{where}", gap=True)
            table.facts(printed(x), indent="  ")
        for name, found in report["stores"].items():
            if not found["slips"]:
                table.line(f"{name}: no listing has it.", gap=True)
        _print_warehouse_history(report["warehouse_history"])


def explained(context: SyncContext, sku: str, stores: tuple[str, ...], *, offline: bool = False) -> dict[str, Any]:
    """The whole report. A store without a slip has no listing of the SKU. offline: the warehouse is not asked for its
    own history."""
    sku = sku_of(context, sku, stores)
    found = meant(context, sku, stores)
    stock = [_stock(context, part) for part in found.parts]
    names, slips = warehouses.known(context), dict[str, list[dict[str, Any]]]()
    for store in stores:
        refs, held = found.refs[store], context.state.held(store)
        breaker, paused = context.state.store_record(store).breaker, is_paused(context, store)
        due, refused = context.state.due_now(store, refs), context.state.notes(store, "quarantine")
        slips[store] = []
        for item in facts.items(context, store, refs):
            made = item.inputs.parts
            entries = [] if isinstance(made, Skip) else [x for part in made for x in context.state.history(part)]
            for d in item.decisions:
                why = refused.get(pack.stock_key(d.stock_key))
                around = Around(
                    rules=context.rules(store), writes_on_hand=context.capabilities(store).writes == "on_hand",
                    paused=paused, breaker=breaker.why if breaker else None, due=d.stock_key.ref in due,
                    refused=why and why["why"], names=names, entries=sorted(entries, key=lambda x: x["at"]),
                    readable=context.capabilities(store).readable,
                )  # fmt: skip
                slips[store].append(slip(item, d, held.get(d.stock_key), around))
    told = WarehouseHistory() if offline else warehouse_history(context, found.parts)
    return {
        "sku": sku, "stock": stock, "stores": {store: {"slips": rows} for store, rows in slips.items()},
        "warehouse_history": told.as_dict(),
    }  # fmt: skip


def _stock(context: SyncContext, sku: str) -> dict[str, Any]:
    """What is known of one warehouse SKU, order by order. "unconfirmed": units that have left a store and that the
    warehouse has not taken off yet."""
    products = context.state.products([sku]).get(sku, [])
    levels, names = context.state.levels(products), warehouses.known(context)
    catalogue = context.state.catalogue(products)
    return {
        "sku": called_sku(sku),
        "products": [
            {"product": x.product if x.packing is None else None, "name": name_of(x, catalogue.get(x.product)),
             "description": catalogue[x.product].description if x.product in catalogue else "",
             "packing": _packing(x.packing), "deleted": is_deleted(x, catalogue.get(x.product)),
             "units": dict(x.units),
             "updated_at": words.iso(x.updated_at), "doubt": x.doubt or None,
             "held": {warehouses.called(w, names): n for w, n in sorted(x.units.items())}}
            for x in levels.values() if x.sku == sku
        ],
        "shelves": till_report.counted(context, sku),
        "incoming": incoming.on_the_way(context.state.incoming(), sku),
        "unconfirmed": [
            {"store": d.store, "order": d.order or "no order names it",
             "number": called(context, d.store, [d.order])[d.order] or None,
             "units": d.unconfirmed, "left_at": words.iso(d.at),
             "let_go_at": words.iso(d.at + context.windows.release)}
            for d in context.state.ledgers([sku])[sku][1].shipments if d.unconfirmed > 0
        ],
        "committed": (found := {store: n for store in context.stores if (n := _open(context, store, sku))}),
        "numbers": {store: called(context, store, orders) for store, orders in found.items()},
    }  # fmt: skip


def _packing(packing: Packing | None) -> dict[str, Any] | None:
    """What one full carton is, for whoever plans shipments of them; None of a product."""
    if packing is None:
        return None
    return {
        "sku": packing.sku, "pieces": packing.pieces, "dimensions_mm": list(packing.dimensions),
        "weight_g": packing.weight,
    }  # fmt: skip


def _open(context: SyncContext, store: str, sku: str) -> dict[str, int]:
    """Order → pieces of a SKU that it still has to ship, bundles included, as far as orders are known."""
    refs = refs_of(context, store, [sku])
    rules, owed = context.rules(store), context.state.owed(store, refs)
    made = taken_parts(context, rules, context.state.listings(store, refs).values())
    noted = resolve_noted(context, rules, owed)
    orders: dict[str, int] = {}
    for ref, lines in owed.items():
        pieces = made.get(ref, {}).get(sku, 0)
        for order, units in units_of(lines).items():
            each = max(pieces, noted.get((ref, order), {}).get(sku, 0))
            orders[order] = orders.get(order, 0) + units * each
    return {order: units for order, units in orders.items() if units}


# -- for people ----------------------------------------------------------------------------------------


def _print_stock(stock: Mapping[str, Any]) -> None:
    table.line(f"warehouse: {stock['sku']}")
    rows = []
    for x in stock["products"]:
        held = "deleted" if x["deleted"] else ", ".join(f"{name}: {n}" for name, n in x["held"].items()) or "none"
        doubt = f"; not believed, because {x['doubt']}" if x["doubt"] else ""
        said = f"{held}, as of {words.readable_time(x['updated_at'])}{doubt}"
        what = f"product {x['product']}" if x["packing"] is None else "full cartons of"
        rows.append((f"{what} {x['name']}".rstrip(), said))
        rows.append(("  described as", x["description"]))
        if p := x["packing"]:
            sizes = " × ".join(map(str, p["dimensions_mm"]))
            rows.append(("each of them", f"{p['pieces']} of {p['sku']}, {sizes} mm, {p['weight_g']} g"))
    rows += [tills.printed(x) for x in stock["shelves"]]
    rows += [incoming.printed(found)] if (found := stock["incoming"]) else []
    for x in stock["unconfirmed"]:
        left, expires = words.readable_time(x["left_at"]), words.readable_time(x["let_go_at"])
        said = f"{x['units']} since {left}, not counted by the warehouse; expires at {expires}"
        rows.append((f"shipped by {x['store']}, {x['number'] or x['order']}", said))
    for store, orders in stock["committed"].items():
        numbers = stock["numbers"][store]
        named = {order: numbers[order] if numbers[order] != order else words.place(order) for order in orders}
        rows.append((f"open in {store}", ", ".join(f"{named[order]}: {n}" for order, n in orders.items())))
    table.facts(rows, indent="  ")


def _print_warehouse_history(told: Mapping[str, Any]) -> None:
    """The last entries of it; `history` has them all."""
    last = told["entries"][-SHOWN:]
    if last:
        table.line("lately at 3PLGuys", gap=True)
        facts_ = [(words.readable_time(x["at"]), f"{x['of']}: {x['what']}, by {x['by']}") for x in last]
        table.facts(facts_, indent="  ")
    if told["error"]:
        table.line(told["error"], gap=not last)
