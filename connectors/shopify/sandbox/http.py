"""A request to Shopify, with what it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.testing.http import Request, Response

SETS = "inventorySetQuantities"


@dataclass(slots=True)
class Call(Request):
    """name: the operation's name, or "token" or "file" for what is no GraphQL. request: the GraphQL request."""

    name: str = ""
    kind: str = ""
    roots: tuple[str, ...] = ()
    request: dict[str, Any] | None = None

    @property
    def variables(self) -> Mapping[str, Any]:
        return (self.request or {}).get("variables") or {}

    def is_meant(self, wanted: str) -> bool:
        """By operation name, kind ("query", "mutation", "token", "file") or root field; "write" means one that sets
        quantities, "read" a query."""
        also = "write" if SETS in self.roots else "read" if self.kind == "query" else self.kind
        return wanted in {self.name, self.kind, also, *self.roots}


def as_text(status: int, text: str, kind: str = "text/html; charset=utf-8", **headers: str) -> Response:
    return Response(status, {"Content-Type": kind, **headers}, text.encode())
