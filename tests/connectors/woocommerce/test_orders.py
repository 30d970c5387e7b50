"""What orders mean: units sold and not shipped, units that left, and for how long they keep stock back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.testing.harness import of_order

from .harness import WooHarness


def told(harness: WooHarness, order: str, since: datetime | None = None, **given: Any) -> dict[str, tuple[int, int]]:
    """ref → (open, shipped) of one order."""
    rows = of_order(harness.connect(**given), since or datetime(2026, 11, 1, tzinfo=UTC), order)
    return {row.ref: (row.committed, sum(s.units for s in row.shipped)) for row in rows}


def line(harness: WooHarness, order: str) -> int:
    return harness.shop.order(int(order)).lines[0].id


# ---------------------------------------------------------------- one status after the other


@pytest.mark.parametrize(
    ("status", "units"),
    [
        ("on-hold", (5, 0)),
        ("processing", (5, 0)),
        ("completed", (0, 5)),
        ("pending", (0, 0)),
        ("failed", (0, 0)),
        ("cancelled", (0, 0)),
        ("refunded", (0, 0)),
    ],
)
def test_what_a_first_status_means(harness: WooHarness, status: str, units: tuple[int, ...]) -> None:
    ref = harness.add("A", 10)
    assert told(harness, harness.order(ref, 5, status=status)) == {ref: units}


@pytest.mark.parametrize("number", [True, False])
def test_from_sale_through_a_status_of_a_plugin_to_shipment(harness: WooHarness, number: bool) -> None:
    ref = harness.add("A", 10)
    harness.shop.custom_statuses.append("packing")
    harness.shop.meta_numbers = number
    order = harness.order(ref, 5)
    harness.shop.set_order_status(int(order), "packing")
    assert told(harness, order) == {ref: (5, 0)}
    harness.wait(60)
    harness.ship(order)
    (row,) = of_order(harness.connect(), harness.now(), order)
    assert [(s.location, s.units, s.at) for s in row.shipped] == [("", 5, harness.now())]
    assert row.ordered_at == harness.now() - timedelta(seconds=60)


def test_a_status_of_a_plugin_may_mean_shipped(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    harness.shop.custom_statuses.append("sent")
    order = harness.order(ref, 5)
    harness.shop.set_order_status(int(order), "sent")
    assert told(harness, order, shipped_statuses=["completed", "wc-sent"]) == {ref: (0, 5)}


@pytest.mark.parametrize("status", ["cancelled", "pending", "failed", "refunded"])
def test_what_ends_an_order_frees_its_units(harness: WooHarness, status: str) -> None:
    """Woo gives units back for two of these; they are owed for none."""
    ref = harness.add("A", 10)
    order = harness.order(ref, 5)
    harness.shop.set_order_status(int(order), status)
    assert told(harness, order) == {ref: (0, 0)}


@pytest.mark.parametrize("status", ["refunded", "failed", "cancelled", "trash"])
def test_what_was_shipped_stays_shipped(harness: WooHarness, status: str) -> None:
    """Or units that are on their way would be sold again until the warehouse has counted them."""
    ref = harness.add("A", 10)
    order = harness.order(ref, 5)
    harness.ship(order)
    if status == "trash":
        harness.shop.trash_order(int(order))
    else:
        harness.shop.set_order_status(int(order), status)
    assert told(harness, order) == {ref: (0, 5)}


def test_completed_by_mistake_and_taken_back(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    order = harness.order(ref, 5)
    harness.ship(order)
    harness.shop.set_order_status(int(order), "processing")
    assert told(harness, order) == {ref: (5, 0)}


# ---------------------------------------------------------------- refunds and edits


def test_a_partial_refund_with_restock(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    order = harness.order(ref, 3)
    harness.shop.refund(int(order), {line(harness, order): 1})
    assert told(harness, order) == {ref: (2, 0)}
    harness.ship(order)
    assert told(harness, order) == {ref: (0, 2)}


def test_a_partial_refund_without_restock_stays_sold(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    order = harness.order(ref, 3)
    harness.shop.refund(int(order), {line(harness, order): 1}, restock=False)
    assert told(harness, order) == {ref: (3, 0)}


@pytest.mark.parametrize("restock", [True, False])
def test_a_refund_after_the_shipment_takes_nothing_back(harness: WooHarness, restock: bool) -> None:
    ref = harness.add("A", 10)
    order = harness.order(ref, 3)
    harness.ship(order)
    harness.wait(60)
    harness.shop.refund(int(order), {line(harness, order): 2}, restock=restock)
    assert told(harness, order) == {ref: (0, 3)}


def test_a_product_that_is_not_counted_by_quantity_minus_refunds(harness: WooHarness) -> None:
    kit = str(harness.shop.add_product("KIT", None).id)
    order = harness.order(kit, 3)
    assert told(harness, order) == {kit: (3, 0)}
    harness.shop.refund(int(order), {line(harness, order): 1})
    assert told(harness, order) == {kit: (2, 0)}
    harness.ship(order)
    assert told(harness, order) == {kit: (0, 2)}


def test_a_kit_in_an_order_that_is_not_paid_keeps_nothing(harness: WooHarness) -> None:
    kit = str(harness.shop.add_product("KIT", None).id)
    assert told(harness, harness.order(kit, 3, status="pending")) == {kit: (0, 0)}


def test_an_edited_order(harness: WooHarness) -> None:
    ref, other = harness.add("A", 10), harness.add("B", 10)
    order = harness.order(ref, 3)
    harness.shop.edit_line(int(order), line(harness, order), 5)
    harness.shop.add_line(int(order), int(other), 2)
    assert told(harness, order) == {ref: (5, 0), other: (2, 0)}


def test_two_lines_of_one_product_are_one_order_line(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    order = harness.order(ref, 3)
    harness.shop.add_line(int(order), int(ref), 2)
    assert told(harness, order) == {ref: (5, 0)}


def test_an_order_beyond_stock_counts_whole(harness: WooHarness) -> None:
    ref = harness.add("A", 1)
    assert told(harness, harness.order(ref, 5)) == {ref: (5, 0)}
    assert [row.available for row in harness.connect().read([ref])] == [-4]


@pytest.mark.parametrize("version", ["10.5.0", "9.9.5"])
def test_variations_and_pools(make_harness: Callable[..., WooHarness], version: str) -> None:
    """Units of a pooled variation are its parent's."""
    harness = make_harness(version)
    (tee, _) = harness.variations("TEE", {"S": 5, "M": 5})
    red, blue, own = harness.variations("SOCK", {"red": None, "blue": None, "own": 3}, pool=30)
    parent = red.split(":")[0]
    lines = {harness.product(ref): units for ref, units in {tee: 1, red: 2, blue: 3, own: 1}.items()}
    order = harness.shop.place_order(lines)
    assert told(harness, str(order.id)) == {tee: (1, 0), parent: (5, 0), own: (1, 0)}


def test_baskets_are_no_news(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    assert told(harness, harness.order(ref, 1, status="checkout-draft")) == {}


def test_a_line_whose_product_is_deleted_names_none(harness: WooHarness) -> None:
    ref, other = harness.add("A", 10), harness.add("B", 10)
    order = harness.shop.place_order({int(ref): 1, int(other): 2})
    harness.vanish(ref)
    assert told(harness, str(order.id)).items() >= {(other, (2, 0))}


# ---------------------------------------------------------------- which orders are told


def test_only_what_changed_is_told(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    old = harness.order(ref, 1)
    harness.wait(3600)
    since = harness.now()
    new = harness.order(ref, 2)
    assert {row.order for row in harness.connect().changes(since)} == {new, ""}
    assert {row.order for row in harness.connect().changes(None)} == {old, new}


@pytest.mark.parametrize("hours", [-9, 0, 5.5])
def test_instants_are_gmt_wherever_the_shop_is(make_harness: Callable[..., WooHarness], hours: float | int) -> None:
    harness = make_harness(utc_offset=timedelta(hours=hours))
    ref, since = harness.add("A", 10), harness.now()
    order = harness.order(ref, 1)
    (row,) = of_order(harness.connect(), since, order)
    assert (row.changed_at, row.ordered_at) == (since, since)
    assert of_order(harness.connect(), since + timedelta(seconds=1), order) == []


def test_a_trashed_order_is_told_with_nothing_open(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    order = harness.order(ref, 5)
    harness.wait(3600)
    since = harness.now()
    harness.shop.trash_order(int(order))
    assert told(harness, order, since) == {ref: (0, 0)}


def test_an_order_grows_too_old_to_keep_units_back(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    order = harness.order(ref, 5)
    harness.wait(89 * 86_400)
    assert told(harness, order, harness.now()) == {}
    assert [row.committed for row in of_order(harness.connect(), None, order)] == [5]
    since = harness.now()
    harness.wait(2 * 86_400)
    assert told(harness, order, since) == {ref: (0, 0)}
    assert of_order(harness.connect(), None, order) == []
    warnings = [warning for warning in harness.connect().check().warnings if "reserve_max_age" in warning]
    assert len(warnings) < 2
    assert all(warning.startswith("1 open order") for warning in warnings)


def test_four_hundred_stale_orders_reserve_nothing(harness: WooHarness) -> None:
    ref = harness.add("A", 10)
    for _ in range(400):
        harness.order(ref, 1)
    harness.wait(100 * 86_400)
    fresh = harness.order(ref, 2)
    assert {row.order: row.committed for row in harness.connect().changes(None)} == {fresh: 2}


@pytest.mark.parametrize("version", ["10.5.0", "9.9.5"])
def test_an_edit_by_hand_is_a_hint(make_harness: Callable[..., WooHarness], version: str) -> None:
    harness = make_harness(version)
    plain, (small, _) = harness.add("A", 10), harness.variations("TEE", {"S": 1, "M": 1})
    harness.wait(3600)
    since = harness.now()
    harness.edit(plain, 7)
    harness.edit(small, 4)
    hints = {row.ref: row.changed_at for row in harness.connect().changes(since) if not row.order}
    assert hints.keys() >= {plain, small}
    assert set(hints.values()) == {since}


# ---------------------------------------------------------------- looking again


def test_orders_that_are_in_no_list_any_more_are_found_by_looking_again(harness: WooHarness) -> None:
    ref, other = harness.add("A", 50), harness.add("B", 50)
    kept, gone, trashed = harness.order(ref, 1), harness.order(ref, 2), harness.order(ref, 3)
    edited = str(harness.shop.place_order({int(ref): 4, int(other): 5}).id)
    harness.shop.delete_order(int(gone))
    harness.shop.trash_order(int(trashed))
    harness.shop.edit_line(int(edited), line(harness, edited), 0)
    known = {kept: {ref: 1}, gone: {ref: 2}, trashed: {ref: 3}, edited: {ref: 4, other: 5}}
    found = {(row.order, row.ref): row.committed for row in harness.connect().refetched(known)}
    assert found == {(kept, ref): 1, (gone, ref): 0, (trashed, ref): 0, (edited, ref): 0, (edited, other): 5}


def test_what_a_deleted_product_still_owes_is_not_called_off(harness: WooHarness) -> None:
    ref = harness.add("A", 50)
    order = harness.order(ref, 2)
    harness.vanish(ref)
    assert all(row.committed == 2 for row in harness.connect().refetched({order: {ref: 2}}))
