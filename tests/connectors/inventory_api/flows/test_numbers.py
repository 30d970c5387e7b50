"""Its numbers: sent once, lowered at once, judged by what was accepted, put back, explained."""

from typing import Any

import pytest

from bridge.cli import explain, first_push, status, sync
from bridge.core.health import UNVERIFIED
from bridge.ops import rollback
from bridge.ops.health import health_of
from connectors.inventory_api.sandbox import Product

pytestmark = pytest.mark.needs("inventory_api")


def numbers(harness: Any) -> dict[str, int]:
    return {sku: harness["run"].shows(sku) for sku in "ABC"}


def test_the_first_push_sends_everything_and_the_next_ones_nothing(fresh: Any) -> None:
    done = fresh.cycle()
    assert (done.code, done.stores["run"].applied, done.stores["run"].held) == (0, 3, None)
    assert numbers(fresh) == {"A": 10, "B": 20, "C": 30}
    assert fresh.cycle().stores["run"].due == 0
    bodies = [call.given for call in fresh["run"].sandbox.log if call.given]
    assert sorted(body.get("upc") or body["sku"] for body in bodies) == [
        "850000000001", "850000000018", "STYLE 000002"
    ]  # fmt: skip
    assert {(body["store"], type(body["quantity"])) for body in bodies} == {("3", int)}


def test_warehouses_that_share_a_code_are_added_and_others_have_their_own(harness_with: Any) -> None:
    rules = 'stores = { "1" = "3", "2" = "4", "3" = "4" }'
    harness = harness_with(rules, warehouses={"1": "One", "2": "Two", "3": "Three"})
    harness.warehouse.add("D", {"1": 5, "2": 6, "3": 7})
    harness["run"].add("D", 0)
    assert harness.cycle().code == 0
    assert [harness["run"].shows("D", code) for code in ("3", "4")] == [5, 13]


def test_a_warehouse_without_a_code_does_not_count(harness_with: Any) -> None:
    harness = harness_with(warehouses={"1": "One", "2": "Two"})
    harness.warehouse.add("D", {"1": 5, "2": 6})
    harness["run"].add("D", 0)
    harness.cycle()
    assert harness["run"].shows("D") == 5


def test_rules_names_and_bundles_are_those_of_every_store(harness_with: Any) -> None:
    harness = harness_with(
        'buffer = 2\nstores = { "1" = "3" }\n[stores.run.map]\n"OWN-A" = "A"\n'
        '[stores.run.bundles]\n"KIT" = { "A" = 2, "B" = 3 }'
    )
    harness["run"].add("OWN-A", 0)
    harness["run"].add("KIT", 0)
    harness.cycle()
    assert [harness["run"].shows(sku) for sku in ("A", "OWN-A", "KIT")] == [8, 8, 3]


@pytest.mark.states("update.real_time")
def test_a_sale_elsewhere_lowers_it_at_once(harness: Any) -> None:
    harness["outlet"].sell("A", 4)
    assert harness.cycle().code == 0
    assert harness["run"].taken == [("A", 6)]


def test_its_own_sale_is_seen_when_the_warehouse_has_counted_it(harness: Any) -> None:
    """Until then every store offers the units, see docs/delivery.md."""
    harness["run"].shop.set_by_hand("A", "3", 7)
    harness.later(hours=3)
    assert harness.cycle().code == 0
    assert harness.shows("A") == {"outlet": 10, "run": 7}
    harness.warehouse.set_stock("A", 7)
    assert harness.cycle().code == 0
    assert harness.shows("A") == {"outlet": 7, "run": 7}
    assert harness["run"].taken == [("A", 7)]


def test_rollback_puts_back_what_was_accepted_before(harness: Any) -> None:
    harness.warehouse.set_stock("A", 8)
    run = harness.cycle().run
    past = rollback.past(harness.context, run)
    assert past is not None
    seen = rollback.preview(harness.context, run, "run", past.writes["run"])
    only = {decision.stock_key for decision in seen.back}
    rollback.roll_back(harness.context, run, "run", past.writes["run"], by="the test", only=only)
    assert harness["run"].taken == [("A", 8), ("A", 10)]


def test_a_dry_run_and_check_send_nothing(fresh: Any) -> None:
    done = fresh.cycle(dry=True)
    rows = sync._plan(fresh.context, "run", done.plans["run"])
    assert [(row["sku"], row["shows"], row["would_show"]) for row in rows] == [
        ("A", None, 10), ("B", None, 20), ("C", None, 30)
    ]  # fmt: skip
    found, _ = first_push.ask(fresh.context, ["run"])
    assert found["stores"]["run"]["would_set"] == 3
    assert fresh["run"].taken == []


def test_people_read_that_it_cannot_be_verified(harness: Any, at_terminal: Any) -> None:
    assert f"run cannot be read: {UNVERIFIED}." in health_of(harness.context, harness.context.stores).sentence
    assert UNVERIFIED in at_terminal(harness, status.status)
    told = at_terminal(harness, explain.explain, "A", "run")
    assert "the store accepted" in told
    assert "which cannot be verified" in told


# ---------------------------------------------------------------- sending again


def test_everything_is_sent_again_as_often_as_the_table_says(harness_with: Any, at_rest: Any) -> None:
    """A till overwrites what was sent, and nobody can see it."""
    harness = at_rest(harness_with('repush_every = "6h"\nstores = { "1" = "3" }'))
    harness["run"].shop.set_by_hand("B", "3", 1)
    harness.later(hours=5)
    assert harness.cycle().code == 0
    assert harness["run"].taken == []
    harness.later(hours=1)
    assert harness.cycle().code == 0
    assert harness["run"].taken == [("A", 10), ("B", 20), ("C", 30)]
    harness["run"].forget()
    harness.later(hours=5)
    harness.cycle()
    assert harness["run"].taken == []
    harness.later(hours=1)
    harness.cycle()
    assert len(harness["run"].taken) == 3


def test_nothing_is_sent_again_where_the_table_says_off(harness: Any) -> None:
    for _ in range(3):
        harness.later(hours=26)
        assert harness.cycle().code == 0
    assert harness["run"].taken == []


# ---------------------------------------------------------------- the items file


def test_a_new_line_is_met_within_a_quarter_of_an_hour(harness: Any) -> None:
    harness.warehouse.add("D", 4)
    harness["run"].add_product(Product("D", upc="0042"))
    harness.later(minutes=16)
    assert harness.cycle().code == 0
    assert harness["run"].taken == [("D", 4)]


def test_a_line_with_another_sku_is_that_products_from_now_on(harness: Any) -> None:
    harness["run"].shop.write_items(lambda text: text.replace("\nA,", "\nB,"))
    harness.later(minutes=16)
    harness.cycle()
    assert harness["run"].shows("A") == 20


def test_a_line_that_is_taken_out_is_forgotten_and_the_rest_goes_on(harness: Any) -> None:
    harness["run"].shop.write_items(lambda text: "".join(x for x in text.splitlines(True) if not x.startswith("A,")))
    for sku in "AB":
        harness.warehouse.set_stock(sku, 7)
    done = harness.cycle()
    assert (done.stores["run"].missing, done.stores["run"].applied) == (1, 1)
    assert harness["run"].taken == [("B", 7)]
    assert {x.sku for x in harness.state.every_listing("run")} == {"B", "C"}


def test_a_spoilt_file_stops_the_store_names_the_lines_and_nothing_is_lost(harness: Any) -> None:
    harness["run"].shop.write_items(lambda text: f"{text}X,,,,\nY\n")
    harness.warehouse.set_stock("A", 4)
    done = harness.cycle()
    assert done.code == 1
    assert "line 5: names no product of the shop" in (done.stores["run"].error or "")
    assert "line 6: has 1 cells" in (done.stores["run"].error or "")
    assert (harness["run"].taken, harness["outlet"].shows("A")) == ([], 4)
    harness["run"].shop.write_items()
    harness.later(minutes=20)
    assert harness.cycle().code == 0
    assert harness["run"].taken == [("A", 4)]
