"""A program before the API: asks over the real application, and holds every answer against the document."""

from typing import Any
from urllib.parse import unquote

import httpx
from fastapi.routing import APIRoute

from bridge.web.api.app import PATH, application

from .page import HERE, SAME, TOKEN, Person

BEARER = {**HERE, "Authorization": f"Bearer {TOKEN}"}


class Program(Person):
    """till: what tests/web/conftest.py builds. headers: sent with everything."""

    def __init__(self, till: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(till, headers or SAME)

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **named: Any) -> httpx.Response:
        """An answer of the API, which is what its document says."""
        answer = self.ask(method, PATH + path, headers, **named)
        assert answer.headers["content-type"] == "application/json", answer.text
        assert answer.headers["cache-control"] == "no-store"
        if method == "HEAD":
            return answer
        if answer.status_code >= 400:
            assert isinstance(answer.json()["error"], str)
            assert "<" not in answer.json()["error"]
        elif not path.startswith("/openapi.json"):
            shape_of(method, path).model_validate(answer.json(), extra="forbid", strict=True)
        return answer

    def read(self, path: str, **params: Any) -> Any:
        answer = self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def act(self, path: str, status: Any = 200, **body: Any) -> Any:
        """body: none is sent where nothing is said."""
        answer = self.call("POST", path, **({"json": body} if body else {}))
        assert answer.status_code == status, answer.text
        return answer.json()

    def decide(self, act: str, store: str = "main", **chosen: str) -> Any:
        """Look at what an act would do, and do it."""
        would = self.read(f"/stores/{store}/acts/{act}", **chosen)
        return self.act(f"/stores/{store}/acts/{act}", seen=would["seen"], **chosen)


def shape_of(method: str, path: str) -> Any:
    """The shape that the document gives for the answer of an address."""
    scope = {"type": "http", "method": method, "path": unquote(path.partition("?")[0]), "root_path": ""}
    for route in application().routes:
        if isinstance(route, APIRoute) and route.matches(scope)[0].value == 2:
            return route.response_model
    raise AssertionError(f"nothing answers {method} {path}")
