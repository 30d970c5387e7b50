"""Lines of products that are gone, and that only the id of the line tells of."""

import pytest

from bridge.status_report import gather
from tests.harness.installation import Installation
from tests.pool.harness import come_to_rest, lose_everything, stocked


@pytest.fixture
def shop(harness: Installation) -> Installation:
    """Twenty of A and nine of B, everywhere."""
    return stocked(harness, {"A": 20, "B": 9})


# -- what maps to nothing ------------------------------------------------------------------------------


def named(harness: Installation, store: str) -> list[tuple[str, str, int, str]]:
    """What `status` names: SKU, title, units, what it may be."""
    found = gather(harness.context)["stores"][store]["unmapped_lines"]
    assert found["count"] == len(found["lines"])
    return [(line["sku"], line["title"], line["units"], line["near"]) for line in found["lines"]]


def test_a_deleted_product_that_nobody_remembers_is_named_until_it_is_shipped(
    shop: Installation,
) -> None:
    order = shop["outlet"].sell("A", 5)
    shop["outlet"].shop.delete("A")
    lose_everything(shop)
    come_to_rest(shop)
    assert named(shop, "outlet") == [("", "A", 5, "")]
    shop["outlet"].ship(order)
    come_to_rest(shop)
    assert named(shop, "outlet") == []


def test_one_that_is_remembered_is_owed_and_not_named(shop: Installation) -> None:
    shop["outlet"].sell("A", 5)
    shop.cycle()
    shop["outlet"].shop.delete("A")
    come_to_rest(shop)
    assert named(shop, "outlet") == []
    assert shop["main"].shows("A") == 15


@pytest.mark.parametrize("sku", ["A", "TEE-S"], ids=["product", "variation"])
def test_a_product_in_the_trash_that_nobody_remembers_is_owed_by_the_sku_that_its_line_looks_up(
    shop: Installation, sku: str
) -> None:
    """No list has it, and wc_get_product() finds it all the same."""
    shop.warehouse.add("TEE-S", 20)
    shop["main"].add("TEE-S", 20)
    shop["outlet"].add_sizes("TEE", {"TEE-S": 20})
    shop.cycle()
    order = shop["outlet"].sell(sku, 5)
    shop["outlet"].shop.set_status(sku if sku == "A" else "TEE", "trash")
    lose_everything(shop)
    come_to_rest(shop)
    assert named(shop, "outlet") == []
    assert shop["main"].shows(sku) == 15
    shop["outlet"].ship(order)
    come_to_rest(shop)
    assert shop["main"].shows(sku) == 15
    shop.warehouse.forward(sku, 5)
    shop["outlet"].shop.set_status(sku if sku == "A" else "TEE", "publish")
    come_to_rest(shop)
    assert shop.shows(sku) == {"main": 15, "outlet": 15}
    assert shop.highest(sku) <= 20


def test_one_that_comes_back_under_another_sku_is_owed_as_it_was_ordered(shop: Installation) -> None:
    shop["outlet"].sell("A", 5)
    shop["outlet"].shop.set_status("A", "trash")
    lose_everything(shop)
    come_to_rest(shop)
    shop["outlet"].shop.set_status("A", "publish")
    shop["outlet"].rename("A", "A-OLD")
    come_to_rest(shop)
    assert shop["main"].shows("A") == 15
