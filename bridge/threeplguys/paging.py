"""Reading a list to its end while it moves, by offset, losing nothing.

The list of 3PLGuys has `skip` and `take` and no cursor; its order is not documented, and rows are
created, changed, deleted and restored while it is read (Stock Levels reference, Pagination page). A
row that moves from before the offset to behind it pulls its successors over the seam, unread.

What makes this safe: rows that nobody touches during the pull keep their order among themselves,
whatever the order is, and each page holds an unbroken stretch of them. Two pages that show one common
row, unchanged, therefore have no untouched row between them, no matter which was read first or how
far the list shifted in between. So consecutive pages overlap by a row, and a page is taken in only
when it repeats a row already taken in (a *seam*); the page at skip 0 needs none. A chain of seams from
skip 0 to the end has met every untouched row; a touched one has `updatedAt` after the pull began, and
the next window begins earlier than that.

Otherwise the page is dropped and the walk steps back, doubling. Deleted rows must be part of the list
(includeDeleted=true), or a deletion would look like such a shift all the time.

A row without a readable id cannot be a seam; where such rows fill a page to its end, they are read over (`nameless`).
A row that breaks every page which holds it (`gap`) is read around, counted and left out; an outage is not one.

A walk may be left off and gone on with: `Pull.place` says where, and what was met by then is given back
to it. Rows move meanwhile as they do between any two pages, and the next page needs its seam as well.

One thing no client can repair: a source that orders rows of equal sort keys anew with every request.
There a seam can hold by luck; the regular full pull is what finds such rows again.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Generic, TypeVar

from bridge.core.unfinished import Place
from bridge.errors import BrokenAnswerError, LateAnswerError, RetryableSourceError
from bridge.threeplguys.gap import Gap, find_gap
from bridge.threeplguys.marks import Mark, Row, is_newer, mark
from bridge.threeplguys.nameless import read_over
from bridge.threeplguys.page import Around, Page

TAKE = 50  # the maximum of both lists (Stock Levels and Products references)
PARALLEL = 4
MAX_ROWS = 1_000_000
SMALLEST = 10  # no list of the API has a lower maximum (Warehouses and Invoices references)
MOST_HOLES = 5
"""So many rows of one list may break their pages, before it counts as an outage."""

SLACK = 64  # requests beyond four times what the rows met so far need, before a walk counts as lost

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Walked:
    """A walk that was left off: where, and the mark of each product met so far."""

    place: Place = field(default_factory=Place)
    met: Mapping[str, Mark] = field(default_factory=dict)


_NOWHERE = Walked()


class ListLostError(RetryableSourceError):
    """The list moves faster than it can be read, so that a walk must begin anew."""


class Pull(Generic[R]):
    """One walk through a list. Iterate once; it yields lists of rows as they are taken in. An empty one says that the
    place moved all the same: behind a broken seam a walk goes over much that it has met.

    A product is yielded again only with a newer `updated_at`, a row without an id only when it reads otherwise. An
    error of `fetch` ends the walk and reaches whoever iterates: what was yielded is true, but the list was not read
    to its end.

    rows: yielded so far. requests: pages asked for. greatest: newest `updated_at` met.
    began: the source's clock when it began to answer the first request; None without a Date.
    holes: rows left out because every page that holds one is broken.
    place: where another Pull goes on behind what was yielded last. ended: the list was read to its end.
    size: the most rows a page ever had, that is what the source makes of `take`; given to the next pull, a
    first page of a few rows needs no second request to confirm that it was the last.
    """

    def __init__(  # noqa: PLR0913
        self,
        fetch: Callable[[int, int], Page],
        parse: Callable[[object], R],
        *,
        take: int = TAKE,
        parallel: int = PARALLEL,
        size: int = 0,
        pool: Callable[[int], Executor] = ThreadPoolExecutor,
        after: Walked = _NOWHERE,
        around: Around | None = None,
        id_of: Callable[[R], str | None] = attrgetter("product"),
    ) -> None:
        """after: go on with a walk that was left off. around: None: a page that is broken ends the walk. id_of: by what
        a row is known, None in a garbled one."""
        place = after.place
        self.rows, self.requests = place.rows, place.requests
        self._before, self._list, self._fullest = place.requests, place.list, place.fullest
        self.began, self.greatest = place.began, place.greatest
        self.ended = False
        self._fetch, self._parse, self._take, self._parallel, self._pool = fetch, parse, take, parallel, pool
        self._id_of = id_of
        self._met = dict(after.met)
        self._fetching: deque[tuple[int, Future[Page]]] = deque()
        self._next = self._end = self._behind = place.next
        self._back, self._most, self._hint = 0, place.most, size
        self._around = around
        self._earlier_holes, self._holes = place.holes, dict[str | None, int]()
        self._told = set[R]()  # rows without an id
        self._beside = 0  # how many of them stood beside an id that was new
        self._seamless: tuple[int, int] | None = None  # skip and rows of a page that no next one can repeat

    @property
    def place(self) -> Place:
        return Place(
            self._behind, self._most, self.rows, self.requests, self.began, self.greatest, self.holes, self._list,
            max(self._most, self._fullest),
        )  # fmt: skip

    @property
    def holes(self) -> int:
        return self._earlier_holes + sum(self._holes.values())

    @property
    def size(self) -> int:
        return max(self._hint, self._most, self._fullest)

    @property
    def products(self) -> Collection[str]:
        """Ids of all products met so far: a view, not a copy."""
        return self._met.keys()

    def __iter__(self) -> Iterator[list[R]]:
        pool = self._pool(self._parallel)
        try:
            yield from self._walk(pool)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _walk(self, pool: Executor) -> Iterator[list[R]]:
        while not self.ended:
            self._fetch_ahead(pool)
            (skip, future), before = self._fetching.popleft(), self._behind
            try:
                news = self._read_on(skip, self._open(future.result()))
            except BrokenAnswerError as fault:
                news = self._read_around(skip, fault)
            if news or (self._behind != before and not self.ended):
                yield news
            while self._seamless and not self.ended:
                if news := self._read_over(*self._seamless):
                    yield news

    def _read_on(self, skip: int, rows: list[R]) -> list[R]:
        """What is new of one page. One without a seam is dropped."""
        if not self._holds(skip, rows):
            self._step_back(skip)
            return []
        # The last page is known by another that had more rows: the source could have sent more. An earlier pull's
        # size vouches for a page so small that not even a new, lower maximum explains it.
        earlier = min(self._hint, SMALLEST) if self.requests == self._before + 1 and skip == 0 else 0
        self.ended = not rows or len(rows) < max(self._most, earlier)
        return self._take_in(skip, rows)

    def _read_around(self, skip: int, fault: BrokenAnswerError) -> list[R]:
        """What is new on both sides of the rows that break the page at `skip`. In an outage it is asked for once more,
        with patience, unless it has been waited for long enough. Raises `fault`, or what comes of that."""
        around = self._around
        if around is None:
            raise fault
        gap = find_gap(lambda at, n: self._open(around.probe(at, n)), skip, self._take, self._can_repeat)
        if gap is None and isinstance(fault, LateAnswerError):
            raise fault
        if gap is None:
            return self._read_on(skip, self._open(around.insist(skip, self._take)))
        if gap.moved or (gap.before and not self._holds(skip, gap.before)):
            self._step_back(skip)
            return []
        self._drop_fetching()
        news = self._take_in(skip, gap.before) if gap.before else []
        return news + self._cross(gap, fault) if gap.broken else news

    def _cross(self, gap: Gap[R], fault: BrokenAnswerError) -> list[R]:
        self._holes[self._id_of(gap.before[-1]) if gap.before else None] = gap.broken
        if self.holes > MOST_HOLES:
            raise fault
        news = self._take_in(gap.at - len(gap.behind) + 1, gap.behind)
        self._next = self._behind = gap.at
        self._back, self.ended = 1, gap.ends  # one page at a time until the list goes on
        return news

    def _read_over(self, skip: int, size: int) -> list[R]:
        """What is new behind a page of `size` rows at `skip`, of which the next one could repeat none."""
        self._drop_fetching()
        self._check_progress()
        found = read_over(self._ask, skip, size, self._most, self._can_repeat)
        if found is None:
            raise ListLostError(
                f"The warehouse API's list has no end of rows without a readable id behind row {skip}; nothing is lost,"
                " the next pull tries again. Have 3PLGuys look at these rows."
            )
        if found.moved or not self._holds(skip, found.pages[0][1]):
            self._step_back(skip)
            return []
        self.ended, known = found.ends, len(self._met)
        news = [row for at, rows in found.pages for row in self._take_in(at, rows)]
        self._beside += self._end - skip if len(self._met) > known else 0
        return news

    def _ask(self, skip: int) -> list[R]:
        self.requests += 1
        return self._open((self._around.insist if self._around else self._fetch)(skip, self._take))

    def _fetch_ahead(self, pool: Executor) -> None:
        """Keep pages in flight, each repeating the last row that the one before should end with."""
        # One at a time until it is known how many rows a page has (so an idle poll costs one request, and a few rows
        # cost two), after a broken seam, and until the first seam of a walk that goes on: its list has moved since.
        known = self.requests > self._before + (self._most < self._take)
        ahead = self._parallel if self._met and known and not self._back else 1
        while len(self._fetching) < ahead:
            self._check_progress()
            self.requests += 1
            self._fetching.append((self._next, pool.submit(self._fetch, self._next, self._take)))
            self._next += max(1, self._most - 1)

    def _check_progress(self) -> None:
        needed = (len(self._met) + self._beside) // max(1, self._most - 1) + 1
        if self.requests - self._before >= SLACK + 4 * needed or len(self._met) > MAX_ROWS:
            raise ListLostError(
                f"The warehouse API's list did not come to an end after {self.requests} pages: it moves faster"
                " than it can be read, or ignores `skip`; nothing is lost, the next pull tries again."
            )

    def _open(self, page: Page) -> list[R]:
        if self.requests == 1 and self.began is None and page.date is not None:
            # The Date is written when the answer is ready; the rows may have been read long before.
            self.began = page.date - page.took
        return [self._parse(raw) for raw in page.rows]

    def _holds(self, skip: int, rows: Sequence[R]) -> bool:
        """Does this page continue what was taken in?

        An empty page never proves that, except behind a page of one row, where no overlap is possible.
        """
        if skip == 0 or (not rows and self._most == 1 and skip == self._end):
            return True
        return any(self._can_repeat(row) and self._met.get(self._id_of(row) or "") == mark(row) for row in rows)

    def _can_repeat(self, row: R) -> bool:
        return self._id_of(row) is not None and mark(row) is not None

    def _drop_fetching(self) -> None:
        for _, future in self._fetching:
            future.cancel()
        self._fetching.clear()

    def _step_back(self, skip: int) -> None:
        self._drop_fetching()
        self._seamless = None
        self._back = max(1, self._most - 1, 2 * self._back)
        self._next = max(0, skip - self._back)

    def _take_in(self, skip: int, rows: Sequence[R]) -> list[R]:
        self._most = max(self._most, len(rows))
        self._back, self._end = 0, skip + len(rows)
        last = next((at for at in reversed(range(len(rows))) if self._can_repeat(rows[at])), 0)
        self._seamless = (skip, len(rows)) if last == 0 and len(rows) > 1 else None
        # The next page begins with the last row that can be known again.
        self._behind = skip if self._seamless else skip + max(1, last)
        if not self._fetching:
            self._next = self._behind
        known, news = len(self._met), [row for row in rows if self._is_news(row)]
        self._beside += sum(self._id_of(row) is None for row in rows) if len(self._met) > known else 0
        self.rows += len(news)
        return news

    def _is_news(self, row: R) -> bool:
        stamp, product, now = row.updated_at, self._id_of(row), mark(row)
        if stamp is not None and (self.greatest is None or stamp > self.greatest):
            self.greatest = stamp
        if product is None:
            is_new = row not in self._told
            self._told.add(row)
            return is_new
        if product in self._met and not is_newer(now, self._met[product]):
            return False
        self._met[product] = now
        return True
