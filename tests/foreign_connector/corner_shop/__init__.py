"""Corner Shop as a store of Stockbridge."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar, Self
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel

from connectors.base import (
    Batch,
    Capabilities,
    Listing,
    Location,
    OrderLine,
    Outcome,
    Reading,
    Sender,
    StoreInfo,
)
from connectors.chunks import chunks
from corner_shop.client import MOST_IDS, ShopClient
from corner_shop.options import Options as CornerShopOptions
from corner_shop.translate import Row, asked_since, hint_of, item_of, listing_of, order_lines, outcome_of, reading_of


class CornerShopConnector:
    """One shop. See connectors.base.StoreConnector for what each method promises."""

    Options: ClassVar[type[BaseModel]] = CornerShopOptions
    # lost_write_seconds: the shop ends what it began within half a minute.
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_batch=100,
        writes="available",
        reads_committed=False,
        compare_and_set=True,
        lost_write_seconds=30.0,
    )

    def __init__(
        self, options: CornerShopOptions, *, send: Sender, transport: httpx.BaseTransport | None = None
    ) -> None:
        """transport replaces the network in tests."""
        self._send = send
        what = f"the Corner Shop {urlsplit(options.url).netloc}"
        self._client = ShopClient(options, what=what, transport=transport)

    @classmethod
    def open(cls, options: BaseModel, *, locations: Sequence[str], send: Sender) -> Self:
        return cls(CornerShopOptions.model_validate(options), send=send)

    def close(self) -> None:
        self._client.close()

    def check(self) -> StoreInfo:
        shop = self._send(lambda: self._client.get("/api/shop"))
        return StoreInfo(shop["name"], (Location("", "everywhere"),))

    def listings(self, changed_since: datetime | None = None) -> Iterator[Listing]:
        return map(listing_of, self._rows("products", asked_since(changed_since)))

    def read(self, refs: Sequence[str] | None = None) -> Iterator[Reading]:
        queries = [{}] if refs is None else [{"ids": ",".join(some)} for some in chunks(refs, MOST_IDS)]
        for query in queries:
            yield from (reading_of(row) for row in self._rows("products", query) if row["counted"])

    def changes(self, since: datetime | None) -> Iterator[OrderLine]:
        """Orders first, then the stock that moved: an order that lands in between is in the stock already, and is told
        with the next look."""
        for order in self._rows("orders", asked_since(since)):
            yield from order_lines(order)
        if since is not None:  # else everything is read anyway
            yield from (hint_of(row) for row in self._rows("products", asked_since(since)) if row["counted"])

    def push(self, batch: Batch) -> Sequence[Outcome]:
        if not batch.updates:
            return []
        body = {"items": [item_of(update) for update in batch.updates]}
        answer = self._send(lambda: self._client.put("/api/stock", body))
        return [outcome_of(each) for each in answer["items"]]

    def _rows(self, kind: str, query: Row) -> Iterator[Row]:
        """Every row of a list, page by page: each page is one request of the sender's, and only one is held."""
        after: str | None = ""
        while after is not None:
            page = {**query, "after": after} if after else query
            answer = self._send(partial(self._client.get, f"/api/{kind}", page))
            yield from answer[kind]
            after = answer["next"]
