"""A till's report becomes a level of the pool, as its document describes, and counts like any other level."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from bridge.core.model import Skip
from bridge.core.shelf import Report
from bridge.ops.health import health_of
from bridge.state import keys
from bridge.state.connect import connect
from bridge.sync.reports import take
from tests.harness.refusals import BY_STYLE, BY_UPC

from .conftest import units

# -- the document ----------------------------------------------------------------------------------------


@pytest.mark.states(
    "update.served.endpoint", "update.served.by_upc", "update.served.by_sku_size_width", "update.served.quantity",
)  # fmt: skip
@pytest.mark.parametrize(("body", "count"), [(BY_UPC, 12), (BY_STYLE, 44)], ids=["UPC", "SKU, size and width"])
def test_both_examples_of_the_document_are_kept(till: Any, body: dict[str, Any], count: int) -> None:
    answer = till.post(body)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert units(till) == {"upc:849632048260": count}  # one product, whichever way it is called
    assert till.post(body).status_code == 200
    assert units(till) == {"upc:849632048260": count}


@pytest.mark.parametrize(("quantity", "count"), [(0, 0), (-3, 0), (12.0, 12), (1.9, 1)])
def test_what_cannot_lie_on_a_shelf_counts_for_less(till: Any, quantity: float, count: int) -> None:
    assert till.post({**BY_UPC, "quantity": quantity}).status_code == 200
    assert units(till) == {"upc:849632048260": count}


def test_members_that_nobody_knows_are_let_pass(till: Any) -> None:
    assert till.post({**BY_UPC, "sku": "whatever", "note": {"a": [1]}}).status_code == 200


@pytest.mark.states("update.served.bearer", "update.served.bad_token")
@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer another-token-of-a-till", "Basic a-token-of-the-till", "a-token-of-the-till"]
)
def test_whoever_has_no_token_is_refused_before_anything_is_read(till: Any, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = till.ask("POST", token=None, content=b"x" * 10**6, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "Invalid bearer token"})


def test_other_addresses_and_methods(till: Any) -> None:
    assert till.ask("GET", "/healthz", token=None).text == "ok\n"
    assert till.ask("GET").status_code == 405
    found = till.ask("GET", "/nothing")
    assert (found.status_code, found.json()) == (404, {"error": "There is nothing at this address"})


# -- which report counts ---------------------------------------------------------------------------------


def test_the_report_that_began_later_counts_however_long_the_other_takes(till: Any) -> None:
    """Here the slow one is answered last, and the clock of the bridge is between them."""
    context, early = till.harness.context, till.harness.clock()
    till.harness.later(seconds=3)
    till.count("A", 5)
    take(context, "shelf", Report("849632048260", None, "3", 9), early)
    assert units(till) == {"upc:849632048260": 5}
    take(context, "shelf", Report("849632048260", None, "3", 6), till.harness.clock())
    assert units(till) == {"upc:849632048260": 6}


def test_a_clock_that_was_set_back_stops_no_report(till: Any) -> None:
    till.harness.later(hours=5)
    till.count("A", 5)
    till.harness.later(hours=-5)
    till.count("A", 4)
    assert units(till) == {"upc:849632048260": 4}


# -- in the pool -----------------------------------------------------------------------------------------


def stocked(till: Any, shelf: int | None = None) -> Any:
    """Ten of A, and twenty more products, in the warehouse and both shops."""
    harness = till.harness
    for sku in ("A", *(f"Z{n}" for n in range(20))):
        harness.add(sku, 10)
    if shelf is not None:
        till.count("A", shelf)
    harness.cycle()
    return harness


@pytest.mark.states("update.served.store", "update.served.quantity")
def test_a_shelf_is_one_more_warehouse_of_the_pool(till: Any) -> None:
    harness = stocked(till)
    till.count("A", 3)
    assert all(harness.state.due(store) for store in harness.stores)  # rule 3, before any cycle
    assert harness.cycle().code == 0
    assert harness.shows("A") == {"main": 13, "outlet": 13}
    till.count("A", 2)
    harness.cycle()
    assert harness.shows("A") == {"main": 12, "outlet": 12}


def test_neither_a_pull_nor_a_whole_one_wipes_it(till: Any) -> None:
    harness = stocked(till, 3)
    harness.warehouse.receive("A", 1)
    harness.cycle()
    assert harness.shows("A") == {"main": 14, "outlet": 14}
    harness.later(hours=23)
    till.count("A", 3)
    harness.cycle(full=True)
    assert harness.shows("A") == {"main": 14, "outlet": 14}


def test_the_same_again_moves_nothing(till: Any) -> None:
    harness = stocked(till, 3)
    writes = {name: store.writes for name, store in harness.stores.items()}
    till.count("A", 3)
    assert not any(harness.state.due(store) for store in harness.stores)
    harness.cycle()
    assert {name: store.writes for name, store in harness.stores.items()} == writes


def test_a_store_that_may_not_ship_from_it_does_not_offer_it(till_with: Any) -> None:
    till = till_with("", 'warehouses = ["1"]')
    harness = stocked(till, 3)
    assert harness.shows("A") == {"main": 13, "outlet": 10}


def test_what_the_warehouse_has_deleted_is_sold_from_no_shelf(till: Any) -> None:
    harness = stocked(till, 3)
    harness.warehouse.set_stock("A", 0)
    harness.warehouse.delete("A")
    harness.cycle()
    harness.release("main")
    harness.release("outlet")
    harness.cycle()
    assert harness.shows("A") == {"main": 0, "outlet": 0}


def test_an_order_takes_a_piece_of_the_shelf(till: Any) -> None:
    harness = stocked(till, 3)
    harness["main"].sell("A", 2)
    harness.cycle()
    assert harness.shows("A") == {"main": 11, "outlet": 11}


def test_a_sale_at_the_till_is_no_shipment_of_an_order_that_may_leave_from_elsewhere(till: Any) -> None:
    """Else the pieces under way would be offered again before the warehouse has counted them."""
    harness = stocked(till, 3)
    order = harness["main"].sell("A", 2)
    harness.cycle()
    till.count("A", 1)
    harness.cycle()
    harness["main"].ship(order)
    harness.cycle()
    assert harness.shows("A") == {"main": 9, "outlet": 9}  # 10 and 1, less the 2 under way
    harness.warehouse.forward("A", 2)
    harness.cycle()
    assert harness.shows("A") == {"main": 9, "outlet": 9}


def test_a_shelf_that_is_cleared_out_is_judged_by_the_guard(till_with: Any) -> None:
    till = till_with("", 'warehouses = ["shelf-3"]')
    harness = till.harness
    for sku in ("A", "B", "C"):
        harness.add(sku, 10)
        till.count(sku, 10)
    harness.cycle()
    assert [harness.shows(sku)["outlet"] for sku in "ABC"] == [10, 10, 10]
    for sku in ("A", "B", "C"):
        till.count(sku, 0)
    assert harness.cycle().code == 1
    assert [harness.shows(sku)["outlet"] for sku in "ABC"] == [10, 10, 10]
    harness.release("outlet")
    harness.cycle()
    assert [harness.shows(sku)["outlet"] for sku in "ABC"] == [0, 0, 0]


def test_a_shelf_that_nobody_reported_is_not_known_and_not_zero(till_with: Any) -> None:
    till = till_with("", 'warehouses = ["shelf-3"]')
    harness = till.harness
    harness.add("A", 10)
    done = harness.cycle()
    assert (done.stores["outlet"].skipped, harness.shows("A")["outlet"]) == (1, 10)
    assert Skip.UNREPORTED.lasting
    till.count("A", 8)
    harness.cycle()
    assert harness.shows("A")["outlet"] == 8


# -- silence and loss ------------------------------------------------------------------------------------


def test_a_till_that_falls_silent_freezes_increases_and_never_falls(till_with: Any) -> None:
    till = till_with(lines='silent_after = "1h"')
    harness = stocked(till, 3)
    harness.later(minutes=61)
    harness.warehouse.receive("A", 5)
    harness.warehouse.receive("Z1", 5)
    done = harness.cycle()
    assert (harness.shows("A"), harness.shows("Z1")) == ({"main": 13, "outlet": 13}, {"main": 15, "outlet": 15})
    assert done.stores["main"].waiting == 1
    health = health_of(harness.context, harness.context.stores)
    assert (health.code, "till shelf, store 3: has reported nothing for" in health.sentence) == (1, True)
    harness.warehouse.forward("A", 7)
    harness.cycle()
    assert harness.shows("A") == {"main": 11, "outlet": 11}  # 8 and the 3 of the shelf: lowered at once
    harness.warehouse.receive("A", 2)
    till.count("C", 1)  # of anything: it is alive
    assert harness.cycle().code == 0
    assert harness.shows("A") == {"main": 13, "outlet": 13}


def test_a_till_that_never_reported_is_named(till: Any) -> None:
    stocked(till)
    health = health_of(till.harness.context, till.harness.context.stores)
    assert (health.code, "till shelf, store 3: has reported nothing yet" in health.sentence) == (1, True)


@pytest.mark.parametrize("key", [keys.LEVELS, keys.LEDGER, keys.of_store("main", "shown"), keys.LAYOUT_KEY])
def test_a_loss_elsewhere_keeps_what_tills_reported(till: Any, key: str) -> None:
    harness = stocked(till, 3)
    harness.db.delete(key)
    harness.cycle()
    assert units(till) == {"upc:849632048260": 3}
    assert harness.shows("A") == {"main": 13, "outlet": 13}


def test_the_loss_of_what_tills_reported_is_a_loss_of_state(till_with: Any) -> None:
    """It is not known, not 0: what is on the shelf alone stays as it is; what else is lowered is judged."""
    till = till_with("", 'warehouses = ["shelf-3"]')
    harness = stocked(till, 3)
    till.count("A", 3)
    harness.cycle()
    assert harness.shows("A")["outlet"] == 3
    harness.db.delete(keys.of_inbound("shelf"), keys.tills_of("shelf"))
    done = harness.cycle()
    assert harness.shows("A")["outlet"] == 3
    assert done.code == 1
    assert (
        "till shelf, store 3: has reported nothing yet" in health_of(harness.context, harness.context.stores).sentence
    )


def test_reports_that_come_while_the_state_is_lost_are_kept(till: Any) -> None:
    harness = stocked(till, 3)
    harness.db.flushdb()
    till.count("A", 2)
    harness.cycle()
    assert units(till) == {"upc:849632048260": 2}
    harness.later(minutes=3)
    harness.cycle()
    assert harness.shows("A") == {"main": 12, "outlet": 12}


def test_a_till_that_is_added_to_a_running_bridge_is_no_loss(till_with: Any) -> None:
    till = till_with()
    harness = till.harness
    table, harness.settings = harness.settings, ""
    harness.context = harness.build()
    stocked(till)
    began = harness.state.source_record().full_at
    harness.settings = table
    harness.context = harness.build()
    harness.cycle()
    assert harness.state.source_record().full_at == began


# -- products that nobody knows --------------------------------------------------------------------------


def test_what_the_items_file_does_not_list_is_kept_apart_until_it_does(till: Any) -> None:
    harness = stocked(till)
    assert till.post(upc="1234", store="3", quantity=7).json() == {"success": True}
    assert [(code, ref, count.units) for code, ref, _, count in harness.state.every_unknown("shelf")] == [
        ("3", "upc:1234", 7)
    ]
    till.items.write_text(till.items.read_text() + "Z1,1234,,,\n")
    harness.cycle()
    harness.cycle()
    assert list(harness.state.every_unknown("shelf")) == []
    assert harness.shows("Z1") == {"main": 17, "outlet": 17}


def test_a_product_that_gets_another_sku_counts_there_and_only_there(till: Any) -> None:
    harness = stocked(till, 3)
    till.items.write_text(till.items.read_text().replace("A,849632048260", "Z1,849632048260"))
    harness.cycle()
    harness.cycle()
    assert (harness.shows("A")["main"], harness.shows("Z1")["main"]) == (10, 13)


def test_a_product_that_gets_a_upc_never_counts_twice(till: Any) -> None:
    """Neither before nor after the next pull."""
    till.post(sku="ZOOT-SUIT", size="36", width="", store="3", quantity=5)
    till.items.write_text(till.items.read_text().replace("B,,ZOOT", "B,012345678905,ZOOT"))
    till.post(upc="012345678905", store="3", quantity=4)
    assert units(till, "B") == {"upc:012345678905": 4}


def test_a_product_that_is_taken_out_of_the_file_is_not_lost(till: Any) -> None:
    harness = stocked(till, 3)
    before = till.items.read_text()
    till.items.write_text(before.replace("A,849632048260,ZOOT-SUIT,34,D\n", ""))
    harness.cycle()
    assert (units(till), [x[1] for x in harness.state.every_unknown("shelf")]) == ({}, ["upc:849632048260"])
    till.items.write_text(before)
    harness.cycle()
    assert units(till) == {"upc:849632048260": 3}


def test_two_products_of_the_till_that_are_one_sku_are_added(till: Any) -> None:
    harness = stocked(till)
    till.items.write_text(till.items.read_text() + "A,1234,,,\n")
    till.count("A", 3)
    till.post(upc="1234", store="3", quantity=2)
    harness.cycle()
    assert harness.shows("A") == {"main": 15, "outlet": 15}


def test_an_items_file_with_a_fault_takes_nothing_and_changes_nothing(till: Any) -> None:
    harness = stocked(till, 3)
    good = till.items.read_text()
    till.items.write_text(good + "A,849632048260\n")
    answer = till.post(BY_UPC)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "items file" in answer.json()["error"]
    harness.cycle()
    assert harness.shows("A") == {"main": 13, "outlet": 13}


def test_more_unknown_products_than_any_shop_has_are_refused_and_said(till: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("bridge.sync.reports.MOST_UNKNOWN", 2)
    answers = [till.post(upc=str(n), store="3", quantity=1).status_code for n in (1, 2, 3, 1)]
    assert answers == [200, 200, 503, 200]


# -- several at a time -----------------------------------------------------------------------------------


def test_reports_that_are_taken_at_once_lose_nothing(till: Any, redis_url: str) -> None:
    """Over connections of their own, in any order: of two products of one SKU, each ends at its last begun count."""
    till.items.write_text(till.items.read_text() + "A,1234,,,\n")
    harness, began = till.harness, till.harness.clock()
    settings, clock = harness.read_settings(), harness.clock
    contexts = [harness.context_on(settings, connect(redis_url), clock, clock) for _ in range(4)]
    harness.later(minutes=5)

    def reports(worker: int) -> None:
        for number in range(worker, 120, len(contexts)):
            upc = ("849632048260", "1234")[number % 2]
            take(contexts[worker], "shelf", Report(upc, None, "3", number), began + timedelta(seconds=number))

    with ThreadPoolExecutor(len(contexts)) as workers:
        list(workers.map(reports, reversed(range(len(contexts)))))
    for context in contexts:
        context.state.close()
    assert units(till) == {"upc:849632048260": 118, "upc:1234": 119}


def test_a_body_that_never_ends_is_given_up(till: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("bridge.web.inbound.SLOWEST", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    answer = till.ask("POST", content=slow())
    assert (answer.status_code, answer.json()) == (408, {"error": "The body did not come in time"})
