"""Cartons in the pool: a listing of them sells full ones, and shares the pieces with what sells those singly."""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.cli.unknown_skus import unknown_skus
from bridge.ops.explain.report import explained
from tests.harness.installation import Installation

from .harness import lose_everything

CARTONS = '[stores.{}.cartons]\n"CASE" = "1"'
KITS = CARTONS + '\n[stores.{}.bundles]\n"KIT" = {{ "CASE" = 1, "A" = 2 }}'
EACH = 10
"""Pieces of A in a carton."""


@pytest.fixture
def packed(harness_with: Callable[..., Installation]) -> Installation:
    """Four full cartons and five loose pieces of A; `main` sells cartons and `outlet` pieces. Nothing was synced."""
    harness = harness_with(main=CARTONS.format("main"))
    pack(harness, cartons=4, loose=5)
    harness["main"].add("CASE", 0)
    harness["outlet"].add("A", 0)
    return harness


def pack(harness: Installation, *, cartons: int, loose: int) -> None:
    harness.warehouse.add("A", loose)
    harness.warehouse.cartons.add("A", EACH)
    harness.warehouse.cartons.receive("1", cartons)


def show(harness: Installation, cases: int, pieces: int) -> None:
    harness.cycle()
    harness.cycle()
    assert (harness["main"].shows("CASE"), harness["outlet"].shows("A")) == (cases, pieces)


def test_full_cartons_are_sold_as_cartons_and_all_pieces_singly(packed: Installation) -> None:
    show(packed, 4, 45)
    packed.later(hours=25)
    show(packed, 4, 45)


def test_loose_pieces_are_no_carton(packed: Installation) -> None:
    packed.warehouse.receive("A", 300)
    show(packed, 4, 345)


def test_an_order_of_a_carton_takes_its_pieces_and_an_order_of_pieces_opens_one(packed: Installation) -> None:
    show(packed, 4, 45)
    order = packed["main"].sell("CASE", 1)
    show(packed, 3, 35)
    packed["outlet"].sell("A", 6)  # of five loose ones
    show(packed, 2, 29)
    packed["main"].cancel(order)
    show(packed, 3, 39)


def test_a_carton_that_ships_counts_once_shop_first(packed: Installation) -> None:
    show(packed, 4, 45)
    order = packed["main"].sell("CASE", 1)
    show(packed, 3, 35)
    packed["main"].ship(order)
    show(packed, 3, 35)
    packed.warehouse.cartons.ship("1", 1)
    show(packed, 3, 35)
    packed.later(hours=25)
    show(packed, 3, 35)


def test_a_carton_that_ships_counts_once_warehouse_first(packed: Installation) -> None:
    show(packed, 4, 45)
    order = packed["main"].sell("CASE", 1)
    packed.warehouse.cartons.ship("1", 1)
    show(packed, 2, 25)  # as of any order, until the shop tells
    packed["main"].ship(order)
    show(packed, 3, 35)
    packed.later(hours=25)
    show(packed, 3, 35)


def test_pieces_that_leave_open_a_carton(packed: Installation) -> None:
    show(packed, 4, 45)
    order = packed["outlet"].sell("A", 8)
    show(packed, 3, 37)
    packed["outlet"].ship(order)
    show(packed, 3, 37)
    packed.warehouse.forward("A", 8)
    assert packed.warehouse.cartons.known("1").counts == {"1": 3}
    show(packed, 3, 37)


def test_an_opened_carton_that_looks_like_a_shipped_one_offers_none_too_many(packed: Installation) -> None:
    """A carton has left and the warehouse has not counted it, and another one is opened: the count of cartons falls for
    the one, and the pieces still wait for the other."""
    show(packed, 4, 45)
    order = packed["main"].sell("CASE", 1)
    packed["main"].ship(order)
    show(packed, 3, 35)
    packed["outlet"].ship(packed["outlet"].sell("A", 6))
    packed.warehouse.forward("A", 6)  # one is opened: three stand there, of which one has left
    show(packed, 2, 29)
    packed.warehouse.cartons.ship("1", 1)
    show(packed, 2, 29)


def test_rules_speak_of_a_carton_listing_by_its_store_sku(packed: Installation) -> None:
    rules = '\n[stores.main.skus."CASE"]\nbuffer = 1\n[stores.main.skus."A"]\nbuffer = 40'
    packed.configure(main=CARTONS.format("main") + rules)
    show(packed, 3, 45)


def test_a_bundle_may_hold_a_carton(harness_with: Callable[..., Installation]) -> None:
    harness = harness_with(main=KITS.format("main", "main"), only="main")
    pack(harness, cartons=4, loose=5)
    harness["main"].add("KIT", 0)
    harness["main"].add("CASE", 0)
    harness.cycle()
    harness.cycle()
    assert harness.shows("KIT") == {"main": 3}  # 12 pieces each, of 45
    harness["main"].sell("KIT", 1)
    harness.cycle()
    assert (harness.shows("CASE"), harness.shows("KIT")) == ({"main": 3}, {"main": 2})


def test_a_deleted_carton_type_sells_nothing_and_its_pieces_go_on(packed: Installation) -> None:
    show(packed, 4, 45)
    packed.warehouse.cartons.set_count("1", 0)
    packed.warehouse.receive("A", 40)
    packed.warehouse.cartons.delete("1")
    packed.cycle()
    packed.release()
    show(packed, 0, 45)


def test_a_type_that_the_list_leaves_out_is_asked_for_by_its_id(packed: Installation) -> None:
    show(packed, 4, 45)
    packed.warehouse.cartons.left_out = frozenset({"1"})
    packed.cycle(full=True)
    show(packed, 4, 45)
    packed.warehouse.cartons.set_count("1", 0)
    packed.warehouse.cartons.delete("1")
    packed.cycle(full=True)
    packed.release()
    packed.release("outlet")
    show(packed, 0, 5)


def test_a_carton_of_two_products_is_not_believed(packed: Installation) -> None:
    show(packed, 4, 45)
    made = packed.warehouse.cartons.known("1")
    part = {"id": made.item.id, "sku": "A", "name": "A", "quantity": 5}
    packed.warehouse.cartons.garble("1", contents=[part, part])
    packed.warehouse.cartons.receive("1", 9)
    show(packed, 4, 135)
    (bad,) = packed.state.bad_rows().values()
    assert bad["why"] == "it holds 2 products, and a carton holds one"
    packed.warehouse.cartons.garble("1")
    show(packed, 13, 135)
    assert packed.state.bad_rows() == {}


def test_an_unknown_type_is_named_and_its_listing_left_alone(harness_with: Callable[..., Installation]) -> None:
    harness = harness_with(main=CARTONS.replace('"1"', '"7"').format("main"), only="main")
    pack(harness, cartons=4, loose=5)
    harness["main"].add("CASE", 3)
    harness.cycle()
    assert harness.shows("CASE") == {"main": 3}
    (said,) = unknown_skus(harness.context, "main")
    assert said == 'stores.main.cartons: CASE: the warehouse has no carton type "7"; there are 1.'
    for _ in range(7):
        harness.warehouse.cartons.add("A", 2)
    harness.warehouse.cartons.receive("7", 5)
    harness.cycle()
    harness.cycle()
    assert harness.shows("CASE") == {"main": 5}
    assert unknown_skus(harness.context, "main") == []


def test_a_table_that_comes_later_is_read_whole(harness_with: Callable[..., Installation]) -> None:
    harness = harness_with(only="main")
    pack(harness, cartons=4, loose=5)
    harness["main"].add("CASE", 3)
    harness.cycle()
    harness.later(hours=1)
    harness.cycle()
    asked = harness.source.calls.get("/v0/inventory/cartons/breakdown", 0)
    assert asked == 0, "nobody sells cartons"
    harness.configure(main=CARTONS.format("main"))
    harness.cycle()
    harness.cycle()
    assert harness.shows("CASE") == {"main": 4}
    harness.configure(main="")
    harness.cycle()
    harness.warehouse.cartons.receive("1", 3)
    harness.later(hours=1)
    harness.cycle()
    harness.configure(main=CARTONS.format("main"))
    harness.cycle()
    harness.cycle()
    assert harness.shows("CASE") == {"main": 7}


def test_everything_is_found_again_after_redis_was_lost(packed: Installation) -> None:
    show(packed, 4, 45)
    packed["main"].sell("CASE", 1)
    packed.cycle()
    lose_everything(packed)
    show(packed, 3, 35)


def test_a_shop_cannot_name_a_carton_type_itself(packed: Installation) -> None:
    packed["main"].add("\x00carton 1", 2)
    show(packed, 4, 45)
    assert packed["main"].shows("\x00carton 1") == 2


def test_explain_tells_what_a_carton_is_and_both_parts(packed: Installation) -> None:
    show(packed, 4, 45)
    packed["outlet"].sell("A", 6)
    packed.cycle()
    report: Any = explained(packed.context, "CASE", ("main",))
    carton, pieces = report["stock"]
    assert (carton["sku"], pieces["sku"]) == ("carton type 1", "A")
    (level,) = carton["products"]
    assert level["packing"] == {"sku": "A", "pieces": 10, "dimensions_mm": [305, 254, 203], "weight_g": 2268}
    assert level["held"] == {"Main (1)": 4}
    (slip,) = report["stores"]["main"]["slips"]
    assert slip["target"] == 3
    assert [(x["sku"], x["pieces"], x["free"], x["makes"], x["scarcest"]) for x in slip["parts"]] == [
        ("carton type 1", 1, 4, 4, False),
        ("A", 10, 39, 3, True),
    ]
