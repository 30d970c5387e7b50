"""Lists of any length: pages that join without a gap, and rows by id. Each request goes through the sender.

A row that PHP cannot show breaks off every list it is in (HTTP 500). It is found by smaller pages and by its id, left
out (`exclude`), and asked for alone each time, so that it comes back by itself when the shop is repaired.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connectors.base import OperatorStoreError, RetryableStoreError, Sender, StoreError
from connectors.chunks import chunks
from connectors.woocommerce.broken import Broken, Kind, kind_of
from connectors.woocommerce.client import WooClient
from connectors.woocommerce.translate import Row

PAGE = 100  # the most WooCommerce gives at once; also keeps a list of ids well under 2 KB of address
IDLE = 30  # pages in a row that bring nothing new: the store moves faster than it is read, or knows no `offset`
MOST_BROKEN = 50  # rows of one kind that are left out before the store, and not a row, is to blame
NEAR = 20_000  # ids after the last good row among which a broken one is looked for
SAME_PAGE = (
    "gives the same page of a list again, whatever page is asked for; a cache, a proxy or a plugin in front of its API "
    "ignores `offset`: have it pass /wp-json/ through unchanged"
)
PAST_THE_END = "1000000000"

Params = Mapping[str, str]


class Reader:
    """broken: what cannot be shown, and is left out of every list."""

    def __init__(self, client: WooClient, *, send: Sender, what: str) -> None:
        self._client, self._send, self._what = client, send, what
        self.broken = Broken()

    def one(self, path: str, params: Params | None = None) -> Any:
        return self._send(lambda: self._client.get(path, params))

    def answers(self, path: str, params: Params) -> None:
        """Ask for something and look only at how it is refused: a row that cannot be shown is an answer, too."""
        self._tried(path, params)

    def strictly(self, path: str, params: Params) -> Sequence[Row]:
        """One page of rows. Raises StoreError when one of them cannot be shown."""
        answer = self._tried(path, {**params, "per_page": str(PAGE)})
        if isinstance(answer, RetryableStoreError):
            raise answer
        return answer

    def every(self, path: str, params: Params) -> Iterator[Row]:
        """All rows, each once, by rising id where the store heeds that; without what cannot be shown.

        Rows that leave a list while it is read move the others forward, past the border of a page. So a page
        begins with a row of the one before; when it does not, the reading steps back, ever further."""
        for broken in sorted(self.broken.of(kind_of(path))):  # told if it is in this list and can be shown by now
            yield from self._by_id(path, [broken], params)
        seen, offset, back, idle, page = set[int](), 0, 1, 0, list[int]()
        while True:
            rows = self._page(path, params, offset)
            if offset and not (rows and rows[0]["id"] in seen):
                offset, back = max(0, offset - back), back * 2
                continue
            fresh = [row for row in rows if row["id"] not in seen]
            yield from fresh
            if offset and len(rows) > 1 and [row["id"] for row in rows] == page:
                raise OperatorStoreError(f"{self._what} {SAME_PAGE}.")
            more = (self._client.total or 0) > offset + len(rows)
            if len(rows) < PAGE and not (fresh and more):  # some hosts give less than a page
                return
            page = [row["id"] for row in rows]
            seen.update(row["id"] for row in fresh)
            offset, back, idle = offset + len(rows) - 1, 1, 0 if fresh else idle + 1
            if idle > IDLE:
                raise RetryableStoreError(f"{self._what}: the list {path} moves while it is read; try later.")

    def by_id(self, path: str, ids: Iterable[int], params: Params) -> Iterator[Row]:
        """The rows with these ids, in no particular order, without those that are gone or cannot be shown."""
        broken = self.broken.of(kind_of(path))
        wanted = list(dict.fromkeys(ids))
        for one in (one for one in wanted if one in broken):
            yield from self._by_id(path, [one], params)
        for chunk in chunks([one for one in wanted if one not in broken], PAGE):
            yield from self._by_id(path, chunk, params)

    def _by_id(self, path: str, ids: Sequence[int], params: Params) -> list[Row]:
        """In halves where the whole breaks off, until each row that cannot be shown is alone."""
        answer = self._tried(path, {**params, "include": ",".join(map(str, ids)), "per_page": str(PAGE)})
        if not isinstance(answer, RetryableStoreError):
            half = len(ids) // 2
            if half and len(answer) < (self._client.total or 0) <= len(ids):  # some hosts give less than a page
                return [*self._by_id(path, ids[:half], params), *self._by_id(path, ids[half:], params)]
            found = [row for row in answer if row["id"] in ids]
            self.broken.mend(kind_of(path), (row["id"] for row in found))
            return found
        if half := len(ids) // 2:
            return [*self._by_id(path, ids[:half], params), *self._by_id(path, ids[half:], params)]
        self._leave_out(path, ids[0], answer)
        return []

    def again(self, kind: Kind, wanted: Sequence[tuple[str, Params]]) -> Iterator[Row]:
        """What is left out of one kind and can be shown by now, in any of some lists. In none of them: it is gone."""
        for broken in sorted(self.broken.of(kind)):
            self.broken.mend(kind, [broken])
            try:
                for path, params in wanted:
                    yield from self._by_id(path, [broken], params)
            except StoreError:
                self.broken.add(kind, broken)
                raise

    # ------------------------------------------------------------ what cannot be shown

    def _page(self, path: str, params: Params, offset: int) -> list[Row]:
        kind = kind_of(path)
        while True:
            out = ",".join(map(str, sorted(self.broken.of(kind))))
            without = {**params, **({"exclude": out} if out else {})}
            answer = self._tried(path, {**without, **_window(offset, PAGE)})
            if not isinstance(answer, RetryableStoreError):
                return answer
            broken = self._culprit(path, without, offset)
            if broken is None or broken in self.broken.of(
                kind
            ):  # all is well by now, or the store heeds no list of ids
                return rows_of(self.one(path, {**without, **_window(offset, PAGE)}), what=self._what)
            self._leave_out(path, broken, answer)

    def _culprit(self, path: str, params: Params, offset: int) -> int | None:
        """The id of the first row of a page that breaks it off; None: it is not one of its rows.

        Halving says how many rows before it can be shown; the ids that follow the last of them are tried."""
        good, bad, last = 0, PAGE, 0
        while bad - good > 1:
            middle = (good + bad) // 2
            answer = self._tried(path, {**params, **_window(offset, middle)})
            if isinstance(answer, RetryableStoreError):
                bad = middle
            else:
                good, last = middle, max((row["id"] for row in answer), default=last)
        if not good:
            self._must_answer(path)
        if not isinstance(self._tried(path, {**params, **_window(offset + good, 1)}), RetryableStoreError):
            return None
        size, low = 10, last + 1
        while low <= last + NEAR:
            ids = range(low, low + size)
            if self._breaks(path, params, ids):
                while len(ids) > 1:
                    half = ids[: len(ids) // 2]
                    ids = half if self._breaks(path, params, half) else ids[len(half) :]
                return ids[0] if self._breaks(path, params, ids) else None
            low, size = low + size, PAGE
        return None

    def _breaks(self, path: str, params: Params, ids: Sequence[int]) -> bool:
        wanted = {"include": ",".join(map(str, ids)), "per_page": str(PAGE)}
        return isinstance(self._tried(path, {**params, **wanted}), RetryableStoreError)

    def _leave_out(self, path: str, broken: int, error: RetryableStoreError) -> None:
        kind = kind_of(path)
        if broken not in self.broken.of(kind):
            self._must_answer(path)
        if len(self.broken.of(kind) | {broken}) > MOST_BROKEN:
            raise error
        self.broken.add(kind, broken)

    def _must_answer(self, path: str) -> None:
        """Raises StoreError when the store breaks off without any row to show: then it is the store's trouble."""
        self.one(path, {"per_page": "1", "_fields": "id", "offset": PAST_THE_END})

    def _tried(self, path: str, params: Params) -> list[Row] | RetryableStoreError:
        """The rows; or the error that PHP broke off with, which waiting does not mend."""

        def attempt() -> Any:
            try:
                return self._client.get(path, params)
            except RetryableStoreError as error:
                if error.status != "500":
                    raise
                return error

        answer = self._send(attempt)
        return answer if isinstance(answer, RetryableStoreError) else rows_of(answer, what=self._what)


def _window(offset: int, size: int) -> dict[str, str]:
    window = {"orderby": "id", "order": "asc", "per_page": str(size)}
    return {**window, "offset": str(offset)} if offset else window


def rows_of(payload: Any, *, what: str) -> list[Row]:
    """A list of objects with ids, or the answer is not what was asked for."""
    if isinstance(payload, list) and all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in payload):
        return payload
    raise RetryableStoreError(f"{what} sent something else than the list that was asked for; it will be tried again.")
