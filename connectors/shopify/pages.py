"""Reading lists of any length: pages by cursor and chunks by id, each request inside the sender.

What a query may cost is Shopify's business: when it finds one too costly, less is asked for.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from connectors.base import OperatorStoreError, RetryableStoreError, Sender
from connectors.shopify.broken import Broken, Kind
from connectors.shopify.client import QueryTooCostlyError, ServerFaultError, ShopifyClient
from connectors.shopify.queries import IDENTITY, Document
from connectors.shopify.shapes import is_page, object_of, text_of

PAGE = 250  # the most Shopify gives at once

T = TypeVar("T")

TRIES = 3  # times that Shopify may fail over one request before a row is looked for that it cannot show

Row = Mapping[str, Any]
Connection = Callable[[Any], Mapping[str, Any] | None]  # data → {nodes, pageInfo}; None: its owner is gone


def ref_of(row: Any) -> str:
    """What a row without anything but ids stands for: an inventory item, or an order."""
    found = object_of(row)
    return text_of(object_of(found.get("inventoryItem") or found.get("item") or found).get("id"))


def root(name: str) -> Connection:
    """A list that has no owner, so that it cannot be gone."""
    return lambda data: object_of(data.get(name))


class Reader:
    """Runs documents through the sender and remembers which page sizes were too costly. broken: what cannot be shown,
    and is left out of every list."""

    def __init__(self, client: ShopifyClient, *, send: Sender, what: str) -> None:
        self._client, self._send, self._what = client, send, what
        self._most: dict[str, int] = {}  # rows per request, by document
        self.broken = Broken()

    def run(self, document: Document, variables: Mapping[str, Any]) -> Any:
        return self._send(lambda: self._client.execute(document, variables))

    def tried(self, document: Document, variables: Mapping[str, Any], tries: int = TRIES) -> Any:
        """What it brings; or the ServerFault, when Shopify fails over it again and again."""
        left = tries

        def request() -> Any:
            nonlocal left
            try:
                return self._client.execute(document, variables)
            except ServerFaultError as fault:
                left -= 1
                if left > 0:
                    raise
                return fault

        return self._send(request)

    def shaped(self, rows: Iterable[Row], kind: Kind, read: Callable[[Row], Iterable[T]]) -> Iterator[T]:
        """What `read` makes of the rows. A row of another shape than the schema's is left out by its id."""
        for row in rows:
            try:
                found = list(read(row))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                if not (ref := ref_of(row)) or not self.broken.add(kind, ref):
                    text = f"{self._what} sent a row of no known shape in a list of {kind}s; it will be tried again."
                    raise RetryableStoreError(text) from error
                continue
            yield from found

    def pages(
        self, document: Document, variables: Mapping[str, Any], at: Connection, *, first: int = PAGE, after: str = "",
        page: Mapping[str, Any] | None = None,
    ) -> Iterator[Row]:  # fmt: skip
        """The nodes of a connection, from `after` on. page: the first one, where it was read already."""
        if page is not None and not is_page(page):
            raise self._unreadable(document)
        cursor, connection, size = after or None, page, first
        while True:
            if connection is None:
                connection, size = self._next(document, {**variables, "after": cursor}, at, size, first)
            if connection is None:
                return
            yield from connection["nodes"]
            if not connection["pageInfo"]["hasNextPage"]:
                return
            cursor, connection = connection["pageInfo"]["endCursor"], None

    def _next(
        self, document: Document, variables: Mapping[str, Any], at: Connection, size: int, first: int
    ) -> tuple[Mapping[str, Any] | None, int]:
        """The next page and the size to go on with. What breaks off a page is found by smaller ones, and left out."""
        data = self.sized(document, size, lambda n: {**variables, "first": n}, TRIES if size == first else 1)
        if not isinstance(data, ServerFaultError):
            return self._connection(document, data, at), first if size == 1 else size
        if not document.ids:
            raise data
        if size == first:
            self._ids(document, variables, at)  # raises where it is Shopify's trouble, and not that of a row
        if size > 1:
            return self._next(document, variables, at, size // 2, first)
        page = self._ids(document, variables, at)
        for row in page["nodes"] if page else ():
            if not self.broken.add(document.kind, ref_of(row)):
                raise data
        return page and {**page, "nodes": []}, first

    def _ids(self, document: Document, variables: Mapping[str, Any], at: Connection) -> Mapping[str, Any] | None:
        """The same page with one row, of which nothing but ids is asked for. Raises the ServerFault again."""
        ids = Document(f"{document.name}Ids", document.ids)
        declared = set(re.findall(r"\$(\w+):", document.ids))
        data = self.tried(
            ids, {name: value for name, value in {**variables, "first": 1}.items() if name in declared}, 1
        )
        if isinstance(data, ServerFaultError):
            raise data
        return self._connection(ids, data, at)

    def _connection(self, document: Document, data: Any, at: Connection) -> Mapping[str, Any] | None:
        """One page of a list; None when its owner is gone. A list that cannot be read is no empty one."""
        try:
            connection = at(data)
        except (KeyError, TypeError, AttributeError):
            connection = {}
        if connection is not None and not is_page(connection):
            raise self._unreadable(document)
        return connection

    def _unreadable(self, document: Document) -> RetryableStoreError:
        text = f"{self._what} sent something else than the list {document.name}; it will be tried again."
        return RetryableStoreError(text)

    def _ask_for_less(self, document: Document, size: int, error: QueryTooCostlyError) -> None:
        if size == 1:
            text = f"{self._what} finds even one row of {document.name} too costly; map fewer locations."
            raise OperatorStoreError(text) from error
        self._most[document.name] = size // 2

    def nodes(
        self, document: Document, ids: Sequence[str], variables: Mapping[str, Any], *, first: int
    ) -> Iterator[Row]:
        """The nodes with these ids, in their order, without those that are gone or cannot be shown."""
        done = 0
        while done < len(ids):
            chunk = ids[done : done + self._size(document, first)]
            try:
                found = list(self._chunk(document, chunk, variables))
            except QueryTooCostlyError as error:
                self._ask_for_less(document, len(chunk), error)
                continue
            done += len(chunk)
            yield from found

    def _chunk(
        self, document: Document, ids: Sequence[str], variables: Mapping[str, Any], tries: int = TRIES
    ) -> Iterator[Row]:
        """The nodes with these ids, in halves where the whole breaks off, until what cannot be shown is alone."""
        data = self.tried(document, {**variables, "ids": ids}, tries)
        if not isinstance(data, ServerFaultError):
            nodes = data.get("nodes")
            if not isinstance(nodes, list) or len(nodes) != len(ids):
                raise self._unreadable(document)
            self.broken.mend(document.kind, ids)
            yield from (node for node in nodes if node)
        elif len(ids) > 1:
            half = len(ids) // 2
            yield from self._chunk(document, ids[:half], variables, 1)
            yield from self._chunk(document, ids[half:], variables, 1)
        else:
            self.run(IDENTITY, {})  # raises where it is Shopify's trouble, and not that of one thing
            if not self.broken.add(document.kind, ids[0]):
                raise data

    def _size(self, document: Document, first: int) -> int:
        return min(first, self._most.get(document.name, first))

    def sized(
        self, document: Document, first: int, variables: Callable[[int], Mapping[str, Any]], tries: int = TRIES
    ) -> Any:
        """Try with `first` rows, or with as many as Shopify finds affordable; see `tried`."""
        while True:
            size = self._size(document, first)
            try:
                return self.tried(document, variables(size), tries)
            except QueryTooCostlyError as error:
                self._ask_for_less(document, size, error)
