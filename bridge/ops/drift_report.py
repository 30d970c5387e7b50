"""What drifted, for people."""

from bridge.core import drift
from bridge.core.drift import Drift, OtherWriter
from bridge.core.model import StockKey
from bridge.state import pack
from bridge.sync.context import SyncContext


def report(context: SyncContext, store: str) -> tuple[dict[StockKey, Drift], OtherWriter | None]:
    """What drifted in a store within a week, and whether another program seems to be behind it."""
    known = context.state.drifts(store)
    found = {pack.read_stock_key(store, name): d for name, d in known.items()}
    return found, drift.other_writer(found.values(), context.now())
