"""What of a store is held, refused, left alone, or shows another number than it should: rows of JSON."""

from collections.abc import Mapping
from typing import Any

from bridge.core.guard import Hold
from bridge.core.model import StockKey
from bridge.ops import facts, words
from bridge.ops.unbacked import beyond
from bridge.state import pack
from bridge.sync.context import SyncContext


def held_rows(
    context: SyncContext, store: str, holds: Mapping[StockKey, Hold], *, reject: bool
) -> list[dict[str, object]]:
    """Each held stock key: what it offers now, what it would offer, what it offers while the hold stays, and by how
    many units its offer and the warehouse differ."""
    rows: list[dict[str, object]] = []
    for item in facts.items(context, store, sorted({stock_key.ref for stock_key in holds})):
        for d in item.decisions:
            if (hold := holds.get(d.stock_key)) is not None:
                now = d.known.available if d.known else None
                rows.append(
                    {"sku": item.inputs.listing.sku, "title": item.inputs.listing.title, "ref": d.stock_key.ref,
                     "location": d.stock_key.location, "shows": now, "target": d.target and d.target.available,
                     "to": d.offer if reject else max(0, d.target.available) if d.target else None,
                     "stays": d.offer, "units": beyond(d), "since": words.iso(hold.since),
                     "decision": hold.decision, "why": hold.why}
                )  # fmt: skip
    return rows


def differing(context: SyncContext, store: str) -> list[dict[str, Any]]:
    """Rows of listings whose number is not their target, held ones among them."""
    held = context.state.held(store)
    rows = []
    for item in facts.items(context, store):
        for d in item.decisions:
            if d.target is None or not (d.differs or d.held):
                continue
            row = facts.row(item, d, held.get(d.stock_key) if d.held else None)
            if d.held and d.known:
                can = context.capabilities(store)
                row["would_show"] = facts.would_be(d.target, d.known, can)
            rows.append(row)
    return sorted(rows, key=lambda row: (row["sku"], row["ref"], row["location"]))


def refused(context: SyncContext, store: str) -> list[dict[str, Any]]:
    notes = context.state.notes(store, "quarantine")
    listings = context.state.listings(store, sorted({pack.read_stock_key(store, name).ref for name in notes}))
    rows = []
    for name, noted in notes.items():
        stock_key = pack.read_stock_key(store, name)
        ref, location = stock_key.ref, stock_key.location
        listing = listings.get(ref)
        rows.append(
            {"sku": listing.sku if listing else "", "title": listing.title if listing else "", "ref": ref,
             "location": location, "why": noted["why"], "at": words.iso(words.moment(noted["at"])), "run": noted["run"]}
        )  # fmt: skip
    return sorted(rows, key=lambda row: str(row["at"]))


def left_alone(context: SyncContext, store: str) -> list[dict[str, Any]]:
    """Listings the bridge does not write, whatever happens in the next cycles."""
    return [
        facts.row(item, d)
        for item in facts.items(context, store)
        for d in item.decisions
        if d.skip is not None and d.skip.lasting
    ]
