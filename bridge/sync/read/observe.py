"""One group of listings as just read: load what is known of them, decide what that changes, commit it as one change."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bridge.core.observation import KnownBefore, Observation
from bridge.core.observation import observe as decide
from bridge.core.owed import is_unnamed
from bridge.state import keys, pack
from bridge.state.change import Change, ConflictError
from bridge.state.snapshot import Snapshot
from bridge.sync.due import ATTEMPTS, mark_due
from bridge.sync.inputs import resolve_told, taken_parts
from bridge.sync.read import drift
from bridge.sync.read.news import OrderNews
from bridge.sync.read.sku_index import Entered, noted_entries, put_lines, reindex
from bridge.sync.read.totals import count
from bridge.sync.session import StoreSession
from connectors.base import Reading
from connectors.values import replace


class Listed(Protocol):
    """Listings that were told along with what is read, to be taken in by the same change. refs: theirs."""

    @property
    def refs(self) -> Sequence[str]: ...

    def is_all_new(self, refs: Iterable[str]) -> bool:
        """Whether nothing can be known of these, nor of others that are read with them."""
        ...

    def enter(self, session: StoreSession, change: Change) -> Entered:
        """Add to the change those that are new or differ."""
        ...

    def took(self, entered: Entered, read: Iterable[str]) -> None:
        """It is committed. read: refs of what was read with them."""
        ...


def observe(
    session: StoreSession, refs: Sequence[str], news: OrderNews, readings: Mapping[str, Sequence[Reading]], *,
    moment: datetime | None = None, listed: Listed | None = None,
) -> None:  # fmt: skip
    """Take in what was read of some listings: known open orders, shipments, what is shown, what is due, and what
    drifted. moment: when they were read; now, if not given. listed: what was told with it, and is taken in by the same
    change. Raises ConflictError, LeaseLostError."""
    store = session.store
    for _ in range(ATTEMPTS):
        change, once = Change(), _with_snapshot(session, refs, listed)
        entered = listed.enter(once, change) if listed else Entered()
        before, raw_ledgers = _load(once, refs, news, entered, moment or session.context.now())
        found = decide(before, refs, news.lines, readings)
        _put(once, change, before, found, raw_ledgers, entered)
        told = (line for ref in refs for line in news.lines.get(ref, ()) if line.order and line.number)
        change.puts += [(keys.of_store(store, "numbers"), line.order, line.number) for line in told]
        drift.note(session, change, found.seen, asked=news.whole)
        mark_due(once.context, change, before.skus_of(found.moved))
        change.due.extend((store, ref) for ref in found.moved if not is_unnamed(ref))
        try:
            session.commit(change)
        except ConflictError:
            continue
        return listed.took(entered, refs) if listed else None
    raise ConflictError


def _with_snapshot(session: StoreSession, refs: Sequence[str], listed: Listed | None) -> StoreSession:
    """The session for one decision: what several steps of it ask for is read once, and what is known of these listings
    in one round trip."""
    snapshot = Snapshot(session.context.state)
    every = list(dict.fromkeys((*refs, *(listed.refs if listed else ()))))
    wanted = {(what, session.store): every for what in ("listings", "ordered", "shown")}
    if listed and listed.is_all_new(every):
        snapshot.note_absent(wanted)
    else:
        snapshot.fetch(wanted)
    return replace(session, context=replace(session.context, state=snapshot))


def _load(
    session: StoreSession, refs: Sequence[str], news: OrderNews, entered: Entered, moment: datetime
) -> tuple[KnownBefore, Mapping[str, str | None]]:
    """What is known of these listings after those that were told with them are entered, and the ledgers as they stand
    in the state."""
    context, store = session.context, session.store
    state, rules, can = context.state, context.rules(store), context.capabilities(store)
    shown, owed = state.store_stock(store, refs), {**state.owed(store, refs), **entered.lines}
    listings = {**state.listings(store, refs), **entered.listings}
    before = KnownBefore(
        rules=rules,
        windows=context.windows,
        now=moment,
        reads_committed=can.reads_committed,
        readable=can.readable,
        compares=can.compare_and_set,
        listings=listings,
        parts=taken_parts(context, rules, listings.values()),
        noted=resolve_told(context, rules, owed, news.lines, listings),
        lines=owed,
        shown=shown,
        sent=news.sent,
    )
    ledgers = state.ledgers(sorted(before.skus_of({ref for ref in refs if ref in shown or ref in news.lines})))
    known = replace(before, ledgers={sku: ledger for sku, (_, ledger) in ledgers.items()})
    return known, {sku: raw for sku, (raw, _) in ledgers.items()}


def _put(
    session: StoreSession,
    change: Change,
    before: KnownBefore,
    found: Observation,
    raw_ledgers: Mapping[str, str | None],
    entered: Entered,
) -> None:
    """Enter into the change what was found. A listing stands in the index where its orders are noted, and leaves it
    where only orders that are over had kept it. entered: what the listings that were told with it change there."""
    store, leaves, enters = session.store, {*entered.leaves}, [*entered.enters]
    put_lines(change, store, {**entered.lines, **found.lines})
    for ref, lines in found.lines.items():
        listing = before.listings.get(ref)
        own = {(before.rules.normalized(listing.sku), ref)} if listing else set()
        both = (before.lines.get(ref, {}), lines)
        then, now = (noted_entries(session, ref, x, listed=listing is not None) | own for x in both)
        leaves |= then - now
        enters += now - then
    if leaves or enters:
        reindex(session, change, leaves=leaves, enters=enters)
    for ref, shown in found.shown.items():
        change.put_store_stock(store, ref, shown)
    count(change, store, [before.shown.get(ref, {}) for ref in found.shown], found.shown.values())
    for sku, ledger in found.ledgers.items():
        change.swap(keys.LEDGER, sku, raw_ledgers[sku], pack.ledger(ledger))
