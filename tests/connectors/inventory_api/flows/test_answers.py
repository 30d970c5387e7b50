"""What the shop answers, and what the bridge makes of it: nothing is lost, nothing claimed in vain."""

from typing import Any

import pytest

from bridge.sync.report import UNANSWERED
from connectors.inventory_api.sandbox import TOKEN

pytestmark = pytest.mark.needs("inventory_api")
LESS = {"A": 9, "B": 19, "C": 29}


def lower(harness: Any, skus: str = "ABC") -> list[tuple[str, int]]:
    """The warehouse has one less of each → what `run` must be sent for it."""
    for sku in skus:
        harness.warehouse.set_stock(sku, LESS[sku])
    return [(sku, LESS[sku]) for sku in skus]


@pytest.mark.crossed
@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize("skus", ["A", "ABC"])
def test_a_bad_token_needs_a_person_and_puts_nothing_into_quarantine(harness: Any, status: int, skus: str) -> None:
    sandbox = harness["run"].sandbox
    sandbox.token, sandbox.token_status = None, status
    wanted = lower(harness, skus)
    done = harness.cycle()
    assert done.code == 1
    assert "Invalid bearer token" in (done.stores["run"].error or "")
    assert harness.quarantine("run") == {}
    assert harness["outlet"].shows("A") == 9, "the others go on"
    sandbox.token = TOKEN
    harness.later(minutes=20)
    assert harness.cycle().code == 0
    assert harness["run"].taken == wanted


@pytest.mark.parametrize("status", [200, 401])
def test_a_token_that_ended_is_noticed_without_a_number_to_send(harness: Any, status: int) -> None:
    sandbox = harness["run"].sandbox
    sandbox.token, sandbox.token_status = None, status
    harness.later(minutes=16)
    done = harness.cycle()
    assert (done.code, harness["run"].taken) == (1, [])
    assert "does not accept the token" in (done.stores["run"].error or "")


def test_a_refused_product_is_named_with_the_shops_sentence_and_holds_up_no_other(harness: Any) -> None:
    run = harness["run"]
    run.shop.product("A")[1].refused = "This product is locked"
    wanted = lower(harness)
    assert harness.cycle().code == 1
    assert run.taken == wanted[1:]
    assert harness.quarantine("run") == {run.ref("A"): "This product is locked"}
    run.shop.product("A")[1].refused = ""
    harness.resync("run")
    harness.cycle()
    assert run.shows("A") == 9


def test_a_code_that_the_shop_does_not_know_is_a_matter_of_the_store(harness_with: Any) -> None:
    harness = harness_with('stores = { "1" = "9" }')
    done = harness.cycle()
    assert done.code == 1
    assert "Unknown store: 9" in (done.stores["run"].error or "")
    assert harness.quarantine("run") == {}


@pytest.mark.parametrize("after", [True, False])
def test_a_lost_reply_is_sent_again_and_another_number_waits(harness: Any, after: bool) -> None:
    run = harness["run"]
    run.sandbox.faults.add("drop", after=after, on=run.shop.product("A")[1].upc, times=2)
    harness.warehouse.set_stock("A", 4)
    harness.cycle()
    harness.warehouse.set_stock("A", 3)
    done = harness.cycle()
    assert (done.code, list(done.stores["run"].reasons)) == (75, [UNANSWERED])
    harness.later(seconds=90)
    assert harness.cycle().code == 0
    assert run.shows("A") == 3


def test_a_report_that_lands_late_does_not_go_over_a_later_number(harness: Any) -> None:
    run = harness["run"]
    run.sandbox.faults.add("late", on=run.shop.product("A")[1].upc, times=2)
    harness.warehouse.set_stock("A", 4)
    harness.cycle()
    harness.warehouse.set_stock("A", 3)
    harness.cycle()
    run.sandbox.land()  # within its time limit
    harness.later(seconds=90)
    assert harness.cycle().code == 0
    assert run.shows("A") == 3


def test_one_product_over_which_the_shop_stumbles_holds_up_no_other(harness: Any) -> None:
    run = harness["run"]
    run.sandbox.faults.add("status", status=500, on=run.shop.product("A")[1].upc, times=-1)
    wanted = lower(harness)
    assert harness.cycle().code == 75
    assert run.taken == wanted[1:]
    run.sandbox.faults.mend()
    harness.later(minutes=2)
    assert harness.cycle().code == 0
    assert run.shows("A") == 9


@pytest.mark.parametrize("fault", [{"kind": "throttled"}, {"kind": "status"}, {"kind": "refuse"}, {"kind": "html"}])
def test_a_shop_in_trouble_gets_its_numbers_later(harness: Any, fault: Any) -> None:
    run = harness["run"]
    run.sandbox.faults.add(**fault, times=-1)
    wanted = lower(harness)
    assert harness.cycle().code == 75
    assert run.taken == []
    run.sandbox.faults.mend()
    harness.later(minutes=20)
    assert harness.cycle().code == 0
    assert run.taken == wanted
    assert harness.shows("A") == {"outlet": 9, "run": 9}


def test_no_secret_is_in_what_is_kept(harness: Any) -> None:
    harness["run"].sandbox.faults.add("refusal", body=f"{TOKEN} is no token of ours", times=-1)
    harness.warehouse.set_stock("A", 4)
    harness.cycle()
    kept = [harness.db.dump(name) for name in harness.db.keys("stockbridge:*")]
    assert kept
    assert not any(TOKEN.encode() in value for value in kept)
