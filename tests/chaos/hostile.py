"""A server that does what no honest one does, on loopback; with TLS and a certificate nobody vouches for, too."""

import gzip
import ssl
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST = "127.0.0.1"
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Hostile:
    """answer: what becomes of every request. seen: the requests that arrived, with their headers."""

    answer: Answer
    url: str = ""
    seen: list[str] = field(default_factory=list)


@contextmanager
def hostile(answer: Answer, certificate: Path | None = None) -> Iterator[Hostile]:
    """certificate: a file with it and its key; None: plain http."""
    found = Hostile(answer)
    server = _Server((HOST, 0), _bound(found))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    found.url = f"http{'s' if certificate else ''}://{HOST}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what these tests are about."""


def _bound(found: Hostile) -> type[BaseHTTPRequestHandler]:
    class Bound(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found.seen.append(f"{self.command} {self.path}\n{self.headers}")
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.close_connection = True
            with suppress(OSError):  # the client has hung up
                found.answer(self)

        do_POST = do_GET  # noqa: N815  (the standard library's name)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (as above)
            """Silent."""

    return Bound


def redirecting(status: int, to: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Location", f"{to}/elsewhere")
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def redirecting_for_ever(request: BaseHTTPRequestHandler) -> None:
    """A redirect whose own body has no end."""
    request.send_response(302)
    request.send_header("Location", "https://elsewhere.example/")
    request.end_headers()
    while True:
        request.wfile.write(b" " * 65_536)


def endless(request: BaseHTTPRequestHandler) -> None:
    """Until the client has had enough."""
    _begin(request)
    while True:
        request.wfile.write(b" " * 65_536)


def bomb(request: BaseHTTPRequestHandler) -> None:
    """A thousand bytes for every one that travels, and no end of them."""
    _begin(request, **{"Content-Encoding": "gzip"})
    packer = zlib.compressobj(wbits=31)
    first, more = (packer.compress(b" " * 4_000_000) + packer.flush(zlib.Z_SYNC_FLUSH) for _ in range(2))
    request.wfile.write(first)
    while True:
        request.wfile.write(more)


def void(request: BaseHTTPRequestHandler) -> None:
    """What travels unpacks to nothing, for ever."""
    _begin(request, **{"Content-Encoding": "gzip"})
    request.wfile.write(gzip.compress(b"[]"))
    while True:
        request.wfile.write(gzip.compress(b"") * 1000)


def empty(request: BaseHTTPRequestHandler) -> None:
    _begin(request)


def _begin(request: BaseHTTPRequestHandler, **headers: str) -> None:
    request.send_response(200)
    for name, text in {"Content-Type": "application/json", **headers}.items():
        request.send_header(name, text)
    request.end_headers()


def self_signed(folder: Path) -> Path:
    """A certificate for this machine, and its key, in one file. It is in order but for who signed it."""
    made = folder / "self-signed.pem"
    key, name = str(folder / "key.pem"), f"subjectAltName=IP:{HOST},DNS:localhost"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-addext", name, "-keyout", key, "-out", str(made)], check=True, capture_output=True)
    made.write_text(made.read_text() + Path(key).read_text())
    return made
