"""The HTTP face of the sandbox's warehouse: tokens, budget, faults, routes."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import unquote

import httpx

from bridge.threeplguys.sandbox.faults import Fault, FaultKind, struck
from bridge.threeplguys.sandbox.rows import (
    ApiError,
    Switches,
    level_row,
    listed,
    product_page,
    product_row,
    taken,
)
from bridge.threeplguys.sandbox.world import Warehouse
from connectors.testing.http import DroppedError, Request, Response, as_json, in_memory
from connectors.testing.sandbox import BaseSandbox

TOKEN = "3pl_sandbox"  # noqa: S105  (it opens nothing but the sandbox)
EVERYTHING = frozenset({"inventory", "locations"})
WINDOW = timedelta(hours=1)

SCOPES = {("v0", "inventory", "products"): "inventory", ("v0", "warehouses"): "locations"}
"""What a token needs for the paths that begin so."""


@dataclass(slots=True)
class _Budget:
    """What one token has used of its window."""

    ends: datetime
    used: int = 0


class Sandbox(BaseSandbox[Request, Fault]):
    """One account of 3PLGuys. Safe to call from several threads.

    tokens: each with its scopes. before: called before each request is answered, under the lock, so that
    a test can change rows between pages. calls: how often each path was asked.
    """

    def __init__(
        self,
        world: Warehouse | None = None,
        switches: Switches | None = None,
        tokens: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        super().__init__(Fault, in_order=True)
        self.world: Warehouse = Warehouse() if world is None else world  # an empty one is false
        self.switches: Switches = switches or Switches()
        self.tokens = dict(tokens or {TOKEN: EVERYTHING})
        self.before: Callable[[Request], object] = lambda _: None
        self.lock = threading.RLock()
        self._budgets: dict[str, _Budget] = {}

    def transport(self) -> httpx.MockTransport:
        """For httpx.Client(transport=…): the same answers without a socket."""
        return in_memory(self.handle)

    def handle(self, request: Request) -> Response:
        """Answer one request, latency included; raises Dropped when the connection ends without a whole answer."""
        try:
            with self.lock:
                self.before(request)
                self.calls[request.path] += 1
                self.log.append(request)
                return self._dressed(request, self._answered(request))
        except DroppedError as dropped:
            if dropped.begun:
                self._dressed(request, dropped.begun)
            raise
        finally:
            if self.switches.latency:
                time.sleep(self.switches.latency)

    def _answered(self, request: Request) -> Response:
        """401 is for a token that is missing, unknown, expired or revoked (Authentication page)."""
        try:
            scopes = self.tokens.get(_bearer(request))
            if scopes is None:
                raise ApiError(401, "Unauthorized")
            budget = self._budget(_bearer(request))
            if budget.used >= self.switches.rate_limit:
                raise ApiError(429, "Rate limit exceeded")
            budget.used += 1
            path = [unquote(part) for part in request.path.strip("/").split("/")]
            scope = SCOPES.get(tuple(path[:3])) if request.method == "GET" and len(path) < 5 else None
            if scope is None:
                raise ApiError(404, f"Cannot {request.method} {request.path}")
            if scope not in scopes:
                raise ApiError(403, "Forbidden: missing scope")
            good = as_json(200, self._rows(path, request.query))
        except ApiError as error:
            good = self._error(error.status, str(error), error.properties)
        fault = self.faults.take(request)
        return good if fault is None else struck(FaultKind(fault.kind), good, self._error)

    def _budget(self, token: str) -> _Budget:
        now = self.world.clock()
        budget = self._budgets.get(token)
        if budget is None or now >= budget.ends:
            budget = self._budgets[token] = _Budget(now + WINDOW)
        return budget

    def _rows(self, path: list[str], query: Mapping[str, str]) -> object:
        """The warehouses (at most ten at a time, whatever the lists of products allow: Warehouses page), the breakdown,
        the catalogue, or one product by its id. What is spoilt fails products, or holds them up."""
        match path[1:]:
            case ["warehouses"]:
                names = self.world.warehouses.items()
                rows = [{"id": id_, "name": name, "description": None} for id_, name in names]
                return taken(rows, query, replace(self.switches, max_take=10))
            case [_, _, "breakdown"]:
                items = taken(listed(self.world, query, self.switches.order), query, self.switches)
                spoilt = any(item.breaks for item in items) or 0 < self.switches.breaks_over < len(items)
            case [_, _, product]:
                item = self.world.find(product)
                if item is None or item.id != product:
                    raise ApiError(404, "Product not found")
                items, spoilt = [item], item.breaks and self.switches.spoilt_by_id
            case _:
                items = product_page(self.world, query, self.switches)
                spoilt = self.switches.spoilt_in_catalogue and any(item.breaks for item in items)
        if spoilt:
            raise DroppedError("stalled") if self.switches.spoilt_stalls else ApiError(500, "Internal server error")
        if path[3:] == ["breakdown"]:
            return [level_row(item, self.world, self.switches) for item in items]
        products = [product_row(item, self.switches) for item in items]
        return products[0] if path[3:] else products

    def _error(self, status: int, sentence: str, properties: Mapping[str, str] | None = None) -> Response:
        """The API's error body (Error Handling page)."""
        body: dict[str, object] = {"error": sentence, "timestamp": self.switches.shown(self.world.clock())}
        return as_json(status, body | ({"properties": properties} if properties else {}))

    def _dressed(self, request: Request, response: Response) -> Response:
        """Date and X-RateLimit-* come with every answer, refusals included."""
        now, budget = self.world.clock(), self._budget(_bearer(request))
        response.headers |= {
            "X-RateLimit-Limit": str(self.switches.rate_limit),
            "X-RateLimit-Remaining": str(max(0, self.switches.rate_limit - budget.used)),
            "X-RateLimit-Reset": str(int(budget.ends.timestamp())),
        }
        if self.switches.date:
            response.headers["Date"] = format_datetime(now.astimezone(UTC).replace(microsecond=0), usegmt=True)
        if response.status == 429 and self.switches.retry_after:
            response.headers["Retry-After"] = str(max(1, round((budget.ends - now).total_seconds())))
        return response


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token if kind == "Bearer" else ""
