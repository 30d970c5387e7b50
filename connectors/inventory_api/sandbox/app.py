"""The sandbox itself: takes a request as plain values, gives a response, strikes with the faults it was told."""

import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from connectors.inventory_api.options import PATH
from connectors.inventory_api.sandbox.faults import Fault
from connectors.inventory_api.sandbox.world import Shop
from connectors.testing.http import DroppedError, Request, Response, as_json, in_memory
from connectors.testing.sandbox import BaseSandbox

TOKEN = "sandbox-token"  # noqa: S105  (opens nothing but this sandbox)
TAKEN = {"success": True}
PAGE = "<!doctype html><html><body><h1>{}</h1></body></html>"


@dataclass(slots=True)
class Call:
    """One request. given: the members of its JSON object; empty where it has none."""

    request: Request
    given: dict[str, Any]

    @property
    def name(self) -> str:
        """What the log calls it."""
        return "report" if self.given else "empty"

    def is_meant(self, wanted: str) -> bool:
        if wanted == "empty":
            return not self.given
        return wanted in self.given or wanted in (self.given.get("upc"), self.given.get("sku"))


class Sandbox(BaseSandbox[Call, Fault]):
    """One shop behind the API.

    token: who may report; None: nobody any more. error_status, token_status: what a refusal and a bad token are
    answered with, for the document does not say. calls: by path and method.
    """

    def __init__(
        self, shop: Shop | None = None, *, token: str = TOKEN, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        super().__init__(Fault)
        self.shop: Shop = Shop() if shop is None else shop
        self.token: str | None = token
        self.sleep = sleep
        self.error_status, self.token_status = 400, 401

    def transport(self) -> httpx.MockTransport:
        """For httpx.Client(transport=…): the same answers without a socket."""
        return in_memory(self.handle)

    def handle(self, request: Request) -> Response:
        """Answer one request; raises Dropped when the connection ends without an answer."""
        call = Call(request, _members(request.body))
        with self.shop.lock:
            self.calls[f"{request.method} {request.path}"] += 1
            self.log.append(call)
            self.leaks += [request.url] if self.token and self.token in request.url else []
        for act in self.faults.acts(call, "before"):
            act(call)
        return self._struck(self.faults.take(call), call)

    def _struck(self, fault: Fault | None, call: Call) -> Response:
        if fault is None:
            return self._finished(call)
        if fault.kind == "delay":
            seconds, limit = fault.seconds or 0.0, call.request.client_timeout
            if limit is None or seconds < limit:
                self.sleep(seconds)
                return self._finished(call)
            fault.kind = "late"
        if fault.kind == "late":
            self.late.append(partial(self._finished, call))
            raise DroppedError("timeout")
        if fault.kind == "refuse":
            raise DroppedError("refused")
        done = self._finished(call) if fault.after or fault.kind == "cut" else None
        if fault.kind == "drop":
            raise DroppedError("closed")
        return faulty(fault, done)

    def _finished(self, call: Call) -> Response:
        answer = self._answered(call)
        for act in self.faults.acts(call, "after"):
            act(call)
        return answer

    def _answered(self, call: Call) -> Response:
        request = call.request
        if request.path != PATH:
            return as_page(404, "Not Found")
        if request.method != "POST":
            return as_json(405, {"error": f"Method {request.method} is not allowed"}, Allow="POST")
        sent = request.headers.get("authorization", "")
        if self.token is None or not hmac.compare_digest(sent.encode(), f"Bearer {self.token}".encode()):
            return as_json(self.token_status, {"error": "Invalid bearer token"})
        wrong = self._fault_of(call) or self.shop.report(call.given)
        return as_json(self.error_status, {"error": wrong}) if wrong else as_json(200, TAKEN)

    @staticmethod
    def _fault_of(call: Call) -> str | None:
        """What is wrong with the form of a report, in the document's words where it has any."""
        if not call.request.headers.get("content-type", "").startswith("application/json"):
            return "Content-Type must be application/json"
        named = ("upc",) if "upc" in call.given else ("sku", "size", "width")
        for name in (*named, "store", "quantity"):
            if name not in call.given:
                return f"Missing required field: {name}"
            value = call.given[name]
            if name == "quantity":
                if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                    return "Field quantity must be a whole number, 0 or more"
            elif not isinstance(value, str):
                return f"Field {name} must be a string"
        return None


def _members(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def faulty(fault: Fault, done: Response | None) -> Response:
    if fault.kind == "cut" and done is not None:
        return done.cut()
    if fault.kind == "html":
        return as_page(200, fault.body or "We will be back soon")
    if fault.kind == "redirect":
        return Response(302, {"Location": fault.location or "https://elsewhere.example/"})
    if fault.kind == "answer":
        return Response(fault.status, {}, fault.body.encode())
    if fault.kind == "refusal":
        return as_json(200, {"error": fault.body})
    status, seconds = (429, fault.seconds or 2.0) if fault.kind == "throttled" else (fault.status, fault.seconds)
    wait = {} if seconds is None else {"Retry-After": f"{seconds:g}"}
    return as_json(status, {"error": "Too many requests" if status == 429 else "Try again later"}, **wait)


def as_page(status: int, text: str) -> Response:
    return Response(status, {"Content-Type": "text/html; charset=utf-8"}, PAGE.format(text).encode())
