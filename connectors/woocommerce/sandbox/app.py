"""The sandbox itself: takes a request as plain values, gives a response, strikes with the faults it was told."""

import base64
import json
import time
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from connectors.testing.faults import Action
from connectors.testing.http import DroppedError, Request, Response
from connectors.testing.sandbox import BaseSandbox
from connectors.woocommerce.sandbox import api, pages
from connectors.woocommerce.sandbox.adapter import SandboxAdapter
from connectors.woocommerce.sandbox.auth import Key, Keys
from connectors.woocommerce.sandbox.cache import Cache
from connectors.woocommerce.sandbox.context import Context, SandboxLimits, Work
from connectors.woocommerce.sandbox.faults import Fault
from connectors.woocommerce.sandbox.hooks import Hooks
from connectors.woocommerce.sandbox.http import Call, PhpFatalError, as_html, read_query
from connectors.woocommerce.sandbox.orders import Shop

KEY = "ck_0000000000000000000000000000000000000000"
SECRET = "cs_0000000000000000000000000000000000000000"  # noqa: S105 - opens nothing but this sandbox
# 3 KB of address went through, 7 KB were a 502, 10 KB a 414 (10.5.0 behind nginx). Where exactly it turns was
# not measured; these are nginx's default buffers for the head of an answer and for the line of a request.
LONG_ADDRESS = 4096
TOO_LONG_ADDRESS = 8190


class Sandbox(BaseSandbox[Call, Fault]):
    """One shop behind WooCommerce's REST API.

    shop: its goods and orders. keys: who may ask. calls: by name, such as "POST products/batch". limits: version
    and batch size. hooks: what it delivers.

    Switches: https_only redirects plain http; plain_permalinks and plugin_on False are the two mistakes of
    an owner that look like an empty shop; maintenance, database_down and php_down stop everything;
    strips_authorization, ignores_paging and most_per_page are what servers in front do; cache: what a host
    puts in front of GET; item_seconds is what one item of a write takes (a real shop: about 0.025), spent
    through `sleep`.
    """

    def __init__(
        self,
        shop: Shop | None = None,
        *,
        consumer_key: str = KEY,
        consumer_secret: str = SECRET,
        version: str = "10.5.0",
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        super().__init__(Fault)
        self.shop: Shop = shop or Shop()
        self.key = (consumer_key, consumer_secret)
        self.keys: Keys = Keys(Key(*self.key))
        self.limits: SandboxLimits = SandboxLimits(version)
        self.hooks: Hooks = Hooks(self.shop, self.limits)
        self.sleep = sleep
        self.item_seconds = 0.0
        self.https_only = self.plain_permalinks = self.maintenance = self.database_down = self.php_down = False
        self.plugin_on = True
        self.cache = Cache()
        self.strips_authorization = self.ignores_paging = False
        self.most_per_page = 100

    def before_save(self, run: Action, *, on: str | None = None, times: int = 1, skip: int = 0) -> Fault:
        """Run something when an item of a write is loaded and not yet saved; times and skip count items."""
        return self.faults.add("act", action=run, on=on, times=times, skip=skip, when="save")

    def ask(
        self, method: str, route: str, body: Any = None, *, key: tuple[str, str] | None = None, **query: Any
    ) -> Response:
        """A request without a network, as `ask("GET", "products", sku="MUG")`; gives the Response."""
        headers = {"Content-Type": "application/json"} | basic(*(key or self.key))
        address = f"{self.shop.url}{api.PREFIX}/wc/v3/{route}" + (f"?{urlencode(query)}" if query else "")
        return self.handle(Request(method, address, headers, b"" if body is None else json.dumps(body).encode()))

    def handle(self, request: Request) -> Response:
        """Answer one request; raises Dropped when the connection ends without an answer. Its url is whole."""
        call = describe(request)
        # what proxies and plugins do to a request before WooCommerce sees it
        if self.strips_authorization:
            call.headers = {name: value for name, value in call.headers.items() if name != "authorization"}
        if self.ignores_paging:
            call.query = {name: value for name, value in call.query.items() if name not in ("offset", "page")}
        size = call.query.get("per_page", "")
        if size.isdecimal() and self.most_per_page < min(int(size), 100):
            call.query["per_page"] = str(self.most_per_page)
        with self.shop.lock:
            self.calls[call.label] += 1
            self.log.append(call)
            asked_for = self.strips_authorization and call.secure
            self.leaks += [call.path] if "consumer_secret" in call.query and not asked_for else []
        for act in self.faults.acts(call, "before"):
            act(call)
        if (kept := self.cache.find(call, self.shop.clock())) is not None:
            return self._dated(kept)
        answer = self._struck(self.faults.take(call), call, call.client_timeout)
        self.cache.keep(call, answer, self.shop.clock())
        return self._dated(answer)

    def _dated(self, answer: Response) -> Response:
        answer.headers.setdefault("Date", format_datetime(self.shop.now(), usegmt=True))
        return answer

    def _struck(self, fault: Fault | None, call: Call, client_timeout: float | None) -> Response:
        job = Job(self, call)
        if fault is None:
            return self._finished(job, client_timeout)
        if fault.kind == "delay":
            seconds = fault.seconds or 0.0
            if client_timeout is not None and seconds >= client_timeout:
                raise self._lost(job)
            self.sleep(seconds)
            return self._finished(job, None if client_timeout is None else client_timeout - seconds)
        if fault.kind == "late":
            job.run(items=fault.items or 0)
            raise self._lost(job)
        if fault.kind == "refuse":
            raise DroppedError("refused")
        if fault.kind == "fatal" or fault.items is not None:  # so many items are applied before the fault shows
            whole = 1 if call.name.endswith("batch") else 0
            done = job.run(items=whole if fault.items is None else fault.items)
        else:
            done = self._finished(job) if fault.after or fault.kind in {"cut", "warnings"} else None
        if fault.kind == "drop":
            raise DroppedError("closed")
        return faulty(fault, done)

    def _finished(self, job: "Job", client_timeout: float | None = None) -> Response:
        answer = job.run(client_timeout=client_timeout)
        if answer is None:
            raise self._lost(job)
        for act in self.faults.acts(job.call, "after"):
            act(job.call)
        return answer

    def _lost(self, job: "Job") -> DroppedError:
        self.late.append(job)
        return DroppedError("timeout")

    def front(self, call: Call) -> Response | None:
        """What answers before WooCommerce is asked: web server, maintenance, WordPress without its routes."""
        length = len(call.url) - len(f"{urlsplit(call.url).scheme}://{urlsplit(call.url).netloc}")
        if length > LONG_ADDRESS or self.php_down:
            return pages.too_long() if length > TOO_LONG_ADDRESS else pages.bad_gateway()
        if self.https_only and not call.secure:
            return pages.redirect("https" + call.url.removeprefix("http"))
        if self.maintenance or self.database_down:
            return pages.maintenance() if self.maintenance else pages.database_down()
        if self.plain_permalinks:
            path, _, query = call.url.partition("?")
            if call.method == "GET" and not path.endswith("/"):  # sent to itself with a slash, then a page (10.5.0)
                return pages.redirect(f"{path}/?{query}" if query else f"{path}/")
            return pages.home(self.shop.name)
        known = call.path.startswith(api.PREFIX)
        return None if known else pages.home(self.shop.name)

    def adapter(self) -> SandboxAdapter:
        """For `requests.Session().mount("https://", sandbox.adapter())`: in process, on virtual time."""
        return SandboxAdapter(self.handle)


class Job:
    """One request on its way through PHP. It can stop between two items and run on later."""

    def __init__(self, sandbox: Sandbox, call: Call) -> None:
        self.sandbox = sandbox
        self.call = call
        self.answer: Response | None = None
        self._paused = False
        self._work = self._begin()

    def _begin(self) -> Work:
        found = self.sandbox.front(self.call)
        if found is not None:
            return found
        ctx = Context(self.sandbox.shop, self.call, self.sandbox.limits, self.sandbox.hooks)
        if self.call.path.removesuffix("/") == api.PREFIX:
            return api.index(ctx, plugin_on=self.sandbox.plugin_on)
        return (yield from api.answer(ctx, self.sandbox.keys, plugin_on=self.sandbox.plugin_on))

    def run(self, *, items: int | None = None, client_timeout: float | None = None) -> Response | None:
        """To the end; or until so many items are done, or the client's patience is; then None."""
        begun, spent, each = 0, 0.0, self.sandbox.item_seconds
        if self._paused and each:
            self.sandbox.sleep(each)
        self._paused = False
        while (step := self._next()) is not None:
            if step.kind == "save":
                self.call.item = step.product
                for act in self.sandbox.faults.acts(self.call, "save"):
                    act(self.call)
                continue
            spent += each
            self._paused = begun == items or (client_timeout is not None and spent > client_timeout)
            if self._paused:
                return None
            begun += 1
            if each:
                self.sandbox.sleep(each)
        return self.answer

    __call__ = run  # how it lands late

    def _next(self) -> Any:
        with self.sandbox.shop.lock:
            try:
                return next(self._work)
            except StopIteration as end:
                self.answer = self.answer or end.value
                return None
            except PhpFatalError:
                self.answer = pages.fatal()
                return None


PAGES: dict[str, Callable[[], Response]] = {
    "maintenance": pages.maintenance,
    "database": pages.database_down,
    "gateway": pages.bad_gateway,
    "fatal": pages.fatal,
}


def faulty(fault: Fault, done: Response | None) -> Response:
    if fault.kind == "cut" and done is not None:
        return done.cut()
    if fault.kind == "warnings" and done is not None:
        return pages.with_warning(done)
    if fault.kind == "html":
        return as_html(200, fault.body or pages.HOME.format("Shop"))
    if fault.kind == "redirect":
        return pages.redirect(fault.location or "https://elsewhere.example/")
    if fault.kind in PAGES:
        return PAGES[fault.kind]()
    busy = fault.kind == "throttled"
    seconds = 2.0 if busy and fault.seconds is None else fault.seconds
    wait = {} if seconds is None else {"Retry-After": f"{seconds:g}"}
    return as_html(429 if busy else fault.status, fault.body or pages.HOME.format("Sorry"), **wait)


def basic(key: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()}


def describe(request: Request) -> Call:
    """A request with what faults and counters go by."""
    call = Call(request.method, request.url, request.headers, request.body, request.client_timeout)
    call.query = read_query(call.url)
    found = api.find_route(call.path)
    call.name = found[0].name if found else call.path
    return call
