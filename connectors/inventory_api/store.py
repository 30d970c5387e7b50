"""One shop with the Inventory Update API."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel

from connectors.base import (
    Batch,
    Capabilities,
    Listing,
    Location,
    OperatorStoreError,
    OrderLine,
    Outcome,
    Reading,
    Sender,
    StoreInfo,
    Verdict,
)
from connectors.http import Clock
from connectors.inventory_api.answers import is_about_the_token, names_a_field
from connectors.inventory_api.capabilities import CAPABILITIES
from connectors.inventory_api.client import InventoryClient
from connectors.inventory_api.options import Options as InventoryOptions
from connectors.inventory_api.push import Push, ask_without_product
from connectors.items import Items, ItemsFaultError, load_items

MOST_WARNINGS = 20


class InventoryStore:
    """One shop. See connectors.base.StoreConnector for what each method promises."""

    Options: ClassVar[type[BaseModel]] = InventoryOptions
    capabilities: ClassVar[Capabilities] = CAPABILITIES

    def __init__(
        self,
        options: InventoryOptions,
        *,
        send: Sender,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """transport and clock replace network and time in tests."""
        self._options, self._send = options, send
        self._name = urlsplit(options.url).netloc
        self._what = f"the shop {self._name}"
        self._client = InventoryClient(options, what=self._what, transport=transport, clock=clock)

    @classmethod
    def open(cls, options: BaseModel, *, locations: Sequence[str], send: Sender) -> Self:  # noqa: ARG003
        return cls(InventoryOptions.model_validate(options), send=send)

    def close(self) -> None:
        self._client.close()

    def check(self) -> StoreInfo:
        warnings = [*self._contact(), *(items := self._items()).warnings]
        if (rest := len(warnings) - MOST_WARNINGS) > 0:
            warnings[MOST_WARNINGS:] = [f"and {rest} more like these"]
        codes = sorted(set(self._options.stores.values()))
        name = f"{self._name}, {len(items.by_ref)} in the items file"
        return StoreInfo(name, tuple(Location(code, f"store {code}") for code in codes), tuple(warnings))

    def listings(self, changed_since: datetime | None = None) -> Iterator[Listing]:
        """Every item of the file, once it has changed since then: which of its lines did, it does not tell."""
        self._contact()
        items = self._items()
        if changed_since is None or self.items_changed() >= changed_since:
            yield from (Listing(ref, item.sku, item.title) for ref, item in items.by_ref.items())

    def items_changed(self) -> datetime:
        """When the items file was. ctime, for a file keeps its mtime on whatever way it came here."""
        return datetime.fromtimestamp(Path(self._options.items).stat().st_ctime, UTC)

    def read(self, refs: Sequence[str] | None = None) -> Iterator[Reading]:  # noqa: ARG002
        """No call tells what the shop shows."""
        yield from ()

    def changes(self, since: datetime | None) -> Iterator[OrderLine]:
        """The shop tells of no orders. Its token is tried where everything would be read."""
        if since is None:
            self._contact()
        yield from ()

    def repeat_every(self) -> timedelta | None:
        return self._options.repush_every

    def push(self, batch: Batch) -> Sequence[Outcome]:
        if len(batch.updates) > self.capabilities.max_batch:
            raise ValueError(f"a batch holds at most {self.capabilities.max_batch} updates")
        return Push(self._client, self._send, self._what).run(batch, self._items().by_ref, self._options.parallel)

    def _items(self) -> Items:
        """The items file as it is now: it may be written anew while a worker runs."""
        try:
            return load_items(self._options.items)
        except ItemsFaultError as fault:
            raise OperatorStoreError(f"items: {fault}. Nothing is sent to {self._what} until then.") from None

    def _contact(self) -> Sequence[str]:
        """Try address and token with a report that names no product → what a person should read. Raises StoreError."""
        said = ask_without_product(self._client, self._send)
        if said.verdict is Verdict.APPLIED:
            raise OperatorStoreError(
                f"{self._what} takes a report without a product, which the Inventory Update API refuses; check url."
            )
        if is_about_the_token(said.reason):
            raise OperatorStoreError(f'{self._what} does not accept the token ("{said.reason}"); set another one.')
        if names_a_field(said.reason):
            return ()
        return (f'whether the token is accepted cannot be told: to a report without fields it says "{said.reason}"',)
