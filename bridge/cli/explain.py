"""`explain`: why does the shop say 7?"""

from collections.abc import Iterator, Mapping
from typing import Any

from bridge.cli import facts, table, words
from bridge.cli.begin import chosen_stores, opened
from bridge.cli.options import Config, Json, MaybeStore
from bridge.cli.sku import Meant, Sku, meant, sku_of
from bridge.cli.slip import Around, printed, slip
from bridge.core.model import Skip
from bridge.core.owed import units_of
from bridge.ops.resync import refs_of
from bridge.state import pack
from bridge.sync import warehouses
from bridge.sync.context import SyncContext
from bridge.sync.numbers import called
from bridge.sync.session import is_paused
from bridge.sync.view import resolve_all, resolve_noted


def explain(sku: Sku, store: MaybeStore = None, config: Config = None, as_json: Json = False) -> None:
    """Why does the shop say 7?

    An accountant's slip for every listing of a SKU: what the warehouse holds, less what is sold or has
    left, each rule, the target, what is written, what the store shows, its last reply, the next step.

    SKU is one of the warehouse (then every listing that takes pieces of it), one of a store, or a name.
    """
    with opened(config) as context:
        report = explained(context, sku, chosen_stores(context, store))
    if as_json:
        table.print_json(report)
    else:
        _print(report)


def explained(context: SyncContext, sku: str, stores: tuple[str, ...]) -> dict[str, Any]:
    """The whole report. A store without a slip has no listing of the SKU."""
    sku = sku_of(context, sku, stores)
    found = meant(context, sku, stores)
    return {
        "sku": sku,
        "stock": [_stock(context, part) for part in found.parts],
        "stores": {store: {"slips": list(_slips(context, store, found))} for store in stores},
    }


def _stock(context: SyncContext, sku: str) -> dict[str, Any]:
    """What is known of one warehouse SKU, order by order."""
    products = context.state.products([sku]).get(sku, [])
    levels, names = context.state.levels(products), warehouses.known(context)
    return {
        "sku": sku,
        "products": [
            {"product": x.product, "name": x.name, "deleted": x.deleted, "units": dict(x.units),
             "updated_at": words.iso(x.updated_at), "doubt": x.doubt or None,
             "held": {warehouses.called(w, names): n for w, n in sorted(x.units.items())}}
            for x in levels.values() if x.sku == sku
        ],
        "unconfirmed": _unconfirmed(context, sku),
        "committed": (found := {store: n for store in context.stores if (n := _open(context, store, sku))}),
        "numbers": {store: called(context, store, orders) for store, orders in found.items()},
    }  # fmt: skip


def _unconfirmed(context: SyncContext, sku: str) -> list[dict[str, Any]]:
    """Units that have left a store and that the warehouse has not taken off yet."""
    shipments = context.state.ledgers([sku])[sku][1].shipments
    return [
        {"store": d.store, "order": d.order or "no order names it",
         "number": called(context, d.store, [d.order])[d.order] or None,
         "units": d.unconfirmed, "left_at": words.iso(d.at),
         "let_go_at": words.iso(d.at + context.windows.release)}
        for d in shipments if d.unconfirmed > 0
    ]  # fmt: skip


def _open(context: SyncContext, store: str, sku: str) -> dict[str, int]:
    """Order → pieces of a SKU that it still has to ship, bundles included, as far as orders are known."""
    refs = refs_of(context, store, [sku])
    rules, owed = context.rules(store), context.state.owed(store, refs)
    made, noted = (
        resolve_all(context, rules, context.state.listings(store, refs).values()),
        resolve_noted(context, rules, owed),
    )
    orders: dict[str, int] = {}
    for ref, lines in owed.items():
        parts = made.get(ref, Skip.UNMAPPED)
        pieces = 0 if isinstance(parts, Skip) else parts.get(sku, 0)
        for order, units in units_of(lines).items():
            each = max(pieces, noted.get((ref, order), {}).get(sku, 0))
            orders[order] = orders.get(order, 0) + units * each
    return {order: units for order, units in orders.items() if units}


def _slips(context: SyncContext, store: str, found: Meant) -> Iterator[dict[str, Any]]:
    refs = found.refs[store]
    trouble, held = context.state.store_record(store).trouble, context.state.held(store)
    names = warehouses.known(context)
    due, refused = context.state.due_now(store, refs), context.state.notes(store, "quarantine")
    for item in facts.items(context, store, refs):
        made = item.inputs.parts
        entries = [] if isinstance(made, Skip) else [x for part in made for x in context.state.history(part)]
        for d in item.decisions:
            why = refused.get(pack.stock_key(d.stock_key))
            around = Around(
                rules=context.rules(store), writes_on_hand=context.capabilities(store).writes == "on_hand",
                paused=is_paused(context, store), trouble=trouble.why if trouble else None, due=d.stock_key.ref in due,
                refused=why and why["why"], names=names, entries=sorted(entries, key=lambda x: x["at"]),
            )  # fmt: skip
            yield slip(item, d, held.get(d.stock_key), around)


# -- for people ----------------------------------------------------------------------------------------


def _print(report: Mapping[str, Any]) -> None:
    for stock in report["stock"]:
        _print_stock(stock)
    for x in (one for found in report["stores"].values() for one in found["slips"]):
        where = f", location {words.place(x['location'])}" if x["location"] else ""
        table.line(f"{x['store']}: {x['sku']}, {x['title']}{where}", gap=True)
        table.facts(printed(x), indent="  ")
    for store, found in report["stores"].items():
        if not found["slips"]:
            table.line(f"{store}: no listing has it.", gap=True)


def _print_stock(stock: Mapping[str, Any]) -> None:
    table.line(f"warehouse: {stock['sku']}")
    rows = [(f"product {x['product']} {x['name']}".rstrip(), _level(x)) for x in stock["products"]]
    rows += [(f"shipped by {x['store']}, {x['number'] or x['order']}", _shipment(x)) for x in stock["unconfirmed"]]
    rows += [
        (f"open in {store}", ", ".join(f"{_called(stock['numbers'][store], o)}: {n}" for o, n in orders.items()))
        for store, orders in stock["committed"].items()
    ]
    table.facts(rows, indent="  ")


def _called(numbers: Mapping[str, str], order: str) -> str:
    return numbers[order] if numbers[order] != order else words.place(order)


def _level(x: Mapping[str, Any]) -> str:
    held = "deleted" if x["deleted"] else ", ".join(f"{name}: {n}" for name, n in x["held"].items()) or "none"
    doubt = f"; not believed, because {x['doubt']}" if x["doubt"] else ""
    return f"{held}, as of {words.readable_time(x['updated_at'])}{doubt}"


def _shipment(x: Mapping[str, Any]) -> str:
    left, let_go = words.readable_time(x["left_at"]), words.readable_time(x["let_go_at"])
    return f"{x['units']} since {left}, not counted by the warehouse; let go at {let_go}"
