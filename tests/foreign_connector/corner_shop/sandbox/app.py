"""The API: takes a request as plain values, answers it, strikes with the faults it was told."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from connectors.testing import faults
from connectors.testing.http import DroppedError, Request, Response, as_json
from connectors.testing.sandbox import BaseSandbox
from corner_shop.sandbox.shop import Order, Product, Shop

KEY = "corner-sandbox-key"
MOST_ITEMS = 100
KEPT = timedelta(days=10)
"""For so long `GET /api/orders` tells of orders that are over, when it is not asked since when."""


@dataclass(slots=True, kw_only=True)
class Fault(faults.Fault):
    """throttled: 429 · down: nobody listens · page: a web page · broken: 503 · drop: no answer
    (after=True: it was done)"""

    kinds: ClassVar[frozenset[str]] = frozenset(("throttled", "down", "page", "broken", "drop", "act"))


class Sandbox(BaseSandbox[Request, Fault]):
    """One shop behind the API. key: who may ask; None: nobody any more. page: rows of one answer."""

    def __init__(self, shop: Shop | None = None, *, page: int = 100) -> None:
        super().__init__(Fault)
        self.shop, self.page = shop or Shop(), page
        self.key: str | None = KEY

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises DroppedError when the connection ends without an answer."""
        self.calls[f"{request.method} {request.path}"] += 1
        self.log.append(request)
        self.leaks += [request.url] if KEY in request.url else []
        for act in self.faults.acts(request, "before"):
            act(request)
        fault = self.faults.take(request)
        if fault is not None and not fault.after:
            return self._failed(fault)
        with self.shop.lock:
            answer = self._answered(request)
        for act in self.faults.acts(request, "after"):
            act(request)
        return answer if fault is None else self._failed(fault)

    def _answered(self, request: Request) -> Response:
        if self.key is None or request.headers.get("authorization") != f"Bearer {self.key}":
            return as_json(401, {"why": "this key is not known"})
        match request.method, request.path:
            case "GET", "/api/shop":
                return as_json(200, {"name": "The Corner Shop"})
            case "GET", "/api/products":
                return self._listed("products", self._products(request.query), request.query)
            case "GET", "/api/orders":
                return self._listed("orders", self._orders(request.query), request.query)
            case "PUT", "/api/stock":
                items = json.loads(request.body)["items"]
                if len(items) > MOST_ITEMS:
                    return as_json(413, {"why": f"{MOST_ITEMS} items at most"})
                return as_json(200, {"items": [self.shop.set_stock(item) for item in items]})
        return as_json(404, {"why": "there is nothing here"})

    def _products(self, query: Mapping[str, str]) -> Iterable[Product]:
        wanted, since = query.get("ids"), query.get("changed_since")
        ids = self.shop.products.keys() if wanted is None else {*wanted.split(",")}
        for product in self.shop.products.values():
            if product.id in ids and (since is None or product.changed_at >= datetime.fromisoformat(since)):
                yield product

    def _orders(self, query: Mapping[str, str]) -> Iterable[Order]:
        since = query.get("changed_since")
        oldest = self.shop.now() - KEPT if since is None else datetime.fromisoformat(since)
        for order in self.shop.orders.values():
            is_open = not (order.shipped_at or order.cancelled)
            if order.changed_at >= oldest or (since is None and is_open):
                yield order

    def _listed(self, kind: str, rows: Iterable[Product] | Iterable[Order], query: Mapping[str, str]) -> Response:
        """One page, by id: what is added meanwhile comes later, so no row is met twice or missed."""
        left = [row for row in rows if row.id > query.get("after", "")]
        page = left[: self.page]
        following = page[-1].id if len(left) > len(page) else None
        return as_json(200, {kind: [shown(row) for row in page], "next": following})

    @staticmethod
    def _failed(fault: Fault) -> Response:
        match fault.kind:
            case "throttled":
                return as_json(429, {"why": "not so fast"}, **{"Retry-After": f"{fault.seconds or 2.0:g}"})
            case "page":
                return Response(200, {"Content-Type": "text/html"}, b"<html>We will be back soon</html>")
            case "broken":
                return as_json(503, {"why": "try again later"})
        raise DroppedError("refused" if fault.kind == "down" else "closed")


def shown(row: Product | Order) -> dict[str, Any]:
    """A row as the API tells it."""
    if isinstance(row, Product):
        counted = row.stock is not None
        told = {"id": row.id, "sku": row.sku, "title": row.title, "counted": counted, "stock": row.stock}
        return {**told, "changed_at": row.changed_at.isoformat()}
    return {
        "id": row.id,
        "placed_at": row.placed_at.isoformat(),
        "changed_at": row.changed_at.isoformat(),
        "shipped_at": row.shipped_at and row.shipped_at.isoformat(),
        "cancelled": row.cancelled,
        "lines": [{"product": id_, "sku": sku, "units": units} for id_, (sku, units) in row.lines.items()],
    }
