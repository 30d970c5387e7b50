"""Requests and responses as plain values, shared by the loopback server and the mock transport."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Call:
    """One request that arrived. name: the operation's name, or "token" or "file" for what is no GraphQL."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    name: str = ""
    kind: str = ""
    roots: tuple[str, ...] = ()
    request: dict[str, Any] | None = None

    @property
    def variables(self) -> Mapping[str, Any]:
        return (self.request or {}).get("variables") or {}

    def is_meant(self, wanted: str | None) -> bool:
        """By operation name, kind ("query", "mutation", "token", "file") or root field; None means any."""
        return wanted is None or wanted in {self.name, self.kind, *self.roots}


@dataclass(slots=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes


class Dropped(Exception):  # noqa: N818 - it is an event on the wire
    """The connection ends without an answer. how: "closed", "timeout" or "refused"."""

    def __init__(self, how: str = "closed") -> None:
        super().__init__(how)
        self.how = how


def as_json(status: int, data: Any, **headers: str) -> Response:
    body = json.dumps(data, separators=(",", ":")).encode()
    return Response(status, {"Content-Type": "application/json; charset=utf-8", **headers}, body)


def as_text(status: int, text: str, kind: str = "text/html; charset=utf-8", **headers: str) -> Response:
    return Response(status, {"Content-Type": kind, **headers}, text.encode())
