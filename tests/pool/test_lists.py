"""A store's list that is suddenly empty or much shorter: missing is not gone, and what is gone is a person's word."""

from typing import Any

import pytest

from bridge.core.absence import is_too_many
from bridge.ops import steer
from bridge.ops.health import health_of
from bridge.state.change import Change
from tests.harness.installation import Installation
from tests.harness.sweeps import turns
from tests.pool.harness import refs_of, stocked

MANY = 30


@pytest.fixture(params=turns(["main", "outlet"]))
def store(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def full(harness: Installation) -> Installation:
    """Both shops sell thirty listings of ten."""
    return stocked(harness, {f"S{n:02}": 10 for n in range(MANY)})


def known(harness: Installation, store: str) -> int:
    return len(refs_of(harness, store))


def called_gone(harness: Installation, store: str) -> Any:
    """Two listings are gone, for the shop, when they are written → what brings them back."""
    back = harness[store].lose(2)
    for sku in ("S00", "S01"):
        harness.warehouse.set_stock(sku, 9)
    harness.cycle()
    return back


@pytest.mark.parametrize("count", [MANY, MANY - 5])
def test_a_list_that_lost_most_is_not_believed_until_it_is_whole_again(
    full: Installation, store: str, count: int
) -> None:
    back = full[store].lose(count)
    done = full.cycle(full=True)
    assert (done.code, known(full, store)) == (1, MANY)
    sentence = health_of(full.context, [store]).sentence
    assert f"{store}: {count} of {MANY} listings are gone from its list" in sentence
    assert f"`stockbridge resync {store} --full --confirm-absent`" in sentence
    back()
    full.later(minutes=16)
    assert full.cycle().code == 0
    assert full.shows("S00")[store] == 10


def test_a_small_shop_that_lists_nothing_is_not_believed(harness: Installation, store: str) -> None:
    for sku in "ABCD":
        harness.add(sku, 10)
    harness.cycle()
    harness[store].lose(4)
    assert harness.cycle(full=True).code == 1
    assert known(harness, store) == 4


def test_a_few_that_are_gone_are_forgotten(full: Installation, store: str) -> None:
    full[store].lose(20)
    assert full.cycle(full=True).code == 0
    assert known(full, store) == MANY - 20


def test_a_person_confirms_and_the_word_is_used_up(full: Installation, store: str) -> None:
    full[store].lose(25)
    assert full.cycle(full=True).code == 1
    assert full.cycle(full=True, confirm_absent=True).code == 0
    assert known(full, store) == MANY - 25
    assert full.state.store_record(store).confirm_absent is None


def test_a_word_that_comes_while_the_list_is_read_stands(
    full: Installation, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session that did not know of it used it up."""

    def meanwhile(absent: int, known: int) -> bool:
        steer.confirm_absent(full.context, store, "ann@desk")
        return is_too_many(absent, known)

    full[store].lose(25)
    with monkeypatch.context() as patch:
        patch.setattr("bridge.sync.read.absent.is_too_many", meanwhile)
        assert full.cycle(full=True).code == 1
    full.later(minutes=16)
    assert full.cycle().code == 0
    assert known(full, store) == MANY - 25


def test_the_word_reaches_whichever_worker_comes_next(full: Installation, store: str) -> None:
    full[store].lose(25)
    full.cycle(full=True)
    steer.confirm_absent(full.context, store, "ann@desk")
    full.session(store)
    assert known(full, store) == MANY - 25
    assert health_of(full.context, [store]).code == 0


def test_a_store_that_calls_much_gone_while_it_is_written_is_not_believed(full: Installation, store: str) -> None:
    """Its list is not due yet, and every number is: none of the listings is forgotten on the word of that."""
    back = full[store].lose(MANY)
    for n in range(MANY):
        full.warehouse.set_stock(f"S{n:02}", 9)
    assert full.cycle().code == 1
    assert known(full, store) == MANY
    back()
    full.later(minutes=16)
    full.cycle()
    assert full.cycle().code == 0
    assert full.shows("S00")[store] == 9


def test_a_few_at_a_time_add_up_until_the_list_is_read(full: Installation, store: str) -> None:
    full[store].lose(MANY)
    for n in range(0, MANY, 6):
        for m in range(n, n + 6):
            full.warehouse.set_stock(f"S{m:02}", 9)
        full.cycle()
    assert known(full, store) >= MANY - 20
    assert full.cycle().code == 1


def test_the_word_of_a_store_is_asked_again_after_a_quarter_of_an_hour_and_not_before(full: Installation) -> None:
    full["outlet"].lose(MANY)
    full.cycle(full=True)
    noted = full.state.store_record("outlet").doubted_list
    full.cycle()
    assert full.state.store_record("outlet").doubted_list == noted
    full.later(minutes=16)
    full.cycle()
    later = full.state.store_record("outlet").doubted_list
    assert noted is not None
    assert later is not None
    assert (later.since, later.at > noted.at) == (noted.since, True)
    assert later.since < full.clock.now


def test_one_that_was_called_gone_when_it_was_written_and_is_there_is_met_again(full: Installation, store: str) -> None:
    """It did not change, so no list of changes has it, and the next full list is a day away."""
    full.later(hours=2)
    full.cycle()
    back = called_gone(full, store)
    assert known(full, store) == MANY - 2
    back()
    full.later(minutes=16)
    assert full.cycle().code == 0
    assert known(full, store) == MANY
    assert [full.shows(sku)[store] for sku in ("S00", "S01")] == [9, 9]


def test_what_was_listed_and_never_read_is_asked_for_before_it_is_forgotten(full: Installation, store: str) -> None:
    """A process that was killed between the two had left it so."""
    unread = Change()
    for ref in refs_of(full, store):
        unread.put_store_stock(store, ref, None)
    full.state.commit(unread)
    back = full[store].lose(MANY)
    assert full.cycle(full=True).code == 1
    assert known(full, store) == MANY
    back()
    full.later(minutes=16)
    full.cycle()
    assert full.cycle().code == 0


def test_one_that_orders_kept_while_it_was_gone_is_read_when_it_is_back(full: Installation, store: str) -> None:
    """The list of the store has it as the map does, so nothing of it is new."""
    full.later(hours=2)
    full[store].sell("S00", 2)
    full.cycle()
    back = called_gone(full, store)
    assert known(full, store) == MANY - 1
    back()
    full.later(minutes=16)
    full.cycle()
    full.later(minutes=1)
    assert full.cycle().code == 0
    assert [full.shows(sku)[store] for sku in ("S00", "S01")] == [7, 9]


def test_what_a_full_list_made_forgotten_and_is_there_is_met_again(full: Installation, store: str) -> None:
    """A few may be forgotten at once; that they are back is in no list of changes, and the next full list is a day
    away."""
    full.later(hours=2)
    back = full[store].lose(2)
    assert full.cycle(full=True).code == 0
    assert known(full, store) == MANY - 2
    for sku in ("S00", "S01"):
        full.warehouse.set_stock(sku, 9)
    full.cycle()
    back()
    full.later(minutes=16)
    assert full.cycle().code == 0
    assert known(full, store) == MANY
    assert [full.shows(sku)[store] for sku in ("S00", "S01")] == [9, 9]


def test_one_that_stays_away_longer_than_another_is_asked_for_again_as_well(full: Installation, store: str) -> None:
    full.later(hours=2)
    full.cycle()
    back_all, skus = full[store].lose(1), ("S00", "S01")
    back_one = full[store].lose(1)
    for sku in skus:
        full.warehouse.set_stock(sku, 9)
    full.cycle()
    assert known(full, store) == MANY - 2
    for back, count in ((back_one, 1), (back_all, 0)):
        back()
        full.later(minutes=16)
        assert full.cycle().code == 0
        assert known(full, store) == MANY - count
    assert [full.shows(sku)[store] for sku in skus] == [9, 9]


def test_a_list_that_is_not_believed_lets_what_no_order_hides_be_raised(full: Installation, store: str) -> None:
    full[store].lose(MANY - 5)
    full.cycle(full=True)
    full.warehouse.receive("S29", 5)
    full.cycle()
    assert full.shows("S29") == {"main": 15, "outlet": 15}
