"""Listings that a store lists and never showed: asked for again with every session, and counted until they are read."""

from collections.abc import Collection, Iterable

from bridge.core.absence import is_left_out
from bridge.core.model import Skip
from bridge.core.owed import units_of
from bridge.sync.shell import Shell
from bridge.sync.unreadable import is_hidden
from bridge.sync.view import resolve_all
from connectors.base import Status, StoreConnector
from connectors.chunks import chunks

CHUNK = 500


def never_shown(shell: Shell, store: str, connector: StoreConnector, refs: Iterable[str]) -> set[str]:
    """Those of some refs that the store was asked for in vain although it lists them. What it says it cannot show is
    named elsewhere."""
    left = [ref for ref in dict.fromkeys(refs) if not is_hidden(connector, ref)]
    return set(shell.state.listings(store, left)) - set(shell.state.store_stock(store, left))


def unshown(shell: Shell, store: str) -> set[str]:
    """Listings that no reading ever showed, without those that are gone and only kept for what orders owe of them."""
    if shell.state.shows_all(store):
        return set()
    found, rest = set[str](), (x.ref for x in shell.state.every_listing(store))
    for chunk in chunks(rest, CHUNK):
        left = set(chunk) - set(shell.state.store_stock(store, chunk))
        found |= left - kept_by_orders(shell, store, left)
    return found


def kept_by_orders(shell: Shell, store: str, refs: Collection[str]) -> set[str]:
    """Those of some listings of which known orders hold units."""
    return {ref for ref, lines in shell.state.owed(store, sorted(refs)).items() if units_of(lines)}


def unread_of(shell: Shell, store: str) -> list[str]:
    """The SKUs of listings that wait to be read for the first time and are then ours to write."""
    rules, marks = shell.rules(store), sorted(shell.state.to_reread(store))
    never = set(marks) - set(shell.state.store_stock(store, marks))
    listings = shell.state.listings(store, sorted(never))
    ours = [x for x in listings.values() if x.status in (Status.LIVE, Status.DRAFT) and not is_left_out(x, rules)]
    parts = resolve_all(shell, rules, ours)
    return sorted(x.sku for x in ours if not isinstance(parts[x.ref], Skip))
