"""One client builder, and the one way to ask through it."""

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx

from connectors.base import RetryableStoreError
from connectors.deadline import keep_deadlines, within
from connectors.foreign_json import decoded
from connectors.http.body import ACCEPTED, BODY_LIMIT, Bounds, unpacked
from connectors.http.broken import NO_ANSWER_ERRORS
from connectors.http.errors import error_from
from connectors.http.headers import Clock

TIMEOUT = httpx.Timeout(connect=5.0, read=30.0, write=30.0, pool=5.0)
DEADLINE = 90.0  # seconds for one whole answer, connection and headers included: a timeout never ends a slow drip


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer: status, headers (case-insensitive), body within the bound."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def build_client(*, timeout: httpx.Timeout = TIMEOUT, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A keep-alive client for one store. `transport` replaces the network in tests."""
    client = httpx.Client(
        timeout=timeout,
        follow_redirects=False,
        verify=authorities(),
        trust_env=transport is None,  # proxies of the host count, unless a test brings its own network
        limits=httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=30.0),
        headers={"Accept": "application/json", "Accept-Encoding": ACCEPTED, "User-Agent": "stockbridge"},
        mounts=dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]")),  # no proxy to this machine
        transport=transport,
    )
    return keep_deadlines(client)


@cache
def authorities() -> ssl.SSLContext:
    """Whose certificates this machine trusts. Read once per process: it takes longer than most sessions compute."""
    return httpx.create_ssl_context()


@contextmanager
def opened(client: httpx.Client, request: httpx.Request, seconds: float) -> Iterator[httpx.Response]:
    """The head of the answer to one request, and its body to be read with `body_of`, all within so many seconds.
    Redirects are never followed, whoever built the client. Raises NO_ANSWER_ERRORS."""
    with within(seconds):
        response = client.send(request, stream=True, follow_redirects=False)
        try:
            yield response
        finally:
            response.close()


def body_of(response: httpx.Response, bounds: Bounds) -> Iterator[bytes]:
    """The body of an opened answer, unpacked, piece by piece. Raises NO_ANSWER_ERRORS."""
    if response.is_stream_consumed:  # a test's answer, which was on no wire
        return unpacked([response.content], "", bounds)
    return unpacked(response.iter_raw(), response.headers.get("content-encoding", ""), bounds)


def exchange(
    client: httpx.Client,
    request: httpx.Request,
    *,
    what: str,
    limit: int = BODY_LIMIT,
    clock: Clock = time.monotonic,
) -> Answer:
    """Send one request and read its answer, all within DEADLINE seconds and the body within `limit` bytes, unpacked.
    Any status is an answer; no answer is a StoreError without a cause, which would quote a header or an address.

    what: the store in words, such as "the Shopify store acme.myshopify.com"; it begins error texts.
    """
    bounds = Bounds(limit, DEADLINE, clock)
    try:
        with opened(client, request, DEADLINE) as response:
            return Answer(response.status_code, response.headers, b"".join(body_of(response, bounds)))
    except NO_ANSWER_ERRORS as error:
        raise error_from(error, bounds, what=what, url=request.url) from None


def json_of(answer: Answer, *, what: str) -> Any:
    """The JSON value of a successful answer. HTML or a cut-off body is a RetryableStoreError: such
    pages come from a proxy or a store in maintenance, and whether the request took effect is unknown."""
    try:
        return decoded(answer.body)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        kind = "a web page" if answer.body.lstrip()[:1] == b"<" else "a cut-off or garbled answer"
        text = f"{what} sent {kind} instead of JSON (HTTP {answer.status}); try later, and see that no proxy answers."
        raise RetryableStoreError(text) from None  # the cause would quote the body
