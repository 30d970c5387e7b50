"""Carton types as the API shows them: their definition in the units they were given, their counts in mm and g."""

from collections.abc import Mapping, Sequence

from bridge.core.measure import Length, Weight
from bridge.threeplguys.sandbox.rows import SORTED_BY, Switches, flag, places, sorting, taken, times
from bridge.threeplguys.sandbox.things import CartonType
from bridge.threeplguys.sandbox.world import Warehouse


def carton_page(world: Warehouse, query: Mapping[str, str], switches: Switches) -> Sequence[CartonType]:
    """A page of the list (Cartons reference)."""
    found = world.cartons.listing(sorting(query, SORTED_BY), deleted=flag(query, "includeDeleted"))
    if product := query.get("productId"):
        found = [made for made in found if made.item.id == product]
    if part := query.get("search", "").lower():
        found = [made for made in found if any(part in x.lower() for x in (made.name, made.item.name, made.sku))]
    return taken(found, query, switches)


def carton_row(made: CartonType, switches: Switches) -> dict[str, object]:
    """A carton type as it is defined (Cartons reference)."""
    contents = {
        "productId": made.item.id, "productName": made.item.name, "sku": made.sku, "quantity": made.units,
    }  # fmt: skip
    row: dict[str, object] = {
        "id": made.id,
        "name": made.name,
        "contents": [contents],
        "dimensions": dict(made.dimensions),
        "weight": dict(made.weight),
    }
    return row | times(made, switches)


def carton_level_row(made: CartonType, world: Warehouse, switches: Switches) -> dict[str, object]:
    """A row of the carton breakdown (Stock Levels reference). Deleted types report 0."""
    counts, unit = {} if made.deleted_at else made.counts, made.dimensions["units"]
    contents = {
        "id": made.item.id,
        "sku": made.sku,
        "name": made.item.name,
        "quantity": made.units,
        "createdAt": switches.shown(made.item.created_at),
        "updatedAt": switches.shown(made.item.updated_at),
    }
    row: dict[str, object] = {
        "id": made.id,
        "name": f"{made.item.name} [{made.name}]",
        "contents": [contents],
        "quantity": sum(counts.values()),
        "warehouses": places(counts, world),
        "dimensions": {name: Length.of(made.dimensions[name], unit).rounded for name in ("length", "width", "height")},
        "weight": Weight.of(made.weight["amount"], made.weight["units"]).rounded,
    }
    return row | times(made, switches) | made.odd
