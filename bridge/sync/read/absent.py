"""What a store's list left out: asked for by ref before it is forgotten, and not believed when it is too much."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from bridge.core.absence import is_too_many, why_not_believed
from bridge.core.owed import is_unnamed
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.records import DoubtedList, StoreRecord
from bridge.sync.read.readings import kept_by_orders, readings_of
from bridge.sync.read.unreadable import is_hidden
from bridge.sync.session import StoreSession
from connectors.chunks import chunks
from connectors.values import replace

CHUNK = 500


def left_out(
    session: StoreSession, met: Collection[str], *, confirmed: bool
) -> tuple[list[str], list[str], str | None]:
    """Known listings that a full list left out → those to forget, those that exist all the same and are to be read,
    and why none is forgotten. confirmed: a person said that what is absent may be gone. What was never shown and has
    orders may have been found to be gone before, and be kept for them: it is asked for, and counts as no absence."""
    context, store, connector = session.context, session.store, session.connector
    if context.state.listing_count(store) == len(met):  # all that it told is in the map
        return [], [], None
    known = [x.ref for x in context.state.every_listing(store)]
    absent = [ref for ref in known if ref not in met and not is_hidden(connector, ref)]
    gone, here, missing = list[str](), list[str](), 0
    asked = connector.capabilities.readable
    for chunk in chunks(absent, CHUNK):
        exists = readings_of(connector, chunk).keys() | {ref for ref in chunk if is_hidden(connector, ref)}
        here += [ref for ref in chunk if ref in exists]
        lost = [ref for ref in chunk if ref not in exists]
        gone += lost
        kept = kept_by_orders(session, lost) - set(context.state.store_stock(store, lost))
        missing += len(set(lost) - kept)
        if not confirmed and is_too_many(missing, len(known)):
            missing = len(absent) - len(here)  # the rest is not asked for: the answer would change nothing
            return [], here, why_not_believed(store, missing, len(known), asked=asked)
    if missing and not met and not confirmed:
        return [], here, why_not_believed(store, missing, len(known), asked=asked)
    return gone, here, None


def note_left_out(session: StoreSession, change: Change, here: Sequence[str], why: str | None) -> None:
    """Add to a change what a full list said of itself. Orders that were read while it was not believed may have named
    nothing, so all are asked for anew. Nothing is held or set aside any more of listings that went while the state was
    lost: no list of the store leaves out what nobody knew."""
    context, store = session.context, session.store
    change.reread += [(store, ref) for ref in here]
    if why is not None:
        return note_doubted_list(session, change, why)
    if context.state.store_record(store, "doubted_list").doubted_list:
        change.note_store(store, doubted_list=None, orders_since=None)
    for what in ("held", "quarantine"):
        names = {name: pack.read_stock_key(store, name).ref for name in context.state.notes(store, what)}
        there = context.state.listings(store, sorted(set(names.values())))
        change.drops += [(keys.of_store(store, what), name) for name, ref in names.items() if ref not in there]
    return None


def note_gone(session: StoreSession, change: Change, gone: Collection[str], began: datetime) -> None:
    """Add to a change that what a full list made forgotten is asked for by id for a day: it may come back as it was,
    and then no list of changes has it. What exists by id and is in no list is not asked for any more. A store that
    cannot be read is asked for its whole list instead."""
    context, store, connector = session.context, session.store, session.connector
    key, notes = keys.of_store(store, "gone"), context.state.notes(store, "gone")
    left = sorted(notes.keys() - gone)
    exist = {ref for chunk in chunks(left, CHUNK) for ref in readings_of(connector, chunk)}
    if not connector.capabilities.readable:
        exist = set(context.state.listings(store, left))
    a_day_ago = pack.ms(began - context.settings.source.full_pull_every)
    change.drops += [(key, ref) for ref in left if ref in exist or notes[ref] <= a_day_ago]
    ahead = str(pack.ms(began) - 1)  # what writes called gone is counted since this list
    change.puts += [(key, ref, ahead) for ref in sorted(gone)]


def note_doubted_list(session: StoreSession, change: Change, why: str) -> None:
    """Add to a change that what a store says of its listings is not believed, since when, and when it was asked."""
    context, store = session.context, session.store
    now, before = context.now(), context.state.store_record(store, "doubted_list").doubted_list
    doubted = replace(before, why=why, at=now) if before else DoubtedList(why, now, now)
    change.note_store(store, doubted_list=doubted)


def hidden_lines(record: StoreRecord, told: Iterable[str]) -> dict[str, object]:
    """What is to be noted when orders name no listing while the list of their store is not believed: a line may be of
    anything, or, where it says a SKU, leave from anywhere. told: the refs of lines just read."""
    doubted = record.doubted_list
    if doubted is None or doubted.hides:
        return {}
    hides = any(map(is_unnamed, told)) or record.has_nameless_lines
    return {"doubted_list": replace(doubted, hides=True)} if hides else {}
