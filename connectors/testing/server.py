"""The one server of all sandboxes: on a loopback port, and as a process of its own."""

import argparse
import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from connectors.testing.http import Body, DroppedError, Handler, Request, Response

HOST = "127.0.0.1"
CONTROL_PATH = "/_control/"
STALL = 60.0
"""Seconds that a stalled connection is held, unless the server ends before."""


class SandboxServer(ThreadingHTTPServer):
    """A server on loopback, HTTP/1.1 with keep-alive, from now until it is closed or its block ends.

    Port 0 takes a free one; latency, in seconds, is slept before each answer but those of /_control. It remembers
    its connections, so that none outlives it. url: its address, without a final slash.
    """

    daemon_threads = True
    timeout = 1.0  # of one look, when the last client of all did not come through
    request_queue_size = 128

    def __init__(self, handler: Handler, port: int = 0, latency: float = 0.0) -> None:
        super().__init__((HOST, port), _Handler)
        self.handler, self.latency = handler, latency
        self.url = f"http://{HOST}:{self.server_port}"
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self) -> None:
        while not self.closing.is_set():
            self.handle_request()

    def close(self) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):  # one more client, so that nobody need look at the clock for the end
            socket.create_connection((HOST, self.server_port), timeout=1).close()
        self._thread.join()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):  # the other side may have been faster
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A client that hung up is no event here; anything else is a bug and is shown."""
        with contextlib.suppress(ConnectionError):
            raise  # noqa: PLE0704 - the server calls this while the exception is being handled


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or small answers wait for the client's delayed ACK
    wbufsize = -1  # head and body leave together
    server: SandboxServer

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.latency and not self.path.startswith(CONTROL_PATH):
            time.sleep(self.server.latency)
        try:
            found = self.server.handler(Request(self.command, self.path, dict(self.headers), body))
            self._send(found, found.content)
        except DroppedError as dropped:
            if dropped.how == "stalled":
                self.server.closing.wait(STALL)
            if dropped.begun:
                self._send(dropped.begun, dropped.begun.cut().body)
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815 - names of the standard library

    def _send(self, response: Response, body: Body) -> None:
        self.send_response_only(response.status)
        for name, text in response.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(response.content)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - name of the standard library
        """Quiet: a sandbox keeps its own log."""


def options(about: str | None) -> argparse.ArgumentParser:
    """What every sandbox understands on its command line."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    return parser


def announce(said: Mapping[str, str]) -> None:
    """Tell in one JSON line, to whoever began this process, that it listens; then wait to be stopped."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
