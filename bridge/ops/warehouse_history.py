"""What 3PLGuys tells of a SKU's past: the histories of its products and of the cartons that they are packed in, asked
for at this moment, with few requests, and never in the way of anything else."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from bridge.core.sku import carton_of
from bridge.errors import SourceError, SourceRefusalError
from bridge.sync.context import SyncContext
from bridge.threeplguys.cartons import Carton, HistoryEntry
from bridge.threeplguys.paging import TAKE
from bridge.threeplguys.query import CartonQuery
from connectors.values import replace

if TYPE_CHECKING:
    from bridge.threeplguys.client import SourceClient
    from bridge.threeplguys.resource import Resource

WITHIN = 5.0
"""Seconds for all of it: whoever asks is waiting for something else."""

PRODUCTS, CARTONS = 3, 5
"""So many of each are asked for: eleven requests at most, of which each history tells the last fifty changes."""

COUNT = re.compile(r"Updated (\w+ count) '(-?\d+)' changed to '(-?\d+)'(?: (?:for|in) '(.*)'(?: carton type)?)?\.?")
"""How the references print a change of a count. Any other sentence stands as it is."""


@dataclass(frozen=True)
class WarehouseEntry:
    """of: 'product 12' or 'carton 7'. by: "system", "customer" or "admin", or a newer word."""

    at: datetime
    sku: str
    of: str
    by: str
    what: str


@dataclass
class WarehouseHistory:
    """entries: oldest first. note: what could not be asked for, and why, in a sentence; "" where nothing is missing."""

    entries: list[WarehouseEntry] = field(default_factory=list)
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As JSON tells it."""
        rows = [{"at": x.at.isoformat(), "sku": x.sku, "of": x.of, "by": x.by, "what": x.what} for x in self.entries]
        return {"entries": rows, "error": self.note or None}


def warehouse_history(context: SyncContext, skus: Sequence[str]) -> WarehouseHistory:
    """Of warehouse SKUs, as far as the state knows their products. Raises nothing that the warehouse may raise."""
    ids = {sku: products for sku, products in context.state.products(skus).items() if carton_of(sku) is None}
    if not ids:
        return WarehouseHistory()
    found, told = WarehouseHistory(), dict[tuple[datetime, str, str], WarehouseEntry]()
    try:
        with replace(context, retry_seconds=0.0).source(None, spare=True) as source, source.client.within(WITHIN):
            for sku, entry, of in _entries(source.client, ids, found):
                told.setdefault((entry.at, entry.by, entry.description), _told(sku, of, entry))
    except SourceError as fault:
        found.note = f"The history at 3PLGuys could not be asked for: {fault}"
    found.entries = [*told.values()]
    found.entries.reverse()  # each history came newest first, and a millisecond may hold several entries
    found.entries.sort(key=lambda entry: entry.at)
    return found


def _entries(
    client: "SourceClient", ids: dict[str, list[str]], found: WarehouseHistory
) -> Iterator[tuple[str, HistoryEntry, str]]:
    """(SKU, entry, whose it is). A change of a carton's count stands in both histories."""
    products = [(sku, product) for sku, each in ids.items() for product in reversed(each)]
    cartons = list[tuple[str, str]]()
    for sku, product in products[:PRODUCTS]:
        yield from ((sku, x, f"product {product}") for x in _last(client.products, product))
        rows = client.cartons.page(CartonQuery(product=product, include_deleted=True))
        cartons += [(sku, row.carton) for row in rows if isinstance(row, Carton)]
    if len(products) > PRODUCTS or len(cartons) > CARTONS:
        found.note = "3PLGuys was asked only for the newest: `stockbridge catalog products history` tells the rest."
    for sku, carton in cartons[:CARTONS]:
        yield from ((sku, x, f"carton {carton}") for x in _last(client.cartons, carton))


def _last(things: "Resource[Any, Any, Any]", id_: str) -> list[HistoryEntry]:
    """The newest page; nothing of what is not there any more."""
    try:
        return [x for x in islice(things.history(id_), TAKE) if isinstance(x, HistoryEntry)]
    except SourceRefusalError:
        return []


def _told(sku: str, of: str, entry: HistoryEntry) -> WarehouseEntry:
    what = entry.description
    if count := COUNT.fullmatch(what):
        kind, before, after, where = count.groups()
        what = f"{kind} {before} → {after}" + (f" ({where})" if where else "")
    return WarehouseEntry(entry.at, sku, of, entry.by, what)
