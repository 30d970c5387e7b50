"""PHP dies while a WooCommerce shop shows one product or one order: every list that holds it breaks off. It is left
out and named, all else goes on, and it comes back by itself when the shop is repaired."""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.ops.drift_report import report
from bridge.ops.health import health_of
from tests.harness.sweeps import turns

SKUS = [f"SKU-{n}" for n in range(8)]


def sentence(harness: Any) -> str:
    return health_of(harness.context, ["outlet"]).sentence


@pytest.fixture(params=turns(["10.5.0", "9.9.5"]))
def shop(request: Any, harness_with: Any) -> Any:
    harness = harness_with(shop={"version": request.param})
    for sku in SKUS:
        harness.add(sku, 20)
    for sku in ("TEE-S", "TEE-M"):
        harness.warehouse.add(sku, 20)
    harness["outlet"].shop.add_variable("TEE", {"S": 20, "M": 20})
    harness.cycle()
    assert harness.cycle().code == 0
    harness.outlet = harness["outlet"].shop
    return harness


@pytest.mark.crossed
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("broken", ["SKU-0", "SKU-5", "SKU-7", "TEE", "TEE-M"])
def test_one_product_stops_no_other(shop: Any, broken: str, full: bool) -> None:
    outlet = shop.outlet
    ref = str(outlet.find(broken).id)
    outlet.break_off(broken)
    outlet.touch(outlet.find(broken))
    others = [sku for sku in (*SKUS, "TEE-S", "TEE-M") if not sku.startswith(broken)]
    for sku in others:
        shop.warehouse.set_stock(sku, 12)
    outlet.place_order({"SKU-3": 2})
    for n in range(3):
        done = shop.cycle(full=full and n == 0)
        assert done.code == 1
        expected = {sku: 10 if sku == "SKU-3" else 12 for sku in others}
        assert {sku: shop["outlet"].shows(sku) for sku in others} == expected
        assert f"listing {ref} cannot be read" in sentence(shop)
    assert shop.state.listings("outlet", [shop["outlet"].ref(broken)]) or broken == "TEE"
    outlet.break_off(broken, False)
    for sku in (*SKUS, "TEE-S", "TEE-M"):
        shop.warehouse.set_stock(sku, 11)
    shop.cycle()
    assert shop.cycle().code == 0
    expected = {sku: 9 if sku == "SKU-3" else 11 for sku in (*SKUS, "TEE-S", "TEE-M")}
    assert {sku: shop["outlet"].shows(sku) for sku in expected} == expected


def test_it_is_looked_for_once(shop: Any) -> None:
    shop.outlet.break_off("SKU-5")
    shop.cycle(full=True)
    before = shop["outlet"].sandbox.calls.total()
    shop.cycle()
    assert shop["outlet"].sandbox.calls.total() - before < 12


def test_one_that_nobody_has_met_yet_is_sold_once_it_can_be_read(shop: Any) -> None:
    shop.warehouse.add("NEW", 20)
    shop.outlet.add_product("NEW", 3)
    shop.outlet.break_off("NEW")
    shop.later(minutes=16)
    assert shop.cycle().code == 1
    shop.later(hours=3)
    shop.outlet.break_off("NEW", False)
    shop.cycle()
    shop.cycle()
    assert shop["outlet"].shows("NEW") == 20


def test_one_that_is_deleted_is_no_longer_named(shop: Any) -> None:
    shop.outlet.break_off("SKU-5")
    shop.cycle(full=True)
    shop.outlet.delete("SKU-5")
    shop.cycle(full=True)
    assert shop.cycle().code == 0


@pytest.mark.crossed
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("full", [True, False])
def test_an_order_that_cannot_be_read_loses_no_units(shop: Any, known: bool, full: bool) -> None:
    """What it holds may be anything, so nothing is raised; other orders, and lowerings, go on."""
    order = shop.outlet.place_order({"SKU-1": 5})
    if known:
        shop.cycle()
    shop.outlet.break_order(order)
    shop.outlet.place_order({"SKU-2": 3})
    shop.warehouse.set_stock("SKU-4", 9)
    for hours in (0, 0, 2):
        shop.later(hours=hours)
        done = shop.cycle(full=full)
        assert done.code == 1
        assert [shop["outlet"].shows(sku) for sku in ("SKU-1", "SKU-2", "SKU-4")] == [15, 17, 9]
        assert shop.shows("SKU-2") == {"main": 17, "outlet": 17}
        assert f"order {order.id} cannot be read" in sentence(shop)
    shop.outlet.break_order(order, False)
    shop.cycle()
    shop.cycle()
    assert (shop.shows("SKU-1"), shop.cycle().code) == ({"main": 15, "outlet": 15}, 0)


def test_a_store_that_breaks_off_whatever_is_asked_is_in_trouble_itself(shop: Any) -> None:
    shop["outlet"].sandbox.faults.add("fatal", on="read", items=0, times=-1)
    before = shop["outlet"].sandbox.calls.total()
    report = shop.cycle().stores["outlet"]
    assert "PHP error" in (report.error or "")
    assert not shop.state.store_record("outlet").unreadable
    assert shop["outlet"].sandbox.calls.total() - before < 30


def test_one_error_page_is_no_broken_product(shop: Any) -> None:
    for skip in range(3):
        shop["outlet"].sandbox.faults.add("fatal", on="GET products", items=0, skip=skip)
        assert shop.cycle(full=True).code == 0


def order_and_ship(shop: Any) -> None:
    shop.outlet.ship(shop.outlet.place_order({"SKU-5": 2}))


MEANWHILE: dict[str, Callable[[Any], object]] = {
    "bought": lambda shop: shop.outlet.place_order({"SKU-5": 2}),
    "bought and shipped": order_and_ship,
    "shipped": lambda shop: shop.outlet.ship(shop.order),
    "cancelled": lambda shop: shop.outlet.cancel(shop.order),
    "bought instead of another": lambda shop: (shop.outlet.cancel(shop.order), shop.outlet.place_order({"SKU-5": 3})),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
def test_what_orders_say_of_one_that_cannot_be_read_is_no_edit(shop: Any, meanwhile: Callable[[Any], object]) -> None:
    shop.order = shop.outlet.place_order({"SKU-5": 3})
    shop.cycle()
    assert shop.cycle().code == 0
    shop.later(minutes=5)
    meanwhile(shop)
    shop.outlet.break_off("SKU-5")
    assert shop.cycle().code == 1
    shop.outlet.break_off("SKU-5", False)
    shop.later(hours=2)
    shop.cycle()
    assert shop.cycle().code == 0
    assert list(report(shop.context, "outlet")[0]) == []
    assert len(set(shop.shows("SKU-5").values())) == 1
