"""Reading lists of any length: pages by cursor and chunks by id, each request inside the sender.

What a query may cost is Shopify's business: when it finds one too costly, less is asked for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connectors.base import OperatorStoreError, RetryableStoreError, Sender
from connectors.shopify.client import QueryTooCostly, ShopifyClient
from connectors.shopify.queries import Document
from connectors.shopify.shapes import is_page, object_of

PAGE = 250  # the most Shopify gives at once

Row = Mapping[str, Any]
Connection = Callable[[Any], Mapping[str, Any] | None]  # data → {nodes, pageInfo}; None: its owner is gone


def root(name: str) -> Connection:
    """A list that has no owner, so that it cannot be gone."""
    return lambda data: object_of(data.get(name))


class Reader:
    """Runs documents through the sender and remembers which page sizes were too costly."""

    def __init__(self, client: ShopifyClient, *, send: Sender, what: str) -> None:
        self._client, self._send, self._what = client, send, what
        self._most: dict[str, int] = {}  # rows per request, by document

    def run(self, document: Document, variables: Mapping[str, Any]) -> Any:
        return self._send(lambda: self._client.execute(document, variables))

    def pages(
        self, document: Document, variables: Mapping[str, Any], at: Connection, *, first: int = PAGE, after: str = "",
        page: Mapping[str, Any] | None = None,
    ) -> Iterator[Row]:  # fmt: skip
        """The nodes of a connection, from `after` on. page: the first one, where it was read already."""
        if page is not None and not is_page(page):
            raise self._unreadable(document)
        cursor, connection = after or None, page
        while True:
            connection = connection or self._connection(document, {**variables, "after": cursor}, at, first)
            if connection is None:
                return
            yield from connection["nodes"]
            if not connection["pageInfo"]["hasNextPage"]:
                return
            cursor, connection = connection["pageInfo"]["endCursor"], None

    def _connection(
        self, document: Document, variables: Mapping[str, Any], at: Connection, first: int
    ) -> Mapping[str, Any] | None:
        """One page of a list; None when its owner is gone. A list that cannot be read is no empty one."""
        data = self._page(document, variables, first)
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

    def nodes(
        self, document: Document, ids: Sequence[str], variables: Mapping[str, Any], *, first: int
    ) -> Iterator[Row]:
        """The nodes with these ids, in their order, without those that are gone."""
        done = 0
        while done < len(ids):
            nodes = self._chunk(document, variables, ids[done:], first).get("nodes")
            size = self._size(document, first)
            if not isinstance(nodes, list) or len(nodes) != len(ids[done : done + size]):
                raise self._unreadable(document)
            done += size
            yield from (node for node in nodes if node)

    def _page(self, document: Document, variables: Mapping[str, Any], first: int) -> Any:
        return self.sized(document, first, lambda size: {**variables, "first": size})

    def _chunk(self, document: Document, variables: Mapping[str, Any], ids: Sequence[str], first: int) -> Any:
        return self.sized(document, first, lambda size: {**variables, "ids": ids[:size]})

    def _size(self, document: Document, first: int) -> int:
        return min(first, self._most.get(document.name, first))

    def sized(self, document: Document, first: int, variables: Callable[[int], Mapping[str, Any]]) -> Any:
        """Run with `first` rows, or with as many as Shopify finds affordable."""
        while True:
            size = self._size(document, first)
            try:
                return self.run(document, variables(size))
            except QueryTooCostly as error:
                if size == 1:
                    text = f"{self._what} finds even one row of {document.name} too costly; map fewer locations."
                    raise OperatorStoreError(text) from error
                self._most[document.name] = size // 2
