"""What is remembered of one SKU over time: changes, writes, what people decided, and what is known of its orders."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.core.owed import units_of
from bridge.ops import words
from bridge.ops.resync import refs_of
from bridge.ops.sku import entries, meant
from bridge.state import pack
from bridge.state.snapshot import Snapshot
from bridge.sync.context import SyncContext
from bridge.sync.read.numbers import called
from connectors.values import replace


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """kind: "order" when it was placed or last changed, "shipment" when units left. order: as the shop calls it.
    counted: of a shipment, units that the warehouse took off for it."""

    at: datetime
    kind: str
    store: str
    order: str
    units: int
    counted: int = 0


@dataclass(frozen=True, slots=True)
class SkuHistory:
    """rows: oldest first, see `bridge.ops.sku.entries`. since: how far the history reaches; None: nothing is
    remembered at all. events: oldest first."""

    rows: Sequence[Mapping[str, Any]]
    since: datetime | None
    events: Sequence[OrderEvent]


def as_told(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows as JSON tells them."""
    return [{**row, "at": words.iso(words.moment(row["at"]))} for row in rows]


def sku_history(context: SyncContext, sku: str) -> SkuHistory:
    """All that is remembered of a SKU."""
    context = replace(context, state=Snapshot.of(context.state))
    parts = meant(context, sku, context.stores).parts or (sku,)
    events = [*shipments(context, parts), *open_orders(context, sku)]
    since = words.moment(context.state.history_since())
    return SkuHistory(entries(context, sku), since, sorted(events, key=lambda event: (event.at, event.order)))


def shipments(context: SyncContext, skus: Sequence[str]) -> Iterator[OrderEvent]:
    """What left, and when its orders were placed."""
    for _, ledger in context.state.ledgers(skus).values():
        for store in context.stores:
            left = [x for x in ledger.shipments if x.store == store]
            numbers = called(context, store, [x.order for x in left])
            for x in left:
                name = numbers[x.order]
                if x.ordered_at is not None:
                    yield OrderEvent(x.ordered_at, "order", store, name, x.pieces)
                yield OrderEvent(x.at, "shipment", store, name, x.pieces, x.pieces - x.unconfirmed)


def open_orders(context: SyncContext, sku: str) -> Iterator[OrderEvent]:
    """Orders that still hold units, where it is remembered when they last changed."""
    for store in context.stores:
        lines = context.state.owed(store, refs_of(context, store, [sku])).values()
        held = [(order, units) for each in lines for order, units in units_of(each).items()]
        changed = context.state.store_record(store).recent_orders if held else {}
        numbers = called(context, store, [order for order, _ in held])
        for order, units in held:
            if order in changed:
                yield OrderEvent(pack.at(changed[order]), "order", store, numbers[order], units)
