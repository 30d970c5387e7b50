"""No edge waits for ever and none is blown up: real sockets that drip, and bodies that unpack to a thousand times
their size and then once more."""

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bridge.alerts.channel import NotDeliveredError
from bridge.alerts.mail import Mail
from bridge.alerts.webhook import Webhook
from bridge.config import EmailSettings
from bridge.core.alerts import Message
from bridge.errors import RetryableSourceError
from bridge.threeplguys.client import SourceClient
from connectors.base import RetryableStoreError
from connectors.http import Bounds, body_of, build_client, exchange
from tests.chaos.edges import STORES

SHORT, LONG = 0.4, 20.0  # seconds: the deadline under test, and half of what drips without one
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
MIB = 1024 * 1024


@contextmanager
def talking(say: Callable[[socket.socket], None], *, hear: bool = True) -> Iterator[str]:
    """A server that says what it is told to. Yields its address."""
    server = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                try:
                    if hear:
                        connection.recv(65_536)
                    say(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        ended.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(LONG)


def dripping(start: bytes) -> Callable[[socket.socket], None]:
    """Begins as given and goes on with one byte after the other, for as long as anybody listens."""

    def say(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(2_000):
            connection.sendall(b"x")
            time.sleep(0.02)

    return say


@cache
def bomb(mib: int = 192) -> bytes:
    """So much, packed twice into some kilobytes."""
    inner = BytesIO()
    with gzip.GzipFile(fileobj=inner, mode="wb", compresslevel=1) as file:
        for _ in range(mib):
            file.write(b" " * MIB)
    return gzip.compress(inner.getvalue(), 9)


def packed(how: str, body: bytes) -> Callable[[socket.socket], None]:
    head = HEAD + f"Content-Encoding: {how}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    return lambda connection: connection.sendall(head + body)


# -- every edge, asked once -------------------------------------------------------------------------------


def plain(address: str) -> None:
    with build_client() as client:
        exchange(client, client.build_request("GET", f"http://{address}/"), what="the store")


def source(address: str) -> None:
    client = SourceClient(f"http://{address}", SecretStr("3pl_token"))
    try:
        client.check()
    finally:
        client.close()


ASKED = [ask for store in STORES.values() for ask in store.ASKED]
EDGES = [plain, source, *ASKED]
MESSAGE = Message(datetime(2026, 11, 20, tzinfo=UTC))


def webhook(address: str) -> None:
    Webhook(SecretStr(f"http://{address}/hook")).send(MESSAGE)


def mail(address: str) -> None:
    host, _, port = address.partition(":")
    settings = {"host": host, "port": int(port), "from": "a@b.example", "to": ["c@d.example"], "security": "none"}
    Mail(EmailSettings.model_validate(settings)).send(MESSAGE)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "connectors.http.client.DEADLINE", *(name for store in STORES.values() for name in store.DEADLINES),
        "bridge.threeplguys.edge.ANSWER_WITHIN", "bridge.alerts.call.WHOLE", "bridge.alerts.mail.WHOLE",
    ):  # fmt: skip
        monkeypatch.setattr(name, SHORT)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("ask", EDGES)
@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"", id="the status line"),
        pytest.param(HEAD + b"X-Long: ", id="a header"),
        pytest.param(HEAD + b"Content-Length: 100000\r\n\r\n", id="the body"),
        pytest.param(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 100000\r\n\r\n\x1f\x8b", id="a packed body"),
    ],
)
def test_what_drips_ends_with_the_deadline(ask: Callable[[str], None], start: bytes) -> None:
    began = time.monotonic()
    with talking(dripping(start)) as address, pytest.raises((RetryableStoreError, RetryableSourceError)):
        ask(address)
    assert time.monotonic() - began < LONG


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("start", [b"", HEAD + b"X-Long: "], ids=["the status line", "a header"])
def test_a_webhook_that_drips_ends_with_the_deadline(start: bytes) -> None:
    began = time.monotonic()
    with talking(dripping(start)) as address, pytest.raises(NotDeliveredError):
        webhook(address)
    assert time.monotonic() - began < LONG


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("start", [b"", b"220 "], ids=["silence", "a greeting"])
def test_a_mail_server_that_drips_ends_with_the_deadline(start: bytes) -> None:
    began = time.monotonic()
    with talking(dripping(start), hear=False) as address, pytest.raises(NotDeliveredError):
        mail(address)
    assert time.monotonic() - began < LONG


@pytest.mark.crossed
@pytest.mark.parametrize("ask", EDGES)
@pytest.mark.parametrize("how", ["gzip, gzip", "gzip", "deflate", "br, gzip"])
def test_a_body_that_unpacks_to_a_world_is_never_held(ask: Callable[[str], None], how: str) -> None:
    body = bomb()
    assert len(body) < 16_384
    with talking(packed(how, body)) as address:
        tracemalloc.start()
        try:
            with suppress(RetryableStoreError, RetryableSourceError):  # unpacked once it is small, and means nothing
                ask(address)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 48 * MIB


def test_what_is_packed_as_asked_for_is_read() -> None:
    whole = b'{"a": "' + bytes(range(32, 91)) * 10_000 + b'"}'
    joined = gzip.compress(whole[:1000]) + gzip.compress(whole[1000:])
    for how, body in (("gzip", gzip.compress(whole)), ("x-gzip", joined), ("identity", whole), ("gzip", b"")):
        with talking(packed(how, body)) as address, build_client() as client:
            answer = exchange(client, client.build_request("GET", f"http://{address}/"), what="the store")
        assert answer.body == (whole if body else b"")


@pytest.mark.parametrize(
    "body", [b"not gzip", gzip.compress(b"x" * 1000)[:-9], zlib.compress(b"x")], ids=["other", "cut", "zlib"]
)
def test_what_cannot_be_unpacked_is_tried_again(body: bytes) -> None:
    with talking(packed("gzip", body)) as address, pytest.raises(RetryableStoreError, match="cannot be unpacked"):
        plain(address)


def test_pieces_are_small() -> None:
    class Wire(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield gzip.compress(b" " * 20 * MIB)

    response: Any = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Wire())
    sizes = [len(piece) for piece in body_of(response, Bounds(20 * MIB, LONG))]
    assert (sum(sizes), max(sizes)) == (20 * MIB, 64 * 1024)
