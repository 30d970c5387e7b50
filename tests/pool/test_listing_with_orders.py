"""Something happens to a listing while an order of it is open: its units stay committed until the order says
otherwise."""

from collections.abc import Callable
from typing import Any

import pytest

STORES = ("main", "outlet")
Happens = Callable[[Any], None]


def status_of(wanted: str) -> Happens:
    """The product is set to a status of the shop's own."""

    def happens(store: Any) -> None:
        variant_or_product = store.shop.variant("A").product if store.name == "main" else "A"
        store.shop.set_status(variant_or_product, wanted)

    return happens


def variation_gone(store: Any) -> None:
    """One of two variations is deleted; the order's line goes on naming it in WooCommerce, and nothing in Shopify."""
    store.shop.delete_variant("A") if store.name == "main" else store.shop.delete("A")


CASES: dict[tuple[str, str], Happens] = {
    **{(store, "renamed"): lambda s: s.shop.set_sku("A", "A-NEW") for store in STORES},
    **{(store, "no SKU any more"): lambda s: s.shop.set_sku("A", "") for store in STORES},
    **{(store, "variation deleted"): variation_gone for store in STORES},
    **{("main", status): status_of(status.upper()) for status in ("draft", "archived", "unlisted")},
    **{("outlet", status): status_of(status) for status in ("draft", "private", "pending", "trash")},
}
EVERY = pytest.mark.parametrize(("store", "what"), CASES, ids=[" ".join(case) for case in CASES])


def sold(harness: Any, store: str) -> Any:
    """Twenty of A, a variation beside B, of which five are sold in one of the shops → the order."""
    for sku, units in (("A", 20), ("B", 9)):
        harness.warehouse.add(sku, units)
        harness["main"].add(sku, units)
    harness["main"].shop.variant("A").product.variants.append(harness["main"].shop.variant("B"))
    parent = harness["outlet"].shop.add_variable("TEE")
    for sku, units in (("A", 20), ("B", 9)):
        harness["outlet"].shop.add_variation(parent, sku, units)
    harness.cycle()
    order = harness[store].sell("A", 5)
    harness.cycle()
    assert harness.shows("A") == {"main": 15, "outlet": 15}
    return order


def looks(harness: Any, store: str, units: int) -> None:
    """The other shop shows that many, soon, after the list was read for changes, and after everything was read."""
    other = next(name for name in STORES if name != store)
    for minutes in (1, 16, 90, 26 * 60):
        harness.later(minutes=minutes)
        for _ in range(2):
            harness.cycle()
            assert harness[other].shows("A") == units, minutes


@EVERY
def test_the_units_stay_committed_until_they_are_shipped_and_counted(harness: Any, store: str, what: str) -> None:
    order = sold(harness, store)
    harness.clock.advance(20)
    CASES[store, what](harness[store])
    looks(harness, store, 15)
    harness[store].ship(order)
    looks(harness, store, 15)
    harness.warehouse.forward("A", 5)
    looks(harness, store, 15)


@EVERY
def test_a_cancelled_order_frees_them(harness: Any, store: str, what: str) -> None:
    order = sold(harness, store)
    harness.clock.advance(20)
    CASES[store, what](harness[store])
    looks(harness, store, 15)
    harness[store].cancel(order)
    harness.later(hours=2)
    harness.cycle()
    looks(harness, store, 20)
