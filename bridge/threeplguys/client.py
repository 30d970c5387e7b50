"""The only place that speaks HTTP with 3PLGuys: one client, kept alive, reads only.

It waits for nothing and repeats nothing by itself: each request goes through the given sender, which
does both. Every failure leaves as a SourceError of one sentence that never holds the token.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, repeat
from time import monotonic
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from bridge.core.model import Level
from bridge.core.schedule import RateStatus
from bridge.errors import OperatorSourceError
from bridge.threeplguys.answers import Answer, decoded, failure, no_answer, rate_status, unreadable
from bridge.threeplguys.fields import MAX_WAREHOUSES, names_of
from bridge.threeplguys.page import Around, Page, Tries
from bridge.threeplguys.paging import PARALLEL, TAKE, Pull, Walked
from bridge.threeplguys.parse import BadRow, Product, parse_level, parse_product
from connectors.base import Sender, send_once
from connectors.deadline import within
from connectors.http import NO_ANSWER_ERRORS, Bounds, body_of, build_client, date_of, opened

TIMEOUT = httpx.Timeout(10.0, read=30.0)  # seconds, per operation
ANSWER_WITHIN = 60.0  # seconds for a whole answer: what drips would renew the read timeout for ever
PROBE = 5.0  # seconds for an answer of a few rows, while it is looked for one that holds up its page
TAKE_WAREHOUSES = 10  # the most that list gives at once
MAX_BODY = 8 * 1024 * 1024  # bytes, unpacked; fifty rows are some twenty thousand


class SourceClient:
    """One warehouse account. Safe to use from several threads when `send` and `observe` are.

    base_url: e.g. "https://api.3plguys.com"; /v0 is added. http: the caller's own client, which the
    caller closes. observe: told the budget by every answer, refusals included. send: waits and repeats.
    Raises OperatorSourceError when the address or the token cannot be right.
    """

    def __init__(
        self,
        base_url: str,
        token: SecretStr,
        *,
        http: httpx.Client | None = None,
        observe: Callable[[RateStatus], None] | None = None,
        send: Sender = send_once,
    ) -> None:
        try:
            url = httpx.URL(base_url.strip())
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
            raise OperatorSourceError(
                "[source] base_url is not an address such as https://api.3plguys.com (scheme and host, without a"
                " user name or a query)."
            )
        # An HTTP library quotes an unfit header in its own error, so an unfit token must not get that far.
        text = token.get_secret_value()
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise OperatorSourceError(
                "THREEPLGUYS_TOKEN ([source] token) is empty, or holds spaces, line ends or letters that no token has."
            )
        self._base, self._host, self._token = str(url).rstrip("/").removesuffix("/v0"), url.host, token
        self._owned = http is None
        self._http = http or build_client(timeout=TIMEOUT)
        self._observe, self._send = observe, send

    def check(self) -> None:
        """Prove address, token and the scope `inventory` with one request that changes nothing."""
        self.breakdown_page(0, 1, None)

    def levels(
        self, since: datetime | None, *, parallel: int = PARALLEL, size: int = 0, after: Walked | None = None,
        tries: Tries | None = None,
    ) -> Pull[Level | BadRow]:  # fmt: skip
        """Every level, deleted products included, or those changed after `since`. parallel: pages asked for at
        once. size: what `Pull.size` an earlier pull ended with, 0: unknown; a full pull learns it anew. after: go on
        with a pull that was left off. tries: without it the client's own sender sends all of it, and a page that is
        broken ends the pull."""
        known, after = 0 if since is None else size, after or Walked()
        if tries is None:
            return Pull(
                partial(self.breakdown_page, since=since), parse_level, parallel=parallel, size=known, after=after
            )

        begins_changes = since is not None and not after.place.requests
        senders = chain((tries.first,) if begins_changes else (), repeat(tries.rest))

        def fetch(skip: int, take: int) -> Page:
            return self.breakdown_page(skip, take, since, send=next(senders))

        def probe(skip: int, take: int) -> Page:
            with within(PROBE):
                return self.breakdown_page(skip, take, since, send=tries.once)

        insist = partial(self.breakdown_page, since=since, send=tries.retrying)
        around = Around(probe, insist)
        return Pull(fetch, parse_level, parallel=parallel, size=known, after=after, around=around)

    def breakdown_page(self, skip: int, take: int, since: datetime | None, *, send: Sender | None = None) -> Page:
        """Raw rows of /v0/inventory/products/breakdown. `since` is exclusive (Stock Levels reference), and cut to the
        millisecond: asking from a little earlier only repeats rows."""
        query = {"includeDeleted": "true", "skip": str(skip), "take": str(take)}
        if since is not None:
            cut = since.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
            query["updatedSince"] = f"{cut}Z"
        return (send or self._send)(partial(self._read_page, "inventory/products/breakdown", query))

    def product(self, product: str, *, send: Sender | None = None) -> Product | BadRow | None:
        """One product by id; None when the source does not know it (Products reference, Get Product)."""
        return (send or self._send)(partial(self._read_product, f"inventory/products/{quote(product, safe='')}"))

    def catalogue(self, since: datetime | None, *, pages: int, send: Sender | None = None) -> Iterator[Product]:
        """Products as the catalogue has them, deleted ones too, from the latest change back to `since`, or as far as
        so many pages go. Whether a change of stock moves a product's `updatedAt` there is not documented."""
        query = {"includeDeleted": "true", "sortBy": "updatedAt", "sortOrder": "desc", "take": str(TAKE)}
        for page in range(pages):
            asked = query | {"skip": str(page * TAKE)}
            rows = (send or self._send)(partial(self._read_page, "inventory/products", asked)).rows
            for row in map(parse_product, rows):
                if isinstance(row, Product) and since is not None and row.updated_at <= since:
                    return
                if isinstance(row, Product):
                    yield row
            if not rows:
                return

    def warehouses(self) -> dict[str, str]:
        """Id → name of every active warehouse (Warehouses page; scope `locations`, ten at a time)."""
        found: dict[str, str] = {}
        for skip in range(0, MAX_WAREHOUSES, TAKE_WAREHOUSES):
            query = {"skip": str(skip), "take": str(TAKE_WAREHOUSES)}
            rows = self._send(partial(self._read_page, "warehouses", query)).rows
            found |= names_of(rows)
            if len(rows) < TAKE_WAREHOUSES:
                break
        return found

    def close(self) -> None:
        """Close the connections, unless the client was given."""
        if self._owned:
            self._http.close()

    def _read_page(self, path: str, query: Mapping[str, str]) -> Page:
        answer = self._exchange(path, query)
        if answer.status != 200:
            raise failure(answer)
        rows = decoded(answer.body)
        if not isinstance(rows, list):
            raise unreadable(answer)
        return Page(rows, date=date_of(answer.headers), took=answer.took)

    def _read_product(self, path: str) -> Product | BadRow | None:
        answer = self._exchange(path, {})
        if answer.status == 404 and answer.sentence:
            return None  # without the API's own error body it is the address that is wrong
        if answer.status != 200:
            raise failure(answer)
        raw = decoded(answer.body)
        if not isinstance(raw, dict):
            raise unreadable(answer)
        return parse_product(raw)

    def _exchange(self, path: str, query: Mapping[str, str]) -> Answer:
        """One request, read to its end, whatever its status."""
        began, bounds = monotonic(), Bounds(MAX_BODY, ANSWER_WITHIN)
        headers = {"Authorization": f"Bearer {self._token.get_secret_value()}", "Accept": "application/json"}
        url = f"{self._base}/v0/{path}"
        request = self._http.build_request("GET", url, params=query, headers=headers, timeout=TIMEOUT)
        try:
            with opened(self._http, request, ANSWER_WITHIN) as response:
                if self._observe is not None:
                    self._observe(rate_status(response.headers))
                body = b"".join(body_of(response, bounds))
        except NO_ANSWER_ERRORS as fault:
            raise no_answer(fault, self._host, bounds) from fault
        took = timedelta(seconds=monotonic() - began)
        return Answer(self._host, response.status_code, response.headers, body, took, self._token)
