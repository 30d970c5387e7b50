"""A scripted Shopify: what it is asked is kept, what it answers is given by the test."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from connectors.shopify.options import Options
from connectors.shopify.store import ShopifyStore

Connect = Callable[..., ShopifyStore]
TOKEN = "shpat_0123456789abcdef"
HOME = "gid://shopify/Location/11"
COST = {
    "requestedQueryCost": 10,
    "actualQueryCost": 10,
    "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1990, "restoreRate": 100.0},
}


class Script:
    """answers: data, or whole responses, in the order of the requests; a function gets the variables."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        body = json.loads(request.content) if request.content.startswith(b"{") else {}
        self.bodies.append(body)
        answer = self.answers.pop(0)
        if callable(answer):
            answer = answer(body.get("variables"))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else ok(answer)

    @property
    def asked(self) -> list[str | None]:
        return [body.get("operationName") for body in self.bodies]

    @property
    def variables(self) -> list[dict[str, Any]]:
        return [body.get("variables", {}) for body in self.bodies]


def ok(data: object) -> httpx.Response:
    return httpx.Response(200, json={"data": data, "extensions": {"cost": COST}})


def errors(code: str, message: str = "no", **cost: object) -> httpx.Response:
    payload = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return httpx.Response(200, json={**payload, "extensions": {"cost": {**COST, **cost}}})


def options(**given: Any) -> Options:
    return Options.model_validate({"shop": "acme.myshopify.com", **given})


class Ticks:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds
