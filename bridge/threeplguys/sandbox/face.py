"""The HTTP face of the sandbox's warehouse: tokens, budget, faults, routes."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

import httpx

from bridge.threeplguys.sandbox.faults import Fault, FaultKind, struck
from bridge.threeplguys.sandbox.oauth import CLIENT_ID, OAuth
from bridge.threeplguys.sandbox.resources import Cartons, Products, Resource
from bridge.threeplguys.sandbox.rows import ApiError, Switches, shipment_row, taken
from bridge.threeplguys.sandbox.things import RefusedError
from bridge.threeplguys.sandbox.world import Warehouse
from connectors.testing.http import DroppedError, Request, Response, as_json, in_memory
from connectors.testing.sandbox import BaseSandbox
from connectors.values import replace

TOKEN = "3pl_sandbox"  # noqa: S105  (it opens nothing but the sandbox)
EVERYTHING = frozenset({"inventory", "locations", "shipments"})
WINDOW = timedelta(hours=1)

RESOURCES: Mapping[str, Callable[[Warehouse, Switches], Resource[Any]]] = {"products": Products, "cartons": Cartons}
VERBS = frozenset(
    {"GET", "POST", "GET breakdown", "GET :id", "PUT :id", "DELETE :id", "GET :id/history", "PATCH :id/restore"}
)
"""What each of these knows, below its own path."""


@dataclass(slots=True)
class _Budget:
    """What one token has used of its window."""

    ends: datetime
    used: int = 0


class Sandbox(BaseSandbox[Request, Fault]):
    """One account of 3PLGuys. Safe to call from several threads.

    tokens: each with its scopes; those of OAuth come beside them. before: called before each request is answered, under
    the lock, so that a test can change rows between pages. calls: how often each path was asked.
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
        self.oauth = OAuth(self.world, self.switches)
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
        """A fault strikes what was a good answer. A write that it strikes was not applied, unless the fault comes after
        that, or tears an answer that only an applied one has; one that is "late" is applied when it lands."""
        if request.method == "GET":
            good = self._good(request)
            fault = self.faults.take(request)
            return good if fault is None else struck(FaultKind(fault.kind), good, self._error)
        fault = self.faults.take(request)
        if fault is not None and fault.kind == FaultKind.LATE:
            self.late.append(lambda: self._good(request))
        if fault is None or fault.after or fault.kind in (FaultKind.TORN, FaultKind.CUT_JSON):
            good = self._good(request)
            return good if fault is None else struck(FaultKind(fault.kind), good, self._error)
        return struck(FaultKind(fault.kind), Response(200), self._error)

    def _good(self, request: Request) -> Response:
        try:
            if request.path.startswith("/oauth/"):
                return self.oauth.answer(request)
            scopes = self._admitted(_bearer(request))
            path = [unquote(part) for part in request.path.strip("/").split("/")]
            scope, verb = _asked(request.method, path)
            if scope == "inventory" and not verb.endswith("breakdown"):
                scope = self.switches.catalogue_scope
            if not scope:
                raise ApiError(404, f"Cannot {request.method} {request.path}")
            if scope not in scopes:
                raise ApiError(403, "Forbidden: missing scope")
            return self._routed(scope, path, verb, request)
        except ApiError as error:
            return self._error(error.status, str(error), error.properties)
        except RefusedError as refused:
            return self._error(400, str(refused))

    def _routed(self, scope: str, path: list[str], verb: str, request: Request) -> Response:
        if scope == "locations":
            return self._warehouses(request.query)
        return self._shipments(path, request.query) if scope == "shipments" else self._done(path, verb, request)

    def _admitted(self, token: str) -> frozenset[str]:
        """The scopes of a token, and one request of its budget is used. 401 is for one that is missing, unknown,
        expired or revoked (Authentication page)."""
        scopes = self.tokens.get(token, self.oauth.scopes_of(token))
        if scopes is None:
            raise ApiError(401, "Unauthorized")
        budget = self._budget(token)
        if budget.used >= self.switches.rate_limit:
            raise ApiError(429, "Rate limit exceeded")
        budget.used += 1
        return scopes

    def _budget(self, token: str) -> _Budget:
        """Of a key, or of the OAuth client whose token it is (Error Handling page)."""
        now, whose = self.world.clock(), CLIENT_ID if token in self.oauth.access else token
        budget = self._budgets.get(whose)
        if budget is None or now >= budget.ends:
            budget = self._budgets[whose] = _Budget(now + WINDOW)
        return budget

    def _warehouses(self, query: Mapping[str, str]) -> Response:
        """At most ten at a time, whatever the lists of products allow (Warehouses page)."""
        names = self.world.warehouses.items()
        rows = [{"id": id_, "name": name, "description": None} for id_, name in names]
        return as_json(200, taken(rows, query, replace(self.switches, max_take=10)))

    def _shipments(self, path: list[str], query: Mapping[str, str]) -> Response:
        """The list, or one of them (Shipments reference)."""
        world, switches = self.world, self.switches
        if len(path) == 2:
            rows = [shipment_row(x, world, switches, alone=False) for x in world.shipments.listing(query)]
            return as_json(200, taken(rows, query, switches))
        made = world.shipments.by_id.get(path[2])
        if made is None:
            raise ApiError(404, "Shipment not found")
        return as_json(200, shipment_row(made, world, switches, alone=True))

    def _done(self, path: list[str], verb: str, request: Request) -> Response:
        """Products or cartons: read, or changed. What is spoilt fails the pages that hold it, or holds them up."""
        resource = RESOURCES[path[2]](self.world, self.switches)
        if verb == "GET breakdown":
            items = resource.levels(request.query)
            over = 0 < self.switches.breaks_over < len(items)
            self._check_spoilt(over or any(item.breaks for item in items))
            return as_json(200, [resource.level_row(item) for item in items])
        if verb == "GET":
            items = resource.page(request.query)
            self._check_spoilt(self.switches.spoilt_in_catalogue and any(item.breaks for item in items))
            return as_json(200, [resource.row(item) for item in items])
        if verb == "GET :id":
            item = resource.known(path[3])
            self._check_spoilt(item.breaks and self.switches.spoilt_by_id)
            return as_json(200, resource.row(item))
        if verb == "GET :id/history":
            return as_json(200, resource.history(path[3], request.query))
        if verb == "POST":
            return as_json(self.switches.created, resource.row(resource.create(request.body)))
        changed = resource.change(request.method, path[3], request.body)
        is_silent = request.method == "DELETE" and self.switches.silent_deletes
        return Response(204) if is_silent else as_json(200, resource.row(changed))

    def _check_spoilt(self, spoilt: bool) -> None:
        if spoilt:
            raise DroppedError("stalled") if self.switches.spoilt_stalls else ApiError(500, "Internal server error")

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


def _asked(method: str, path: list[str]) -> tuple[str, str]:
    """The scope that a request needs ("": there is nothing at its address), and its verb below its resource."""
    if path == ["v0", "warehouses"] and method == "GET":
        return "locations", ""
    if path[:2] == ["v0", "shipments"] and len(path) in (2, 3) and method == "GET":
        return "shipments", ""
    below = path[3:]
    shape = "breakdown" if below == ["breakdown"] else "/".join([":id", *below[1:]] if below else [])
    verb = f"{method} {shape}".strip()
    is_known = path[:2] == ["v0", "inventory"] and path[2:3] and path[2] in RESOURCES and verb in VERBS
    return ("inventory" if is_known else ""), verb


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token if kind == "Bearer" else ""
