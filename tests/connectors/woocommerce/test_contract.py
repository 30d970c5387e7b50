"""The WooCommerce connector keeps the whole contract, on both versions, against a sandbox that works like a shop."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.base import OperatorStoreError, send_once
from connectors.skills import IdentifiesShop, ListsWithReadings, PersistsState, RefetchesOrders, SetsAside, TellsTime
from connectors.testing.contract import ConnectorContract
from connectors.testing.harness import RetryingSender
from connectors.woocommerce.sandbox import KEY, SECRET, serve
from connectors.woocommerce.store import WooCommerceStore

from .harness import WooHarness


class TestWooCommerce(ConnectorContract):
    @pytest.fixture
    def harness(self, harness: WooHarness) -> WooHarness:
        return harness


class TestWooCommerce9(ConnectorContract):
    @pytest.fixture
    def harness(self, make_harness: Callable[..., WooHarness]) -> WooHarness:
        return make_harness("9.9.5")


class TestBehindGmt(ConnectorContract):
    """A shop whose clock on the wall is nine hours behind."""

    @pytest.fixture
    def harness(self, make_harness: Callable[..., WooHarness]) -> WooHarness:
        return make_harness(utc_offset=-timedelta(hours=9))


def test_open_builds_without_asking_anything() -> None:
    options = {"url": "https://shop.example", "consumer_key": KEY, "consumer_secret": SECRET}
    WooCommerceStore.open(WooCommerceStore.Options(**options), locations=(), send=send_once).close()
    with pytest.raises(OperatorStoreError, match="no locations"):
        WooCommerceStore.open(WooCommerceStore.Options(**options), locations=("11",), send=send_once)


def test_over_a_real_socket_with_the_librarys_signature(harness: WooHarness) -> None:
    """Plain http on loopback: the key signs the address instead of being sent."""
    ref, other = harness.add("A", 1), harness.variations("TEE", {"S": 2, "M": 3})[1]
    harness.sandbox.keys.basic_over_http = False
    with serve(harness.sandbox) as url:
        options = WooCommerceStore.Options(url=url, consumer_key=KEY, consumer_secret=SECRET)
        connector = WooCommerceStore.open(options, locations=(), send=send_once)
        assert connector.check().name
        assert {listing.ref for listing in connector.listings()} >= {ref, other}
        assert {row.ref: row.available for row in connector.read([ref, other])} == {ref: 1, other: 3}
        connector.close()
    assert harness.sandbox.leaks == []


@pytest.mark.parametrize(
    "skill", [IdentifiesShop, ListsWithReadings, PersistsState, RefetchesOrders, SetsAside, TellsTime]
)
def test_it_has_its_skills(harness: WooHarness, skill: type) -> None:
    """The suite leaves out what a connector cannot do: a skill that is lost by mistake would be a skipped test."""
    assert isinstance(harness.connect(send_once), skill)


@pytest.mark.parametrize("version", ["10.5.0", "9.9.5"])
def test_of_a_product_that_cannot_be_shown_only_the_stock_of_its_variations_is_told(
    make_harness: Callable[..., WooHarness], version: str
) -> None:
    harness = make_harness(version)
    parent = harness.shop.add_variable("T-Shirt")
    child = harness.shop.add_variation(parent, "TEE-S", 5)
    other = harness.add("A", 3)
    harness.spoil(str(parent.id))
    connector = harness.connect(RetryingSender(harness))
    told = [
        (listing and listing.ref, [(row.ref, row.available) for row in rows])
        for listing, rows in connector.listings_with_readings()
    ]
    assert told == [(other, [(other, 3)]), (None, [(f"{parent.id}:{child.id}", 5)])]
    assert [listing.ref for listing in connector.listings()] == [other]
    assert {row.ref: row.available for row in connector.read()} == {other: 3, f"{parent.id}:{child.id}": 5}
