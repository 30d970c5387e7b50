"""Shipments that are on their way to a warehouse (Shipments reference, Inbound Receiving guide): shown to people, and
never counted as stock.

`received` ends one by the reference, `forwarded` by the guide. Neither prints how a shipment tells what it holds: its
items are read in the words that the other references have for them, and are not told where they cannot be read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from urllib.parse import quote

from bridge.errors import OperatorSourceError
from bridge.threeplguys.answers import decoded, failure, unreadable
from bridge.threeplguys.edge import Edge
from bridge.threeplguys.fields import Row, attempt, id_of, instant_of, number_of, object_of, sku_of, text_of
from bridge.threeplguys.lists import every_row, read_page
from bridge.threeplguys.page import Page
from bridge.threeplguys.paging import TAKE
from bridge.threeplguys.parse import BadRow, parsed
from connectors.base import Sender

KINDS = ("inbound-container", "inbound-spd", "inbound-ltl")
ON_THE_WAY = ("pending", "confirmed", "processing", "pending_cancel")
"""What is asked for. A draft has not set out, and `received`, `forwarded`, `cancelled` and `rejected` end one."""

NEEDS_SCOPE = (
    "The warehouse API accepts the token but not for shipments (403): its key needs the scope `shipments`; add it,"
    " or to an OAuth grant with `stockbridge login --scope shipments`. Stock is read all the same."
)


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


def arrivals(edge: Edge, send: Sender) -> list[Arrival | BadRow]:
    """Every shipment on its way, the oldest first. What a list does not say of contents its own page is asked for.
    Raises SourceError, with the scope that is missing."""
    found: dict[str, Arrival] = {}
    bad = list[Arrival | BadRow]()
    try:
        for row in _listed(edge, send):
            if isinstance(row, BadRow):
                bad.append(row)
            elif row.kind in KINDS and row.status in ON_THE_WAY:  # whatever filter was not heeded
                known = found.get(row.shipment)
                found[row.shipment] = row if known is None or _stamp(row) >= _stamp(known) else known
        told = [x if x.parts is not None else send(partial(_detailed, edge, x)) for x in found.values()]
    except OperatorSourceError as fault:
        if fault.status != "403":
            raise
        scope = OperatorSourceError(NEEDS_SCOPE)
        scope.status = fault.status
        raise scope from fault
    return [*sorted((x for x in told if x is not None), key=lambda x: (x.created_at is None, _stamp(x))), *bad]


def _stamp(x: Arrival) -> float:
    at = x.updated_at or x.created_at
    return at.timestamp() if at else 0.0


def _listed(edge: Edge, send: Sender) -> Iterator[Arrival | BadRow]:
    for kind in KINDS:
        for status in ON_THE_WAY:
            yield from every_row(partial(_page, edge, send, {"type": kind, "status": status}), parse_arrival)


def _page(edge: Edge, send: Sender, query: Mapping[str, str], skip: int) -> Page:
    return send(partial(read_page, edge, "shipments", {**query, "skip": str(skip), "take": str(TAKE)}))


def _detailed(edge: Edge, known: Arrival) -> Arrival | None:
    """The shipment as its own page has it; None when it ended meanwhile."""
    answer = edge.ask("GET", f"shipments/{quote(known.shipment, safe='')}")
    if answer.status == 404 and answer.sentence:
        return None
    if answer.status != 200:
        raise failure(answer)
    raw = decoded(answer.body)
    if not isinstance(raw, dict):
        raise unreadable(answer)
    found = parse_arrival(raw)
    if isinstance(found, BadRow):
        return known
    return replace(known, status=found.status, parts=found.parts) if found.status in ON_THE_WAY else None


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
