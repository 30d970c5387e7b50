"""The stand-in on a real loopback port: HTTP/1.1 with keep-alive."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connectors.woocommerce.sandbox.app import Sandbox
from connectors.woocommerce.sandbox.http import Dropped, Response

HOST = "127.0.0.1"


class Listener(ThreadingHTTPServer):
    """Remembers its connections, so that none outlives it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, sandbox: Sandbox, *, latency: float = 0.0) -> None:
        super().__init__((HOST, port), Handler)
        self.sandbox = sandbox
        self.latency = latency
        self.connections: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"

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
        if self.server.latency and not self.path.startswith("/_control/"):
            time.sleep(self.server.latency)
        url = f"http://{self.headers.get('Host') or HOST}{self.path}"
        try:
            self.send(self.server.sandbox.handle(self.command, url, dict(self.headers.items()), body))
        except Dropped:
            self.close_connection = True

    def send(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in {"Server": "nginx/1.22.1", **response.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815 - names of the standard library

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - name of the standard library
        """Quiet: the sandbox keeps its own log."""


@contextlib.contextmanager
def serve(sandbox: Sandbox, *, port: int = 0, latency: float = 0.0) -> Iterator[str]:
    """Listen until the block ends; gives the address. Port 0 takes a free one; latency is slept before each
    answer."""
    listener = Listener(port, sandbox, latency=latency)
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield listener.url
    finally:
        listener.stop()
        thread.join()
