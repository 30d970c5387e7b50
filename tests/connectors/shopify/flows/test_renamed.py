"""A renamed listing is committed at several locations."""

from typing import Any


def rename(harness: Any, was: str, sku: str) -> None:
    harness.clock.advance(20)
    harness[harness.store].shop.set_sku(was, sku)


def test_units_noted_at_two_locations_come_off_each_of_them(harness_with: Any) -> None:
    """Shopify says how many of a listing are committed at each location, and no order says where it is."""
    harness = harness_with(only="main", warehouses={"1": "Main", "2": "Back"})
    harness.store = "main"
    shop = harness["main"].shop
    homes = [shop.location().id, shop.add_location("Back").id]
    harness.configure(main=f'locations = {{ "1" = "{homes[0]}", "2" = "{homes[1]}" }}')
    harness.warehouse.add("A", {"1": 5, "2": 10})
    shop.add_variant("A", on_hand={homes[0]: 5, homes[1]: 10})
    harness.cycle()
    for home, units in zip(homes, (3, 1), strict=True):
        shop.place_order({"A": units}, location=home)
    harness.cycle()
    rename(harness, "A", "A-OLD")
    shop.add_variant("A", on_hand=dict.fromkeys(homes, 0))
    for minutes in (1, 16, 1):
        harness.later(minutes=minutes)
        harness.cycle()
    assert [shop.level("A", home).available for home in homes] == [2, 9]
