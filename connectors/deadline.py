"""One deadline for a whole conversation, whatever library holds it.

A library's timeout is one of silence: it begins anew with every byte, so a header that drips one byte a second never
ends. Within a deadline every single read, write and connect may take no longer than what is left of the whole.
"""

import io
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

_UNTIL: ContextVar[float] = ContextVar("until", default=math.inf)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All that this thread reads and writes inside must be over after so long. Deadlines nest: the nearest counts."""
    token = _UNTIL.set(min(_UNTIL.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _UNTIL.reset(token)


def clipped(timeout: float | None, late: type[Exception] = TimeoutError) -> float | None:
    """The timeout, or what is left of the deadline where that is less. Raises `late` when nothing is left."""
    left = _UNTIL.get() - time.monotonic()
    if left <= 0:
        raise late("the whole answer took too long")
    if math.isinf(left):
        return timeout
    return left if timeout is None else min(timeout, left)


# ---------------------------------------------------------------- httpx


def keep_deadlines(client: httpx.Client) -> httpx.Client:
    """Have the client heed deadlines, through proxies too. httpx has no seam for it: httpcore has (a network
    backend), and the pools that httpx built are given another one. tests/connectors/test_deadline.py holds it."""
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            pool: Any = transport._pool
            pool._network_backend = _Backend(pool._network_backend)
    return client


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        left = clipped(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, clipped(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, clipped(timeout, httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = clipped(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


# ---------------------------------------------------------------- http.client, and what stands on it


class TimedFile(io.RawIOBase):
    """The file that an HTTP answer is read from, within the deadline. sock: what lies below it."""

    def __init__(self, raw: Any, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        self._silence = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(clipped(self._silence))
        found: int | None = self._raw.readinto(buffer)
        return found

    def close(self) -> None:
        self._raw.close()
        super().close()


def timed(file: Any, sock: socket.socket) -> io.BufferedReader:
    """The same file, read within the deadline."""
    return io.BufferedReader(TimedFile(file.detach(), sock))


# ---------------------------------------------------------------- what has no seam at all


@contextmanager
def cut_off(seconds: float, sock: Callable[[], socket.socket | None]) -> Iterator[None]:
    """The connection is broken off after so long: for libraries in which nothing can be put between."""

    def cut() -> None:
        connection = sock()
        if connection is not None:
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
