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
from typing import Any, NoReturn

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
        self.parts.extend(_by_parent(self.refs))
        while self.parts:
            self._write(self._next())
        if self.crashed and not self.wrote and not self._is_one_products_trouble():
            raise self.crashed[0]

    def tell(self, error: StoreError) -> None:
        """What is known of the batch goes with the error that ends it."""
        vague = (UNMANAGED, CRASHING)  # said of many, it is the store's trouble
        error.answered = {row: told for row, told in self.outcomes.items() if told not in vague}
        error.maybe_applied = frozenset(self.touched - error.answered.keys())
        error.sent = bool(error.maybe_applied)

    def _is_one_products_trouble(self) -> bool:
        """The store was read just before, so it answers, and no other product breaks it off."""
        return bool(self.seen) and list(self.outcomes.values()).count(CRASHING) == 1

    def _next(self) -> Part:
        """The next write, no larger than the pace allows."""
        part, size = self.parts.popleft(), self.writer.pace.size
        if len(part.rows) > size:
            self.parts.appendleft(Part(part.parent, part.rows[size:]))
        return Part(part.parent, part.rows[:size])

    # ------------------------------------------------------------ one write

    def _write(self, part: Part) -> None:
        rows, answer = self._sent(part)
        if isinstance(answer, Lost):
            self._lost(answer.error)
        if isinstance(answer, TooLargeError):
            return self._split(part.parent, rows, answer)
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
        """Safe to repeat: it raises only what certainly wrote nothing. None: what was read is too old."""
        if look and not self._is_fresh(part):
            return None
        rows = tuple(row for row in part.rows if not (look and self._is_decided(row)))
        body = {"update": [{"id": self._id(row), "stock_quantity": _whole(self.updates[row].quantity)} for row in rows]}
        began = self.writer.clock()
        try:
            return rows, self.writer.client.post(_path(part.parent), body) if rows else {}
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

    def _lost(self, error: RetryableStoreError) -> NoReturn:
        self.writer.pace.lost()
        if isinstance(error, WebPageError):
            with suppress(RetryableStoreError):
                self.writer.catalogue.probe()
        raise error

    def _split(self, parent: int, rows: tuple[int, ...], error: TooLargeError) -> None:
        if len(rows) == 1:
            raise error
        self.writer.pace.refused(len(rows))
        self.parts.appendleft(Part(parent, rows))

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
        """Also at what is written next. Only a reading: a failure has written nothing."""
        upcoming = [row for each in (part, *self.parts) for row in each.rows if bool(each.parent) == bool(part.parent)]
        few = part.rows if part.parent and not self.writer.catalogue.lists_all() else tuple(upcoming[:AHEAD])
        refs = [ref for row in dict.fromkeys((*part.rows, *few)) if (ref := self.refs[row])]
        try:
            found = self.writer.catalogue.rows(refs)
        except RetryableStoreError as error:
            raise RetryableStoreError(str(error), retry_after=error.retry_after, sent=False) from None
        self.seen = {ref: found.get(ref) for ref in refs}
        self.seen_at = self.writer.clock()

    def _is_decided(self, row: int) -> bool:
        """What the reading shows is enough to know that nothing must, or may, be written."""
        ref = self.refs[row]
        shown = self.seen.get(ref) if ref else None
        hidden = shown is None and ref is not None and self.writer.catalogue.is_broken(ref)
        told = HIDDEN if hidden else _judged(self.updates[row], shown)
        if told is not None:
            self.outcomes[row] = told
        return told is not None

    def _id(self, row: int) -> int:
        ref = self.refs[row]
        return ref.id if ref else 0


def _judged(update: StockUpdate, shown: Row | None) -> Outcome | None:
    """None: write it."""
    if shown is None:
        return GONE
    if (left := unwritable(shown)) is not None:
        return left
    now = number_of(shown.get("stock_quantity"))
    if now == update.quantity:
        return Outcome(Verdict.APPLIED, shown=update.quantity)  # Woo itself does not write an unchanged value
    if update.was is not None and math.floor(now or 0) != update.was and update.quantity > (now or 0):
        return STALE
    return None


def _by_parent(refs: Sequence[Ref | None]) -> list[Part]:
    """Products first, then each parent in the order in which it comes up."""
    rows: dict[int, list[int]] = {0: []}
    for row, ref in enumerate(refs):
        if ref is not None:
            rows.setdefault(ref.parent, []).append(row)
    return [Part(parent, tuple(found)) for parent, found in rows.items() if found]


def _path(parent: int) -> str:
    return f"products/{parent}/variations/batch" if parent else "products/batch"


def _whole(quantity: int) -> int:
    """A batch is not validated: "abc" would set 0, and 2.7 would set 2."""
    if type(quantity) is not int:
        raise TypeError(f"a quantity must be a whole number, not {quantity!r}")
    return quantity
