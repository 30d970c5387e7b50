"""Lines of products that are gone, and that only the id of the line tells of."""

import pytest

from bridge.cli.status import gather
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


def test_a_product_in_the_trash_that_nobody_remembers_is_named_until_it_is_back(shop: Installation) -> None:
    shop["outlet"].sell("A", 5)
    shop["outlet"].shop.set_status("A", "trash")
    lose_everything(shop)
    ref = shop["outlet"].ref("A")
    come_to_rest(shop)
    assert named(shop, "outlet") == [("", ref, 5, "")]
    shop["outlet"].shop.set_status("A", "publish")
    come_to_rest(shop)
    assert named(shop, "outlet") == []
    assert shop["main"].shows("A") == 15
