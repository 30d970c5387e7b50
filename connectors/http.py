"""The one way connectors speak HTTP: one client builder, one table from status to error.

Timeouts are on, redirects are off (a token must never follow one), certificates are checked, a body
is read to a bound. Every failure leaves as a StoreError whose text names the thing and the remedy
and never contains a body, a header or a query string, because any of these may hold a secret.
"""

import math
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from connectors.base import OperatorStoreError, RetryableStoreError, StoreError
from connectors.deadline import keep_deadlines, within
from connectors.foreign_json import decoded
from connectors.unpacking import ACCEPTED, pieces

TIMEOUT = httpx.Timeout(connect=5.0, read=30.0, write=30.0, pool=5.0)
BODY_LIMIT = 16 * 1024 * 1024  # bytes; a page of 250 rows is well under 1 MiB
DEADLINE = 90.0  # seconds for one whole answer, connection and headers included: a timeout never ends a slow drip
LONGEST_AGE = 30 * 86_400.0  # seconds; no cache keeps a list for longer
LONGEST_WAIT = 3600.0  # seconds; a larger Retry-After is a mistake or a date in another century

Clock = Callable[[], float]
Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer: status, headers (case-insensitive), body within the bound."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


# ---------------------------------------------------------------- the client


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
    """Whose certificates this machine trusts. Read once per process: it takes longer than most visits compute."""
    return httpx.create_ssl_context()


def exchange(
    client: httpx.Client,
    request: httpx.Request,
    *,
    what: str,
    limit: int = BODY_LIMIT,
    clock: Clock = time.monotonic,
) -> Answer:
    """Send one request and read its answer, all within DEADLINE seconds and the body within `limit` bytes, unpacked.
    Any status is an answer; no answer is a StoreError.

    what: the store in words, such as "the Shopify store acme.myshopify.com"; it begins error texts.
    """
    until = clock() + DEADLINE
    try:
        with within(DEADLINE):
            response = client.send(request, stream=True)
            try:
                body = _read(response, limit, lambda: clock() > until, what)
            finally:
                response.close()
    except httpx.LocalProtocolError as error:
        raise error_from(error, what=what, url=request.url) from None  # the cause quotes the header
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise error_from(error, what=what, url=request.url) from error
    return Answer(response.status_code, response.headers, body)


def _read(response: httpx.Response, limit: int, is_late: Callable[[], bool], what: str) -> bytes:
    body = bytearray()

    def check(size: int) -> None:
        if size > limit:
            raise RetryableStoreError(f"{what} sent more than {limit} bytes where a small answer was due; try later.")
        if is_late():
            raise RetryableStoreError(f"{what} took longer than {DEADLINE:.0f} s to finish one answer; try later.")

    for piece in pieces(response, check):
        body += piece
        check(len(body))
    return bytes(body)


def json_of(answer: Answer, *, what: str) -> Any:
    """The JSON value of a successful answer. HTML or a cut-off body is a RetryableStoreError: such
    pages come from a proxy or a store in maintenance, and whether the request took effect is unknown."""
    try:
        return decoded(answer.body)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        kind = "a web page" if answer.body.lstrip()[:1] == b"<" else "a cut-off or garbled answer"
        text = f"{what} sent {kind} instead of JSON (HTTP {answer.status}); try later, and see that no proxy answers."
        raise RetryableStoreError(text) from None  # the cause would quote the body


# ---------------------------------------------------------------- no answer at all


def error_from(error: Exception, *, what: str, url: httpx.URL | str = "") -> StoreError:
    """The StoreError for a transport failure. `url` is shortened to its host."""
    where = urlsplit(str(url)).netloc.rpartition("@")[2] or "its address"
    if _is_certificate(error):
        return OperatorStoreError(f"{what}: the certificate of {where} is not valid; check the address or renew it.")
    if isinstance(error, httpx.LocalProtocolError):
        return OperatorStoreError(f"{what}: the key holds characters that cannot be sent; copy it again.")
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return OperatorStoreError(f"{what}: {where} is not a usable address; correct it in the configuration.")
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)):
        return RetryableStoreError(f"{what}: no connection to {where}; it will be tried again.", sent=False)
    how = next(text for kind, text in _BROKEN if isinstance(error, kind)).format(where)
    return RetryableStoreError(f"{what}: {how}; it will be tried again.", sent=True)


_BROKEN: tuple[tuple[type[Exception], str], ...] = (  # the first that fits
    (httpx.TimeoutException, "{} did not answer in time"),
    (httpx.DecodingError, "{} packed its answer in a way that cannot be unpacked"),
    (Exception, "the connection to {} broke off"),
)


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


# ---------------------------------------------------------------- an answer that is a refusal


@dataclass(frozen=True, slots=True)
class Rule:
    """What a status means; `text` continues "the store X …". again: waiting can help, a person need not
    act. sent: the request may have taken effect."""

    text: str
    again: bool = False
    sent: bool = True


STATUS: Mapping[int, Rule] = MappingProxyType(
    {
        400: Rule("refused the request as malformed; check the address, or report this as a bug"),
        401: Rule("does not accept the key; issue a new one and put it into the configuration"),
        402: Rule("is frozen for an unpaid plan; settle it with the platform"),
        403: Rule("denies permission; grant the key the rights named in the connector's README"),
        404: Rule("has nothing at this address; check the address and the version in the configuration"),
        408: Rule("gave up waiting for the request; it will be tried again", again=True),
        409: Rule("is busy with a conflicting request; it will be tried again", again=True),
        410: Rule("has closed this address for good; check the address and the version"),
        413: Rule("finds the request too large; lower the batch size"),
        423: Rule("is locked; unlock it with the platform"),
        425: Rule("is not ready; it will be tried again", again=True, sent=False),
        429: Rule("asks for fewer requests; it will be tried again", again=True, sent=False),
        430: Rule("turned the request away as suspicious; it will be tried again", again=True, sent=False),
    }
)
OTHER_REFUSAL = Rule("refused the request; check the address and the key")
SERVER_FAULT = Rule("is overloaded or in maintenance; it will be tried again", again=True)


def error_for(
    status: int,
    headers: Mapping[str, str],
    *,
    what: str,
    url: str = "",
    remedies: Mapping[int, str] | None = None,
    now: Now = utc_now,
) -> StoreError:
    """The error that a status stands for, ready to raise.

    url: the address that was asked, to resolve where a redirect points. remedies: a better sentence
    of one platform for a status (it continues "the store X …").
    """
    fault = _error_for(status, headers, what, url, remedies or {}, now)
    fault.status = str(status)
    return fault


def _error_for(
    status: int, headers: Mapping[str, str], what: str, url: str, remedies: Mapping[int, str], now: Now
) -> StoreError:
    if 300 <= status < 400:
        return OperatorStoreError(
            f"{what} redirects to {_target(url, headers)}; put the final address into the configuration."
        )
    rule = STATUS.get(status, SERVER_FAULT if status >= 500 or status < 400 else OTHER_REFUSAL)
    text = f"{what} {remedies.get(status, rule.text)} (HTTP {status})."
    if rule.again:
        return RetryableStoreError(text, retry_after=retry_after(headers, now=now), sent=rule.sent)
    return OperatorStoreError(text)


def _target(url: str, headers: Mapping[str, str]) -> str:
    """Where a redirect points, without query and user, which may hold secrets."""
    try:
        parts = urlsplit(urljoin(url, headers.get("location", headers.get("Location", ""))))
    except ValueError:  # such as https://[
        return "another address"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else parts.path or "another address"


def retry_after(headers: Mapping[str, str], *, now: Now = utc_now) -> float | None:
    """Seconds of a Retry-After header: a number or an HTTP date (against the answer's own Date when it
    has one, so that a wrong clock here does not matter). None when absent or unreadable."""
    value = httpx.Headers(dict(headers)).get("retry-after", "").strip()
    seconds = _number(value)
    if seconds is None:
        due, base = _date(value), _date(httpx.Headers(dict(headers)).get("date", ""))
        seconds = (due - (base or now())).total_seconds() if due else None
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT)


def clock_of(headers: Mapping[str, str]) -> datetime | None:
    """The clock of whoever made the answer, at the moment for which it is true: Date, less Age where a cache kept it
    (RFC 9111, 5.1). None when the Date is absent or unreadable."""
    date, age = date_of(headers), _number(headers.get("age", ""))
    return date if date is None or age is None else date - timedelta(seconds=max(0.0, min(age, LONGEST_AGE)))


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """The clock of whoever answered: its header Date. None when absent or unreadable."""
    return _date(headers.get("date", ""))


def _number(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None  # "nan" and "inf" are floats to Python


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
