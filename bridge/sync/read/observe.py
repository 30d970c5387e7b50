"""One group of listings as just read: load what is known of them, decide what that changes, commit it as one change."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bridge.core.observation import KnownBefore, Observation
from bridge.core.observation import observe as decide
from bridge.core.owed import is_unnamed
from bridge.state import keys, pack
from bridge.state.change import Change, ConflictError
from bridge.sync import in_flight
from bridge.sync.due import ATTEMPTS, mark_due
from bridge.sync.inputs import resolve_told, taken_parts
from bridge.sync.read import drift
from bridge.sync.read.sku_index import Entry, noted_entries, reindex
from bridge.sync.read.totals import count
from bridge.sync.session import StoreSession
from connectors.base import OrderLine, Reading
from connectors.values import replace


def observe(
    session: StoreSession, refs: Sequence[str],
    order_lines: Mapping[str, Sequence[OrderLine]], readings: Mapping[str, Sequence[Reading]], *, asked: bool = True,
    moment: datetime | None = None,
) -> None:  # fmt: skip
    """Take in what was read of some listings: known open orders, shipments, what is shown, what is due, and what
    drifted. asked: orders were read ahead of it. moment: when they were read; now, if not given. Raises ConflictError,
    LeaseLostError."""
    context, store = session.context, session.store
    for _ in range(ATTEMPTS):
        before, raw_ledgers = _load(session, refs, order_lines, moment or context.now())
        found = decide(before, refs, order_lines, readings)
        change = Change()
        _put(session, change, before, found, raw_ledgers)
        told = (line for ref in refs for line in order_lines.get(ref, ()) if line.order and line.number)
        change.puts += [(keys.of_store(store, "numbers"), line.order, line.number) for line in told]
        drift.note(session, change, found.seen, asked=asked)
        mark_due(context, change, before.skus_of(found.moved))
        change.due.extend((store, ref) for ref in found.moved if not is_unnamed(ref))
        try:
            return session.commit(change)
        except ConflictError:
            continue
    raise ConflictError


def _load(
    session: StoreSession, refs: Sequence[str], order_lines: Mapping[str, Sequence[OrderLine]], moment: datetime
) -> tuple[KnownBefore, Mapping[str, str | None]]:
    """What is known of these listings, and the ledgers as they stand in the state."""
    context, store = session.context, session.store
    state, rules = context.state, context.rules(store)
    listings, owed, shown = state.listings(store, refs), state.owed(store, refs), state.store_stock(store, refs)
    before = KnownBefore(
        rules=rules,
        windows=context.windows,
        now=moment,
        reads_committed=context.capabilities(store).reads_committed,
        readable=context.capabilities(store).readable,
        compares=context.capabilities(store).compare_and_set,
        listings=listings,
        parts=taken_parts(context, rules, listings.values()),
        noted=resolve_told(context, rules, owed, order_lines, listings),
        lines=owed,
        shown=shown,
        sent=in_flight.by_ref(context, store),
    )
    ledgers = state.ledgers(sorted(before.skus_of({ref for ref in refs if ref in shown or ref in order_lines})))
    known = replace(before, ledgers={sku: ledger for sku, (_, ledger) in ledgers.items()})
    return known, {sku: raw for sku, (raw, _) in ledgers.items()}


def _put(
    session: StoreSession,
    change: Change,
    before: KnownBefore,
    found: Observation,
    raw_ledgers: Mapping[str, str | None],
) -> None:
    """Enter into the change what was found. A listing stands in the index where its orders are noted, and leaves it
    where only orders that are over had kept it."""
    store, leaves, enters = session.store, set[Entry](), set[Entry]()
    for ref, lines in found.lines.items():
        change.put(keys.of_store(store, "ordered"), ref, pack.owed(lines) if lines else None)
        listing = before.listings.get(ref)
        own = {(before.rules.normalized(listing.sku), ref)} if listing else set()
        both = (before.lines.get(ref, {}), lines)
        then, now = (noted_entries(session, ref, x, listed=listing is not None) | own for x in both)
        leaves |= then - now
        enters |= now - then
    if leaves or enters:
        reindex(session, change, leaves=leaves, enters=enters)
    for ref, shown in found.shown.items():
        change.put_store_stock(store, ref, shown)
    count(change, store, [before.shown.get(ref, {}) for ref in found.shown], found.shown.values())
    for sku, ledger in found.ledgers.items():
        change.swap(keys.LEDGER, sku, raw_ledgers[sku], pack.ledger(ledger))
