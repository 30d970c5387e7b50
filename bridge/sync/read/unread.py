"""Listings that a store lists and never showed: asked for again with every session, and counted until they are read."""

from collections.abc import Iterable

from bridge.sync.read.readings import kept_by_orders
from bridge.sync.read.unreadable import is_hidden
from bridge.sync.session import StoreSession
from connectors.chunks import chunks

CHUNK = 500


def never_shown(session: StoreSession, refs: Iterable[str]) -> set[str]:
    """Those of some refs that the store was asked for in vain although it lists them. What it says it cannot show is
    named elsewhere, and what cannot be read was never asked for. What it called gone is only in the map for orders that
    held units of it, until the next full list."""
    context, store, connector = session.context, session.store, session.connector
    if not connector.capabilities.readable:
        return set()
    asked = list(dict.fromkeys(refs))
    gone = context.state.notes(store, "gone", asked)
    left = [ref for ref in asked if ref not in gone and not is_hidden(connector, ref)]
    return set(context.state.listings(store, left)) - set(context.state.store_stock(store, left))


def unshown(session: StoreSession) -> set[str]:
    """Listings that no reading ever showed, without those that are gone and only kept for what orders owe of them."""
    context, store = session.context, session.store
    if not session.connector.capabilities.readable or context.state.shows_all(store):
        return set()
    found, rest = set[str](), (x.ref for x in context.state.every_listing(store))
    for chunk in chunks(rest, CHUNK):
        left = set(chunk) - set(context.state.store_stock(store, chunk))
        found |= left - kept_by_orders(session, left)
    return found
