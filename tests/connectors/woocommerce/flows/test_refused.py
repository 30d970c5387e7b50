"""What WooCommerce and its host refuse, and what the bridge makes of it."""

from typing import Any

import pytest

from tests.pool.refusals import (
    COUNT,
    Act,
    build,
    fault,
    is_an_operators_matter,
    is_its_own_fault,
    is_no_items_fault,
)


def _read_only(store: Any) -> None:
    for key in store.sandbox.keys.known.values():
        key.permissions = "read"


def _no_right(store: Any) -> None:
    """The user of the key may no longer edit products: every item is refused, inside a 200."""
    for product in store.shop.products.values():
        store.shop.refuse(product, "woocommerce_rest_cannot_edit", 403)


def repair(store: Any) -> None:
    store.restore()
    for key in store.sandbox.keys.known.values():
        key.permissions = "read_write"
    for product in store.shop.products.values():
        store.shop.refuse(product, "")


REFUSALS = [
    pytest.param(_read_only, "Read/Write", id="401 of a read-only key"),
    pytest.param(fault("status", status=403), "firewall", id="403 of a firewall"),
    pytest.param(fault("status", status=404), "url", id="404"),
    pytest.param(_no_right, "cannot_edit", id="every item with one sentence"),
]


@pytest.mark.parametrize(("breaks", "remedy"), REFUSALS)
def test_a_refused_write_is_an_operators_matter(harness_with: Any, breaks: Act, remedy: str) -> None:
    is_an_operators_matter(build(harness_with, "outlet"), "outlet", breaks, remedy, repair)


def test_a_right_that_is_missing_is_no_items_fault_where_only_one_is_due(harness_with: Any) -> None:
    is_no_items_fault(build(harness_with, "outlet"), "outlet", _no_right, "cannot_edit", repair)


def test_a_right_that_is_missing_at_one_item_among_others_is_its_own(harness_with: Any) -> None:
    harness = build(harness_with, "outlet")
    harness["outlet"].shop.refuse("S00", "woocommerce_rest_cannot_edit", 403)
    is_its_own_fault(harness, "outlet", "cannot_edit")


def test_what_the_store_said_of_others_beside_a_missing_right_is_kept(harness_with: Any) -> None:
    """One is gone and the rest is forbidden: the key is at fault, and the one is still gone."""
    harness = build(harness_with, "outlet")
    _no_right(harness["outlet"])
    harness["outlet"].shop.refuse("S00", "product_external_invalid_manage_stock", 400)
    report = harness.cycle().stores["outlet"]
    assert (report.applied, report.rejected, report.deferred, report.operator) == (0, 1, COUNT - 1, True)
    assert list(harness.quarantine("outlet")) == [harness["outlet"].ref("S00")]


def test_what_was_taken_before_a_refusal_stands(harness_with: Any) -> None:
    """The key loses its right in the middle of a batch that goes out in several writes."""
    harness = build(harness_with, "outlet")
    for size in "SM":
        harness.warehouse.add(f"T-{size}", 10)
    harness["outlet"].shop.add_variable("T", dict.fromkeys("SM", 10))
    harness.later(minutes=20)
    harness.cycle()
    for size in "SM":
        harness.warehouse.set_stock(f"T-{size}", 12)
    for n in range(COUNT):
        harness.warehouse.set_stock(f"S{n:02}", 14)
    harness["outlet"].sandbox.faults.add("status", status=403, on="write", skip=1, times=-1)
    done = harness.cycle()
    report = done.stores["outlet"]
    assert (done.code, report.applied, report.deferred, report.waiting) == (1, COUNT, 2, 0)
    assert (len(harness.state.due("outlet")), harness.state.notes("outlet", "flight")) == (2, {})
