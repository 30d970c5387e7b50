"""Read the catalogue of the source once a day and for a new id: what changed, the latest first, until what is known.

A list sorted by change moves while it is read, so it is only read in one go. The first reading, and one of more changes
than a go may ask for, reads everything in the order of creation instead: there nothing moves, deleted products
included, so that it may take many goes. Pages overlap by a row, as everywhere (`threeplguys/paging.py`).

No number rests on it: it has a lease of its own, holds up no poll, and whatever goes wrong is tried again later.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bridge.core.catalogue import CatalogueEntry, CatalogueFacts, catalogue_is_due, catalogue_requests, entry_beside
from bridge.core.cursor import FULL, Window, advance
from bridge.core.unfinished import Place
from bridge.errors import LeaseLostError, SourceError
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.lease import CATALOGUE, Lease
from bridge.state.records import CatalogueRecord, CatalogueWalk, SourceRecord
from bridge.sync.context import SourceSession, SyncContext
from bridge.threeplguys import BadRow, ListLostError, Product, Walked, mark
from bridge.threeplguys.query import ProductQuery
from bridge.transport.rate_budget import account
from connectors.values import replace

LATEST_FIRST = ProductQuery(include_deleted=True, sort_by="updatedAt")
AS_CREATED = ProductQuery(include_deleted=True, sort_order="asc")

Rows = Sequence[Product | BadRow]


def facts_of(record: SourceRecord) -> CatalogueFacts:
    """Stock comes first: nothing before the first whole pull, beside an unfinished one, or while the source rests."""
    known = record.catalogue
    waits = record.full_at is None or record.unfinished is not None or record.breaker is not None
    under_way = known.walk is not None
    return CatalogueFacts(known.tried_at, known.read_at, known.read_from, record.new_id_at, under_way, waits)


def read_catalogue_if_due(context: SyncContext) -> None:
    """One go at it, where its time has come. Whatever the source says to it, nobody is troubled."""
    if catalogue_is_due(facts_of(context.state.source_record()), context.now()):
        with suppress(SourceError, LeaseLostError):
            read_catalogue(context)


def read_catalogue(context: SyncContext) -> None:
    """One go. Raises SourceError; the next go then begins where this one did, or goes on behind its last page."""
    with context.lease(CATALOGUE) as lease:
        if lease is None:
            return
        with context.source(lease, spare=True) as source:
            _Go(context, lease, source).read()


@dataclass
class _Go:
    context: SyncContext
    lease: Lease
    source: SourceSession

    def read(self) -> None:
        """What changed, or the next pages of everything, as far as its part of the request budget goes."""
        record, own = self.context.state.source_record().catalogue, account(self.context.settings.source)
        record = record if record.of == own else CatalogueRecord(own)
        whole, now = record.walk is not None or record.cursor.at is None, self.context.now()
        room = self.source.rate_budget.has_room()
        most = catalogue_requests(self.source.rate_budget.budget, now, whole=whole) if room else 0
        record = self._save(replace(record, tried_at=now))
        try:
            if not most:
                return
            if whole:
                self._read_on(record, most)
            elif not self._read_changes(record, most):
                self._save(replace(record, walk=CatalogueWalk(now)))
        except ListLostError:
            self._save(replace(record, walk=None))
            raise

    def _read_changes(self, record: CatalogueRecord, most: int) -> bool:
        """Read from the latest change back to the cursor, a little beyond it → whether it came so far. Not where more
        changed than it may ask for, or where the list is not sorted as it was asked for."""
        began, news, is_known = self.context.now(), list[Product | BadRow](), False
        at = record.cursor.at
        since = None if at is None else at - self.context.settings.source.overlap
        pages = self.source.client.products.in_order(LATEST_FIRST)
        for rows in pages:
            stamps = [row.updated_at for row in rows if isinstance(row, Product)]
            if stamps != sorted(stamps, reverse=True):
                return False
            is_known = since is not None and bool(stamps) and stamps[-1] <= since
            news += [row for row in rows if since is None or row.updated_at is None or row.updated_at > since]
            if is_known or pages.requests >= most:
                break
        if not (is_known or pages.ended):
            return False
        took = self.context.now() - began
        cursor = advance(
            record.cursor, Window(since, whole=True), began=pages.began, greatest=pages.greatest, took=took, ours=began
        )
        self._finish(replace(record, cursor=cursor, read_from=began), news)
        return True

    def _read_on(self, record: CatalogueRecord, most: int) -> None:
        """Read everything, behind the page where the last go ended."""
        walk = record.walk or CatalogueWalk(self.context.now())
        place = Place(walk.next, walk.most, walk.rows, walk.requests, walk.began, walk.greatest)
        pages = self.source.client.products.in_order(AS_CREATED, after=Walked(place, walk.tail))
        for rows in pages:
            tail = {row.product: m for row in rows if row.product is not None and (m := mark(row)) is not None}
            at = pages.place
            walk = CatalogueWalk(walk.ours, at.next, at.most, at.rows, at.requests, at.began, at.greatest, tail)
            record = self._save(replace(record, walk=walk), rows)
            if pages.requests - place.requests >= most:
                break
        if pages.ended:
            took = self.context.now() - walk.ours
            cursor = advance(
                record.cursor, FULL, began=walk.began, greatest=walk.greatest, took=took, ours=walk.ours
            )  # what changed behind the walk meanwhile is read with the next changes
            self._finish(replace(record, cursor=cursor, read_from=walk.ours))

    def _finish(self, record: CatalogueRecord, rows: Rows = ()) -> None:
        self._save(replace(record, read_at=self.context.now(), walk=None), rows)
        self.context.emit("catalogue read", rows=len(rows))

    def _save(self, record: CatalogueRecord, rows: Rows = ()) -> CatalogueRecord:
        """Write down how far it is, together with what rows say beyond the levels."""
        state, change = self.context.state, Change()
        change.note_source(catalogue=record)
        found = {row.product: row for row in rows if isinstance(row, Product)}
        levels, known = state.levels(list(found)), state.catalogue(list(found))
        for product, row in found.items():
            level, before = levels.get(product), known.get(product, CatalogueEntry())
            entry = entry_beside(level, row.name, row.description, deleted=row.deleted, at=row.updated_at)
            if entry != before:
                change.put(keys.CATALOGUE, product, pack.catalogue_entry(entry) if entry else None)
        state.commit(change, self.lease)
        return record
