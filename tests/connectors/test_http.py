"""The HTTP edge: each status and each broken connection becomes an error named by what to do next."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.base import OperatorStoreError, RetryableStoreError
from connectors.http import (
    BODY_LIMIT,
    DEADLINE,
    Answer,
    build_client,
    error_for,
    exchange,
    json_of,
    retry_after,
)

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
WHAT = "the store shop.example"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 410, 413, 422, 423, 451])
def test_a_person_must_act(status: int) -> None:
    error = error_for(status, {}, what=WHAT)
    assert isinstance(error, OperatorStoreError)
    assert str(error).startswith(WHAT)
    assert f"HTTP {status}" in str(error)


@pytest.mark.parametrize(
    ("status", "sent"),
    [(408, True), (409, True), (425, False), (429, False), (430, False)]
    + [(status, True) for status in (500, 502, 503, 504, 520, 599, 100)],
)
def test_waiting_can_help(status: int, sent: bool) -> None:
    error = error_for(status, {"Retry-After": "7"}, what=WHAT)
    assert isinstance(error, RetryableStoreError)
    assert (error.sent, error.retry_after) == (sent, 7.0)


def test_a_platform_may_bring_a_better_sentence() -> None:
    error = error_for(402, {}, what=WHAT, remedies={402: "wants to be paid"})
    assert str(error) == "the store shop.example wants to be paid (HTTP 402)."


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_names_where_it_points_but_not_its_secrets(status: int) -> None:
    headers = {"Location": "https://user:pw@www.shop.example/wp-json?consumer_secret=cs_1"}
    error = error_for(status, headers, what=WHAT, url="http://shop.example/wp-json")
    assert isinstance(error, OperatorStoreError)
    assert "https://www.shop.example/wp-json" in str(error)
    assert "cs_1" not in str(error)
    assert "pw" not in str(error)


def test_a_relative_redirect_is_resolved() -> None:
    error = error_for(302, {"location": "/login"}, what=WHAT, url="https://shop.example/api")
    assert "https://shop.example/login" in str(error)


def test_a_redirect_to_nowhere_is_one() -> None:
    error = error_for(307, {"location": "https://[oops"}, what=WHAT, url="https://shop.example/api")
    assert isinstance(error, OperatorStoreError)
    assert "redirects to another address" in str(error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, None, id="absent"),
        pytest.param({"Retry-After": "2.5"}, 2.5, id="seconds"),
        pytest.param({"retry-after": " 3 "}, 3.0, id="any case, with spaces"),
        pytest.param({"Retry-After": "-4"}, 0.0, id="never negative"),
        pytest.param({"Retry-After": "999999"}, 3600.0, id="bounded"),
        pytest.param({"Retry-After": "nan"}, None, id="not a number"),
        pytest.param({"Retry-After": "inf"}, None, id="endless"),
        pytest.param({"Retry-After": "soon"}, None, id="words"),
        pytest.param({"Retry-After": "Fri, 20 Nov 2026 12:00:30 GMT"}, 30.0, id="date"),
        pytest.param(
            {"Retry-After": "Fri, 20 Nov 2026 14:00:30 GMT", "Date": "Fri, 20 Nov 2026 14:00:00 GMT"},
            30.0,
            id="date, by the store's own clock",
        ),
        pytest.param({"Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0.0, id="date in the past"),
    ],
)
def test_retry_after(headers: dict[str, Any], seconds: float | None) -> None:
    assert retry_after(headers, now=lambda: NOW) == seconds


def ask(handler: Callable[[httpx.Request], httpx.Response], **more: Any) -> Answer:
    with build_client(transport=httpx.MockTransport(handler)) as client:
        return exchange(client, client.build_request("GET", "https://shop.example/api?key=cs_1"), what=WHAT, **more)


@pytest.mark.parametrize(
    ("raised", "sent"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ConnectTimeout("slow"), False),
        (httpx.PoolTimeout("busy"), False),
        (httpx.ProxyError("no"), False),
        (httpx.ReadTimeout("slow"), True),
        (httpx.WriteTimeout("slow"), True),
        (httpx.ReadError("reset"), True),
        (httpx.RemoteProtocolError("cut"), True),
        (httpx.DecodingError("not gzip"), True),
    ],
)
def test_no_answer_can_be_tried_again(raised: Exception, sent: bool) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise raised

    with pytest.raises(RetryableStoreError) as caught:
        ask(handler)
    assert caught.value.sent is sent
    assert "shop.example" in str(caught.value)
    assert "cs_1" not in str(caught.value)


def test_a_bad_certificate_needs_a_person() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate")

    with pytest.raises(OperatorStoreError, match=r"certificate of shop\.example"):
        ask(handler)


def test_a_key_that_cannot_be_sent_is_not_quoted() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("Illegal header value b'cs_1\\n'")

    with pytest.raises(OperatorStoreError) as caught:
        ask(handler)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_refused_port_is_known_not_to_have_been_reached() -> None:
    with build_client() as client, pytest.raises(RetryableStoreError) as caught:
        exchange(client, client.build_request("GET", "http://127.0.0.1:1/"), what=WHAT)
    assert not caught.value.sent


def test_this_machine_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:2")
    with build_client() as client, pytest.raises(RetryableStoreError, match=r"no connection to 127\.0\.0\.1:1;"):
        exchange(client, client.build_request("GET", "http://127.0.0.1:1/"), what=WHAT)
    with build_client() as client:
        assert client._transport_for_url(httpx.URL("http://127.0.0.1:1/")) is client._transport
        assert client._transport_for_url(httpx.URL("http://shop.example/")) is not client._transport


def test_an_endless_body_is_cut() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"x" * (BODY_LIMIT + 1))

    with pytest.raises(RetryableStoreError, match="more than"):
        ask(handler)
    with pytest.raises(RetryableStoreError, match="more than 10 bytes"):
        ask(lambda _: httpx.Response(200, content=b"x" * 11), limit=10)


def test_a_slow_drip_ends() -> None:
    ticks = iter(range(0, 10_000, int(DEADLINE) // 2))

    def drip() -> Iterator[bytes]:
        while True:
            yield b"x"

    with pytest.raises(RetryableStoreError, match="longer than"):
        ask(lambda _: httpx.Response(200, content=drip()), clock=lambda: next(ticks))


def test_redirects_are_not_followed() -> None:
    seen = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

    assert ask(handler).status == 302
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b" <html>", "a web page"), (b'{"a": [1,', "cut-off"), (b"\xff\xfe", "garbled"), (b"", "cut-off")],
)
def test_what_is_not_json_can_be_tried_again(body: bytes, kind: str) -> None:
    with pytest.raises(RetryableStoreError, match=kind) as caught:
        json_of(Answer(200, {}, body), what=WHAT)
    assert caught.value.sent
    assert caught.value.__cause__ is None, "the cause quotes the body"


def test_json_is_read() -> None:
    assert json_of(Answer(200, {}, b'{"a": 1}'), what=WHAT) == {"a": 1}


def test_the_client_has_timeouts_and_checks_certificates() -> None:
    with build_client() as client:
        assert None not in client.timeout.as_dict().values()
        assert not client.follow_redirects


def test_an_answer_does_not_show_its_body() -> None:
    assert "secret" not in repr(Answer(200, {}, b"secret"))
