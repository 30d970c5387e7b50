"""Stores that cannot be read: what they last accepted stands for what they show, until it is in doubt."""

from collections.abc import Iterable, Mapping

from bridge.core.model import StoreStock
from bridge.core.outcomes import doubted
from bridge.state.change import Change
from bridge.sync import in_flight
from bridge.sync.read.totals import count
from bridge.sync.session import StoreSession
from connectors.chunks import chunks
from connectors.values import replace

CHUNK = 500


def doubt_in_flight(session: StoreSession, change: Change) -> None:
    """Add to a change that what was sent without an answer may have landed: no reading will tell."""
    context, store = session.context, session.store
    if session.connector.capabilities.readable:
        return
    unanswered = in_flight.by_ref(context, store)
    for ref, places in context.state.store_stock(store, sorted(unanswered)).items():
        now = dict(places)
        for sent in unanswered[ref]:
            if sent.location in now:
                now[sent.location] = doubted(now[sent.location], sent.quantity)
        _put(change, store, ref, places, now)


def send_again(session: StoreSession, refs: Iterable[str] | None = None) -> None:
    """Make due what was accepted of some listings, or of all, whatever it was."""
    context, store = session.context, session.store
    listed = (x.ref for x in context.state.every_listing(store)) if refs is None else refs
    for chunk in chunks(listed, CHUNK):
        change = Change(due=[(store, ref) for ref in context.state.listings(store, chunk)])
        for ref, places in context.state.store_stock(store, chunk).items():
            _put(change, store, ref, places, {place: replace(k, sure=False) for place, k in places.items()})
        session.commit(change)


def _put(change: Change, store: str, ref: str, before: Mapping[str, StoreStock], now: Mapping[str, StoreStock]) -> None:
    if now != before:
        change.put_store_stock(store, ref, now)
        count(change, store, [before], [now])
