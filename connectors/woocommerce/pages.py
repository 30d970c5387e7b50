"""Lists of any length: pages that join without a gap, and rows by id. Each request goes through the sender."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from connectors.base import RetryableStoreError, Sender
from connectors.woocommerce.client import WooClient
from connectors.woocommerce.translate import Row

PAGE = 100  # the most WooCommerce gives at once; also keeps a list of ids well under 2 KB of address
IDLE = 30  # pages in a row that bring nothing new: the store moves faster than it is read, or knows no `offset`


class Reader:
    def __init__(self, client: WooClient, *, send: Sender, what: str) -> None:
        self._client, self._send, self._what = client, send, what

    def one(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        return self._send(lambda: self._client.get(path, params))

    def every(self, path: str, params: Mapping[str, str]) -> Iterator[Row]:
        """All rows, each once, by rising id where the store heeds that.

        Rows that leave a list while it is read move the others forward, past the border of a page. So a page
        begins with a row of the one before; when it does not, the reading steps back, ever further."""
        seen, offset, back, idle = set[int](), 0, 1, 0
        while True:
            rows = self._rows(path, {**params, **_window(offset)})
            if offset and not (rows and rows[0]["id"] in seen):
                offset, back = max(0, offset - back), back * 2
                continue
            fresh = [row for row in rows if row["id"] not in seen]
            yield from fresh
            if len(rows) < PAGE:
                return
            seen.update(row["id"] for row in fresh)
            offset, back, idle = offset + len(rows) - 1, 1, 0 if fresh else idle + 1
            if idle > IDLE:
                raise RetryableStoreError(f"{self._what}: the list {path} moves while it is read; try later.")

    def by_id(self, path: str, ids: Iterable[int], params: Mapping[str, str]) -> Iterator[Row]:
        """The rows with these ids, in no particular order, without those that are gone."""
        rest = iter(dict.fromkeys(ids))
        while chunk := list(islice(rest, PAGE)):
            wanted = {"include": ",".join(map(str, chunk)), "per_page": str(PAGE)}
            yield from (row for row in self._rows(path, {**params, **wanted}) if row["id"] in chunk)

    def _rows(self, path: str, params: Mapping[str, str]) -> list[Row]:
        return rows_of(self.one(path, params), what=self._what)


def _window(offset: int) -> dict[str, str]:
    window = {"orderby": "id", "order": "asc", "per_page": str(PAGE)}
    return {**window, "offset": str(offset)} if offset else window


def rows_of(payload: Any, *, what: str) -> list[Row]:
    """A list of objects with ids, or the answer is not what was asked for."""
    if isinstance(payload, list) and all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in payload):
        return payload
    raise RetryableStoreError(f"{what} sent something else than the list that was asked for; it will be tried again.")
