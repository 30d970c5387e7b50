"""Which warehouse is which location of the store."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bridge.cli.setup.dialog import Dialog
from bridge.core.model import Level
from connectors.base import Location


def names_of(rows: Iterable[Any]) -> dict[str, str]:
    """Warehouse id → name, as far as some raw rows tell. Names are only shown."""
    rows = [row for row in rows if isinstance(row, dict) and isinstance(row.get("warehouses"), list)]
    found = [place for row in rows for place in row["warehouses"] if isinstance(place, dict)]
    return {str(place["id"]): str(place.get("name") or "") for place in found if place.get("id") is not None}


def units_of(levels: Iterable[Level]) -> dict[str, int]:
    """Warehouse id → units it holds."""
    found: dict[str, int] = {}
    for level in levels:
        for warehouse, units in level.units.items():
            found[warehouse] = found.get(warehouse, 0) + units
    return found


def ask(
    dialog: Dialog, warehouses: Mapping[str, int], names: Mapping[str, str], locations: Sequence[Location]
) -> dict[str, str]:
    """warehouse → location, by numbers of a list that is shown. At least one is mapped. Proposed is the location of the
    same name; else, for the first warehouses, the one at the same place of its list."""
    places = [place for place in locations if place.active]
    dialog.tell("Locations of the store:", gap=True)
    for n, place in enumerate(places, 1):
        dialog.tell(f"  {n}  {place.name} ({place.id})")
    dialog.tell("Which location sells the stock of which warehouse? 0: none")
    while True:
        found: dict[str, str] = {}
        for order, (warehouse, units) in enumerate(sorted(warehouses.items())):
            what = words(warehouse, names, units)
            name = names.get(warehouse, "").strip().casefold()
            same = [n for n, place in enumerate(places, 1) if place.name.strip().casefold() == name]
            chosen = dialog.number(what, len(places), same[0] if same else min(order + 1, len(places)))
            if chosen:
                found[warehouse] = places[chosen - 1].id
        if found:
            return found
        dialog.tell("At least one warehouse needs a location, or nothing could be sold.")


def words(warehouse: str, names: Mapping[str, str], units: int) -> str:
    name = names.get(warehouse)
    return f"warehouse {warehouse}{f' ({name})' if name else ''}, {units} units"
