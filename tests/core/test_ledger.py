"""The shipment ledger: which fall explains which shipment, and how long each is remembered."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bridge.core import ledger as book
from bridge.core.ledger import Ledger, Shipment
from bridge.core.model import StoreStock, Windows
from connectors.values import replace

from .parcels import HOUR, START, WINDOWS, decreases, parcel, ships, unconfirmed, unexplained


def test_what_two_shops_sell_settles_each_for_itself() -> None:
    mine, theirs = parcel(5), replace(parcel(3), store="outlet", at=START + HOUR)
    ledger = decreases(ships(ships(Ledger(), theirs), mine), 5)
    assert {c.store: c.units for c in ledger.claims} == {"outlet": 3}


def test_the_oldest_shipment_is_counted_first() -> None:
    ledger = Ledger()
    for hours, order in [(2, "a young one"), (1, "the old one")]:
        ledger = ships(ledger, parcel(5, order, at=START + hours * HOUR), now=START + 3 * HOUR)
    left = {d.order: d.unconfirmed for d in decreases(ledger, 6, at=START + 4 * HOUR).shipments}
    assert left == {"the old one": 0, "a young one": 4}


def test_a_fall_settles_only_what_may_have_left_that_warehouse() -> None:
    ledger = decreases(ships(Ledger(), parcel(5, warehouses=frozenset({"2"}))), 5, warehouse="1")
    assert (unconfirmed(ledger), unexplained(ledger)) == (5, 5)
    assert unconfirmed(decreases(ledger, 5, warehouse="2")) == 0


def test_a_fall_is_passed_on_to_where_it_is_needed() -> None:
    """A parcel from anywhere took the fall of warehouse 1; then 2 falls, and only 1 can explain the other."""
    ledger = decreases(ships(Ledger(), parcel(5, "anywhere")), 5, warehouse="1")
    ledger = ships(ledger, parcel(5, "from 1", at=START + HOUR, warehouses=frozenset({"1"})), now=START + HOUR)
    ledger = decreases(ledger, 5, at=START + 2 * HOUR, warehouse="2")
    assert (unconfirmed(ledger), unexplained(ledger)) == (0, 0)


def test_falls_are_told_per_warehouse_early_and_counted() -> None:
    """5 leave, and 7 fall in the first warehouse; 2 more fall in the second. Then 3 leave from there."""
    ledger = decreases(decreases(ships(Ledger(), parcel(5)), 7), 2, warehouse="2")
    assert (ledger.unmatched, ledger.confirmed) == ({"1": 2, "2": 2}, {"1": 5})
    ledger = ships(ledger, parcel(3, "2", warehouses=frozenset({"2"})))
    assert (ledger.unmatched, ledger.confirmed, unconfirmed(ledger)) == ({"1": 2}, {"1": 5, "2": 2}, 1)


def test_a_fall_that_is_passed_on_is_counted_where_it_happened() -> None:
    ledger = decreases(ships(Ledger(), parcel(5, "anywhere")), 5, warehouse="1")
    ledger = ships(ledger, parcel(5, "from 1", at=START + HOUR, warehouses=frozenset({"1"})), now=START + HOUR)
    ledger = decreases(ledger, 3, at=START + 2 * HOUR, warehouse="2")
    assert (ledger.unmatched, ledger.confirmed) == ({}, {"1": 5, "2": 3})


def test_what_was_let_go_was_never_counted() -> None:
    ledger = book.prune(decreases(ships(Ledger(), parcel(5)), 2), now=START + 96 * HOUR, windows=WINDOWS).ledger
    assert (ledger.unmatched, ledger.confirmed, unconfirmed(ledger)) == ({}, {"1": 2}, 0)


def test_a_fulfilment_that_is_taken_back_leaves_its_fall_early_again() -> None:
    ledger = ships(decreases(ships(Ledger(), parcel(5)), 5), parcel(2))
    assert (ledger.unmatched, ledger.confirmed) == ({"1": 3}, {"1": 2})


def test_what_is_forgotten_is_counted_no_more() -> None:
    ledger = book.prune(decreases(ships(Ledger(), parcel(5)), 7), now=START + 192 * HOUR, windows=WINDOWS).ledger
    assert (ledger.unmatched, ledger.confirmed) == ({}, {})


EXPLAINED = [
    pytest.param(timedelta(), timedelta(), True, id="at once"),
    pytest.param(-9 * HOUR, 72 * HOUR, True, id="at the end of the window"),
    pytest.param(-9 * HOUR, 72 * HOUR + timedelta(seconds=1), False, id="after the window"),
    pytest.param(timedelta(), HOUR, True, id="ordered when the fall was seen"),
    pytest.param(timedelta(seconds=1), HOUR, False, id="ordered after the fall was seen"),
]


@pytest.mark.parametrize(("ordered", "left", "explained"), EXPLAINED)
def test_a_fall_explains_a_later_shipment(ordered: timedelta, left: timedelta, explained: bool) -> None:
    seen = parcel(5, at=START + left, ordered_at=START + ordered)
    ledger = ships(decreases(Ledger(), 5), seen, now=START + left)
    assert (unconfirmed(ledger), unexplained(ledger)) == ((0, 0) if explained else (5, 5))


def test_the_clock_of_a_shop_cannot_date_a_shipment_into_the_future() -> None:
    ledger = ships(Ledger(), parcel(5, at=START + 999 * HOUR))
    assert ledger.shipments[0].at == START


def test_a_shipment_is_let_go_with_a_warning_a_day_before() -> None:
    ledger = ships(Ledger(), parcel(5))
    rejected_levels = {}
    for hours in (71, 72, 95, 96, 97):
        pruned = book.prune(ledger, now=START + hours * HOUR, windows=WINDOWS)
        rejected_levels[hours] = (len(pruned.expiring), len(pruned.expired))
        ledger = pruned.ledger
    assert rejected_levels == {71: (0, 0), 72: (1, 0), 95: (1, 0), 96: (0, 1), 97: (0, 0)}


def test_a_shipment_that_was_counted_is_never_announced() -> None:
    pruned = book.prune(decreases(ships(Ledger(), parcel(5)), 5), now=START + 96 * HOUR, windows=WINDOWS)
    assert (pruned.expiring, pruned.expired) == ((), ())


def test_what_was_let_go_leaves_no_fall_behind_when_it_is_taken_back() -> None:
    ledger = book.prune(ships(Ledger(), parcel(5)), now=START + 96 * HOUR, windows=WINDOWS).ledger
    assert not ships(ledger, parcel(0), now=START + 97 * HOUR)


def test_a_warning_comes_no_sooner_than_half_way_when_the_wait_is_short() -> None:
    short = Windows(match=HOUR, release=12 * HOUR)
    ledger = ships(Ledger(), parcel(5))
    assert [len(book.prune(ledger, now=START + h * HOUR, windows=short).expiring) for h in (5, 6)] == [0, 1]


@pytest.mark.parametrize(("hours", "remembered"), [(191, 1), (192, 0)])
def test_what_is_settled_is_remembered_for_twice_the_wait(hours: int, remembered: int) -> None:
    ledger = decreases(ships(Ledger(), parcel(5)), 5)
    assert len(book.prune(ledger, now=START + hours * HOUR, windows=WINDOWS).ledger.shipments) == remembered


def test_reading_a_forgotten_order_again_does_not_revive_it() -> None:
    assert not ships(Ledger(), parcel(5), now=START + 192 * HOUR)


OPEN = [
    pytest.param({("acme", "P", "1")}, 1, id="this line may ship more"),
    pytest.param({("acme", "P", "2"), ("acme", "Q", "1"), ("outlet", "P", "1")}, 0, id="others may"),
    pytest.param((), 0, id="none"),
]


@pytest.mark.parametrize(("still_open", "remembered"), OPEN)
def test_what_is_settled_is_remembered_as_long_as_its_order_may_ship_more(
    still_open: set[tuple[str, str, str]], remembered: int
) -> None:
    now = START + 999 * HOUR
    pruned = book.prune(decreases(ships(Ledger(), parcel(5)), 5), now=now, windows=WINDOWS, still_open=still_open)
    assert len(pruned.ledger.shipments) == remembered
    assert not pruned.ledger.claims


def test_an_open_order_does_not_keep_what_nobody_counted_off_the_shelf() -> None:
    pruned = book.prune(
        ships(Ledger(), parcel(5)), now=START + 999 * HOUR, windows=WINDOWS, still_open={("acme", "P", "1")}
    )
    assert (len(pruned.expired), len(pruned.ledger.shipments), pruned.ledger.claims) == (1, 1, ())


@pytest.mark.parametrize(("hours", "kept"), [(72, 1), (73, 0)])
def test_a_fall_is_kept_as_long_as_it_may_explain_something(hours: int, kept: int) -> None:
    assert len(book.prune(decreases(Ledger(), 5), now=START + hours * HOUR, windows=WINDOWS).ledger.decreases) == kept


NEWS = [
    pytest.param(Ledger(), parcel(5), 0, 5, id="never heard of"),
    pytest.param(ships(Ledger(), parcel(5)), parcel(5), 0, 0, id="heard before"),
    pytest.param(ships(Ledger(), parcel(2)), parcel(5), 0, 3, id="some more"),
    pytest.param(ships(Ledger(), parcel(5)), parcel(2), 0, -3, id="taken back in part"),
    pytest.param(Ledger(), parcel(5), 192, 0, id="too long ago to be news"),
    pytest.param(ships(Ledger(), parcel(5)), parcel(5, location="L2"), 0, 5, id="the same order from another location"),
]


@pytest.mark.parametrize(("ledger", "seen", "hours", "new"), NEWS)
def test_what_a_reading_of_an_order_adds(ledger: Ledger, seen: Shipment, hours: int, new: int) -> None:
    assert book.new_pieces(ledger, seen, now=START + hours * HOUR, windows=WINDOWS) == new


def shows(on_hand: int, committed_units: int) -> StoreStock:
    return StoreStock(on_hand - committed_units, committed_units, on_hand, stocked=True, at=START)


LEFT = [
    pytest.param({"": shows(20, 5)}, {"": (20, 5)}, (5, 5), {}, {}, id="nothing moved"),
    pytest.param({"": shows(20, 0)}, {"": (20, 5)}, (0, 5), {}, {}, id="a sale moves no books"),
    pytest.param({"": shows(20, 5)}, {"": (15, 0)}, (5, 0), {"": 5}, {}, id="an order names what left"),
    pytest.param({"": shows(20, 5)}, {"": (15, 0)}, (0, 0), {}, {"": 5}, id="no order names what left"),
    pytest.param({"": shows(20, 7)}, {"": (13, 0)}, (2, 0), {"": 2}, {"": 5}, id="an order names some of it"),
    pytest.param({"": shows(20, 5)}, {"": (17, 5)}, (5, 5), {}, {}, id="a fall of the books alone is drift"),
    pytest.param({"": shows(20, 5)}, {"": (12, 0)}, (0, 0), {}, {"": 5}, id="beyond the open units it is drift"),
    pytest.param({"": shows(20, 5)}, {"": (23, 5)}, (5, 5), {}, {}, id="a rise of the books is drift"),
    pytest.param({"": shows(20, 5)}, {"": (20, 0)}, (5, 0), {}, {}, id="a cancelled order leaves the books alone"),
    pytest.param({"": shows(20, 5)}, {"": (20, 0)}, (0, 0), {}, {}, id="so does a cancelled order nobody named"),
    pytest.param({"": shows(15, 0)}, {"": (15, 0)}, (5, 0), {"": 5}, {"": -5}, id="the index names it late"),
    pytest.param({"": shows(15, 0)}, {"": (18, 0)}, (5, 0), {"": 5}, {"": -5}, id="no more than the order names"),
    pytest.param(
        {"L1": shows(9, 4), "L2": shows(9, 3)},
        {"L1": (5, 0), "L2": (9, 3)},
        (0, 0),
        {},
        {"L1": 4},
        id="only where the books fell",
    ),
    pytest.param(
        {"L1": shows(9, 4), "L2": shows(9, 0)},
        {"L1": (9, 0), "L2": (5, 0)},
        (0, 0),
        {},
        {"L2": 4},
        id="shipped from another location than it was promised from",
    ),
    pytest.param(
        {"L1": shows(9, 4), "L2": shows(9, 3)},
        {"L1": (5, 0), "L2": (5, 3)},
        (0, 0),
        {},
        {"L1": 4},
        id="one loss of open units excuses only one fall",
    ),
    pytest.param({"L1": shows(9, 4)}, {}, (4, 4), {}, {}, id="a location that was not read moved nothing"),
]


@pytest.mark.parametrize(("before", "after", "known_committed", "shipped", "left"), LEFT)
def test_what_the_on_hand_say_that_no_order_does(
    before: Mapping[str, StoreStock],
    after: Mapping[str, tuple[int, int]],
    known_committed: tuple[int, int],
    shipped: Mapping[str, int],
    left: Mapping[str, int],
) -> None:
    assert book.left_beyond_orders(before, after, known_committed, shipped) == left


def test_a_level_falls_per_warehouse_and_a_warehouse_that_vanished_fell_to_nothing() -> None:
    assert list(book.decreases_between({"1": 5, "2": 7, "3": 2}, {"1": 9, "2": 4})) == [("2", 3), ("3", 2)]
