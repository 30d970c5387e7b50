"""The client of 3PLGuys: one connection pool, kept alive; stock, warehouses, products and cartons.

It waits for nothing and repeats nothing by itself: each request goes through the given sender, which
does both. Every failure leaves as a SourceError of one sentence that never holds the token.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from itertools import chain, repeat
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from bridge.core.model import Level
from bridge.core.schedule import RateStatus
from bridge.threeplguys.answers import decoded, failure, unreadable
from bridge.threeplguys.arrivals import arrivals
from bridge.threeplguys.cartons import (
    Carton,
    CartonLevel,
    carton_of,
    parse_carton,
    parse_carton_level,
    parse_packed_level,
)
from bridge.threeplguys.catalogue import Cartons, Products
from bridge.threeplguys.edge import Edge
from bridge.threeplguys.fields import MAX_WAREHOUSES, names_of
from bridge.threeplguys.in_turn import PullInTurn
from bridge.threeplguys.lists import read_page
from bridge.threeplguys.page import Around, Breakdown, Page, Tries
from bridge.threeplguys.paging import PARALLEL, TAKE, Pull, Walked
from bridge.threeplguys.parse import BadRow, Product, parse_level, parse_product
from bridge.threeplguys.plain_rows import levels_or_rows
from bridge.threeplguys.shipments import Arrival
from bridge.threeplguys.tokens import Tokens
from connectors.base import Sender, send_once
from connectors.deadline import within

PROBE = 5.0  # seconds for an answer of a few rows, while it is looked for one that holds up its page
TAKE_WAREHOUSES = 10  # the most that list gives at once

RecordT = TypeVar("RecordT")
CataloguedT = TypeVar("CataloguedT", bound=Product | Carton)


class SourceClient:
    """One warehouse account. Safe to use from several threads when `send` and `observe` are.

    base_url, token, http, observe: as an Edge has them. send: waits and repeats.
    products, cartons: the catalogue, to read and to change.
    Raises OperatorSourceError when the address or the token cannot be right.
    """

    def __init__(
        self,
        base_url: str,
        token: SecretStr | Tokens,
        *,
        http: httpx.Client | None = None,
        observe: Callable[[RateStatus], None] | None = None,
        send: Sender = send_once,
    ) -> None:
        self._edge, self._send = Edge(base_url, token, http, observe), send
        self.products, self.cartons = Products(self._edge, send), Cartons(self._edge, send)

    def check(self) -> None:
        """Prove address, token and the scope `inventory` with one request that changes nothing."""
        self.breakdown_page(0, 1, None)

    def levels(
        self, since: datetime | None, *, parallel: int = PARALLEL, size: int = 0, after: Walked | None = None,
        tries: Tries | None = None, cartons: bool = False,
    ) -> PullInTurn[Level | BadRow]:  # fmt: skip
        """Every level, deleted products included, or those changed after `since`. parallel: pages asked for at
        once. size: what `Pull.size` an earlier pull ended with, 0: unknown; a full pull learns it anew. after: go on
        with a pull that was left off. tries: without it the client's own sender sends all of it, and a page that is
        broken ends the pull. cartons: those of the carton types follow, in a list of their own."""
        asked: dict[str, Any] = {"since": since, "parallel": parallel, "size": 0 if since is None else size}
        starts = [partial(self._walk, parse_level, "products", tries, **asked)]
        starts += [partial(self._walk, parse_packed_level, "cartons", tries, **asked)] if cartons else []
        return PullInTurn(starts, after or Walked())

    def _walk(
        self, parse: Callable[[object], Level | BadRow], of: Breakdown, tries: Tries | None, after: Walked, *,
        since: datetime | None, parallel: int, size: int,
    ) -> Pull[Level | BadRow]:  # fmt: skip
        """One list of `levels`."""
        decode = levels_or_rows if of == "products" else decoded
        page = partial(self.breakdown_page, since=since, of=of, decode=decode)
        if tries is None:
            return Pull(page, parse, parallel=parallel, size=size, after=after)

        begins_changes = since is not None and not after.place.requests
        senders = chain((tries.first,) if begins_changes else (), repeat(tries.rest))

        def fetch(skip: int, take: int) -> Page:
            return page(skip, take, send=next(senders))

        def probe(skip: int, take: int) -> Page:
            with within(PROBE):
                return page(skip, take, send=tries.once)

        around = Around(probe, partial(page, send=tries.retrying))
        return Pull(fetch, parse, parallel=parallel, size=size, after=after, around=around)

    def breakdown_page(
        self, skip: int, take: int, since: datetime | None, *, send: Sender | None = None,
        of: Breakdown = "products", decode: Callable[[bytes], object] = decoded,
    ) -> Page:  # fmt: skip
        """Raw rows of /v0/inventory/products/breakdown, or of that of cartons. `since` is exclusive (Stock Levels
        reference), and cut to the millisecond: asking from a little earlier only repeats rows. decode: as `read_page`
        has it."""
        query = {"includeDeleted": "true", "skip": str(skip), "take": str(take)}
        if since is not None:
            cut = since.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
            query["updatedSince"] = f"{cut}Z"
        return (send or self._send)(partial(read_page, self._edge, f"inventory/{of}/breakdown", query, decode=decode))

    def carton_levels(self, since: datetime | None, *, parallel: int = PARALLEL) -> Pull[CartonLevel | BadRow]:
        """How many full cartons of each type there are, deleted types included, or of those changed after `since`."""
        fetch = partial(self.breakdown_page, since=since, of="cartons")
        return Pull(fetch, parse_carton_level, parallel=parallel, id_of=carton_of)

    def product(self, product: str, *, send: Sender | None = None) -> Product | BadRow | None:
        """One product by id; None when the source does not know it (Products reference, Get Product)."""
        path = f"inventory/products/{quote(product, safe='')}"
        return (send or self._send)(partial(self._read_one, path, parse_product))

    def carton(self, carton: str, *, send: Sender | None = None) -> Carton | BadRow | None:
        """The same of a carton type (Cartons reference, Get Carton)."""
        path = f"inventory/cartons/{quote(carton, safe='')}"
        return (send or self._send)(partial(self._read_one, path, parse_carton))

    def catalogue(self, since: datetime | None, *, pages: int, send: Sender | None = None) -> Iterator[Product]:
        """Products as the catalogue has them, deleted ones too, from the latest change back to `since`, or as far as
        so many pages go. Whether a change of stock moves a product's `updatedAt` there is not documented."""
        return self._latest("inventory/products", parse_product, since, pages, send)

    def carton_catalogue(self, since: datetime | None, *, pages: int, send: Sender | None = None) -> Iterator[Carton]:
        """The same of carton types."""
        return self._latest("inventory/cartons", parse_carton, since, pages, send)

    def _latest(
        self, path: str, parse: Callable[[object], CataloguedT | BadRow], since: datetime | None, pages: int,
        send: Sender | None,
    ) -> Iterator[CataloguedT]:  # fmt: skip
        query = {"includeDeleted": "true", "sortBy": "updatedAt", "sortOrder": "desc", "take": str(TAKE)}
        for page in range(pages):
            asked = query | {"skip": str(page * TAKE)}
            rows = (send or self._send)(partial(read_page, self._edge, path, asked)).rows
            for row in map(parse, rows):
                if isinstance(row, BadRow):
                    continue
                if since is not None and row.updated_at <= since:
                    return
                yield row
            if not rows:
                return

    def warehouses(self) -> dict[str, str]:
        """Id → name of every active warehouse (Warehouses page; scope `locations`, ten at a time)."""
        found: dict[str, str] = {}
        for skip in range(0, MAX_WAREHOUSES, TAKE_WAREHOUSES):
            query = {"skip": str(skip), "take": str(TAKE_WAREHOUSES)}
            rows = self._send(partial(read_page, self._edge, "warehouses", query)).rows
            found |= names_of(rows)
            if len(rows) < TAKE_WAREHOUSES:
                break
        return found

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """A block in which all requests of this thread together may take so long."""
        return within(seconds)

    def arrivals(self) -> list[Arrival | BadRow]:
        """Every shipment on its way to a warehouse (scope `shipments`), the oldest first. None of it is stock."""
        return arrivals(self._edge, self._send)

    def close(self) -> None:
        """Close the connections, unless the client was given."""
        self._edge.close()

    def _read_one(self, path: str, parse: Callable[[object], RecordT]) -> RecordT | None:
        answer = self._edge.ask("GET", path)
        if answer.status == 404 and answer.sentence:
            return None  # without the API's own error body it is the address that is wrong
        if answer.status != 200:
            raise failure(answer)
        raw = decoded(answer.body)
        if not isinstance(raw, dict):
            raise unreadable(answer)
        return parse(raw)
