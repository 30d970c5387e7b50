"""Shipments that are on their way to a warehouse (Shipments reference, Inbound Receiving guide): shown to people, and
never counted as stock.

`received` ends one by the reference, `forwarded` by the guide. Neither prints how a shipment tells what it holds: its
items are read in the words that the other references have for them, and are not told where they cannot be read.
"""

from dataclasses import dataclass
from datetime import datetime

from bridge.threeplguys.fields import Row, attempt, id_of, instant_of, number_of, object_of, sku_of, text_of
from bridge.threeplguys.parse import BadRow, parsed

KINDS = ("inbound-container", "inbound-spd", "inbound-ltl")
ON_THE_WAY = ("pending", "confirmed", "processing", "pending_cancel")
"""What is asked for. A draft has not set out, and `received`, `forwarded`, `cancelled` and `rejected` end one."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a shipment's contents. units: pieces of a product, or full cartons of a type. What is not told is ""."""

    product: str
    sku: str
    carton: str
    units: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """One shipment on its way. kind, status: in the words of 3PLGuys. warehouse: its id. parts: None where nothing is
    told of what it holds. created_at, updated_at: None where the row does not say."""

    shipment: str
    kind: str
    status: str
    warehouse: str = ""
    warehouse_name: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    notes: str = ""
    parts: tuple[Part, ...] | None = None


def parse_arrival(raw: object) -> Arrival | BadRow:
    """A row of /shipments, or the answer of /shipments/:id. Never raises."""
    return parsed(raw, _arrival)


def _arrival(row: Row) -> Arrival:
    place = attempt(lambda: object_of(row.get("warehouse"))) or {}
    return Arrival(
        id_of(row), text_of(row, "type"), text_of(row, "status"), attempt(lambda: id_of(place)) or "", text_of(place),
        attempt(lambda: instant_of(row, "createdAt")), attempt(lambda: instant_of(row, "updatedAt")),
        text_of(row, "notes"), _parts(row.get("items")),
    )  # fmt: skip


def _parts(items: object) -> tuple[Part, ...] | None:
    """None where one of them cannot be read: half of them would be taken for all."""
    if not isinstance(items, list):
        return None
    found = [attempt(lambda raw=raw: _part(object_of(raw))) for raw in items]  # type: ignore[misc]
    return None if None in found else tuple(part for part in found if part is not None)


def _part(row: Row) -> Part:
    product = attempt(lambda: object_of(row.get("product"))) or {}
    carton = attempt(lambda: object_of(row.get("carton"))) or {}
    named = attempt(lambda: id_of(row, "productId")) or attempt(lambda: id_of(product)) or ""
    sku = attempt(lambda: sku_of(row)) or attempt(lambda: sku_of(product)) or ""
    packed = attempt(lambda: id_of(row, "cartonId")) or attempt(lambda: id_of(carton)) or ""
    if not (named or sku or packed):
        id_of(row, "productId")  # which says what is wrong with it
    return Part(named, sku, packed, int(number_of(row, "quantity")))
