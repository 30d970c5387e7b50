"""What new levels change: (old levels, new levels, carriers, ledgers) → levels, ledgers, SKUs that moved. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bridge.core import ledger as book
from bridge.core.availability import Stock, stock_of
from bridge.core.ledger import Ledger
from bridge.core.model import Level, Packing, Windows

Carriers = Mapping[str, Sequence[str]]
"""SKU → every product that carries it, or carried it before."""


@dataclass(frozen=True)
class StockChange:
    """What the levels of some SKUs become. stocks: SKU → its stock before and after, where some product had it before
    and has it now. live: SKU → live products that have it."""

    stocks: Mapping[str, tuple[Stock, Stock]] = field(default_factory=dict)
    live: Mapping[str, Sequence[str]] = field(default_factory=dict)


def moved_products(known: Mapping[str, Level], newer: Iterable[Level]) -> set[str]:
    """Returns the products that are new or whose level says something else. A doubt counts: what could not be raised
    before may be now."""
    return {x.product for x in newer if x.product not in known or _facts(known[x.product]) != _facts(x)}


def new_packings(known: Mapping[str, Level], newer: Iterable[Level]) -> list[Packing]:
    """Returns what cartons hold of which that was not known."""
    return [x.packing for x in newer if x.packing and (x.product not in known or known[x.product].packing != x.packing)]


def _facts(level: Level) -> tuple[object, ...]:
    return level.units, level.deleted, level.sku, bool(level.doubt), level.packing


def with_carried(carriers: Carriers, levels: Iterable[Level]) -> dict[str, list[str]]:
    """Returns the carriers with the products of these levels entered."""
    found = {sku: list(products) for sku, products in carriers.items()}
    for level in levels:
        products = found.setdefault(level.sku, [])
        if level.product not in products:
            products.append(level.product)
    return found


def stock_change(
    skus: Iterable[str], carriers: Carriers, before: Mapping[str, Level], after: Mapping[str, Level]
) -> StockChange:
    """Returns what becomes of some SKUs when levels become others. before, after: product → level."""
    stocks, live = {}, {}
    for sku in skus:
        old = _stock(sku, carriers, before)
        new = _stock(sku, carriers, after) if old else None
        if old and new:
            stocks[sku] = (old, new)
        found = [after[p] for p in carriers.get(sku, ()) if p in after]
        live[sku] = sorted([x.product for x in found if x.sku == sku and not x.deleted])
    return StockChange(stocks, live)


def _stock(sku: str, carriers: Carriers, levels: Mapping[str, Level]) -> Stock | None:
    """None: no product has it."""
    found = [levels[p] for p in carriers.get(sku, ()) if p in levels and levels[p].sku == sku]
    return stock_of(sku, found) if found else None


def with_falls(ledger: Ledger, old: Stock, new: Stock, *, now: datetime, windows: Windows) -> Ledger:
    """Returns the ledger of a SKU after its levels fell: they confirm shipments, and what is left may explain later
    ones."""
    for warehouse, pieces in book.decreases_between(old.units, new.units):
        ledger = book.record_decrease(ledger, warehouse, pieces, now, windows)
    return ledger
