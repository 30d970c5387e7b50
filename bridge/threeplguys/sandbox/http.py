"""One answering function, two ways in: an httpx transport in memory, and a real server on loopback."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

import httpx

from connectors.testing.http import Answering, Dropped, Response, in_memory
from connectors.testing.server import SandboxServer


class Trouble(StrEnum):
    """What happens to the connection instead of a clean answer."""

    STALL = "stalled"
    DROP = "closed"
    TORN = "torn"


@dataclass(frozen=True, slots=True)
class Request:
    """path: as sent, still escaped; query: the last value of each name; headers: names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    def is_meant(self, wanted: str) -> bool:
        """By its path."""
        return wanted == self.path


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    trouble: Trouble | None = None


Handler = Callable[[Request], Answer]


def parsed(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
    """A request line → Request. In a query, "+" is a space, as every server reads it."""
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    return Request(method, url.path, query, {name.lower(): text for name, text in headers.items()}, body)


def spoken(handler: Handler) -> Answering:
    """The handler's answers as they go over the wire."""

    def answer(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        found = handler(parsed(method, target, headers, body))
        response = Response(found.status, dict(found.headers), found.body)
        if found.trouble is Trouble.TORN:
            raise Dropped("closed", begun=response)
        if found.trouble is not None:
            raise Dropped(found.trouble)
        return response

    return answer


def as_transport(handler: Handler) -> httpx.MockTransport:
    """Requests are answered in memory, in the caller's thread; nothing stalls for real."""
    answer = spoken(handler)
    return in_memory(lambda asked: answer(asked.method, asked.url.raw_path.decode(), asked.headers, asked.read()))


def serve(handler: Handler, port: int = 0) -> SandboxServer:
    """Answer on 127.0.0.1 until it is closed; port 0 picks a free one."""
    return SandboxServer(spoken(handler), port)
