"""A store that does not know its open orders any more: their units stay committed until that can be believed."""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.ops import steer
from bridge.ops.health import health_of
from tests.harness.installation import Installation
from tests.harness.sweeps import turns

UNITS = 60
MANY = 25


@pytest.fixture(params=turns(["main", "outlet"]))
def store(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def owing(harness: Installation, store: str) -> Callable[[int], Installation]:
    """owing(orders): so many orders of one unit are open, of a listing that their shop has deleted since. Nothing but
    the orders themselves tells what they hold."""

    def build(orders: int) -> Installation:
        harness.add("A", UNITS)
        harness.add("B", 5)
        harness.cycle()
        harness[store].cancel(harness[store].sell("B", 1))  # what is older than all that a shop shows it need not know
        for _ in range(orders):
            harness[store].sell("A", 1)
        harness.cycle()
        harness[store].delete("A")
        harness.later(hours=25)
        assert [harness.cycle().code for _ in range(3)][-1] == 0
        assert offered(harness, store) == UNITS - orders
        return harness

    return build


def offered(harness: Installation, store: str, sku: str = "A") -> int:
    """What the other shop shows."""
    return int(next(harness[name].shows(sku) for name in harness.stores if name != store))


@pytest.mark.parametrize(
    ("orders", "lost"), [(MANY, 21), (MANY, MANY), (2, 2)], ids=["more than twenty", "all of many", "all of two"]
)
def test_too_many_stay_committed_until_the_store_knows_them_again(
    owing: Callable[[int], Installation], store: str, orders: int, lost: int
) -> None:
    harness = owing(orders)
    back = harness[store].lose_orders(lost)
    for hours in (2, 2, 25):
        harness.later(hours=hours)
        assert harness.cycle().code == 1
        assert offered(harness, store) == UNITS - orders
    sentence = health_of(harness.context, [store]).sentence
    assert f"{store}: {lost} of {orders} open orders are unknown to it when asked for by id (" in sentence
    assert f"`stockbridge resync {store} --full --confirm-absent`" in sentence
    back()
    harness.later(minutes=16)
    assert harness.cycle().code == 0
    assert offered(harness, store) == UNITS - orders


@pytest.mark.parametrize(("orders", "lost"), [(MANY, 20), (1, 1)], ids=["twenty", "the only one"])
def test_a_few_are_let_go(owing: Callable[[int], Installation], store: str, orders: int, lost: int) -> None:
    harness = owing(orders)
    harness[store].lose_orders(lost)
    harness.later(hours=2)
    harness.cycle()
    assert harness.cycle().code == 0
    assert offered(harness, store) == UNITS - orders + lost


def test_a_person_confirms_and_they_are_let_go_at_once(owing: Callable[[int], Installation], store: str) -> None:
    harness = owing(MANY)
    harness[store].lose_orders(MANY)
    harness.later(hours=2)
    assert harness.cycle().code == 1
    harness.cycle(full=True, confirm_absent=True)
    assert harness.cycle().code == 0
    assert offered(harness, store) == UNITS
    assert harness.state.store_record(store).confirm_absent is None


def test_the_word_reaches_whichever_worker_comes_next(owing: Callable[[int], Installation], store: str) -> None:
    harness = owing(MANY)
    harness[store].lose_orders(MANY)
    harness.later(hours=2)
    harness.cycle()
    steer.confirm_absent(harness.context, store, "ann@desk")
    harness.session(store)
    assert health_of(harness.context, [store]).code == 0
    harness.cycle()
    assert offered(harness, store) == UNITS


def test_a_word_on_the_list_says_nothing_of_orders_that_nobody_had_told_of(
    owing: Callable[[int], Installation], store: str
) -> None:
    harness = owing(MANY)
    harness[store].lose_orders(MANY)
    harness.later(hours=2)
    assert harness.cycle(full=True, confirm_absent=True).code == 1
    assert offered(harness, store) == UNITS - MANY


def test_an_order_that_nobody_has_seen_is_met_before_anything_is_increased(
    owing: Callable[[int], Installation], store: str
) -> None:
    """The store tells of no order meanwhile, and so its cursor passes that one."""
    harness = owing(MANY)
    harness[store].sell("B", 2)
    back = harness[store].lose_orders(MANY + 1)
    harness.later(hours=2)
    harness.warehouse.receive("B", 4)
    for _ in range(2):
        harness.cycle()
        assert offered(harness, store, "B") <= 5
    back()
    for _ in range(3):
        harness.later(minutes=16)
        harness.cycle()
        assert harness.highest("B") <= 7
    assert offered(harness, store, "B") == 7
