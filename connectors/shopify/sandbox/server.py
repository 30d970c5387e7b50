"""The stand-in on a real loopback port: HTTP/1.1 with keep-alive, result files on a port of their own."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connectors.shopify.sandbox.app import Sandbox, describe
from connectors.shopify.sandbox.http import Dropped, Response, as_text

HOST = "127.0.0.1"


@dataclass(slots=True)
class Address:
    """Where the stand-in listens."""

    url: str
    files_url: str


class Listener(ThreadingHTTPServer):
    """Remembers its connections, so that none outlives it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, sandbox: Sandbox, *, latency: float = 0.0, files_only: bool = False) -> None:
        super().__init__((HOST, port), Handler)
        self.sandbox = sandbox
        self.latency = latency
        self.files_only = files_only
        self.connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A client that hung up is no event here; anything else is a bug and is shown."""
        with contextlib.suppress(ConnectionError):
            raise  # noqa: PLE0704 - the server calls this while the exception is being handled

    def stop(self) -> None:
        self.shutdown()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Listener

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        control = self.path.startswith("/_control/")
        if self.server.latency and not control:
            time.sleep(self.server.latency)
        try:
            self.send(self.answer(body))
        except Dropped:
            self.close_connection = True

    def answer(self, body: bytes) -> Response:
        headers = dict(self.headers.items())
        if self.server.files_only:
            return self.server.sandbox.file(describe(self.command, self.path, headers, body))
        if self.path.startswith(("/files/", "/elsewhere")):
            return as_text(404, "Not Found")
        return self.server.sandbox.handle(self.command, self.path, headers, body)

    def send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = respond  # noqa: N815 - names of the standard library

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - name of the standard library
        """Quiet: the sandbox keeps its own log."""


@contextlib.contextmanager
def serve(sandbox: Sandbox, *, port: int = 0, files_port: int = 0, latency: float = 0.0) -> Iterator[Address]:
    """Listen until the block ends. Port 0 takes a free one; latency is slept before each answer."""
    main = Listener(port, sandbox, latency=latency)
    files = Listener(files_port, sandbox, files_only=True)
    address = Address(f"http://{HOST}:{main.server_port}", f"http://{HOST}:{files.server_port}")
    sandbox.bulk.files_url = address.files_url
    threads = [threading.Thread(target=each.serve_forever, args=(0.05,), daemon=True) for each in (main, files)]
    for thread in threads:
        thread.start()
    try:
        yield address
    finally:
        for listener in (main, files):
            listener.stop()
        for thread in threads:
            thread.join()
