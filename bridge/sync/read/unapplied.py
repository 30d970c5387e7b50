"""Numbers that a store claimed to have applied and did not show when read back: read again with every session, and
counted for a day, until a reading shows the listing right."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bridge.core.model import StockKey
from bridge.state import pack
from bridge.state.change import Change
from bridge.state.records import Claimed, StoreRecord
from bridge.sync.session import StoreSession

DAY = timedelta(hours=24)
KEPT = 100
"""More need not be remembered to see that something is wrong."""


def note(session: StoreSession, change: Change, stock_keys: Iterable[StockKey]) -> None:
    """Add to a change that these were claimed, and that the store still shows the old number."""
    context, store = session.context, session.store
    known = dict(context.state.store_record(store, "unapplied").unapplied)
    for name in map(pack.stock_key, stock_keys):
        known[name] = Claimed(context.now(), known[name].times + 1 if name in known else 1)
    newest = sorted(known.items(), key=lambda entry: (entry[1].at, entry[1].times))[-KEPT:]
    change.note_store(store, unapplied=dict(newest))


def refs(store: str, record: StoreRecord) -> list[str]:
    """The listings to read again for it."""
    return sorted({pack.read_stock_key(store, name).ref for name in record.unapplied})


def end_read(session: StoreSession, change: Change, record: StoreRecord) -> None:
    """After a reading: forget those that show what they should, that are gone, or that were claimed a day ago."""
    context, store = session.context, session.store
    shown = context.state.store_stock(store, refs(store, record))
    left = {}
    for name, said in record.unapplied.items():
        stock_key = pack.read_stock_key(store, name)
        k = shown.get(stock_key.ref, {}).get(stock_key.location)
        is_right = k is None or k.last_target is None or k.available in (k.last_target, max(0, k.last_target))
        if not is_right and not _is_old(said, context.now()):
            left[name] = said
    if left != record.unapplied:
        change.note_store(store, unapplied=left)


def _is_old(said: Claimed, now: datetime) -> bool:
    return now - said.at > DAY


def count(record: StoreRecord, now: datetime) -> tuple[int, int]:
    """How many there are, and how many of them were claimed more than once."""
    known = [said for said in record.unapplied.values() if not _is_old(said, now)]
    return len(known), sum(said.times > 1 for said in known)
