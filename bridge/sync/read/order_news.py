"""What orders and edits of a store say that is new: read ahead of its stock, and kept until that was read."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from bridge.core.lookback import OrderLooks, is_whole, since
from bridge.core.owed import is_nameless, is_unnamed
from bridge.state import pack
from bridge.state.records import StoreRecord
from bridge.sync import in_flight
from bridge.sync.inputs import resolve_told, taken_parts
from bridge.sync.read.news import OrderNews
from bridge.sync.read.readings import by_ref
from bridge.sync.session import StoreSession
from connectors.base import OrderLine
from connectors.chunks import chunks
from connectors.skills import TellsTime
from connectors.values import replace

MadeWhole = Callable[[Iterable[OrderLine]], Iterator[OrderLine]]
"""What a store tells of orders → the same with what became of those that it no longer tells."""

CHUNK = 250
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def looks_of(record: StoreRecord) -> OrderLooks | None:
    """None before the first look at the orders."""
    at, last = record.orders_since, record.orders_look
    if at is None:
        return None
    return OrderLooks(at, last.read_to, last.began, last.met) if last else OrderLooks(at, at, LONG_AGO)


def read_orders(session: StoreSession, record: StoreRecord, made_whole: MadeWhole, *, wanted: bool) -> OrderNews:
    """Read orders and edits since the last time → those lines of them that are new. Windows overlap, so some were read
    before. An order that changed since then is new even with the same units: returned goods move the stock, and neither
    committed nor shipped units."""
    context, store, connector = session.context, session.store, session.connector
    last = looks_of(record)
    news = OrderNews(is_whole(last, context.now(), wanted=wanted), in_flight.by_ref(context, store))
    order_lines = made_whole(connector.changes(since(last, whole=news.whole)))
    for chunk in chunks(_without_echoes(session, order_lines), CHUNK):
        refs = sorted({line.ref for line in chunk})
        ordered, mapped = context.state.ordered(store, refs), context.state.listings(store, refs)
        lines = with_kept_skus(session, chunk, mapped)
        recorded = _known_shipments(session, [line for line in lines if line.order])
        for line in lines:
            if line.shows is None:
                news.newest = max(news.newest or line.changed_at, line.changed_at)
            if line.order:
                news.met[line.order] = pack.ms(line.changed_at)
            if line.shows is None and line.order:
                touched = record.recent_orders.get(line.order) != pack.ms(line.changed_at)
            else:  # stamps may have whole seconds
                last_read = record.orders_since
                touched = line.shows is not None or last_read is None or line.changed_at >= last_read
            shipped = all((line.order, line.ref, s.location, s.units) in recorded for s in line.shipped)
            committed = ordered.get(line.ref, {})
            if touched or (line.order and (committed.get(line.order, 0) != line.committed or not shipped)):
                news.lines[line.ref].append(line)
                if touched and line.order and line.ref not in mapped:
                    news.unmet |= set() if is_unnamed(line.ref) else {line.ref}
                    news.has_nameless |= is_nameless(line.ref) and line.order not in committed
    news.clock = connector.read_at() if isinstance(connector, TellsTime) else None
    return news


def _without_echoes(session: StoreSession, order_lines: Iterable[OrderLine]) -> Iterator[OrderLine]:
    """Lines without those edits that show what is known already, mostly echoes of our own writes, or that are of no
    known listing."""
    context, store = session.context, session.store
    for chunk in chunks(order_lines, CHUNK):
        refs = sorted({line.ref for line in chunk if line.shows})
        shown, mapped = context.state.store_stock(store, refs), context.state.listings(store, refs)
        for line in chunk:
            shows, is_known = line.shows, False
            if shows is not None and (known := shown.get(line.ref, {}).get(shows.location)) is not None:
                is_known = shows.committed in (None, known.committed)
                numbers = (shows.available, shows.on_hand, shows.stocked)
                is_known &= (known.available, known.on_hand, known.stocked) == numbers
            if shows is None or (line.ref in mapped and not is_known):
                yield line


def with_kept_skus(
    session: StoreSession, order_lines: Sequence[OrderLine], mapped: Container[str]
) -> Sequence[OrderLine]:
    """Lines with the SKU that they had when they were ordered. One that is looked up today stands for it only where no
    list told of the listing, as of a product in the trash."""
    if not session.connector.capabilities.looks_up_skus:
        return order_lines
    return [replace(line, sku="") if line.ref in mapped else line for line in order_lines]


def _known_shipments(session: StoreSession, order_lines: Sequence[OrderLine]) -> set[tuple[str, str, str, int]]:
    """The shipments of these lines that the ledger has: (order, ref, location, units)."""
    context, store = session.context, session.store
    refs = sorted({line.ref for line in order_lines})
    listings, rules = context.state.listings(store, refs), context.rules(store)
    pieces = taken_parts(context, rules, listings.values())
    noted = resolve_told(context, rules, context.state.owed(store, refs), by_ref(order_lines), listings)
    ledgers = context.state.ledgers(sorted({sku for found in (*pieces.values(), *noted.values()) for sku in found}))
    return {
        (d.order, d.ref, d.location, d.pieces // made[sku])
        for sku, (_, ledger) in ledgers.items()
        for d in ledger.shipments
        if d.store == store and sku in (made := noted.get((d.ref, d.order)) or pieces.get(d.ref, {}))
    }
