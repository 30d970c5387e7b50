"""What is on its way to the warehouses: asked for when a person wants to know, and kept for `explain`. Never stock."""

from collections.abc import Mapping
from typing import Any

from bridge.core.sku import carton_sku
from bridge.ops.catalog import looked_up
from bridge.sync.context import SyncContext
from bridge.threeplguys.parse import BadRow
from bridge.threeplguys.shipments import Arrival, Part


def look_up(context: SyncContext) -> dict[str, Any]:
    """Ask 3PLGuys, and keep what it says: {"at", "shipments", "unreadable"}, ready for JSON. Raises SourceError."""
    with looked_up(context) as source:
        found = source.arrivals()
    good = [x for x in found if isinstance(x, Arrival)]
    bad = [{"id": x.product, "why": x.reason} for x in found if isinstance(x, BadRow)]
    skus = _skus(context, [part for x in good for part in x.parts or ()])
    told = {
        "at": context.now().isoformat(),
        "shipments": [_row(x, skus) for x in good],
        "unreadable": bad,
    }
    context.state.note_incoming(told)
    return told


def _skus(context: SyncContext, parts: list[Part]) -> dict[Part, str]:
    """Part → its SKU: what the shipment says, else what is known of its product or carton type."""
    names = {part: part.product or (carton_sku(part.carton) if part.carton else "") for part in parts}
    levels = context.state.levels(sorted(set(filter(None, names.values()))))
    return {part: part.sku or (levels[name].sku if name in levels else "") for part, name in names.items()}


def _row(x: Arrival, skus: dict[Part, str]) -> dict[str, Any]:
    items = [
        {"sku": skus[part] or None, "product": part.product or None, "carton": part.carton or None, "units": part.units}
        for part in x.parts or ()
    ]
    return {
        "shipment": x.shipment, "type": x.kind, "status": x.status, "warehouse": x.warehouse,
        "warehouse_name": x.warehouse_name, "notes": x.notes or None,
        "created_at": x.created_at and x.created_at.isoformat(),
        "updated_at": x.updated_at and x.updated_at.isoformat(),
        "items": None if x.parts is None else items,
    }  # fmt: skip


def on_the_way(told: Mapping[str, Any] | None, sku: str) -> dict[str, Any] | None:
    """What of a SKU was on its way when it was last asked for; None: nobody asked, or nothing was."""
    found = [
        {"shipment": x["shipment"], "status": x["status"], "warehouse": x["warehouse"], "units": item["units"]}
        for x in (told or {}).get("shipments", ()) for item in x["items"] or () if item["sku"] == sku
    ]  # fmt: skip
    return {"as_of": told["at"], "shipments": found} if told and found else None
