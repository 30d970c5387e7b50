"""What Shopify refuses, and what the bridge makes of it."""

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


def _no_scope(store: Any) -> None:
    store.sandbox.app.scopes -= {"write_inventory"}


def _no_permission(store: Any) -> None:
    """The user of the app may no longer set stock: Shopify refuses each row, in a 200."""
    for item in store.shop.items.values():
        item.forbidden = True


def repair(store: Any) -> None:
    store.restore()
    store.sandbox.app.scopes |= {"write_inventory"}
    for item in store.shop.items.values():
        item.forbidden = False


REFUSALS = [
    pytest.param(_no_permission, "permission", id="every item with one sentence"),
    pytest.param(_no_scope, "", id="no right to write"),
    pytest.param(fault("unauthorized"), "", id="401"),
]


@pytest.mark.parametrize(("breaks", "remedy"), REFUSALS)
def test_a_refused_write_is_an_operators_matter(harness_with: Any, breaks: Act, remedy: str) -> None:
    is_an_operators_matter(build(harness_with, "main"), "main", breaks, remedy, repair)


def test_a_right_that_is_missing_is_no_items_fault_where_only_one_is_due(harness_with: Any) -> None:
    is_no_items_fault(build(harness_with, "main"), "main", _no_permission, "permission", repair)


def test_a_right_that_is_missing_at_one_item_among_others_is_its_own(harness_with: Any) -> None:
    harness = build(harness_with, "main")
    harness["main"].shop.variant("S00").item.forbidden = True
    is_its_own_fault(harness, "main", "permission")


def test_a_refusal_after_a_try_without_a_reply_leaves_that_in_in_flight(harness_with: Any) -> None:
    """Shopify is sent the same call again when no reply came; that the second try is refused says nothing of the
    first."""
    harness = build(harness_with, "main")
    harness["main"].sandbox.faults.add("late", on="write")
    harness["main"].sandbox.faults.add("unauthorized", on="write", times=-1)
    report = harness.cycle().stores["main"]
    assert (report.due, report.waiting, report.operator) == (COUNT, COUNT, True)
    assert len(harness.state.notes("main", "flight")) == 1
    harness["main"].sandbox.land()
    repair(harness["main"])
    report = harness.cycle().stores["main"]
    assert (report.due, report.waiting, report.error) == (COUNT, 0, None)
    assert harness["main"].shows("S00") == 12
    assert harness.state.notes("main", "flight") == {}
