"""The WooCommerce connector keeps the whole contract, on both versions, against a sandbox that works like a shop."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.base import OperatorStoreError, send_once
from connectors.skills import IdentifiesShop, PersistsState, RefetchesOrders, SetsAside, TellsTime
from connectors.testing.contract import ConnectorContract
from connectors.woocommerce import WooCommerceConnector
from connectors.woocommerce.sandbox import KEY, SECRET, serve

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
    WooCommerceConnector.open(WooCommerceConnector.Options(**options), locations=(), send=send_once).close()
    with pytest.raises(OperatorStoreError, match="no locations"):
        WooCommerceConnector.open(WooCommerceConnector.Options(**options), locations=("11",), send=send_once)


def test_over_a_real_socket_with_the_librarys_signature(harness: WooHarness) -> None:
    """Plain http on loopback: the key signs the address instead of being sent."""
    ref, other = harness.add("A", 1), harness.variations("TEE", {"S": 2, "M": 3})[1]
    harness.sandbox.keys.basic_over_http = False
    with serve(harness.sandbox) as url:
        options = WooCommerceConnector.Options(url=url, consumer_key=KEY, consumer_secret=SECRET)
        connector = WooCommerceConnector.open(options, locations=(), send=send_once)
        assert connector.check().name
        assert {listing.ref for listing in connector.listings()} >= {ref, other}
        assert {row.ref: row.available for row in connector.read([ref, other])} == {ref: 1, other: 3}
        connector.close()
    assert harness.sandbox.leaks == []


@pytest.mark.parametrize("skill", [IdentifiesShop, PersistsState, RefetchesOrders, SetsAside, TellsTime])
def test_it_has_its_skills(harness: WooHarness, skill: type) -> None:
    """The suite leaves out what a connector cannot do: a skill that is lost by mistake would be a skipped test."""
    assert isinstance(harness.connect(send_once), skill)
