"""The sandbox itself: takes a request as plain values, gives a response, strikes with the faults it was told.

https://shopify.dev/docs/api/usage/response-codes
"""

import functools
import itertools
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from connectors.shopify.sandbox import api, auth
from connectors.shopify.sandbox.bulk import BulkOperations
from connectors.shopify.sandbox.context import App, Context
from connectors.shopify.sandbox.cost import Bucket
from connectors.shopify.sandbox.faults import Fault
from connectors.shopify.sandbox.hooks import Hooks
from connectors.shopify.sandbox.http import Call, as_text
from connectors.shopify.sandbox.idempotency import KeyStore
from connectors.shopify.sandbox.orders import Shop
from connectors.shopify.sandbox.resolvers import VERSIONS
from connectors.testing.faults import Action
from connectors.testing.http import DroppedError, Request, Response, as_json, in_memory
from connectors.testing.sandbox import BaseSandbox

API_PATH = re.compile(r"/admin/api/([^/]+)/graphql\.json")
FILES_URL = "https://files.shopify-sandbox.test"
TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but this sandbox
SECRET = "sandbox-secret"  # noqa: S105 - of the app, and signs nothing but this sandbox's webhooks
TOKEN_HEADER = "x-shopify-access-token"  # noqa: S105 - a header's name
PAGE = "<!doctype html><title>Shopify</title><h1>Something went wrong</h1>"


class Sandbox(BaseSandbox[Call, Fault]):
    """One shop behind Shopify's Admin API.

    shop: its goods and orders. calls: by name of the operation. executed: how often each root field ran. hooks: what it
    delivers.
    """

    def __init__(
        self,
        shop: Shop | None = None,
        *,
        token: str = TOKEN,
        scopes: frozenset[str] = auth.SCOPES,
        plan: tuple[int, int] = (2000, 100),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(Fault)
        self.shop: Shop = shop or Shop()
        self.sleep = sleep
        self.plan = plan
        self.tokens: auth.Tokens = auth.Tokens(self.shop.clock)
        self.app = self.tokens.install("sandbox-client", SECRET, scopes, token)
        self.bulk: BulkOperations = BulkOperations(FILES_URL)
        self.hooks: Hooks = Hooks(self.shop)
        self.executed: Counter[str] = Counter()
        self.buckets: defaultdict[str, Bucket] = defaultdict(lambda: Bucket(*self.plan, float(self.plan[0])))
        self.keys: defaultdict[str, KeyStore] = defaultdict(lambda: KeyStore(self.shop.clock))
        self._requests = itertools.count(1)

    def ask(self, text: str, /, *, token: str = TOKEN, version: str = VERSIONS[-1], **variables: Any) -> dict[str, Any]:
        """A GraphQL request without a network, for tests of the sandbox and for looking into it."""
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
        body = json.dumps({"query": text, "variables": variables}).encode()
        response = self.handle(Request("POST", f"/admin/api/{version}/graphql.json", headers, body))
        reply: dict[str, Any] = json.loads(response.body)
        return reply

    def uninstall(self) -> None:
        """The merchant removes the app: its webhooks are told so, and its tokens end."""
        self.hooks.say_farewell(self.app)
        self.tokens.revoke_all()

    def handle(self, request: Request) -> Response:
        """Answer one request; raises Dropped when the connection ends without an answer."""
        call = describe(request)
        with self.shop.lock:
            self.calls[call.name] += 1
            self.log.append(call)
        before, after, fault = self.faults.acts(call, "before"), self.faults.acts(call, "after"), self.faults.take(call)
        for run in before:
            run(call)
        apply = functools.partial(self._applied, call, after)
        if fault is None:
            return apply()
        if fault.kind == "delay" and (call.client_timeout is None or (fault.seconds or 0) < call.client_timeout):
            self.sleep(fault.seconds or 0)
            return apply()
        if fault.kind in {"delay", "late"}:
            self.late.append(apply)
            raise DroppedError("timeout")
        if fault.kind == "refuse":
            raise DroppedError("refused")
        done = apply() if fault.after or fault.kind == "cut" else None
        if fault.kind == "drop":
            raise DroppedError("closed")
        return self._faulty(fault, call, done)

    def _applied(self, call: Call, after: list[Action]) -> Response:
        response = self._answer(call)
        for run in after:
            run(call)
        return response

    def _faulty(self, fault: Fault, call: Call, done: Response | None) -> Response:
        if fault.kind == "cut" and done is not None:
            return done.cut()
        if fault.kind == "html":
            return as_text(200, fault.body or PAGE)
        if fault.kind == "unauthorized":
            return auth.unauthorized()
        if fault.kind == "redirect":
            target = fault.location or f"{self.bulk.files_url}/elsewhere"
            return as_text(fault.status if 300 <= fault.status < 400 else 302, "", Location=target)
        if fault.kind == "throttled":
            app = self.tokens.holder(call.headers.get(TOKEN_HEADER)) or self.app
            bucket = self.buckets[app.client_id]
            bucket.refill(self.shop.clock())
            return as_json(200, api.throttled(10, bucket))
        wait = {} if fault.seconds is None else {"Retry-After": f"{fault.seconds:g}"}
        return as_text(fault.status, fault.body or PAGE, **wait)

    def _answer(self, call: Call) -> Response:
        if call.kind == "file":
            return self.file(call)
        if call.kind == "token":
            return self.tokens.grant(call)
        version = served_version(call.path)
        if version is None or call.method != "POST":
            return as_json(404, {"errors": "Not Found"})
        app = self.tokens.holder(call.headers.get(TOKEN_HEADER))
        if app is None:
            response = auth.unauthorized()
        elif call.request is None:
            response = as_json(400, {"errors": {"query": "Required parameter missing or invalid"}})
        else:
            prepared = api.prepare(call.request["query"], call.request.get("operationName"))
            with self.shop.lock:
                ctx = Context(self.shop, app, self.keys[app.client_id], self.bulk, self.hooks, version)
                reply = api.answer(prepared, call.variables, ctx, self.buckets[app.client_id])
                if "data" in reply:
                    self.executed.update(prepared.roots)
            response = as_json(200, reply)
        response.headers["Date"] = format_datetime(self.shop.clock(), usegmt=True)
        response.headers["X-Request-Id"] = f"sandbox-{next(self._requests):08d}"
        response.headers["X-Shopify-API-Version"] = version
        return response

    def file(self, call: Call) -> Response:
        """The storage that bulk results lie on: another host, which needs no token and must not see one."""
        if TOKEN_HEADER in call.headers:
            self.leaks.append(f"{call.method} {call.path}")
            return as_text(400, "<Error><Code>InvalidArgument</Code></Error>", "application/xml")
        stored = self.bulk.files.get(call.path.removeprefix("/files/"))
        if stored is None:
            return as_text(404, "<Error><Code>NoSuchKey</Code></Error>", "application/xml")
        if self.shop.clock() >= stored.expires_at:
            return as_text(400, "<Error><Code>ExpiredToken</Code></Error>", "application/xml")
        return Response(200, {"Content-Type": "application/jsonl"}, file=stored.content)

    def transport(self) -> httpx.MockTransport:
        """For `httpx.Client(transport=…)`: any host is this shop, except that of the result files."""
        files_host = httpx.URL(self.bulk.files_url).host

        def respond(request: Request) -> Response:
            on_files = urlsplit(request.url).hostname == files_host
            if on_files != request.path.startswith("/files/") and not request.path.startswith("/elsewhere"):
                return Response(404)
            return self.handle(request)

        return in_memory(respond)


def served_version(path: str) -> str | None:
    """The version that answers: an expired one falls forward to the oldest one served; a future one does not exist."""
    found = API_PATH.fullmatch(path)
    if found is None:
        return None
    wanted = found.group(1)
    if wanted in VERSIONS:
        return wanted
    return VERSIONS[0] if re.fullmatch(r"20\d\d-(01|04|07|10)", wanted) and wanted < VERSIONS[0] else None


def read_body(call: Call) -> dict[str, Any] | None:
    if not call.headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        request = json.loads(call.body)
    except ValueError:
        return None
    return request if isinstance(request, dict) and isinstance(request.get("query"), str) else None


def describe(request: Request) -> Call:
    """A request with what faults and counters go by."""
    call = Call(request.method, request.url, request.headers, request.body, request.client_timeout)
    if call.path.startswith(("/files/", "/elsewhere")):
        call.name = call.kind = "file"
    elif call.path == auth.TOKEN_PATH:
        call.name = call.kind = "token"
    else:
        call.request = read_body(call)
        if call.request is not None:
            prepared = api.prepare(call.request["query"], call.request.get("operationName"))
            call.name, call.kind, call.roots = prepared.name, prepared.kind, prepared.roots
    return call


__all__ = ["App", "Sandbox", "describe", "served_version"]
