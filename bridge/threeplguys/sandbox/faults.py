"""What can go wrong on the way, in the order it was asked for."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import ClassVar

from connectors.testing import faults
from connectors.testing.http import DroppedError, Response, as_json


class FaultKind(StrEnum):
    SERVER_ERROR = "500"
    GATEWAY_HTML = "502"
    UNAVAILABLE = "503"
    THROTTLED = "429"
    HTML = "html"  # 200 with a web page
    NOT_A_LIST = "object"  # 200 with JSON of another shape
    CUT_JSON = "cut"  # 200, complete by its length, broken off in the middle
    TORN = "torn"  # the connection ends in the middle of the body
    REDIRECT = "redirect"
    STALL = "stall"  # no answer until the client gives up
    DROP = "drop"  # the connection ends without an answer
    LATE = "late"  # no answer until the client gives up, and a write is applied only when it lands


class Fault(faults.Fault):
    kinds: ClassVar[frozenset[str]] = frozenset(FaultKind)


def struck(kind: FaultKind, good: Response, error: Callable[[int, str], Response]) -> Response:
    """What becomes of a good answer; raises Dropped. error: builds the API's own error body."""
    if kind is FaultKind.TORN:
        raise DroppedError("closed", begun=good)
    if kind in _DROPPED:
        raise DroppedError(_DROPPED[kind])
    if kind is FaultKind.CUT_JSON:
        return Response(200, good.headers, good.body[: len(good.body) // 2] or b"[")
    if kind in _ERRORS:
        return error(int(kind), _ERRORS[kind])
    return _PAGES[kind]()


_DROPPED = {FaultKind.STALL: "stalled", FaultKind.LATE: "stalled", FaultKind.DROP: "closed"}
_ERRORS = {
    FaultKind.SERVER_ERROR: "Internal server error",
    FaultKind.UNAVAILABLE: "Service unavailable",
    FaultKind.THROTTLED: "Too many requests",
}


def _html(status: int, text: str) -> Response:
    return Response(status, {"Content-Type": "text/html; charset=utf-8"}, text.encode())


_PAGES: Mapping[FaultKind, Callable[[], Response]] = {
    FaultKind.GATEWAY_HTML: lambda: _html(502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
    FaultKind.HTML: lambda: _html(200, "<!doctype html><html><body>We will be back soon.</body></html>"),
    FaultKind.NOT_A_LIST: lambda: as_json(200, {"data": []}),
    FaultKind.REDIRECT: lambda: Response(302, {"Location": "https://elsewhere.example/v0"}),
}
