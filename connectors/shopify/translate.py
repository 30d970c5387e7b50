"""Between Shopify's rows and the contract's values. Pure: no network, no clock."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from connectors.base import (
    Batch,
    Listing,
    Location,
    LocationsUndecidedError,
    OperatorStoreError,
    Reading,
    Status,
    StockUpdate,
)
from connectors.shopify.plain import Level, Variant
from connectors.shopify.queries import alias
from connectors.shopify.shapes import object_of, text_of

Row = Mapping[str, Any]

ITEM = re.compile(r"gid://shopify/InventoryItem/\d+")
PLACE = re.compile(r"gid://shopify/Location/\d+")

REASON = "cycle_count_available"  # one of the 17 that Shopify accepts; shown in its inventory history
SCOPES = ("read_products", "write_inventory", "read_locations", "read_orders")

# ---------------------------------------------------------------- listings

NO_VARIANTS = " - Default Title"
"""What Shopify adds to the title of a product that comes in one form only."""


def listing(row: Row) -> Listing:
    """A variant. `ref` is the gid of its inventory item, which is what stock is written to."""
    item, product = row["inventoryItem"], row.get("product") or {}
    status = _status(row.get("requiresComponents"), item["tracked"], product.get("status"))
    return Listing(item["id"], row.get("sku") or "", _title(row.get("displayName")), status)


def _status(components: object, tracked: object, product: object) -> Status:
    if components:
        return Status.BUNDLE
    if not tracked:
        return Status.UNTRACKED
    return Status.DRAFT if product in ("DRAFT", "ARCHIVED") else Status.LIVE


def _title(name: str | None) -> str:
    return (name or "").removesuffix(NO_VARIANTS)


def updated_since(moment: datetime) -> str:
    """Search text for rows updated at or after an instant, to the second.
    https://shopify.dev/docs/api/usage/search-syntax"""
    return f"updated_at:>='{moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}'"


# ---------------------------------------------------------------- readings


def readings(row: Row, locations: Sequence[str], *, activate: bool = False) -> Iterator[Reading]:
    """One item at each location. With `activate` an unstocked location counts as stocked, because a
    push will stock it first."""
    for place, location in enumerate(locations):
        yield reading(row["id"], location, row.get(alias(place)), activate=activate)


def listed(
    row: Row | Variant, locations: Sequence[str], *, activate: bool = False
) -> tuple[Listing, Sequence[Reading]]:
    """A variant with the levels of its item."""
    if not isinstance(row, Variant):
        return listing(row), tuple(readings(row["inventoryItem"], locations, activate=activate))
    item = row.inventoryItem
    status = _status(row.requiresComponents, item.tracked, row.product and row.product.status)
    told = Listing(item.id, row.sku or "", _title(row.displayName), status)
    at = [(location, getattr(item, alias(place))) for place, location in enumerate(locations)]
    return told, tuple([_plain_reading(item.id, location, level, activate=activate) for location, level in at])


def reading(ref: str, location: str, level: Row | None, *, activate: bool) -> Reading:
    """One item at one location. No level and an inactive one both sell nothing; the latter still holds its old
    numbers."""
    level = level or {}
    units = {quantity["name"]: quantity["quantity"] for quantity in level.get("quantities", ())}
    return _reading(ref, location, units, active=bool(level.get("isActive")), activate=activate)


def _plain_reading(ref: str, location: str, level: Level | None, *, activate: bool) -> Reading:
    units = {quantity.name: quantity.quantity for quantity in level.quantities} if level else {}
    return _reading(ref, location, units, active=level is not None and level.isActive, activate=activate)


def _reading(ref: str, location: str, units: Mapping[str, int], *, active: bool, activate: bool) -> Reading:
    committed = units.get("committed", 0) + units.get("reserved", 0)
    available = units.get("available", 0) if active else 0
    return Reading(ref, location, available, committed, units.get("on_hand", 0), active or activate)


# ---------------------------------------------------------------- writing


def set_quantities(updates: Sequence[StockUpdate], batch: Batch) -> dict[str, Any]:
    """The input of inventorySetQuantities. The key changeFromQuantity must be there even when null."""
    return {
        "name": "on_hand",
        "reason": REASON,
        "referenceDocumentUri": f"gid://stockbridge/Run/{quote(batch.run, safe='') or '-'}",
        "quantities": [
            {
                "inventoryItemId": update.ref,
                "locationId": update.location,
                "quantity": update.quantity,
                "changeFromQuantity": update.was,
            }
            for update in updates
        ],
    }


# ---------------------------------------------------------------- permissions and places


def granted(data: Row) -> list[str]:
    """The scopes that an answer says the app has; none where it says nothing."""
    scopes = object_of(data.get("currentAppInstallation")).get("accessScopes")
    return [text_of(object_of(scope).get("handle")) for scope in (scopes if isinstance(scopes, list) else ())]


def missing_scopes(granted: Sequence[str]) -> tuple[str, ...]:
    """Scopes the bridge needs and the app lacks. A write scope includes its read scope."""
    have = set(granted) | {f"read_{scope.removeprefix('write_')}" for scope in granted if scope.startswith("write_")}
    if "read_all_orders" in have:
        have.add("read_orders")
    return tuple(scope for scope in SCOPES if scope not in have)


def location(row: Row) -> Location:
    return Location(id=row["id"], name=row.get("name") or "", active=bool(row.get("isActive")))


def chosen(configured: Sequence[str], found: Sequence[Location], *, what: str) -> tuple[str, ...]:
    """The locations to read and write: those configured, or the only active one."""
    known = {place.id for place in found}
    absent = [place for place in configured if place not in known]
    if absent:
        text = f"{what} has no location {', '.join(absent)}; it has: {_listed(found)}; correct `locations`."
        raise OperatorStoreError(text)
    active = [place for place in found if place.active]
    if configured:
        return tuple(configured)
    if not active:
        raise OperatorStoreError(f"{what} has no active location; activate one in the Shopify admin.")
    if len(active) > 1:
        line = f'locations = {{ "1" = "{active[0].id}" }}'
        text = f"{what} has {len(active)} active locations ({_listed(active)}); say which warehouse is which: {line}"
        raise LocationsUndecidedError(text, found)
    return (active[0].id,)


def _listed(places: Sequence[Location]) -> str:
    return ", ".join(f"{place.id} ({place.name})" for place in places) or "none"


def sleeping(configured: Sequence[str], found: Sequence[Location]) -> tuple[str, ...]:
    """Sentences about configured locations that are switched off in Shopify."""
    names = {place.id: place.name for place in found if not place.active}
    return tuple(
        f"Location {place} ({names[place]}) is deactivated in Shopify: what is written there sells nothing."
        for place in configured
        if place in names
    )
