"""The wire: what is sent, how long it is waited for, and what no answer means."""

import inspect
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
import woocommerce

from connectors.base import OperatorStoreError, RetryableStoreError, send_once
from connectors.http import BODY_LIMIT, Bounds, error_from
from connectors.testing.harness import batch
from connectors.woocommerce.sandbox import KEY, SECRET
from connectors.woocommerce.store import WooCommerceStore

from .harness import WooHarness
from .scripted import Connect, Script

EXPIRED = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired")
BOUNDS = Bounds(BODY_LIMIT, 90.0)
WHAT = "the WooCommerce store shop.example"


def test_the_library_still_sends_through_the_method_we_replace() -> None:
    """woocommerce has no seam for a session; when this fails, look at _SessionAPI."""
    found = inspect.signature(woocommerce.API._API__request)
    assert list(found.parameters) == ["self", "method", "endpoint", "data", "params", "kwargs"]


def test_what_a_request_looks_like(connect: Connect) -> None:
    store = Script([])
    list(connect(store).read(["1", "2"]))
    (request,) = store.requests
    assert request.url
    assert request.url.startswith("https://shop.example/wp-json/wc/v3/products?")
    assert str(request.headers["Authorization"]).startswith("Basic ")
    assert request.headers["User-Agent"] == "stockbridge"
    assert KEY not in request.url
    assert store.timeouts == [(5.0, 30.0)]


def test_a_write_may_take_longer_than_a_reading(connect: Connect) -> None:
    store = Script({"update": []})
    connect(store).push(batch())
    assert store.timeouts == [], "nothing to send"
    connect(store)._client.post("products/batch", {"update": []})
    assert store.timeouts == [(5.0, 60.0)]


def test_a_body_is_read_to_a_bound(connect: Connect) -> None:
    endless = (200, {"Content-Type": "application/json"}, b"[" + b" " * (BODY_LIMIT + 1))
    with pytest.raises(RetryableStoreError, match="more than"):
        list(connect(Script(endless)).read(["1"]))


def test_an_answer_that_drips_is_given_up(connect: Connect) -> None:
    ticks = iter(range(0, 10_000, 100))
    with pytest.raises(RetryableStoreError, match="longer than"):
        list(connect(Script([]), clock=lambda: float(next(ticks))).read(["1"]))


def test_something_else_than_a_list_is_not_taken_for_an_empty_one(connect: Connect) -> None:
    for odd in ({}, {"id": 1}, None, 7, [1], [{"sku": "x"}]):
        with pytest.raises(RetryableStoreError, match="something else"):
            list(connect(Script(odd)).read(["1"]))


def test_pages_that_never_join_end(connect: Connect) -> None:
    """A shop that ignores `offset` would be read for ever; one that only moves fast may be read later."""
    page = [{"id": n, "type": "simple"} for n in range(1, 101)]
    with pytest.raises(OperatorStoreError, match="gives the same page of a list again"):
        list(connect(Script({}, page, page)).listings())
    turned = [page, page[1:] + page[:1]]
    with pytest.raises(RetryableStoreError, match="moves while it is read"):
        list(connect(Script({}, *turned * 25)).listings())


def test_a_shop_that_sorts_as_it_likes_loses_nothing(connect: Connect) -> None:
    """Some plugins put every list into an order of their own."""
    rows = [{"id": n, "type": "simple", "sku": str(n)} for n in range(150, 0, -1)]
    store = Script({}, rows[:100], rows[99:])
    assert len({x.ref for x in connect(store).listings()}) == 150


@pytest.mark.parametrize(
    ("error", "kind", "sent"),
    [
        (requests.ConnectTimeout("x"), RetryableStoreError, False),
        (requests.exceptions.ProxyError("x"), RetryableStoreError, False),
        (requests.ReadTimeout("x"), RetryableStoreError, True),
        (requests.ConnectionError(ConnectionResetError()), RetryableStoreError, True),
        (requests.ConnectionError(), RetryableStoreError, True),
        (requests.exceptions.ChunkedEncodingError("x"), RetryableStoreError, True),
        (requests.exceptions.ContentDecodingError("x"), RetryableStoreError, True),
        (
            requests.exceptions.SSLError(ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] x")),
            OperatorStoreError,
            False,
        ),
        (requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), OperatorStoreError, False),
        (requests.exceptions.SSLError("wrong version number"), RetryableStoreError, True),
        (requests.exceptions.InvalidURL("x"), OperatorStoreError, False),
        (requests.exceptions.InvalidHeader("x"), OperatorStoreError, False),
    ],
)
def test_no_answer(error: Exception, kind: type[Exception], sent: bool) -> None:
    found = error_from(error, BOUNDS, what=WHAT)
    assert type(found) is kind
    assert found.sent is sent


def test_a_refused_connection_was_certainly_not_sent(refused: requests.ConnectionError) -> None:
    found = error_from(refused, BOUNDS, what=WHAT)
    assert (type(found), found.sent) == (RetryableStoreError, False)
    assert SECRET not in str(found)


def test_one_connection_serves_many_calls() -> None:
    """The library by itself opens one per call."""
    ports: list[int] = []

    class Shop(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            ports.append(self.client_address[1])
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.send_header("Set-Cookie", "basket=1")
            self.end_headers()
            self.wfile.write(b"[]")
            assert "Cookie" not in self.headers

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    options = WooCommerceStore.Options(url=url, consumer_key=KEY, consumer_secret=SECRET)
    connector = WooCommerceStore.open(options, locations=(), send=send_once)
    for ref in ("1", "2", "3"):
        assert list(connector.read([ref])) == []
    connector.close()
    server.shutdown()
    server.server_close()
    assert len(ports) == 3
    assert len(set(ports)) == 1


def test_nobody_listens() -> None:
    options = WooCommerceStore.Options(url="http://127.0.0.1:9", consumer_key=KEY, consumer_secret=SECRET)
    connector = WooCommerceStore.open(options, locations=(), send=send_once)
    with pytest.raises(RetryableStoreError) as caught:
        connector.check()
    assert not caught.value.sent
    assert KEY not in str(caught.value)


def test_a_shop_says_who_it_is_whatever_it_was_called(harness: WooHarness) -> None:
    connector = harness.connect(send_once)
    assert connector.shop_id() == harness.shop.home_url.removeprefix("https://")
    connector.close()
