"""An order is read again with every look back."""

from typing import Any


def rename(harness: Any, was: str, sku: str) -> None:
    harness.clock.advance(20)
    harness[harness.store].shop.set_sku(was, sku)


def test_an_order_that_left_before_the_rename_is_not_entered_again(harness: Any) -> None:
    """It is read again with every look back, and once more when somebody touches it."""
    harness.add("A", 20)
    harness.warehouse.add("A-OLD", 9)
    harness.store = "outlet"
    harness.cycle()
    order = harness["outlet"].sell("A", 5)
    harness.cycle()
    harness["outlet"].ship(order)
    harness.warehouse.forward("A", 5)
    harness.cycle()
    rename(harness, "A", "A-OLD")
    harness.later(minutes=16)
    harness.cycle()
    order.modified = harness.clock.now  # somebody adds a note
    for _ in range(3):
        harness.cycle()
    assert harness["outlet"].shows("A-OLD") == 9
