"""A store that takes numbers and shows none: what it accepted is all that is known of it."""

import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest

from bridge.cli import check, drift, explain, first_push, look, status, sync
from bridge.core.health import UNVERIFIED
from bridge.core.model import StockKey
from bridge.ops import rollback, store_lists
from bridge.ops.health import health_of
from bridge.sync.report import UNANSWERED
from connectors.base import Batch, RetryableStoreError, Verdict
from connectors.testing.local import two_platforms
from connectors.values import replace
from tests.harness.installation import Installation

from .blind import BlindStore, Connector, known

SKUS = ("A", "B", "C")
START_IS_OVER = {"minutes": 5}
AGAIN = {"hours": 26}
LOST = ["lost after it landed", "lost before it landed"]


class Slow(Connector):
    """One item at a time, and the first one is never answered."""

    capabilities = replace(Connector.capabilities, max_batch=1)

    def push(self, batch: Batch) -> Any:
        if batch.updates[0].ref.endswith("-A"):
            self.harness.replies = ["lost before it landed"]
        return super().push(batch)


def stock(harness: Installation) -> Installation:
    for sku, units in zip(SKUS, (10, 20, 30), strict=True):
        harness.add(sku, units, shown=units)
        harness["run"].shop.products[harness["run"].ref(sku)].stock = 99
    return harness


@pytest.fixture
def fresh(harness_with: Any) -> Installation:
    """A shop and one that cannot be read, before the first cycle."""
    return stock(harness_with(only="outlet", more={"run": BlindStore}))


@pytest.fixture
def harness(fresh: Installation) -> Installation:
    """The same, at rest."""
    fresh.cycle()
    fresh.later(**START_IS_OVER)
    fresh.cycle()
    assert fresh.cycle().code == 0
    fresh["run"].forget()
    return fresh


def numbers(harness: Installation) -> dict[str, int]:
    return {sku: harness["run"].shows(sku) for sku in SKUS}


# ---------------------------------------------------------------- the numbers


def test_the_first_push_sends_everything_and_what_was_accepted_is_what_it_shows(fresh: Installation) -> None:
    done = fresh.cycle()
    assert (done.code, done.stores["run"].applied, done.stores["run"].held) == (0, 3, None)
    assert numbers(fresh) == {"A": 10, "B": 20, "C": 30}
    assert [known(fresh, sku).available for sku in SKUS] == [10, 20, 30]
    assert fresh.cycle().stores["run"].due == 0


def test_after_a_beginning_everything_is_sent_once_more_and_then_no_more(fresh: Installation) -> None:
    """A write of an old worker may have landed since: nothing would show it."""
    fresh.cycle()
    fresh["run"].forget()
    fresh["run"].shop.products[fresh["run"].ref("B")].stock = 1
    fresh.later(**START_IS_OVER)
    assert fresh.cycle().code == 0
    assert sorted(fresh["run"].sent) == [("A", 10), ("B", 20), ("C", 30)]
    fresh["run"].forget()
    for span in ({"minutes": 20}, AGAIN, AGAIN):
        fresh.later(**span)
        assert fresh.cycle().code == 0
    assert fresh["run"].sent == []


def test_a_sale_elsewhere_lowers_it_at_once(harness: Installation) -> None:
    harness["outlet"].sell("A", 4)
    assert harness.cycle().code == 0
    assert harness["run"].sent == [("A", 6)]
    assert harness["outlet"].shows("A") == 6


def test_an_increase_elsewhere_does_not_wait_for_it(harness: Installation) -> None:
    harness.warehouse.set_stock("A", 15)
    harness["run"].shop.failures = [RetryableStoreError("away", sent=False)] * 1000
    harness.later(minutes=30)
    harness.cycle()
    assert harness["outlet"].shows("A") == 15
    assert "freezes" not in str(health_of(harness.context, ("run",)))
    harness["run"].shop.failures.clear()
    harness.later(minutes=20)
    assert harness.cycle().code == 0
    assert harness["run"].shows("A") == 15


def test_its_own_increase_waits_for_the_stores_that_can_be_read(harness: Installation) -> None:
    harness.warehouse.set_stock("A", 15)
    harness.warehouse.set_stock("B", 15)
    harness["outlet"].go_down()
    harness.later(minutes=30)
    harness.cycle()
    assert harness["run"].sent == [("B", 15)]
    harness["outlet"].restore()
    harness.later(minutes=20)
    harness.cycle()
    assert numbers(harness) == {"A": 15, "B": 15, "C": 30}


def test_before_its_first_number_the_other_stores_increases_do_not_wait(fresh: Installation) -> None:
    fresh["run"].shop.failures = [RetryableStoreError("away", sent=False)] * 1000
    fresh["outlet"].edit("A", 3)
    fresh.cycle()
    assert fresh["outlet"].shows("A") == 10


def test_orders_that_it_tells_reserve_until_they_are_gone(harness: Installation) -> None:
    order = harness["run"].sell("A", 3)
    harness.cycle()
    assert harness.shows("A") == {"outlet": 7, "run": 7}
    harness["run"].cancel(order)
    harness.cycle()
    assert harness.shows("A") == {"outlet": 10, "run": 10}


def test_a_shipment_that_it_tells_counts_until_the_warehouse_has_counted_it(harness: Installation) -> None:
    order = harness["run"].sell("A", 3)
    harness.cycle()
    harness.later(minutes=1)
    harness["run"].ship(order)
    harness.cycle()
    assert harness.shows("A") == {"outlet": 7, "run": 7}
    harness.warehouse.set_stock("A", 7)
    harness.cycle()
    assert harness.shows("A") == {"outlet": 7, "run": 7}
    assert harness.cycle().code == 0


@pytest.mark.skipif(
    not two_platforms()[0].connector.capabilities.locations, reason="its table is that of a platform without locations"
)
def test_each_of_its_locations_gets_the_number_of_its_warehouses(harness_with: Any) -> None:
    rules = 'locations = { "1" = "L1", "2" = "L2", "3" = "L2" }'
    harness = harness_with(
        only="outlet", more={"run": partial(BlindStore, rules=rules)}, warehouses={"1": "One", "2": "Two", "3": "Three"}
    )
    harness.warehouse.add("A", {"1": 5, "2": 6, "3": 7})
    for store in harness.stores.values():
        store.add("A", 18)
    assert harness.cycle().code == 0
    ref = harness["run"].ref("A")
    assert harness["run"].shop.accepted == {(ref, "L1"): 5, (ref, "L2"): 13}
    order = harness["run"].sell("A", 2)  # no order says from where: off the fullest, and once
    assert harness.cycle().code == 0
    assert sum(harness["run"].shop.accepted.values()) == harness["outlet"].shows("A") == 16
    harness.later(minutes=1)
    harness["run"].ship(order)
    harness.cycle()
    assert sum(harness["run"].shop.accepted.values()) == harness["outlet"].shows("A") == 16
    harness.warehouse.set_stock("A", 5, "3")
    harness.cycle()
    assert sum(harness["run"].shop.accepted.values()) == harness["outlet"].shows("A") == 16


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize("how", LOST)
def test_after_a_lost_reply_the_same_number_is_sent_again(harness: Installation, how: str) -> None:
    harness["run"].replies = [how]
    harness.warehouse.set_stock("A", 4)
    assert harness.cycle().code == 75  # the first of both may still land
    assert harness["run"].sent == [("A", 4), ("A", 4)]
    assert harness["run"].shows("A") == 4
    harness.later(minutes=2)
    assert harness.cycle().code == 0
    assert len(harness["run"].sent) == 2


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("how", LOST)
def test_another_number_waits_until_a_lost_one_cannot_land_any_more(
    harness: Installation, how: str, times: int
) -> None:
    harness["run"].replies = [how] * times
    harness.warehouse.set_stock("A", 4)
    harness.cycle()
    harness["run"].forget()
    harness.warehouse.set_stock("A", 3)
    done = harness.cycle()
    assert (done.code, harness["run"].sent) == (75, [])
    assert list(done.stores["run"].reasons) == [UNANSWERED]
    harness.later(seconds=40)
    assert harness.cycle().code == 0
    assert harness["run"].sent == [("A", 3)]


@pytest.mark.parametrize("how", LOST)
def test_the_old_number_is_no_safe_one_after_a_lost_reply(harness: Installation, how: str) -> None:
    """It was accepted once, and what came after it may have landed."""
    harness["run"].replies = [how] * 2
    harness.warehouse.set_stock("A", 4)
    harness.cycle()
    harness["run"].forget()
    harness.warehouse.set_stock("A", 10)
    assert harness.cycle().code == 75
    harness.later(seconds=40)
    assert harness.cycle().code == 0
    assert harness["run"].sent == [("A", 10)]
    assert harness["run"].shows("A") == 10


@pytest.mark.parametrize("how", LOST)
def test_a_first_number_may_be_lost_as_well(fresh: Installation, how: str) -> None:
    fresh["run"].replies = [how]
    assert fresh.cycle().code == 75
    fresh.cycle()
    assert numbers(fresh) == {"A": 10, "B": 20, "C": 30}
    fresh.later(minutes=2)
    assert fresh.cycle().code == 0


def test_an_item_that_is_never_answered_keeps_no_other_from_being_sent(
    harness: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No reading can tell whether the store answers at all; the next batch does."""
    run = harness["run"]
    monkeypatch.setattr(type(run), "connector", Slow)
    monkeypatch.setattr(run, "open", lambda _, __, send, now: Slow(run, send))
    for sku, units in zip(SKUS, (9, 19, 29), strict=True):
        harness.warehouse.set_stock(sku, units)
    harness.cycle()
    assert numbers(harness) == {"A": 10, "B": 19, "C": 29}
    assert [sku for sku, _ in run.sent].count("A") == 2


def test_a_worker_that_dies_before_the_answer_leaves_a_number_in_doubt(harness: Installation) -> None:
    harness["run"].replies = [lambda _: 1 / 0]  # a bug: nothing is known
    harness.warehouse.set_stock("A", 4)
    with pytest.raises(ZeroDivisionError):
        harness.cycle()
    harness.warehouse.set_stock("A", 10)
    harness.later(minutes=2)
    assert harness["run"].shows("A") == 4
    harness.cycle()
    assert harness["run"].shows("A") == 10


def test_what_it_does_not_know_of_an_item_is_sent_again(harness: Installation) -> None:
    harness["run"].replies = [lambda said: replace(said, verdict=Verdict.DEFERRED, shown=None, reason="busy")] * 2
    harness.warehouse.set_stock("A", 4)
    assert harness.cycle().code == 75
    harness.warehouse.set_stock("A", 10)
    assert harness.cycle().code == 0
    assert harness["run"].shows("A") == 10


def test_a_refused_item_keeps_no_other_from_being_sent(harness: Installation) -> None:
    run = harness["run"]
    run.shop.products[run.ref("A")].frozen = True
    for sku, units in zip(SKUS, (9, 19, 29), strict=True):
        harness.warehouse.set_stock(sku, units)
    assert harness.cycle().code == 1
    assert numbers(harness) == {"A": 10, "B": 19, "C": 29}
    assert harness.quarantine("run") == {run.ref("A"): "this product is frozen"}
    run.shop.products[run.ref("A")].frozen = False
    harness.resync("run")
    harness.cycle()
    assert numbers(harness) == {"A": 9, "B": 19, "C": 29}


def test_what_is_gone_is_forgotten_and_found_again(harness: Installation) -> None:
    run = harness["run"]
    del run.shop.products[run.ref("A")]
    harness.warehouse.set_stock("A", 9)
    done = harness.cycle()
    assert done.stores["run"].missing == 1
    ref = run.add("A", 50)
    harness.later(minutes=20)
    assert harness.cycle().code == 0
    assert run.shop.products[ref].stock == 9


def test_a_listing_that_left_its_list_is_forgotten_and_a_short_list_is_not_believed(harness: Installation) -> None:
    run = harness["run"]
    kept = dict(run.shop.products)
    run.shop.products.clear()
    assert harness.cycle(full=True).code == 1
    assert len(list(harness.state.every_listing("run"))) == 3
    why = harness.state.store_record("run").doubted_list
    assert why is not None
    assert "one by one" not in why.why
    run.shop.products.update({ref: product for ref, product in kept.items() if product.sku != "A"})
    assert harness.cycle(full=True).code == 0
    assert {x.sku for x in harness.state.every_listing("run")} == {"B", "C"}


# ---------------------------------------------------------------- the guard, undoing, losing


def test_the_guard_judges_by_what_was_accepted(harness: Installation) -> None:
    for sku in SKUS:
        harness.warehouse.set_stock(sku, 0)
    done = harness.cycle()
    assert (done.code, harness["run"].sent) == (1, [])
    assert "all 3 listings that show stock would go to zero" in (done.stores["run"].held or "")
    harness.release("run")
    harness.cycle()
    assert numbers(harness) == {"A": 0, "B": 0, "C": 0}


def test_after_the_state_was_lost_everything_is_sent_again(harness: Installation) -> None:
    for sku in SKUS:
        harness.warehouse.set_stock(sku, 0)
    harness["run"].shop.products[harness["run"].ref("B")].stock = 77
    harness.db.flushall()
    done = harness.cycle()
    assert (done.stores["run"].applied, done.stores["run"].held) == (3, None)  # there is nothing to compare with
    assert numbers(harness) == {"A": 0, "B": 0, "C": 0}


def test_what_a_person_has_not_decided_on_stays_held_when_the_numbers_are_lost(harness: Installation) -> None:
    """The guard knows better than that nothing is known."""
    for sku in SKUS:
        harness.warehouse.set_stock(sku, 0)
    harness.cycle()
    harness.db.delete("stockbridge:store:run:shown")
    assert harness.cycle().code == 1
    assert numbers(harness) == {"A": 10, "B": 20, "C": 30}
    assert {key.ref for key in harness.state.held("run")} == set(harness["run"].shop.products)
    harness.release("run")
    harness.cycle()
    assert numbers(harness) == {"A": 0, "B": 0, "C": 0}


def test_resync_sends_again_what_was_accepted(harness: Installation) -> None:
    """Nothing can be read, so that is all that asking again can mean."""
    harness["run"].shop.products[harness["run"].ref("B")].stock = 1
    harness.resync("run", "B")
    assert harness.session("run").applied == 1
    assert harness["run"].sent == [("B", 20)]
    harness["run"].forget()
    harness.resync("run", full=True)
    harness.session("run")
    assert sorted(harness["run"].sent) == [("A", 10), ("B", 20), ("C", 30)]
    assert harness.session("run").applied == 0


def test_rollback_puts_back_what_was_accepted_before(harness: Installation) -> None:
    harness.warehouse.set_stock("A", 8)
    run = harness.cycle().run
    past = rollback.past(harness.context, run)
    assert past is not None
    seen = rollback.preview(harness.context, run, "run", past.writes["run"])
    only = {d.stock_key for d in seen.back}
    assert only == {StockKey("run", harness["run"].ref("A"), "")}
    rollback.roll_back(harness.context, run, "run", past.writes["run"], by="the test", only=only)
    assert harness["run"].shows("A") == 10
    assert known(harness, "A").available == 10


def test_a_first_number_cannot_be_put_back_and_rollback_says_why(fresh: Installation) -> None:
    run = fresh.cycle().run
    past = rollback.past(fresh.context, run)
    assert past is not None
    seen = rollback.preview(fresh.context, run, "run", past.writes["run"])
    assert (seen.back, len(seen.kept)) == ([], 3)
    assert all("first number there, and the store cannot be read" in kept.why for kept in seen.kept)


# ---------------------------------------------------------------- what people read


def test_a_dry_run_shows_what_would_be_set(fresh: Installation, capsys: Any) -> None:
    done = fresh.cycle(dry=True)
    assert fresh["run"].batches == []
    rows = sync._plan(fresh.context, "run", done.plans["run"])
    assert [(row["sku"], row["shows"], row["would_show"]) for row in rows] == [
        ("A", None, 10), ("B", None, 20), ("C", None, 30)
    ]  # fmt: skip
    found, _ = first_push.ask(fresh.context, ["run"])
    assert found["stores"]["run"]["would_set"] == 3
    assert found["stores"]["run"]["would_raise"] == 0
    first_push.show("run", found["stores"]["run"])
    assert "3 sent for the first time: the store cannot be read" in capsys.readouterr().out


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[..., str]:
    """Run a command on the state of a harness → what it prints."""

    def run(harness: Installation, command: Any, *args: Any) -> str:
        monkeypatch.setattr(sys.modules[command.__module__], "opened", lambda *_: nullcontext(harness.context))
        command(*args)
        return str(capsys.readouterr().out)

    return run


def test_green_says_what_cannot_be_verified(harness: Installation, at_terminal: Any) -> None:
    found = health_of(harness.context, harness.context.stores)
    assert (found.light.word, found.code) == ("green", 0)
    assert f"run cannot be read: {UNVERIFIED}." in found.sentence
    assert "within" not in health_of(harness.context, ("run",)).sentence
    told = at_terminal(harness, status.status)
    assert f"never, for it cannot be read: {UNVERIFIED}" in told
    assert "last reached" in told


def test_explain_diff_check_and_drift_say_that_it_cannot_be_verified(
    harness: Installation, at_terminal: Any, capsys: Any
) -> None:
    told = at_terminal(harness, explain.explain, "A", "run")
    assert "the store accepted" in told
    assert "which cannot be verified" in told
    assert "the store shows" not in told
    assert f"no listings differ from the target; it cannot be read: {UNVERIFIED}." in at_terminal(
        harness, look.diff, "run"
    )
    assert "cannot be read, so that no drift is seen" in at_terminal(harness, drift.drift, "run")
    check._print_stores({"run": {"ok": True, **check._check_store(harness.context, "run", {})}})
    assert f"it cannot be read: {UNVERIFIED}" in capsys.readouterr().out


def test_explain_says_that_a_number_is_not_known_or_in_doubt(fresh: Installation, at_terminal: Any) -> None:
    fresh.cycle(dry=True)
    assert "no number of ours yet, and cannot be read" in at_terminal(fresh, explain.explain, "A", "run")
    fresh.cycle()
    fresh["run"].replies = ["lost after it landed"] * 2
    fresh.warehouse.set_stock("A", 4)
    fresh.cycle()
    fresh.warehouse.set_stock("A", 3)
    fresh.cycle()
    assert "4 or another number" in at_terminal(fresh, explain.explain, "A", "run")
    assert [row["sku"] for row in store_lists.differing(fresh.context, "run")] == ["A"]
