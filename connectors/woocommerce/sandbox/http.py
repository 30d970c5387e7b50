"""Requests as WordPress sees them, and its answers."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.testing.http import Request, Response

JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"
NO_CACHE = "no-cache, must-revalidate, max-age=0, no-store, private"


@dataclass(slots=True)
class Call(Request):
    """One request that arrived, with its whole address. name: its route, such as "products/batch" or "products/<id>".
    query: as PHP reads it. item: the product that is just being written, for hooks between load and save."""

    name: str = ""
    query: dict[str, str] = field(default_factory=dict)
    item: int | None = None

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @property
    def kind(self) -> str:
        return "read" if self.method == "GET" else "write"

    @property
    def label(self) -> str:
        return f"{self.method} {self.name}"

    def is_meant(self, wanted: str) -> bool:
        """By route, method, both ("POST products/batch"), or "read" and "write", of anything but webhooks."""
        is_kind = wanted == self.kind and not self.name.startswith("webhooks")
        return is_kind or wanted in {self.name, self.method, self.label}


class PhpFatalError(Exception):
    """PHP breaks off while it prepares something for an answer; what was saved before stays."""


class ApiError(Exception):
    """What WordPress calls a WP_Error: the whole answer of a call, or of one item of a batch."""

    def __init__(self, code: str, message: str, status: int, **data: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.status, self.data = code, message, status, data

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "data": {"status": self.status, **self.data}}


def read_query(url: str) -> dict[str, str]:
    """As PHP reads it: of a repeated key the last one stays, `key[]` gathers (10.5.0)."""
    found: dict[str, str] = {}
    for key, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        name = key.removesuffix("[]")
        found[name] = f"{found[name]},{value}" if name != key and name in found else value
    return found


def as_json(status: int, data: Any, **headers: str) -> Response:
    """WordPress escapes slashes and everything beyond ASCII."""
    text = json.dumps(data, separators=(",", ":")).replace("/", "\\/")
    return Response(status, {"Content-Type": JSON, **headers}, text.encode())


def as_html(status: int, text: str, **headers: str) -> Response:
    return Response(status, {"Content-Type": HTML, "Cache-Control": NO_CACHE, **headers}, text.encode())
