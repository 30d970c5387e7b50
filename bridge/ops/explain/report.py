"""Everything that is known of a SKU at this moment: the warehouse's stock of it, and the slip of each of its listings.
Values ready for JSON, for the command and the page alike."""

from typing import Any

from bridge.core.catalogue import is_deleted, name_of
from bridge.core.model import Packing, Skip
from bridge.core.owed import units_of
from bridge.core.sku import called_sku
from bridge.ops import incoming, till_report, words
from bridge.ops.explain.discrepancies import discrepancies
from bridge.ops.explain.slip import Beside, slip
from bridge.ops.resync import refs_of
from bridge.ops.sku import meant, sku_of
from bridge.ops.warehouse_history import WarehouseHistory, warehouse_history
from bridge.state.snapshot import READ, Snapshot
from bridge.sync import warehouses
from bridge.sync.context import SyncContext
from bridge.sync.inputs import resolve_noted, taken_parts
from bridge.sync.read.numbers import called
from connectors.values import replace


def explained(context: SyncContext, sku: str, stores: tuple[str, ...], *, offline: bool = False) -> dict[str, Any]:
    """The whole report. A store without a slip has no listing of the SKU. offline: the warehouse is not asked for its
    own history."""
    snapshot = Snapshot.of(context.state)
    context = replace(context, state=snapshot)
    sku = sku_of(context, sku, stores)
    found = meant(context, sku, stores)
    snapshot.look_at([store for store, refs in found.refs.items() if refs])
    snapshot.fetch({(what, store): refs for what in READ if what != "bysku" for store, refs in found.refs.items()})
    stock = [_stock(context, part) for part in found.parts]
    names, slips = warehouses.known(context), dict[str, list[dict[str, Any]]]()
    for store in stores:
        refs, slips[store] = found.refs[store], []
        for item, d, around, discrepancy in discrepancies(context, store, refs):
            made = item.inputs.parts
            entries = [] if isinstance(made, Skip) else [x for part in made for x in snapshot.history(part)]
            beside = Beside(
                rules=context.rules(store), can=context.capabilities(store), names=names,
                entries=sorted(entries, key=lambda x: x["at"]), around=around, discrepancy=discrepancy,
            )  # fmt: skip
            slips[store].append(slip(item, d, beside))
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
