"""Sends GraphQL documents to one shop. The only place that imports ShopifyAPI.

ShopifyAPI gives the address (`Session`, `ApiVersion`) as values. Its own sender is not used: it has no
timeout, opens a connection per call, prints bodies, and carries the token along on redirects.
https://github.com/Shopify/shopify_python_api/issues/630
"""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
import shopify
from msgspec import json

from connectors.base import OperatorStoreError, RetryableStoreError
from connectors.foreign_text import one_line
from connectors.http import Answer, Clock, date_of, error_for, exchange, json_of
from connectors.shopify.auth import Auth
from connectors.shopify.budget import CostBudget, throttled
from connectors.shopify.queries import Document
from connectors.shopify.shapes import object_of, text_of

Json = Any

REMEDIES: Mapping[int, str] = {
    401: "does not accept the access token; create a new one in the app and put it into the configuration",
    402: "is frozen for an unpaid plan; settle the bill in the Shopify admin",
    403: "denies access; check that the app is installed and holds the scopes in connectors/shopify/README.md",
    404: "does not exist or has no such API version; check shop and api_version",
    423: "is locked by Shopify; unlock it in the Shopify admin",
}


# What is wrong with a request itself. Anything that is not known to be is tried again: it may pass.
MALFORMED = frozenset({"INVALID_VARIABLE", "BAD_REQUEST", "MAX_INPUT_SIZE_EXCEEDED", "INVALID_FIELD_ARGUMENTS"})
UNSAID, SHORTEST = 1.0, 0.5  # seconds to wait when a throttle does not say, or says that it is over


class QueryTooCostlyError(Exception):
    """The query may cost more than Shopify runs at once (1,000 points). Nothing was done."""


class ServerFaultError(RetryableStoreError):
    """Shopify failed over this very request: it may pass, or one thing in the answer cannot be shown."""


class ShopifyBugError(Exception):
    """Shopify calls our request malformed. That is a defect of this connector: fail loudly."""


def site_of(shop: str, version: str, base_url: str | None) -> str:
    """The root of the Admin API, such as https://acme.myshopify.com/admin/api/2026-10."""
    if base_url:
        return str(shopify.ApiVersion.coerce_to_version(version).api_path(base_url))
    site = str(shopify.Session(shop, version, "").site)
    if not site.startswith(f"https://{shop}/"):  # Session's class attributes can be changed from anywhere
        raise OperatorStoreError(f"ShopifyAPI turns {shop} into another address; do not call shopify.Session.setup.")
    return site


class ShopifyClient:
    """Documents in, `data` out; everything else is an error named by what to do next."""

    def __init__(self, http: httpx.Client, *, site: str, auth: Auth, what: str, clock: Clock = time.monotonic) -> None:
        self._http, self._auth, self._what, self._clock = http, auth, what, clock
        self._url = f"{site}/graphql.json"
        self.budget = CostBudget(what=what, clock=clock)
        self.version = ""  # the version that Shopify says it answered with
        self.date: datetime | None = None  # Shopify's clock, by its last answer
        self.first_date: datetime | None = None  # and by the first one since `begin`

    def begin(self) -> None:
        """Begin a reading: its first answer tells from when on it is true."""
        self.first_date = None

    def execute(self, document: Document, variables: Mapping[str, Any]) -> Json:
        """One request. Safe to repeat when the document is, so it belongs inside the sender."""
        size = int(variables.get("first") or len(variables.get("ids", ())))  # what the price of a document depends on
        request = f"{document.name}/{size}"
        self.budget.reserve(request)
        token = self._auth.token()
        answer = self._post(document, variables, token)
        if answer.status == 401 and self._auth.renew(token):  # 401 means that nothing was done
            answer = self._post(document, variables, self._auth.token())
        if answer.status != 200:
            raise error_for(answer.status, answer.headers, what=self._what, url=self._url, remedies=REMEDIES)
        self.version = answer.headers.get("x-shopify-api-version", self.version)
        self.date = date_of(answer.headers)
        self.first_date = self.first_date or self.date
        payload = json_of(answer, what=self._what)
        if not isinstance(payload, dict):
            raise RetryableStoreError(f"{self._what} sent an answer that is no GraphQL answer; it will be tried again.")
        extensions = payload.get("extensions")
        wait = self.budget.learn(request, extensions if isinstance(extensions, dict) else {})
        if payload.get("errors"):
            raise self._error(payload["errors"], wait, answer.headers.get("x-request-id", "unknown"))
        if not isinstance(payload.get("data"), dict):
            raise RetryableStoreError(f"{self._what} sent an answer without data; it will be tried again.")
        return payload["data"]

    def _post(self, document: Document, variables: Mapping[str, Any], token: str) -> Answer:
        body = {"query": document.text, "operationName": document.name, "variables": variables}
        headers = {"X-Shopify-Access-Token": token, "Content-Type": "application/json"}
        request = self._http.build_request("POST", self._url, content=json.encode(body), headers=headers)
        return exchange(self._http, request, what=self._what, clock=self._clock)

    def _error(self, errors: Json, wait: float | None, request_id: str) -> Exception:
        """What the second layer of failure means: top-level errors of an answer with status 200."""
        found = [object_of(error) for error in (errors if isinstance(errors, list) else [errors])]
        codes = {text_of(object_of(error.get("extensions")).get("code")) for error in found}
        said = "; ".join(filter(None, (text_of(error.get("message")) for error in found))) or str(errors)
        for secret in self._auth.secrets():
            said = said.replace(secret, "***")
        said = one_line(said)
        if "THROTTLED" in codes:
            self.budget.reset()
            return throttled(self._what, max(wait or UNSAID, SHORTEST))
        if "MAX_COST_EXCEEDED" in codes:
            return QueryTooCostlyError(said)
        if "ACCESS_DENIED" in codes:
            return OperatorStoreError(f"{self._what} denies access ({said}); grant the app the missing scope.")
        if "SHOP_INACTIVE" in codes:
            return OperatorStoreError(f"{self._what} is not active; reopen it in the Shopify admin.")
        if any(code in MALFORMED or is_of_the_schema(code) for code in codes):
            return ShopifyBugError(
                f"{self._what} calls the request malformed: {said} (request {request_id}); report this."
            )
        return ServerFaultError(f"{self._what} failed on its side ({said}); it will be tried again.")


def is_of_the_schema(code: str) -> bool:
    """Whether a code is of the check against the schema, such as undefinedField: only these begin in lower case."""
    return code[:1].islower()
