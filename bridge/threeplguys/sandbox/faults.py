"""What can go wrong on the way, in the order it was asked for."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import ClassVar

from bridge.threeplguys.sandbox.http import Answer, Trouble
from connectors.testing import faults


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


class Fault(faults.Fault):
    kinds: ClassVar[frozenset[str]] = frozenset(FaultKind)


class Faults(faults.FaultQueue[Fault]):
    """Each waits for the one that was asked for before it."""

    def __init__(self) -> None:
        super().__init__(Fault)

    def plan(self, kind: FaultKind | str, times: int = 1, after: int = 0) -> None:
        """It strikes `times` requests, after `after` that are let through."""
        self.add(FaultKind(kind), times=times, skip=after)

    def waiting(self) -> list[Fault]:
        return self.queue[:1]


def struck(kind: FaultKind, good: Answer, error: Callable[[int, str], Answer]) -> Answer:
    """What becomes of a good answer. error: builds the API's own error body."""
    if kind in _TROUBLE:
        return Answer(good.status, good.body, good.headers, trouble=_TROUBLE[kind])
    if kind is FaultKind.CUT_JSON:
        return Answer(200, good.body[: len(good.body) // 2] or b"[", good.headers)
    if kind in _ERRORS:
        return error(int(kind), _ERRORS[kind])
    status, body, headers = _PAGES[kind]
    return Answer(status, body, headers)


_TROUBLE = {FaultKind.TORN: Trouble.TORN, FaultKind.STALL: Trouble.STALL, FaultKind.DROP: Trouble.DROP}
_ERRORS = {
    FaultKind.SERVER_ERROR: "Internal server error",
    FaultKind.UNAVAILABLE: "Service unavailable",
    FaultKind.THROTTLED: "Too many requests",
}
_HTML: Mapping[str, str] = {"Content-Type": "text/html; charset=utf-8"}
_PAGES: Mapping[FaultKind, tuple[int, bytes, Mapping[str, str]]] = {
    FaultKind.GATEWAY_HTML: (502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", _HTML),
    FaultKind.HTML: (200, b"<!doctype html><html><body>We will be back soon.</body></html>", _HTML),
    FaultKind.NOT_A_LIST: (200, b'{"data": []}', {"Content-Type": "application/json"}),
    FaultKind.REDIRECT: (302, b"", {"Location": "https://elsewhere.example/v0"}),
}
