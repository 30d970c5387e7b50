"""What a route's handler is given, and how it does its work in steps."""

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from connectors.testing.http import Response
from connectors.woocommerce.sandbox.fields import keep, wanted_fields
from connectors.woocommerce.sandbox.http import ApiError, Call, as_json
from connectors.woocommerce.sandbox.orders import Shop


class Step(NamedTuple):
    """ "item": the next item of a batch is about to be loaded. "save": one is loaded and about to be saved.
    Between the steps nobody holds the shop, as nobody does between two lines of PHP."""

    kind: Literal["item", "save"]
    product: int | None = None


Work = Generator[Step, None, Any]


@dataclass(slots=True)
class SandboxLimits:
    """version: which WooCommerce this is. batch_limit: the filter woocommerce_rest_batch_items_limit."""

    version: str = "10.5.0"
    batch_limit: int = 100

    @property
    def lists_all_variations(self) -> bool:
        """`GET variations` came with 10.3; 9.9.5 answers rest_no_route."""
        return self._at_least(10, 3)

    @property
    def takes_parent(self) -> bool:
        """`manage_stock: "parent"` as input: taken by 10.5.0, refused by 9.9.5; where it began was not measured."""
        return self._at_least(10, 0)

    def _at_least(self, *wanted: int) -> bool:
        return tuple(int(part) for part in self.version.split(".")[:2]) >= wanted


class Webhooks(Protocol):
    """The webhooks of a shop, as far as routes need them: sandbox/hooks.py has them."""

    webhooks: dict[int, Any]
    numbers: Iterator[int]
    pings_decide: bool

    def ping(self, webhook: Any) -> str: ...


@dataclass(slots=True)
class Context:
    shop: Shop
    call: Call
    limits: SandboxLimits
    hooks: Webhooks
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """A body that is no JSON object holds nothing; JSON that does not parse is refused."""
        if "json" not in self.call.headers.get("content-type", "") or not self.call.body:
            return {}
        try:
            read = json.loads(self.call.body)
        except ValueError:
            raise ApiError("rest_invalid_json", "Invalid JSON body passed.", 400) from None
        return read if isinstance(read, dict) else {}

    def show(self, data: Any, status: int = 200, **headers: str) -> Response:
        """Single objects keep their `_links` whatever `_fields` says, those in lists do not (10.5.0)."""
        tree = wanted_fields(self.call.query.get("_fields", ""))
        if tree and isinstance(data, dict):
            tree["_links"] = True
        return as_json(status, keep(data, tree), **self.headers, **headers)
