"""Shops whose clocks show another hour, days on which it changes, and both ways to list variations."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.harness.installation import Installation
from tests.harness.sweeps import turns
from tests.pool.harness import has_ended, keep

ZONES = {
    "UTC−6": timedelta(hours=-6),
    "UTC+5:30": timedelta(hours=5, minutes=30),
    "UTC+13": timedelta(hours=13),
}


@pytest.mark.parametrize("offset", ZONES.values(), ids=ZONES)
def test_orders_are_seen_at_once_whatever_the_shop_calls_the_hour(harness_with: Any, offset: timedelta) -> None:
    harness = harness_with(shop={"utc_offset": offset})
    harness.add("A", 40)
    harness.cycle()
    left = 40
    for n in range(5):
        order = harness["outlet"].sell("A", 3)
        left -= 3
        assert keep(harness, "A", left) == {"main": left, "outlet": left}
        if n % 2:
            harness["outlet"].ship(order)
        harness.later(minutes=50)
    keep(harness, "A", left)
    harness.warehouse.forward("A", 6)
    assert keep(harness, "A", left) == {"main": left, "outlet": left}


@pytest.mark.parametrize("offset", ZONES.values(), ids=ZONES)
def test_looks_do_not_read_the_day_again_because_of_the_zone(harness_with: Any, offset: timedelta) -> None:
    """Hours of orders in every window would hide a wrong filter: what was read must not be news again."""
    harness = harness_with(shop={"utc_offset": offset})
    harness.add("A", 40)
    harness.cycle()
    for _ in range(3):
        harness["outlet"].sell("A", 1)
        harness.later(hours=1)
        harness.cycle()
    harness.cycle()
    call = [each for each in harness["outlet"].sandbox.log if each.label == "GET orders"][-2]
    assert call.query["dates_are_gmt"] == "true"
    asked = datetime.fromisoformat(call.query["modified_after"]).replace(tzinfo=UTC)
    assert timedelta(0) < harness.clock.now - asked < timedelta(hours=1, minutes=10)


@pytest.mark.parametrize(
    ("night", "before", "after"),
    [
        (datetime(2026, 11, 1, 0, 30, tzinfo=UTC), -5, -6),  # Chicago falls back: an hour comes twice
        (datetime(2026, 3, 8, 6, 30, tzinfo=UTC), -6, -5),  # and springs forward: one is left out
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 2, 1),  # Berlin
    ],
    ids=["fall back", "spring forward", "Berlin"],
)
def test_the_night_the_clocks_change(harness_with: Any, night: datetime, before: int, after: int) -> None:
    harness = harness_with(shop={"utc_offset": timedelta(hours=before)}, start=night - timedelta(hours=1))
    harness.add("A", 60)
    harness.cycle()
    left, orders = 60, []
    for n in range(9):
        if n == 4:
            harness["outlet"].shop.utc_offset = timedelta(hours=after)
        orders.append(harness["outlet"].sell("A", 2))
        left -= 2
        assert keep(harness, "A", left) == {"main": left, "outlet": left}
        harness.later(minutes=30)
    for order in orders:
        harness["outlet"].ship(order)
    keep(harness, "A", left)
    harness.warehouse.forward("A", 18)
    has_ended(harness, "A", left)


# -- variations ------------------------------------------------------------------------------------------


@pytest.fixture(params=turns(["10.5.0", "9.9.5"]))
def tees(request: Any, harness_with: Any) -> Installation:
    """Eight shirts in three sizes, sold in both shops."""
    harness: Installation = harness_with(shop={"version": request.param})
    for n in range(8):
        for size in "SML":
            harness.warehouse.add(f"T{n}-{size}", 10)
            harness["main"].add(f"T{n}-{size}", 10)
        harness["outlet"].shop.add_variable(f"T{n}", dict.fromkeys("SML", 9))
    assert harness.cycle().code == 0
    return harness


def test_variations_are_found_written_and_read_back(tees: Installation) -> None:
    shop = tees["outlet"].shop
    assert {shop.find(f"T{n}-{size}").stock_quantity for n in range(8) for size in "SML"} == {10}
    assert all(shop.find(f"T{n}").stock_quantity is None for n in range(8))  # the parents stay unmanaged
    assert tees.state.store_record("outlet").read_back > 0
    assert tees.state.store_record("outlet").not_applied == 0


def test_a_sale_of_a_variation_and_an_edit_of_another(tees: Installation) -> None:
    tees["outlet"].sell("T3-M", 4)
    tees["outlet"].edit("T5-S", 2)
    keep(tees, "T3-M", 6)
    keep(tees, "T3-M", 6)
    assert (tees.shows("T3-M"), tees.shows("T3-S")) == ({"main": 6, "outlet": 6}, {"main": 10, "outlet": 10})
    tees.later(minutes=1)
    tees.cycle()
    assert tees.shows("T5-S") == {"main": 10, "outlet": 10}  # healed


def test_new_and_deleted_variations(tees: Installation) -> None:
    shop = tees["outlet"].shop
    tees.warehouse.add("T0-XL", 5)
    shop.add_variation("T0", "T0-XL", 0, option="XL")
    shop.touch(shop.find("T0-XL"))
    shop.delete("T1-S")
    tees.warehouse.set_stock("T1-S", 4)
    tees.later(minutes=20)
    tees.cycle()
    tees.cycle()
    assert shop.find("T0-XL").stock_quantity == 5
    assert tees["main"].shows("T1-S") == 4
    assert {shop.find(f"T1-{size}").stock_quantity for size in "ML"} == {10}
    assert tees.breaker("outlet") is None


def test_how_variations_are_read(tees: Installation) -> None:
    calls, version = tees["outlet"].sandbox.calls, tees["outlet"].sandbox.limits.version
    per_parent = calls["GET products/<id>/variations"]
    if version == "9.9.5":
        assert per_parent >= 8
    else:
        assert per_parent == 0
        assert calls["GET variations"] > 0


def test_a_variation_that_joins_the_pool_is_left_alone_and_reported(tees: Installation) -> None:
    shop = tees["outlet"].shop
    parent = shop.find("T2")
    parent.manage_stock, parent.stock_quantity = True, 50
    shop.set_managed("T2-S", False)
    tees.warehouse.set_stock("T2-S", 6)
    tees.later(minutes=20)
    for _ in range(2):
        tees.cycle()
        tees.later(minutes=20)
    assert parent.stock_quantity == 50
    assert shop.find("T2-S").stock_quantity is None
    assert shop.managing(shop.find("T2-S")) == "parent"
    assert tees["main"].shows("T2-S") == 6


def test_the_plugin_goes_off_between_products_and_variations(tees: Installation) -> None:
    """The list of products was read; the variations are not gone for that."""
    sandbox = tees["outlet"].sandbox

    def off(call: Any) -> None:
        if "variations" in call.path:
            sandbox.plugin_on = False

    sandbox.before_request(off, on="read", times=-1)
    before = tees.state.counts("outlet")["mapped"]
    tees.later(hours=25)
    done = tees.cycle()
    assert "plugin" in str(done.stores["outlet"].error)
    assert tees.state.counts("outlet")["mapped"] == before == 32
    sandbox.plugin_on = True
    sandbox.faults.clear()
    tees.later(minutes=5)
    assert tees.cycle().stores["outlet"].error is None
    assert tees.state.counts("outlet")["mapped"] == before
