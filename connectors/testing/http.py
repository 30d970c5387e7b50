"""What goes over the wire between a client and a sandbox, as plain values; and a transport that answers in memory."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from mmap import mmap
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx


@dataclass(slots=True)
class Request:
    """One request that arrived. url: as it was sent, or whole, with scheme and host. headers: names in lower case.
    client_timeout: seconds the client waits for an answer, where nobody really sleeps."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    client_timeout: float | None = None

    def __post_init__(self) -> None:
        self.headers = {name.lower(): text for name, text in self.headers.items()}

    @property
    def path(self) -> str:
        """As sent, still escaped."""
        return urlsplit(self.url).path

    @property
    def query(self) -> Mapping[str, str]:
        """The last value of each name. A "+" is a space, as every server reads it."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    def is_meant(self, wanted: str) -> bool:
        """Whether a fault that is `on` this strikes the request: by its path."""
        return wanted == self.path


Body = bytes | mmap
"""What an answer says; a large file as a map of it."""


@dataclass(slots=True)
class Response:
    """An answer as plain values. `headers` need no Content-Length. file: what is sent, where it is no body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    file: Body = b""

    @property
    def content(self) -> Body:
        return self.file or self.body

    def json(self) -> Any:
        return json.loads(self.body)

    def cut(self) -> "Response":
        """Whole by its length, broken off in the middle of what it says."""
        return Response(self.status, self.headers, self.content[: len(self.content) // 2])


class DroppedError(Exception):
    """The connection ends without a whole answer. how: "closed", "refused", "timeout" (the client lost patience) or
    "stalled" (the client must lose it). begun: the answer whose first half was sent."""

    def __init__(self, how: str = "closed", begun: Response | None = None) -> None:
        super().__init__(how)
        self.how, self.begun = how, begun


Handler = Callable[[Request], Response]
"""Answers one request; raises Dropped when the connection ends without a whole answer."""

LOST: Mapping[str, type[httpx.RequestError]] = {
    "closed": httpx.RemoteProtocolError,
    "refused": httpx.ConnectError,
    "timeout": httpx.ReadTimeout,
    "stalled": httpx.ReadTimeout,
}


def as_json(status: int, data: Any, **headers: str) -> Response:
    body = json.dumps(data, separators=(",", ":")).encode()
    return Response(status, {"Content-Type": "application/json; charset=utf-8", **headers}, body)


def in_memory(handler: Handler) -> httpx.MockTransport:
    """For `httpx.Client(transport=…)`: answered in the caller's thread, and nothing stalls for real."""

    def respond(request: httpx.Request) -> httpx.Response:
        url = f"{request.url.scheme}://{request.url.netloc.decode()}{request.url.raw_path.decode()}"
        client_timeout = request.extensions.get("timeout", {}).get("read")
        try:
            found = handler(Request(request.method, url, request.headers, request.read(), client_timeout))
        except DroppedError as dropped:
            raise LOST[dropped.how](f"sandbox: {dropped.how}", request=request) from dropped
        return httpx.Response(found.status, headers=found.headers, content=found.content[:])

    return httpx.MockTransport(respond)
