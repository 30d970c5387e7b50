"""What a store's orders say, made whole: lines that left an order, lines that name no listing, and orders that left the
store."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from datetime import timedelta
from functools import cached_property
from itertools import groupby

from bridge.core.absence import are_too_many_orders, why_orders_not_believed
from bridge.core.owed import is_unnamed, ref_of, units_of
from bridge.state.records import DoubtedOrders, StoreRecord
from bridge.sync.inputs import taken_parts
from bridge.sync.read.numbers import called
from bridge.sync.session import LONGEST_RETRY, StoreSession
from connectors.base import Listing, OrderLine
from connectors.skills import RefetchesOrders
from connectors.values import replace

REFETCH_EVERY = timedelta(hours=1)


class Orders:
    """One look at the orders of a store. refetched: orders believed open were asked for one by one. refetched_for: the
    number of the last request that this answers; None: they were not. doubt: why the store is not believed that it does
    not know some of them."""

    def __init__(self, session: StoreSession, record: StoreRecord) -> None:
        self._context, self._store, self._connector = session.context, session.store, session.connector
        last, now, self._doubted = record.revisited_at, self._context.now(), record.doubted_orders
        due = last is None or now - last >= REFETCH_EVERY
        if self._doubted is not None:
            due |= self._doubted.confirmed or now - self._doubted.at >= LONGEST_RETRY
        self.refetched = due and isinstance(self._connector, RefetchesOrders)
        self.refetched_for = record.requests.requested if self.refetched else None
        self.doubt: str | None = None

    @cached_property
    def known(self) -> Mapping[str, Mapping[str, int]]:
        """Order → the units it is believed to hold of listings; where the store itself counts committed units, of
        listings that are gone: as it says itself where orders are revisited, else as far as is known."""
        owed = self._context.state.every_owed(self._store)
        every = {ref: units for ref, lines in owed if (units := units_of(lines))}
        there: Container[str] = ()
        if self._connector.capabilities.reads_committed and not self.refetched:
            there = self._context.state.store_stock(self._store, list(every))
        elif self._connector.capabilities.reads_committed and every:
            there = {reading.ref for reading in self._connector.read(list(every))}
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for ref, held in every.items():
            for order, count in held.items() if ref not in there else ():
                found[order][ref] = count
        return found

    def order_lines(self, moved: Iterable[OrderLine]) -> Iterator[OrderLine]:
        """All that the store tells, and what became of what it no longer tells."""
        connector = self._connector
        lost: dict[str, Mapping[str, int]] = {}
        exact = set[tuple[str, str]]()
        for order, lines in groupby(moved, key=lambda m: m.order):
            told = self._named(order, list(lines))
            yield from told
            if isinstance(connector, RefetchesOrders):
                # told without a listing it held units of: the line left it, or its product was deleted, as only the
                # store knows
                refs = {m.ref for m in told}
                left = {ref: n for ref, n in self.known.get(order, {}).items() if ref not in refs} if order else {}
                lost |= {order: left} if left else {}
                exact |= {(order, m.ref) for m in told} if order in self.known else set()
        asked, unknown = self.known if self.refetched else lost, list[OrderLine]()
        if isinstance(connector, RefetchesOrders) and asked:
            for order, lines in groupby(connector.refetched(asked), key=lambda m: m.order):
                told = [m for m in self._named(order, list(lines)) if (order, m.ref) not in exact]
                yield from (m for m in told if not m.gone)
                unknown += (m for m in told if m.gone)
        yield from self._believed(unknown, len(asked))

    def _believed(self, unknown: Sequence[OrderLine], asked: int) -> Sequence[OrderLine]:
        """Lines of orders that the store does not know by their ids, of so many asked for; none where that is too much
        to be believed, and no person confirmed it."""
        orders = dict.fromkeys(m.order for m in unknown)
        is_confirmed = self._doubted is not None and self._doubted.confirmed
        if is_confirmed or not are_too_many_orders(len(orders), asked=asked, known=len(self.known) if orders else 0):
            return unknown
        names = called(self._context, self._store, orders)
        self.doubt = why_orders_not_believed(self._store, sorted(names.values()), len(self.known))
        return ()

    def doubted(self) -> dict[str, object]:
        """What is to be noted, after all lines were read, of orders that the store does not know. Of those it did not
        tell of meanwhile nobody may have heard, so once it is over all are read anew."""
        now, before = self._context.now(), self._doubted
        if self.doubt is not None:
            return {"doubted_orders": DoubtedOrders(self.doubt, before.since if before else now, now)}
        return {"doubted_orders": None, "orders_since": None} if before and self.refetched else {}

    def _named(self, order: str, told: list[OrderLine]) -> list[OrderLine]:
        """Lines that name no listing stand for the one that this order is known to hold units of and names no longer:
        the one of the same SKU; or, without a SKU, whichever it is. The rest goes by refs of its own."""
        if not order or all(m.ref for m in told):
            return told
        refs = {m.ref for m in told if m.ref}
        gone = [ref for ref in self.known.get(order, {}) if ref not in refs and not is_unnamed(ref)]
        places: dict[str, str] = {}
        for m in told:
            if not m.ref and ref_of(m) not in places and (m.sku or not gone):
                places[ref_of(m)] = self._holder(m, {*refs, *places.values()}) or ref_of(m)
        found = [(m, m.ref or places.get(ref_of(m))) for m in told]
        return [replace(m, ref=ref) for m, ref in found if ref]

    def _holder(self, m: OrderLine, told: Set[str]) -> str | None:
        """The listing of this SKU that an order was of, as far as what it holds or shipped is remembered."""
        if not m.sku:
            return None
        state, rules = self._context.state, self._context.rules(self._store)
        refs = state.named(self._store, [rules.normalized(m.sku)]).get(rules.normalized(m.sku), [])
        holding = [ref for ref, lines in state.owed(self._store, refs).items() if m.order in lines]
        parts = taken_parts(self._context, rules, [Listing(m.ref, m.sku, "")])
        ledgers = state.ledgers(sorted(parts.get(m.ref, ()))).values()
        holding += [d.ref for _, x in ledgers for d in x.shipments if (d.store, d.order) == (self._store, m.order)]
        return next((ref for ref in holding if ref not in told), None)
