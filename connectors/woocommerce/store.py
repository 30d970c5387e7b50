"""One shop of WooCommerce."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import BaseModel
from requests.adapters import BaseAdapter

from connectors.base import (
    Batch,
    Capabilities,
    Listing,
    OperatorStoreError,
    OrderLine,
    Outcome,
    Reading,
    Sender,
    StoreInfo,
)
from connectors.http import Clock, Now, utc_now
from connectors.skills import Subscription, Unreadable
from connectors.woocommerce.capabilities import CAPABILITIES
from connectors.woocommerce.catalogue import Catalogue
from connectors.woocommerce.checks import Check
from connectors.woocommerce.client import WooClient, host_of
from connectors.woocommerce.hints import key_mark, webhook_key
from connectors.woocommerce.options import Options as WooCommerceOptions
from connectors.woocommerce.orders import Orders
from connectors.woocommerce.pace import Pace
from connectors.woocommerce.pages import Reader
from connectors.woocommerce.push import Writer
from connectors.woocommerce.webhooks import TOPICS, Webhooks


class WooCommerceStore:
    """One shop. See connectors.base.StoreConnector for what each method promises."""

    Options: ClassVar[type[BaseModel]] = WooCommerceOptions
    capabilities: ClassVar[Capabilities] = CAPABILITIES
    topics: ClassVar[tuple[str, ...]] = TOPICS

    def __init__(
        self,
        options: WooCommerceOptions,
        *,
        send: Sender,
        adapter: BaseAdapter | None = None,
        now: Now = utc_now,
        clock: Clock = time.monotonic,
    ) -> None:
        """adapter, now and clock replace network and time in tests."""
        self._options, self._name, self._now = options, host_of(options.url), now
        what = f"the WooCommerce store {self._name}"
        self._client = WooClient(options, what=what, adapter=adapter, clock=clock)
        reader = Reader(self._client, send=send, what=what)
        self._broken = reader.broken
        self._catalogue = Catalogue(reader, what=what)
        self._orders = Orders(reader, self._catalogue, options, now=now)
        self._check = Check(self._client, reader, send=send, what=what)
        self._pace = Pace(options.first_batch)
        self._writer = Writer(self._client, self._catalogue, send, self._pace, clock, what)
        secret = options.consumer_secret.get_secret_value()
        self._hooks = Webhooks(self._client, send=send, what=what, key=webhook_key(secret), mark=key_mark(secret))

    @classmethod
    def open(cls, options: BaseModel, *, locations: Sequence[str], send: Sender) -> Self:
        if any(locations):
            raise OperatorStoreError("WooCommerce has no locations; leave `locations` out and name `warehouses`.")
        return cls(WooCommerceOptions.model_validate(options), send=send)

    def close(self) -> None:
        self._client.close()

    def load_state(self, state: Mapping[str, Any]) -> None:
        """How many items the store saved in one write, and what it could not show."""
        self._pace.load_state(state, self._now().timestamp())
        self._broken.load_state(state)

    def dump_state(self) -> dict[str, Any]:
        return self._pace.dump_state(self._now().timestamp()) | self._broken.dump_state()

    def unreadable(self) -> Sequence[Unreadable]:
        return self._broken.told()

    def hides(self, ref: str) -> bool:
        return self._broken.hides(ref)

    def check(self) -> StoreInfo:
        return self._check.run(self._catalogue, self._orders, self._options, self._name)

    def shop_id(self) -> str:
        return self._check.home()

    def listings(self, changed_since: datetime | None = None) -> Iterator[Listing]:
        self._client.begin()
        return self._catalogue.listings(changed_since)

    def read(self, refs: Sequence[str] | None = None) -> Iterator[Reading]:
        return self._catalogue.every_reading() if refs is None else self._catalogue.readings(refs)

    def listings_with_readings(self) -> Iterator[tuple[Listing | None, Sequence[Reading]]]:
        return self._catalogue.listings_with_readings()

    def read_at(self) -> datetime | None:
        return self._client.first_date

    def lag(self) -> timedelta:
        return self._client.lag

    def changes(self, since: datetime | None) -> Iterator[OrderLine]:
        """Orders first, then what was edited. The order lines of one order come next to each other."""
        self._client.begin()
        yield from self._orders.changes(since)
        if since is not None:
            yield from self._catalogue.mended()
            yield from self._catalogue.hints(since)

    def refetched(self, known: Mapping[str, Mapping[str, int]]) -> Iterator[OrderLine]:
        """Beyond the contract: orders believed open (id → refs), as they are now. The only way to learn that an
        order was deleted for good, or that a line left an order."""
        return self._orders.refetched(known)

    def push(self, batch: Batch) -> Sequence[Outcome]:
        if len(batch.updates) > self.capabilities.max_batch:
            raise ValueError(f"a batch holds at most {self.capabilities.max_batch} updates")
        return self._writer.push(batch)

    def webhooks(self) -> Sequence[Subscription]:
        return self._hooks.ours()

    def register_webhooks(self, address: str) -> Sequence[Subscription]:
        return self._hooks.register(address)

    def remove_webhooks(self) -> int:
        return self._hooks.remove()
