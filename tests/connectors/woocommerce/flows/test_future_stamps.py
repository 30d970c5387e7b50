"""A product that is scheduled is stamped in the future, and hides nothing."""

from datetime import timedelta
from typing import Any

import pytest

NEXT_MONTH = timedelta(days=30)


@pytest.fixture
def shops(harness: Any) -> Any:
    """A and B are on sale in both shops, all is well."""
    for sku in ("A", "B"):
        harness.add(sku, 28)
    harness.cycle()
    assert harness.cycle().code == 0
    return harness


def test_a_scheduled_product_hides_no_order_of_another(shops: Any) -> None:
    shops["outlet"].shop.schedule("B", shops.clock.now + NEXT_MONTH)
    shops.cycle()
    shops["outlet"].sell("A", 2)
    for full in (False, True, False):
        shops.cycle(full=full)
        assert (shops["outlet"].shows("A"), shops["main"].shows("A")) == (26, 26)
