"""The connector keeps the contract, but for what the document has no word for: orders, and lines of a file by date."""

from pathlib import Path
from typing import Any

import pytest

from connectors.base import StoreConnector
from connectors.testing.contract import ConnectorContract

from .harness import InventoryHarness

NO_ORDERS = pytest.mark.xfail(strict=True, reason="the document has no call that tells of orders")
WHOLE_FILE = pytest.mark.xfail(strict=True, reason="a file tells when it was written, not which of its lines changed")
NEEDS_SKU = pytest.mark.xfail(strict=True, reason="a line of the items file without a SKU is a fault: it maps nothing")


class TestInventoryApi(ConnectorContract):
    @pytest.fixture
    def harness(self, tmp_path: Path) -> InventoryHarness:
        return InventoryHarness(tmp_path)

    @NO_ORDERS
    def test_an_order_is_told_from_sale_to_shipment(self, harness: Any, connector: StoreConnector) -> None:
        super().test_an_order_is_told_from_sale_to_shipment(harness, connector)

    @NO_ORDERS
    def test_a_cancelled_order_is_told_as_not_open(self, harness: Any, connector: StoreConnector) -> None:
        super().test_a_cancelled_order_is_told_as_not_open(harness, connector)

    @NO_ORDERS
    def test_moved_from_the_beginning_holds_old_open_orders(self, harness: Any, connector: StoreConnector) -> None:
        super().test_moved_from_the_beginning_holds_old_open_orders(harness, connector)

    @NO_ORDERS
    def test_the_lines_of_one_order_come_next_to_each_other(self, harness: Any, connector: StoreConnector) -> None:
        super().test_the_lines_of_one_order_come_next_to_each_other(harness, connector)

    @NO_ORDERS
    def test_changes_since_leave_out_orders_that_did_not_change(self, harness: Any, connector: StoreConnector) -> None:
        super().test_changes_since_leave_out_orders_that_did_not_change(harness, connector)

    @WHOLE_FILE
    def test_listings_since_leave_out_what_did_not_change(self, harness: Any, connector: StoreConnector) -> None:
        super().test_listings_since_leave_out_what_did_not_change(harness, connector)

    @NEEDS_SKU
    def test_listings_come_with_their_skus_and_without(self, harness: Any, connector: StoreConnector) -> None:
        super().test_listings_come_with_their_skus_and_without(harness, connector)


class TestABadTokenIsAnsweredWith200(TestInventoryApi):
    """The document does not say with which status."""

    @pytest.fixture
    def harness(self, tmp_path: Path) -> InventoryHarness:
        return InventoryHarness(tmp_path, token_status=200)
