"""The seven verbs that products and cartons have in common, whatever they are made of."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import ClassVar, Generic, TypeVar
from urllib.parse import quote

from bridge.errors import AmbiguousChangeError, BrokenAnswerError, SourceRefusalError
from bridge.threeplguys.answers import decoded, failure, refusal, unreadable
from bridge.threeplguys.cartons import Carton, CartonSpec, HistoryEntry, parse_history_entry
from bridge.threeplguys.changes import Change, LostReplyError, answered
from bridge.threeplguys.edge import Edge
from bridge.threeplguys.lists import every_row, read_page
from bridge.threeplguys.page import Page
from bridge.threeplguys.paging import SMALLEST, TAKE, Pull, Walked
from bridge.threeplguys.parse import BadRow, Product, ProductSpec
from bridge.threeplguys.query import ListQuery
from connectors.base import UNSENT, Sender

SLACK = timedelta(seconds=1)
"""A Date has whole seconds, and a `createdAt` milliseconds."""

RecordT = TypeVar("RecordT", bound=Product | Carton)
SpecT = TypeVar("SpecT", bound=ProductSpec | CartonSpec)
QueryT = TypeVar("QueryT", bound=ListQuery)
Body = Mapping[str, object]


class Resource(ABC, Generic[RecordT, SpecT, QueryT]):
    """Products, or cartons. Each request goes through `send`, which waits and repeats; a change whose answer was lost
    is looked for before it is sent again. Limits that are known are checked before anything is sent. Raises
    SourceError.

    is_unique: nothing can be created twice there.
    """

    noun: ClassVar[str]
    path: ClassVar[str]
    is_unique: ClassVar[bool]

    def __init__(self, edge: Edge, send: Sender) -> None:
        self._edge, self._send = edge, send
        self._own: set[str] = set()  # what was created here, and answered: no lost creation made it

    @abstractmethod
    def parse(self, raw: object) -> RecordT | BadRow: ...
    @abstractmethod
    def id_of(self, record: RecordT) -> str: ...
    @abstractmethod
    def called(self, new: SpecT) -> str:
        """A thing that has no id yet, in words."""

    @abstractmethod
    def bodies(self, spec: SpecT) -> tuple[Body, Body]:
        """What creates it, and what changes it."""

    @abstractmethod
    def faults(self, new: SpecT) -> Sequence[str]: ...
    @abstractmethod
    def change_faults(self, have: RecordT, want: SpecT) -> Sequence[str]: ...
    @abstractmethod
    def is_changed(self, now: RecordT, want: SpecT) -> bool:
        """Whether a change to this was made."""

    @abstractmethod
    def creations(self, new: SpecT) -> QueryT:
        """The list in which a creation shows, the newest first."""

    @abstractmethod
    def is_like(self, found: RecordT, new: SpecT) -> bool:
        """Whether a creation may have made it."""

    @abstractmethod
    def is_exactly(self, found: RecordT, new: SpecT) -> bool:
        """Whether it is also called as was asked for."""

    def page(self, query: QueryT, skip: int = 0, take: int = TAKE) -> list[RecordT | BadRow]:
        """One page of the list; fifty rows are the most."""
        return [self.parse(raw) for raw in self._page(self.path, query.parameters(), skip, take).rows]

    def every(self, query: QueryT) -> Iterator[RecordT | BadRow]:
        """The whole list, oldest creation first whatever the query says, each once: in that order, and with what is
        deleted, nothing moves while it is read."""
        asked = query.parameters() | {"includeDeleted": "true", "sortBy": "createdAt", "sortOrder": "asc"}
        met = set[str]()
        for row in every_row(lambda skip: self._page(self.path, asked, skip), self.parse):
            if isinstance(row, BadRow):
                yield row
            elif (query.include_deleted or not row.deleted) and self.id_of(row) not in met:
                met.add(self.id_of(row))
                yield row

    def in_order(self, query: QueryT, after: Walked | None = None) -> Pull[RecordT | BadRow]:
        """The list as the query sorts it, page by page as they are asked for; what is deleted is always among it, or
        the seams between pages would not hold. after: go on with a walk that was left off."""
        asked = query.parameters() | {"includeDeleted": "true"}

        def id_of(row: RecordT | BadRow) -> str | None:
            return row.product if isinstance(row, BadRow) else self.id_of(row)

        fetch = partial(self._page, self.path, asked)
        return Pull(fetch, self.parse, parallel=1, size=SMALLEST, after=after or Walked(), id_of=id_of)

    def get(self, id_: str) -> RecordT:
        """One by its id, a deleted one too. Raises SourceRefusalError where there is none."""
        thing = f"the {self.noun} {id_}"

        def ask() -> RecordT:
            answer = self._edge.ask("GET", self._place(id_))
            if answer.status != 200:
                raise refusal(answer, thing) or failure(answer)
            record = self.parse(decoded(answer.body))
            if isinstance(record, BadRow):
                said = f"The warehouse API at {answer.host} describes {thing} in a way that cannot be read"
                raise BrokenAnswerError(f"{said}: {record.reason}.") if record.product else unreadable(answer)
            return record

        return self._send(ask)

    def history(self, id_: str) -> Iterator[HistoryEntry | BadRow]:
        """What happened to it, the newest first, each once. Raises SourceRefusalError where there is no such thing."""
        path, met = f"{self._place(id_)}/history", set[str | None]()
        rows = every_row(
            lambda skip: self._page(path, {}, skip, thing=f"the {self.noun} {id_}"), parse_history_entry
        )  # a new entry moves the others on, so that one may come twice
        for row in rows:
            key = row.entry if isinstance(row, HistoryEntry) else None
            if key is None or key not in met:
                met.add(key)
                yield row

    def create(self, new: SpecT) -> RecordT:
        """Create it, once. Raises SourceRefusalError; UnansweredChangeError or AmbiguousChangeError where the answer
        was lost, and it cannot be told what became of it."""
        thing, began = self.called(new), monotonic()
        self._check(self.faults(new), thing)
        change = Change(
            thing,
            write=lambda: self._write("POST", self.path, thing, self.bodies(new)[0]),
            look=lambda: self._created(new, thing, began),
            waits_if_late=not self.is_unique,
        )
        made = change.made(self._send)
        self._own.add(self.id_of(made))
        return made

    def update(self, have: RecordT, want: SpecT) -> RecordT:
        """Change what can be changed. Raises SourceRefusalError for what cannot, before anything is sent."""
        self._check(self.change_faults(have, want), f"the {self.noun} {self.id_of(have)}")
        place, body = self._place(self.id_of(have)), self.bodies(want)[1]
        return self._changed("PUT", self.id_of(have), place, lambda now: self.is_changed(now, want), body)

    def delete(self, id_: str) -> RecordT:
        """Delete it, which only works without stock. It can still be read, and restored."""
        return self._changed("DELETE", id_, self._place(id_), lambda now: now.deleted)

    def restore(self, id_: str) -> RecordT:
        return self._changed("PATCH", id_, f"{self._place(id_)}/restore", lambda now: not now.deleted)

    def _place(self, id_: str) -> str:
        return f"{self.path}/{quote(id_, safe='')}"

    def _page(self, path: str, query: Mapping[str, str], skip: int, take: int = TAKE, thing: str = "") -> Page:
        asked = {**query, "skip": str(skip), "take": str(take)}
        return self._send(partial(read_page, self._edge, path, asked, thing))

    def _check(self, faults: Sequence[str], thing: str) -> None:
        if faults:
            refused = SourceRefusalError(f"Nothing was sent for {thing}: {'; '.join(faults)}.", faults=faults)
            refused.status = UNSENT
            raise refused

    def _changed(
        self, method: str, id_: str, path: str, is_done: Callable[[RecordT], bool], body: Body | None = None
    ) -> RecordT:
        thing = f"the {self.noun} {id_}"

        def look() -> RecordT | None:
            now = self.get(id_)
            return now if is_done(now) else None

        return Change(thing, lambda: self._write(method, path, thing, body), look).made(self._send)

    def _write(self, method: str, path: str, thing: str, body: Body | None) -> RecordT:
        """Send a change, and read what it made. A success that does not say that (204 has no body) is as one whose
        answer was lost; one that says it unreadably was made all the same."""
        answer = answered(lambda: self._edge.ask(method, path, body=body), thing)
        record = self.parse(decoded(answer.body))
        if not isinstance(record, BadRow):
            return record
        if record.product is None:
            raise LostReplyError(unreadable(answer), is_late=False)
        raise AmbiguousChangeError(
            f"The warehouse API at {answer.host} did what was asked of {thing}, and describes it (id {record.product})"
            f" in a way that cannot be read: {record.reason}. Look at it before you ask again."
        )

    def _created(self, new: SpecT, thing: str, began: float) -> RecordT | None:
        """What a creation that began then (by `monotonic`) has made; None: nothing. It is told by what it is made of,
        and by when, on the source's own clock: what is older was there before."""
        page = self._page(self.path, self.creations(new).parameters(), 0)
        since = None if page.date is None else page.date - timedelta(seconds=monotonic() - began) - SLACK
        found = [row for row in map(self.parse, page.rows) if not isinstance(row, BadRow) and self.is_like(row, new)]
        found = [row for row in found if self.id_of(row) not in self._own and not row.deleted]
        found = [row for row in found if since is None or row.created_at is None or row.created_at >= since]
        if not found:
            return None
        if len(found) == 1 and since is not None and found[0].created_at and self.is_exactly(found[0], new):
            return found[0]
        ids = ", ".join(map(self.id_of, found))
        raise AmbiguousChangeError(
            f"The answer to the creation of {thing} was lost, and it cannot be told which is its work: id {ids}."
            f" Look at the {self.noun}s there: keep one, delete what is too much, and only then go on."
        )
