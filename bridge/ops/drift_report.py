"""What drifted, for people."""

from typing import Any

from bridge.core import drift
from bridge.core.drift import Drift, OtherWriter
from bridge.core.model import StockKey
from bridge.ops import words
from bridge.state import pack
from bridge.sync.context import SyncContext


def report(context: SyncContext, store: str) -> tuple[dict[StockKey, Drift], OtherWriter | None]:
    """What drifted in a store within a week, and whether another program seems to be behind it."""
    known = context.state.drifts(store)
    found = {pack.read_stock_key(store, name): d for name, d in known.items()}
    return found, drift.other_writer(found.values(), context.now())


def gather(context: SyncContext, store: str) -> dict[str, Any]:
    """One store's report. other_writer: None, or a sentence about another program. unlisted: open ones too many to
    keep."""
    drifts, other_writer = report(context, store)
    listings = context.state.listings(store, sorted({stock_key.ref for stock_key in drifts}))
    record = context.state.store_record(store)
    rows: list[dict[str, Any]] = []
    for stock_key, x in drifts.items():
        listing = listings.get(stock_key.ref)
        rows.append(
            {"sku": listing.sku if listing else "", "title": listing.title if listing else "", "ref": stock_key.ref,
             "location": stock_key.location, "was": x.was, "now": x.now, "cause": x.cause.value, "at": words.iso(x.at),
             "since": words.iso(x.since), "healed": words.iso(x.healed), "count": x.count}
        )  # fmt: skip
    rows.sort(key=lambda row: (row["healed"] is not None, row["sku"], row["ref"] + row["location"]))  # open ones first
    return {
        "readable": context.capabilities(store).readable,
        "heal": context.rules(store).heal,
        "reconciled_at": words.iso(record.reconciled_at),
        "other_writer": other_writer and other_writer.sentence(store),
        "unlisted": record.dropped_drift.count if record.dropped_drift else 0,
        "drifts": rows,
    }
