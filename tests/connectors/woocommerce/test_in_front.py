"""What servers in front of a shop do: take the key away, ignore which page is asked for, give less than a page."""

import logging

import pytest
from pydantic import ValidationError

from connectors.base import Batch, OperatorStoreError, StockUpdate, Verdict
from connectors.woocommerce.sandbox import KEY, SECRET

from .harness import WooHarness

# ---------------------------------------------------------------- the Authorization header


def test_a_header_that_is_taken_away_is_named_beside_an_unknown_key(harness: WooHarness) -> None:
    harness.sandbox.strips_authorization = True
    with pytest.raises(OperatorStoreError, match=r"does not know the consumer key, or a server .* `query_auth = true`"):
        harness.connect().check()
    assert not harness.sandbox.leaks, "never tried unasked"


def test_the_key_in_the_address_reads_and_writes(harness: WooHarness) -> None:
    harness.sandbox.strips_authorization = True
    ref = harness.add("MUG", 10)
    store = harness.connect(query_auth=True)
    store.check()
    assert [reading.available for reading in store.read([ref])] == [10]
    (told,) = store.push(Batch("key", "run", (StockUpdate(ref, "", 7, was=10),)))
    assert (told.verdict, harness.units(ref), harness.sandbox.leaks) == (Verdict.APPLIED, 7, [])


@pytest.mark.parametrize("kind", ["refuse", "drop", "status", "redirect", "html", "fatal", "cut", "throttled"])
def test_no_error_and_no_log_shows_it(harness: WooHarness, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    caplog.set_level(logging.DEBUG)
    harness.sandbox.strips_authorization = True
    harness.add("MUG", 10)
    store = harness.connect(query_auth=True)
    harness.sandbox.faults.add(kind, times=-1)
    with pytest.raises(Exception) as caught:  # noqa: PT011  (of whatever kind)
        list(store.read())
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY not in repr(error)
        assert SECRET not in repr(error)
        error = error.__cause__ or error.__context__
    assert SECRET not in caplog.text


def test_plain_http_beyond_loopback_stays_refused(harness: WooHarness) -> None:
    with pytest.raises(ValidationError):
        harness.connect(query_auth=True, url="http://shop.example")


# ---------------------------------------------------------------- pages


def test_a_host_that_ignores_which_page_is_asked_for_is_named(harness: WooHarness) -> None:
    for n in range(150):
        harness.add(f"SKU-{n}", n)
    harness.sandbox.ignores_paging = True
    before = harness.sandbox.calls.total()
    with pytest.raises(OperatorStoreError, match="gives the same page of a list again"):
        list(harness.connect().read())
    assert harness.sandbox.calls.total() - before < 8


@pytest.mark.parametrize("most", [10, 50, 99])
def test_a_host_that_gives_less_than_a_page_is_read_to_the_end(harness: WooHarness, most: int) -> None:
    refs = [harness.add(f"SKU-{n}", n) for n in range(150)]
    refs += harness.variations("TEE", {str(n): n for n in range(60)})
    harness.sandbox.most_per_page = most
    store = harness.connect()
    assert {reading.ref for reading in store.read()} >= set(refs)
    assert {listing.ref for listing in store.listings()} >= set(refs)
    assert {reading.ref for reading in store.read(refs)} == set(refs)
