"""One answering function, two ways in: an httpx transport in memory, and a real server on loopback."""

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import httpx


class Trouble(Enum):
    """What happens to the connection instead of a clean answer."""

    STALL = auto()
    DROP = auto()
    TORN = auto()


@dataclass(frozen=True, slots=True)
class Request:
    """path: as sent, still escaped; query: the last value of each name; headers: names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


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


def as_transport(handler: Handler) -> httpx.MockTransport:
    """Requests are answered in memory, in the caller's thread; nothing stalls for real."""

    def handle(request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        answer = handler(parsed(request.method, target, request.headers, request.read()))
        if answer.trouble is Trouble.STALL:
            raise httpx.ReadTimeout("the sandbox stalls", request=request)
        if answer.trouble is not None:
            raise httpx.RemoteProtocolError("the sandbox hangs up", request=request)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)

    return httpx.MockTransport(handle)


class Served:
    """A server on loopback, running until closed. url: its address, without a final slash."""

    def __init__(self, handler: Handler, port: int = 0) -> None:
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _bound(handler, self._closing))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.close_all()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(handler: Handler, port: int = 0) -> Served:
    """Answer on 127.0.0.1; port 0 picks a free one."""
    return Served(handler, port)


class _Server(ThreadingHTTPServer):
    """Keeps its connections, to end them with itself: a kept-alive client would hold a thread for ever."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()

    def process_request_thread(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)  # noqa: S101  (a TCP server hands out sockets)
        self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.discard(request)

    def close_all(self) -> None:
        for connection in tuple(self._open):
            _hang_up(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is nobody's fault."""


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # the other side may have been faster
        connection.shutdown(socket.SHUT_RDWR)


def _bound(handler: Handler, closing: threading.Event) -> type[BaseHTTPRequestHandler]:
    """The request handler class of the standard library, bound to one function."""

    class Bound(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or small answers wait for the client's delayed ACK
        wbufsize = -1  # head and body leave together
        timeout = 60

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            answer = handler(parsed(self.command, self.path, dict(self.headers), self.rfile.read(length)))
            if answer.trouble is Trouble.STALL:
                closing.wait(self.timeout)
            if answer.trouble in (Trouble.STALL, Trouble.DROP):
                self.close_connection = True
                return
            self._reply(answer)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  (the standard library's names)

        def _reply(self, answer: Answer) -> None:
            self.send_response_only(answer.status)
            for name, text in answer.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            torn = answer.trouble is Trouble.TORN
            self.wfile.write(answer.body[: len(answer.body) // 2] if torn else answer.body)
            self.wfile.flush()
            self.close_connection = self.close_connection or torn

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
            """Silent: whoever drives the sandbox sees its requests."""

    return Bound
