"""Order lines that name no listing, or one that was given another SKU before anybody met the order."""

from typing import Any

import pytest

from bridge.ops.health import health_of
from bridge.state.records import UnmappedLine
from bridge.status_report import gather
from tests.harness.installation import Installation
from tests.pool.harness import come_to_rest, keep, lose_everything, stocked


@pytest.fixture
def shop(harness: Installation) -> Installation:
    """Twenty of A and nine of B, everywhere."""
    return stocked(harness, {"A": 20, "B": 9})


# -- Shopify keeps the SKU with the line ---------------------------------------------------------------


def test_an_order_met_after_the_rename_is_of_what_it_was_ordered_as(shop: Installation) -> None:
    order = shop["main"].sell("A", 5)
    shop["main"].shop.set_sku("A", "A-OLD")
    shop["main"].add("A", 15)
    lose_everything(shop)
    for _ in range(2):
        assert keep(shop, "A", 15)["outlet"] == 15
    shop["main"].ship(order)
    for _ in range(2):
        assert keep(shop, "A", 15)["outlet"] == 15
    shop.warehouse.forward("A", 5)
    come_to_rest(shop)
    assert keep(shop, "A", 15) == {"main": 15, "outlet": 15}


def test_names_that_the_warehouse_never_knew_count_once(harness: Any) -> None:
    """A merchant gives all listings the SKUs of the warehouse while orders are open."""
    harness.warehouse.add("A", 20)
    harness["main"].add("OLD-A", 20)
    harness["outlet"].add("A", 20)
    order = harness["main"].sell("OLD-A", 5)
    harness["main"].shop.set_sku("OLD-A", "A")
    harness.cycle()
    assert harness.shows("A") == {"main": 15, "outlet": 15}
    harness["main"].ship(order)
    harness.warehouse.forward("A", 5)
    come_to_rest(harness)
    assert harness.shows("A") == {"main": 15, "outlet": 15}


@pytest.mark.parametrize("lost", [False, True], ids=["known before", "met after the state was lost"])
def test_a_deleted_variant_is_owed_and_shipped_by_its_sku(shop: Installation, lost: bool) -> None:
    order = shop["main"].sell("A", 5)
    if not lost:
        shop.cycle()
    shop["main"].shop.delete_variant("A")
    if lost:
        lose_everything(shop)
    for minutes in (1, 16, 90, 26 * 60):
        shop.later(minutes=minutes)
        for _ in range(2):
            shop.cycle()
            assert shop["outlet"].shows("A") == 15
    shop["main"].ship(order)
    shop.cycle()
    assert shop["outlet"].shows("A") == 15
    shop.warehouse.forward("A", 5)
    come_to_rest(shop)
    assert shop["outlet"].shows("A") == 15


@pytest.mark.parametrize("lost", [False, True], ids=["known before", "met after the state was lost"])
def test_one_that_was_shipped_before_its_variant_was_deleted_is_entered_once(shop: Installation, lost: bool) -> None:
    order = shop["main"].sell("A", 5)
    shop.cycle()
    shop["main"].ship(order)
    if not lost:
        shop.cycle()
    shop["main"].shop.delete_variant("A")
    if lost:
        lose_everything(shop)
    for _ in range(2):
        shop.later(minutes=20)
        shop.cycle()
        assert shop["outlet"].shows("A") == 15
    order.updated_at = shop.clock.now  # somebody adds a note
    come_to_rest(shop)
    assert shop["outlet"].shows("A") == 15
    shop.warehouse.forward("A", 5)
    come_to_rest(shop)
    assert shop["outlet"].shows("A") == 15


def test_a_cancelled_order_of_a_deleted_variant_frees_its_units(shop: Installation) -> None:
    order = shop["main"].sell("A", 5)
    shop["main"].shop.delete_variant("A")
    shop.cycle()
    assert shop["outlet"].shows("A") == 15
    shop["main"].cancel(order)
    come_to_rest(shop)
    assert shop["outlet"].shows("A") == 20


def test_an_order_that_is_gone_frees_the_units_of_its_unnamed_lines(shop: Installation) -> None:
    shop["main"].sell("B", 1)  # an older one that is shown: so the next cannot be too old to be
    order = shop["main"].sell("B", 1)
    shop["main"].shop.add_custom_item(order, "Anything", 2, sku="A")
    shop.cycle()
    assert shop.shows("A") == {"main": 18, "outlet": 18}
    del shop["main"].shop.orders[order.id]
    come_to_rest(shop)
    assert shop.shows("A") == {"main": 20, "outlet": 20}


def test_what_was_typed_by_hand_under_a_sku_of_ours_is_owed_and_shipped(shop: Installation) -> None:
    order = shop["main"].sell("B", 1)
    shop["main"].shop.add_custom_item(order, "Anything", 2, sku="A")
    for _ in range(2):
        shop.cycle()
        assert shop.shows("A") == {"main": 18, "outlet": 18}
    shop["main"].ship(order)
    shop.cycle()
    assert shop.shows("A") == {"main": 18, "outlet": 18}
    shop.warehouse.forward("A", 2)
    shop.warehouse.forward("B", 1)
    come_to_rest(shop)
    assert shop.shows("A") == {"main": 18, "outlet": 18}
    assert shop.state.due("main") == {}


def test_a_deleted_variant_beside_what_was_typed_by_hand(shop: Installation) -> None:
    """What is shipped of the one is not taken for the other."""
    order = shop["main"].sell("A", 5)
    shop["main"].shop.add_custom_item(order, "Engraving", 3)
    shop.cycle()
    shop["main"].shop.delete_variant("A")
    come_to_rest(shop)
    assert shop["outlet"].shows("A") == 15
    shop["main"].ship(order)
    come_to_rest(shop)
    assert shop["outlet"].shows("A") == 15


# -- what maps to nothing ------------------------------------------------------------------------------


def named(harness: Installation, store: str) -> list[tuple[str, str, int, str]]:
    """What `status` names: SKU, title, units, what it may be."""
    found = gather(harness.context)["stores"][store]["unmapped_lines"]
    assert found["count"] == len(found["lines"])
    return [(line["sku"], line["title"], line["units"], line["near"]) for line in found["lines"]]


@pytest.fixture
def mistyped(shop: Installation) -> Installation:
    """Two of "a " are open, typed by hand in the only order, and four of A come in."""
    order = shop["main"].sell("B", 1)
    shop["main"].shop.add_custom_item(order, "Anything", 2, sku="a ")
    shop.cycle()
    shop.warehouse.receive("A", 4)
    return shop


def test_a_line_that_may_be_of_something_of_ours_is_named_and_that_is_not_raised(mistyped: Installation) -> None:
    for _ in range(2):
        assert mistyped.cycle().code == 1
        assert mistyped.shows("A") == {"main": 20, "outlet": 20}
    assert named(mistyped, "main") == [("a ", "", 2, "A")]
    health = health_of(mistyped.context, ["main"])
    assert 'order #1001: 2 of "a ", which may be A' in health.sentence
    mistyped.warehouse.set_stock("A", 9)
    mistyped.cycle()
    assert mistyped.shows("A") == {"main": 9, "outlet": 9}, "what falls is written"


def test_it_is_over_with_its_order(mistyped: Installation) -> None:
    mistyped.cycle()
    (order,) = mistyped["main"].shop.orders
    mistyped["main"].cancel(order)
    mistyped.cycle()
    assert mistyped.cycle().code == 0
    assert mistyped.shows("A") == {"main": 24, "outlet": 24}
    assert named(mistyped, "main") == []


def test_it_is_over_with_a_line_in_the_map_and_counts_then(mistyped: Installation) -> None:
    mistyped.cycle()
    mistyped.configure(main='[stores.main.map]\n"a " = "A"\n')
    for _ in range(2):
        done = mistyped.cycle()
    assert done.code == 0
    assert mistyped.shows("A") == {"main": 22, "outlet": 22}
    assert named(mistyped, "main") == []


def test_a_line_that_is_of_nothing_here_is_named_and_stops_nobody(shop: Installation) -> None:
    order = shop["main"].sell("B", 1)
    shop["main"].shop.add_custom_item(order, "Engraving", 3)
    shop["main"].shop.add_custom_item(order, "Poster", 1, sku="POSTER")
    shop.warehouse.receive("A", 4)
    assert shop.cycle().code == 0
    assert shop.shows("A") == {"main": 24, "outlet": 24}
    assert named(shop, "main") == [("", "Engraving", 3, ""), ("POSTER", "", 1, "")]
    shop["main"].ship(order)
    assert shop.cycle().code == 0
    assert named(shop, "main") == []


def test_everyday_lines_of_listings_that_nobody_mapped_are_not_named(shop: Installation) -> None:
    for store in ("main", "outlet"):
        shop[store].add("GIFT-WRAP", 5)
        shop[store].sell("GIFT-WRAP", 1)
    assert [shop.cycle().code for _ in range(2)] == [0, 0]
    assert (named(shop, "main"), named(shop, "outlet")) == ([], [])


def test_a_line_is_called_by_its_sku_else_by_its_title() -> None:
    lines = [UnmappedLine("7", "a", "", 2, "A"), UnmappedLine("7", "", "Engraving", 1), UnmappedLine("7", "", "", 1)]
    told = ['order 7: 2 of "a", which may be A', "order 7: 1 of Engraving", "order 7: 1 of nothing that has a name"]
    assert [line.phrase for line in lines] == told


@pytest.mark.parametrize("younger", [False, True], ids=["no order is shown", "younger ones are shown"])
def test_an_order_too_old_to_be_shown_is_not_gone(shop: Any, younger: bool) -> None:
    """Without read_all_orders Shopify answers null for what is older than sixty days."""
    shop["main"].sell("A", 5)
    shop.cycle()
    shop["main"].shop.delete_variant("A")
    shop.later(hours=25)
    shop.cycle()
    shop.later(hours=24 * 60)
    if younger:
        shop["main"].sell("B", 1)
    for hours in (1, 2, 25):
        shop.later(hours=hours)
        for _ in range(2):
            shop.cycle()
            assert shop["outlet"].shows("A") == 15
