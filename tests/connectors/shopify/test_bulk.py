"""Bulk operations: the same rows as pages, from a file that is fetched with care."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import httpx
import pytest

from connectors.base import OperatorStoreError, RetryableStoreError, Sender, send_once
from connectors.shopify import bulk
from connectors.shopify.sandbox import seed_catalogue, serve
from connectors.shopify.store import ShopifyStore
from connectors.testing.harness import RetryingSender
from tests.harness.sweeps import sweep

from .harness import ShopifyHarness
from .scripted import Connect, Script

T = TypeVar("T")
LEVEL = '{"id": "gid://shopify/InventoryItem/1", "at0": null}'
FILE = "https://storage.example.com/f.jsonl"


def started(code: str | None = None) -> dict[str, Any]:
    errors = [{"code": code, "field": None, "message": "no"}] if code else []
    return {"bulkOperationRunQuery": {"bulkOperation": None if code else {"id": "b1"}, "userErrors": errors}}


def state(status: str, *, url: object = None, count: str = "0", error: str | None = None) -> dict[str, Any]:
    return {"bulkOperation": {"status": status, "errorCode": error, "objectCount": count, "url": url}}


def counted(number: int = 9999) -> dict[str, Any]:
    return {"productVariantsCount": {"count": number}}


def pages() -> dict[str, Any]:
    row = {"id": "gid://shopify/InventoryItem/2", "at0": None}
    return {"inventoryItems": {"nodes": [row], "pageInfo": {"hasNextPage": False}}}


def refs(connector: ShopifyStore) -> list[str]:
    return [row.ref.rpartition("/")[2] for row in connector.read()]


# ---------------------------------------------------------------- against the sandbox


@pytest.mark.parametrize("count", sweep([200, 700], 1))
def test_bulk_and_pages_tell_the_same(harness: ShopifyHarness, count: int) -> None:
    seed_catalogue(harness.shop, count, seed=5)
    places = list(harness.shop.locations)
    paged = harness.connect(send_once, locations=places)
    in_bulk = harness.connect(RetryingSender(harness), locations=places, bulk_above=0)
    assert set(in_bulk.listings()) == set(paged.listings())
    assert set(in_bulk.read()) == set(paged.read())
    assert len(set(paged.read())) == 2 * count
    assert list(in_bulk.listings_with_readings()) == list(paged.listings_with_readings())
    assert harness.sandbox.calls["BulkRun"] == 3
    assert harness.sandbox.leaks == []


def test_an_empty_shop_has_no_file(harness: ShopifyHarness) -> None:
    assert list(harness.connect(RetryingSender(harness), bulk_above=0).listings()) == []


def test_small_shops_are_read_in_pages(harness: ShopifyHarness) -> None:
    harness.add("A", 1)
    assert len(list(harness.connect(send_once).listings())) == 1
    assert harness.sandbox.calls["BulkRun"] == 0


def test_when_every_slot_is_taken_pages_are_read(harness: ShopifyHarness) -> None:
    harness.add("A", 1)
    others = [harness.connect(send_once, bulk_above=0) for _ in range(5)]
    for other in others:
        with pytest.raises(RetryableStoreError):
            list(other.listings())
    assert len(list(harness.connect(RetryingSender(harness, tries=2), bulk_above=0).listings())) == 1


@pytest.mark.parametrize("code", ["TIMEOUT", "INTERNAL_SERVER_ERROR"])
def test_a_failed_operation_is_replaced_by_pages(harness: ShopifyHarness, code: str) -> None:
    seed_catalogue(harness.shop, 30)
    harness.sandbox.bulk.fail_next = code
    assert len(list(harness.connect(RetryingSender(harness), bulk_above=0).listings())) == 30


@pytest.mark.parametrize("fault", [{"kind": "cut"}, {"kind": "drop"}, {"kind": "status", "status": 503}])
def test_a_broken_download_is_fetched_again(harness: ShopifyHarness, fault: dict[str, Any]) -> None:
    seed_catalogue(harness.shop, 100)
    harness.sandbox.faults.add(**fault, on="file")
    assert len(list(harness.connect(RetryingSender(harness), bulk_above=0).listings())) == 100
    assert harness.sandbox.calls["file"] == 2
    assert harness.sandbox.leaks == []


def test_a_redirected_file_is_not_followed(harness: ShopifyHarness) -> None:
    harness.add("A", 1)
    harness.sandbox.faults.add("redirect", on="file")
    with pytest.raises(OperatorStoreError, match="redirects"):
        list(harness.connect(RetryingSender(harness), bulk_above=0).listings())


def test_over_a_real_connection(harness: ShopifyHarness) -> None:
    """Loopback address, files on a port of their own, keep-alive, the token not shown to the file's host."""
    seed_catalogue(harness.shop, 80)
    with serve(harness.sandbox) as address:
        options = {"shop": "acme.myshopify.com", "access_token": harness.secrets[0], "base_url": address.url}
        chosen = ShopifyStore.Options(**options, bulk_above=10)
        connector = ShopifyStore.open(chosen, locations=[harness.location], send=RetryingSender(harness))
        assert connector.check().name == "Sandbox"
        assert len(list(connector.listings())) == 80
        connector.close()
    assert harness.sandbox.calls["BulkRun"] == 1
    assert harness.sandbox.leaks == []


# ---------------------------------------------------------------- polling


def test_not_done_yet_is_a_wait_that_grows(connect: Connect) -> None:
    waits: list[tuple[float | None, bool, bool]] = []

    def sender(request: Callable[[], T]) -> T:
        while True:
            try:
                return request()
            except RetryableStoreError as error:
                waits.append((error.retry_after, error.sent, error.at_work))

    running = [state("CREATED"), *[state("RUNNING")] * 8]
    shop = Script(counted(), started(), *running, state("COMPLETED"))
    assert refs(connect(shop, send=sender)) == []
    assert waits == [(seconds, False, True) for seconds in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0)]


def test_an_operation_that_never_ends_is_replaced_by_pages(harness: ShopifyHarness) -> None:
    harness.add("A", 1)
    harness.sandbox.bulk.polls = 1_000_000
    began = harness.moment
    (listing,) = harness.connect(retrying(harness), bulk_above=0).listings()
    assert listing.sku == "A"
    assert harness.moment - began >= timedelta(seconds=bulk.LONGEST)


def retrying(harness: ShopifyHarness) -> Sender:
    """A sender that waits for as long as it takes."""

    def send(request: Callable[[], T]) -> T:
        while True:
            try:
                return request()
            except RetryableStoreError as error:
                harness.wait(error.retry_after or 0.0)

    return send


@pytest.mark.parametrize("code", ["INVALID", "LIMIT_REACHED", None])
def test_a_refusal_is_replaced_by_pages(connect: Connect, code: str | None) -> None:
    refusal = started(code) if code else {"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": []}}
    assert refs(connect(Script(counted(), refusal, pages()))) == ["2"]


@pytest.mark.parametrize("status", ["CANCELED", "CANCELING", "EXPIRED", "FAILED"])
def test_an_operation_that_will_not_finish_is_replaced_by_pages(connect: Connect, status: str) -> None:
    assert refs(connect(Script(counted(), started(), state(status), pages()))) == ["2"]
    assert refs(connect(Script(counted(), started(), {"bulkOperation": None}, pages()))) == ["2"]


def test_no_access_needs_a_person(connect: Connect) -> None:
    shop = Script(counted(), started(), state("FAILED", error="ACCESS_DENIED"))
    with pytest.raises(OperatorStoreError, match="in bulk"):
        refs(connect(shop))


# ---------------------------------------------------------------- the file


def test_the_token_stays_at_home(connect: Connect) -> None:
    shop = Script(counted(), started(), state("COMPLETED", url=FILE, count="1"), httpx.Response(200, text=LEVEL))
    assert refs(connect(shop)) == ["1"]
    assert str(shop.requests[-1].url) == FILE
    assert "x-shopify-access-token" not in shop.requests[-1].headers


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(200, text=LEVEL), id="fewer rows than announced"),
        pytest.param(httpx.Response(200, text=LEVEL + "\n" + LEVEL[:9]), id="garbled line"),
        pytest.param(httpx.Response(200, text="<html>\n</html>"), id="web page"),
        pytest.param(httpx.Response(500), id="server fault"),
        pytest.param(httpx.Response(403), id="address has aged"),
        pytest.param(httpx.ReadError("reset"), id="broken connection"),
    ],
)
def test_half_a_file_proves_nothing(connect: Connect, answer: Exception | httpx.Response) -> None:
    shop = Script(counted(), started(), state("COMPLETED", url=FILE, count="2"), answer)
    with pytest.raises(RetryableStoreError):
        refs(connect(shop))


@pytest.mark.parametrize(
    "url",
    [
        "http://storage.example.com/f",
        "https://127.0.0.1/f",
        "https://[::1]/f",
        "https://10.1.2.3/f",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/f",
        "https://metadata.google.internal/f",
        "https://db/f",
        "file:///etc/passwd",
        "https:///f",
        "https://127.1/f",
        "https://0x7f.0.0.1/f",
        "https://0x7f000001/f",
        "https://2130706433/f",
        "https://0177.0.0.1/f",
        "https://127.0.0.1./f",
        "https://127。0.0.1/f",
        "https://[::ffff:169.254.169.254]/f",
        "https://[::127.0.0.1]/f",
        "https://[64:ff9b::7f00:1]/f",
        "https://storage.example.com@169.254.169.254/f",
        "https://storage.example.com\\@127.0.0.1/f",
        "https://metadata.google.internal./f",
        "https://storage.example.com:22/f",
        "https://[::1",
        "https://storage.example.com\t/f",
        "https:storage.example.com/f",
        7,
    ],
)
def test_a_file_is_fetched_from_public_https_only(connect: Connect, url: int | str) -> None:
    shop = Script(counted(), started(), state("COMPLETED", url=url, count="1"))
    with pytest.raises(OperatorStoreError, match="not a public https host"):
        refs(connect(shop))
    assert len(shop.requests) == 3


@pytest.mark.parametrize(
    "url",
    [
        FILE,
        "https://storage.example.com:443/f?X-Goog-Signature=1",
        FILE.upper(),
    ],
)
def test_a_public_name_will_do(url: str) -> None:
    assert bulk.allowed(url, loopback=False, what="shop") == url


def test_a_sandbox_on_this_machine_may_serve_its_file_here() -> None:
    assert bulk.allowed("http://127.0.0.1:9/f", loopback=True, what="shop") == "http://127.0.0.1:9/f"
    with pytest.raises(OperatorStoreError):
        bulk.allowed("http://192.168.0.1/f", loopback=True, what="shop")


def test_a_line_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "LONGEST_LINE", 100)
    with pytest.raises(RetryableStoreError, match="garbled"):
        list(bulk.lines(io.BytesIO(b'{"a": "' + b"x" * 1000 + b'"}'), what="shop"))


def test_a_file_without_end_is_cut(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "LARGEST_FILE", 100)
    shop = Script(counted(), started(), state("COMPLETED", url=FILE, count="1"), httpx.Response(200, text="x" * 101))
    with pytest.raises(OperatorStoreError, match="above"):
        refs(connect(shop))
