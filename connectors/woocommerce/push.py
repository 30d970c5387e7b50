"""One batch of the bridge as the writes WooCommerce knows: products together, variations by parent.

Only one write is on its way at a time, and what was sent without an answer is never sent again from here:
WooCommerce goes on writing after its client has gone, and a second write beside the first mixes with it. The
bridge reads back later. What certainly did nothing (a throttle, no connection) the sender may repeat.

WooCommerce cannot compare, so the numbers are read just before each write. A row that has moved since the
bridge looked is left alone when writing would raise it; an order that took units is then not undone. What
lowers the number on offer is written all the same. Between that reading and the write lie milliseconds.
"""

import math
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from connectors.base import (
    Batch,
    Outcome,
    RetryableStoreError,
    Sender,
    StockUpdate,
    StoreError,
    Verdict,
)
from connectors.http import Clock
from connectors.woocommerce.answers import CrashedError, TooLargeError, UnreadableError, WebPageError
from connectors.woocommerce.catalogue import Catalogue
from connectors.woocommerce.client import WooClient
from connectors.woocommerce.pace import Pace
from connectors.woocommerce.translate import GONE, UNMANAGED, Ref, Row, echoes, number_of, outcome, ref_of, unwritable

FRESH = 2.0  # seconds for which what was read before a write counts as what the store shows
AHEAD = 100  # rows read at once before writes
LOOKS = 3  # tries at a write before which the numbers had to be read again
CRASHES = 16  # PHP errors in one batch before the store, and not an item, is to blame: 2 × log2(100)

NO_REF = Outcome(Verdict.MISSING, reason="not the address of a WooCommerce product")
STALE = Outcome(Verdict.DEFERRED, reason="stale: WooCommerce shows another number than the decision rests on")
UNSEEN = Outcome(Verdict.DEFERRED, reason="the answer was unreadable, and the number is not there")
HIDDEN = Outcome(Verdict.DEFERRED, reason="a PHP error of the shop stops this product from being shown; see its log")
CRASHING = Outcome(Verdict.DEFERRED, reason="a PHP error of the shop stops this product from being saved; see its log")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of the batch that go out as one write, all of one parent (0: products)."""

    parent: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """A write that has no answer and may have landed, or may yet."""

    error: RetryableStoreError


Sent = tuple[tuple[int, ...], Any]  # rows, and the JSON that answered them or what stands for it


@dataclass
class Writer:
    """Lives as long as the connector; `pace` is what it learned of the store."""

    client: WooClient
    catalogue: Catalogue
    send: Sender
    pace: Pace
    clock: Clock
    what: str

    def push(self, batch: Batch) -> Sequence[Outcome]:
        refs = [ref_of(update.ref) for update in batch.updates]
        job = _Job(self, batch.updates, refs)
        job.outcomes.update({row: NO_REF for row, ref in enumerate(refs) if ref is None})
        try:
            job.run()
            if UNMANAGED in job.outcomes.values():  # by a person, which the next reading tells, or by the switch
                with suppress(RetryableStoreError):
                    self.catalogue.must_manage(seen_off=True)
        except StoreError as error:
            job.tell(error)
            raise
        return tuple(job.outcomes[row] for row in range(len(batch.updates)))


@dataclass
class _Job:
    """One push. wrote: whether some write of it was answered. touched: rows of calls that ended without an answer of
    every row."""

    writer: Writer
    updates: Sequence[StockUpdate]
    refs: Sequence[Ref | None]
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    parts: deque[Part] = field(default_factory=deque)
    seen: dict[Ref, Row | None] = field(default_factory=dict)
    seen_at: float = float("-inf")
    wrote: bool = False
    touched: set[int] = field(default_factory=set)
    took: float = 0.0  # seconds of the last write, without waiting
    crashed: list[CrashedError] = field(default_factory=list)

    def run(self) -> None:
        by_parent: dict[int, list[int]] = {0: []}  # products first, then each parent in the order in which it comes up
        for row, ref in enumerate(self.refs):
            if ref is not None:
                by_parent.setdefault(ref.parent, []).append(row)
        self.parts.extend(Part(parent, tuple(rows)) for parent, rows in by_parent.items() if rows)
        while self.parts:
            part, size = self.parts.popleft(), self.writer.pace.size
            if len(part.rows) > size:
                self.parts.appendleft(Part(part.parent, part.rows[size:]))
            self._write(Part(part.parent, part.rows[:size]))
        # The store was read just before, so it answers; if no other product breaks it off, it is that one's trouble.
        is_one_products = bool(self.seen) and list(self.outcomes.values()).count(CRASHING) == 1
        if self.crashed and not self.wrote and not is_one_products:
            raise self.crashed[0]

    def tell(self, error: StoreError) -> None:
        """What is known of the batch goes with the error that ends it."""
        vague = (UNMANAGED, CRASHING)  # said of many, it is the store's trouble
        error.answered = {row: told for row, told in self.outcomes.items() if told not in vague}
        error.maybe_applied = frozenset(self.touched - error.answered.keys())
        error.sent = bool(error.maybe_applied)

    # ------------------------------------------------------------ one write

    def _write(self, part: Part) -> None:
        rows, answer = self._sent(part)
        if isinstance(answer, Lost):
            self.writer.pace.lost()
            if isinstance(answer.error, WebPageError):
                with suppress(RetryableStoreError):
                    self.writer.catalogue.probe()
            raise answer.error
        if isinstance(answer, TooLargeError):
            if len(rows) == 1:
                raise answer
            self.writer.pace.refused(len(rows))
            self.parts.appendleft(Part(part.parent, rows))
            return None
        if isinstance(answer, CrashedError):
            return self._crash(part.parent, rows, answer)
        self.wrote = self.wrote or bool(rows)
        self.writer.pace.took(len(rows), self.took)
        if isinstance(answer, UnreadableError):
            return self._read_back(rows, answer)
        found = echoes(answer, [self._id(row) for row in rows])
        for row, echo in zip(rows, found, strict=True):
            self.outcomes[row] = outcome(echo, self.updates[row].quantity)
        return None

    def _sent(self, part: Part) -> Sent:
        """The rows that went out, and what came back. While the sender waits, orders come in: then the numbers
        are read anew before the next try."""
        compared = any(self.updates[row].was is not None for row in part.rows)
        for _ in range(LOOKS):
            if compared and not self._is_fresh(part):
                self._look(part)
            found = self.writer.send(lambda: self._attempt(part, look=compared))
            if found is not None:
                return found
        text = f"{self.writer.what} takes readings and no writes; it will be tried again."
        raise RetryableStoreError(text, sent=False)

    def _attempt(self, part: Part, *, look: bool) -> Sent | None:
        """Writes what the reading has not settled. Safe to repeat: it raises only what certainly wrote nothing. None:
        what was read is too old."""
        if look and not self._is_fresh(part):
            return None
        told = {row: self._told(row) for row in part.rows if look}
        self.outcomes |= {row: known for row, known in told.items() if known is not None}
        rows = tuple(row for row in part.rows if told.get(row) is None)
        if any(type(self.updates[row].quantity) is not int for row in rows):
            raise TypeError("a quantity must be a whole number")  # of a batch WooCommerce takes "abc" for 0, 2.7 for 2
        body = {"update": [{"id": self._id(row), "stock_quantity": self.updates[row].quantity} for row in rows]}
        path = f"products/{part.parent}/variations/batch" if part.parent else "products/batch"
        began = self.writer.clock()
        try:
            return rows, self.writer.client.post(path, body) if rows else {}
        except TooLargeError as error:
            return rows, error
        except (CrashedError, UnreadableError) as error:
            self.touched.update(rows)
            return rows, error
        except RetryableStoreError as error:
            if not error.sent:
                raise
            self.touched.update(rows)
            return rows, Lost(error)
        finally:
            self.took = self.writer.clock() - began

    def _crash(self, parent: int, rows: tuple[int, ...], error: CrashedError) -> None:
        """Some item stops PHP. In halves it is found; the rest goes through."""
        self.crashed.append(error)
        if len(self.crashed) > CRASHES:
            raise error
        half, self.seen_at = len(rows) // 2, float("-inf")
        if half:
            self.parts.extendleft((Part(parent, rows[half:]), Part(parent, rows[:half])))
        else:
            self.outcomes[rows[0]] = CRASHING

    def _read_back(self, rows: Sequence[int], error: UnreadableError) -> None:
        """The write came to its end and its answer cannot be read: the store's numbers are its word."""
        refs = [ref for row in rows if (ref := self.refs[row])]
        try:
            found = self.writer.catalogue.rows(refs)
        except StoreError:
            raise error from None
        for row, ref in zip(rows, refs, strict=True):
            told = outcome(found.get(ref) or {"error": {}}, self.updates[row].quantity)
            self.outcomes[row] = told if told.shown == self.updates[row].quantity else UNSEEN

    # ------------------------------------------------------------ reading before writing

    def _is_fresh(self, part: Part) -> bool:
        is_young = self.writer.clock() - self.seen_at <= FRESH
        return is_young and all(self.refs[row] in self.seen for row in part.rows)

    def _look(self, part: Part) -> None:
        """Reads the numbers of a part, and of what is written next. Only a reading: a failure has written nothing."""
        upcoming = [row for each in (part, *self.parts) for row in each.rows if bool(each.parent) == bool(part.parent)]
        few = part.rows if part.parent and not self.writer.catalogue.lists_all() else tuple(upcoming[:AHEAD])
        refs = [ref for row in dict.fromkeys((*part.rows, *few)) if (ref := self.refs[row])]
        try:
            found = self.writer.catalogue.rows(refs)
        except RetryableStoreError as error:
            raise RetryableStoreError(str(error), retry_after=error.retry_after, sent=False) from None
        self.seen = {ref: found.get(ref) for ref in refs}
        self.seen_at = self.writer.clock()

    def _told(self, row: int) -> Outcome | None:
        """What the reading tells already: that nothing must, or may, be written. None: write it."""
        update, ref = self.updates[row], self.refs[row]
        shown = self.seen.get(ref) if ref else None
        if shown is None:
            return HIDDEN if ref is not None and self.writer.catalogue.is_broken(ref) else GONE
        if (left := unwritable(shown)) is not None:
            return left
        now = number_of(shown.get("stock_quantity"))
        if now == update.quantity:
            return Outcome(Verdict.APPLIED, shown=update.quantity)  # Woo itself does not write an unchanged value
        if update.was is not None and math.floor(now or 0) != update.was and update.quantity > (now or 0):
            return STALE
        return None

    def _id(self, row: int) -> int:
        ref = self.refs[row]
        return ref.id if ref else 0
