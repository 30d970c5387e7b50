"""What a store shows and nobody explains: which it is, what is remembered, and who may be behind it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.drift import (
    ANY,
    Cause,
    Drift,
    DriftFinding,
    DriftInput,
    explained,
    find_drift,
    may_be_gone,
    may_come_back,
    other_writer,
    remember_drift,
)
from connectors.base import OrderLine, Shipped
from connectors.values import replace
from tests.core.things import NOW, relaxed, shows

HOUR = timedelta(hours=1)


def drifted(was: int, now: int, cause: Cause, **more: Any) -> Drift:
    return Drift(NOW, NOW, was, now, cause, **{"count": 1, **more})


def found(was: int, now: int, cause: Cause) -> DriftFinding:
    return DriftFinding(was, now, cause)


SUSPECTED = drifted(20, 15, Cause.ORDER, count=0)
EDITED = drifted(20, 33, Cause.EDITED)
HEALED = replace(EDITED, healed=NOW)


@pytest.mark.parametrize(
    ("facts", "last", "expected"),
    [
        pytest.param(DriftInput(20, 20), None, None, id="nothing moved"),
        pytest.param(DriftInput(20, 15, explained=-5), None, None, id="an order"),
        pytest.param(DriftInput(20, 25, explained=5), None, None, id="a cancellation that was put back"),
        pytest.param(DriftInput(20, 15, cancelled=5), None, None, id="a cancellation that was not"),
        pytest.param(DriftInput(20, 22, back=5), None, None, id="a return"),
        pytest.param(DriftInput(20, 33), None, found(20, 33, Cause.EDITED), id="edited up"),
        pytest.param(DriftInput(20, 30, explained=-3), None, found(17, 30, Cause.EDITED), id="edited up, and sold"),
        pytest.param(DriftInput(20, 20, explained=-3, over=3), None, None, id="a sale that our write went over"),
        pytest.param(DriftInput(20, 28, explained=-3, over=3), None, found(17, 28, Cause.EDITED), id="more than that"),
        pytest.param(DriftInput(20, 28, back=5), None, found(25, 28, Cause.EDITED), id="more than any return"),
        pytest.param(
            DriftInput(20, 13, cancelled=5), None, found(15, 13, Cause.ORDER), id="less than what was cancelled"
        ),
        pytest.param(DriftInput(20, 15), None, found(20, 15, Cause.ORDER), id="a fall, at first sight"),
        pytest.param(DriftInput(20, 0, closed=True), None, found(20, 0, Cause.EDITED), id="no longer stocked"),
        # the second look: believed is what was read the first time
        pytest.param(DriftInput(15, 15), SUSPECTED, found(20, 15, Cause.EDITED), id="no order, asked again"),
        pytest.param(DriftInput(15, 15, explained=-5), SUSPECTED, None, id="the order was told"),
        pytest.param(DriftInput(15, 15, explained=0, named=5), SUSPECTED, None, id="its parcel was named"),
        pytest.param(
            DriftInput(15, 15, explained=-2), SUSPECTED, found(18, 15, Cause.EDITED), id="a part of it was told"
        ),
        pytest.param(DriftInput(15, 12), SUSPECTED, found(20, 12, Cause.ORDER), id="it fell once more"),
        pytest.param(DriftInput(15, 20), SUSPECTED, None, id="somebody put it back"),
        pytest.param(DriftInput(15, 24), SUSPECTED, found(20, 24, Cause.EDITED), id="somebody put it elsewhere"),
        # what stands, while nothing heals it
        pytest.param(DriftInput(33, 33), EDITED, found(20, 33, Cause.EDITED), id="still edited"),
        pytest.param(
            DriftInput(33, 30, explained=-3), EDITED, found(17, 30, Cause.EDITED), id="still edited, and sold"
        ),
        pytest.param(DriftInput(33, 20), EDITED, None, id="edited back"),
        pytest.param(DriftInput(20, 20), HEALED, None, id="healed"),
        pytest.param(DriftInput(20, 33), HEALED, found(20, 33, Cause.EDITED), id="edited again"),
        # our own writes
        pytest.param(DriftInput(25, 20, replaced=20), None, found(25, 20, Cause.WRITE), id="claimed and not applied"),
        pytest.param(
            DriftInput(25, 18, explained=-2, replaced=20), None, found(23, 18, Cause.WRITE), id="not applied, and sold"
        ),
        pytest.param(
            DriftInput(25, 33, replaced=33), HEALED, found(25, 33, Cause.EDITED), id="changed back, not unwritten"
        ),
        pytest.param(DriftInput(20, 25, sent=frozenset({25})), None, None, id="unanswered, and landed"),
        pytest.param(DriftInput(20, 22, explained=-3, sent=frozenset({25})), None, None, id="landed, and sold"),
        pytest.param(DriftInput(20, 20, sent=frozenset({25})), None, None, id="unanswered, and may still land"),
        pytest.param(
            DriftInput(20, 20, sent=frozenset({25}), overdue=True), None, found(25, 20, Cause.WRITE), id="never landed"
        ),
        pytest.param(
            DriftInput(20, 7, sent=frozenset({25})),
            None,
            found(25, 7, Cause.UNKNOWN),
            id="unanswered, and another number",
        ),
    ],
)
def test_what_a_reading_means(facts: DriftInput, last: Drift | None, expected: DriftFinding | None) -> None:
    assert find_drift(facts, last) == expected


def test_without_asking_the_orders_again_a_suspicion_stays_one() -> None:
    assert find_drift(DriftInput(15, 15), SUSPECTED, asked=False) == found(20, 15, Cause.ORDER)


numbers = st.integers(-20, 60)


@relaxed
@given(believed=numbers, orders=numbers, edit=numbers.filter(bool))
def test_exactly_the_edit_is_named_whatever_orders_did(believed: int, orders: int, edit: int) -> None:
    said = find_drift(DriftInput(believed, believed + orders + edit, explained=orders), None)
    assert said is not None
    assert (said.now - said.was, said.was) == (edit, believed + orders)


@relaxed
@given(believed=numbers, sold=st.lists(st.integers(0, 9), max_size=5), late=st.integers(1, 9))
def test_an_order_told_late_leaves_no_trace(believed: int, sold: list[int], late: int) -> None:
    """It falls first, is told next, whatever else is sold meanwhile."""
    shown = believed - late
    last = remember_drift(None, find_drift(DriftInput(believed, shown), None), NOW)
    for number, units in enumerate(sold):
        told = late if number == len(sold) - 1 else 0
        last = remember_drift(
            last, find_drift(DriftInput(shown, shown - units, explained=-units - told), last, asked=bool(told)), NOW
        )
        shown -= units
    assert (last is None) if sold else (last is not None and last.suspected)


@relaxed
@given(believed=numbers, edits=st.lists(numbers, min_size=1, max_size=6))
def test_an_open_drift_is_measured_from_what_should_have_been_shown(believed: int, edits: list[int]) -> None:
    shown, last = believed, None
    for edit in edits:
        last = remember_drift(last, find_drift(DriftInput(shown, shown + edit), last), NOW)
        shown += edit
    if shown == believed:
        assert last is None or not last.is_open
    else:
        assert last is not None
        assert (last.was, last.now) == (believed, shown)


# -- what is remembered --------------------------------------------------------------------------------


def test_a_drift_is_noted_once_and_keeps_its_moment() -> None:
    first = remember_drift(None, found(20, 33, Cause.EDITED), NOW)
    assert first == EDITED
    assert remember_drift(first, found(20, 33, Cause.EDITED), NOW + HOUR) is first
    assert remember_drift(first, found(20, 40, Cause.EDITED), NOW + HOUR) == replace(EDITED, now=40)


def test_what_changes_again_after_it_was_healed_counts() -> None:
    again = remember_drift(HEALED, found(20, 33, Cause.EDITED), NOW + HOUR)
    assert again == Drift(NOW + HOUR, NOW, 20, 33, Cause.EDITED, None, 2)


def test_a_suspicion_counts_only_when_it_was_an_edit() -> None:
    assert remember_drift(None, found(20, 15, Cause.ORDER), NOW) == SUSPECTED
    assert remember_drift(SUSPECTED, found(20, 15, Cause.EDITED), NOW + HOUR) == drifted(20, 15, Cause.EDITED)
    assert remember_drift(SUSPECTED, None, NOW + HOUR) is None


def test_what_is_over_is_remembered_as_put_right() -> None:
    assert remember_drift(EDITED, None, NOW + HOUR) == replace(EDITED, healed=NOW + HOUR)
    assert remember_drift(HEALED, None, NOW + HOUR) is HEALED
    assert remember_drift(None, None, NOW) is None


def test_lost_writes_do_not_count() -> None:
    lost = remember_drift(None, found(25, 20, Cause.WRITE), NOW)
    assert lost is not None
    assert lost.count == 0


# -- orders --------------------------------------------------------------------------------------------


def move(committed_units: int = 0, shipped: int = 0, *, days: int | None = 1, order: str = "O1") -> OrderLine:
    placed = None if days is None else NOW - timedelta(days=days)
    parcels = (Shipped("", shipped, NOW),) if shipped else ()
    return OrderLine("P", NOW, order, placed, committed_units, parcels)


@pytest.mark.parametrize(
    ("order_lines", "known_committed", "new", "units"),
    [
        pytest.param([], {}, {}, 0, id="no order"),
        pytest.param([OrderLine("P", NOW)], {}, {}, 0, id="a bare hint"),
        pytest.param([move(3, days=-1)], {}, {}, 0, id="a new order gives nothing back"),
        pytest.param([move(shipped=5)], {"O1": 5}, {"O1": 5}, 0, id="shipped just now"),
        pytest.param([move(shipped=5)], {}, {}, 5, id="shipped before: a return"),
        pytest.param([move(shipped=3)], {}, {"O1": -2}, 5, id="shown as shipped no longer"),
        pytest.param([move(committed_units=5)], {}, {}, 5, id="a parcel that never left"),
        pytest.param([move(committed_units=5)], {"O1": 3}, {}, 2, id="a part of it"),
        pytest.param([move()], {"O1": 5}, {}, 0, id="cancelled"),
        pytest.param([move()], {}, {}, ANY, id="an old order that shows nothing"),
        pytest.param([move(shipped=5, days=None)], {}, {}, 5, id="placed nobody knows when"),
    ],
)
def test_how_much_may_come_back(
    order_lines: list[OrderLine], known_committed: dict[str, int], new: dict[str, int], units: int
) -> None:
    assert may_come_back(order_lines, known_committed, new, NOW) == units


@pytest.mark.parametrize(
    ("order_lines", "known_committed", "new", "units"),
    [
        pytest.param([], {}, {}, 0, id="no order"),
        pytest.param([move()], {"O1": 5}, {}, 5, id="cancelled"),
        pytest.param([move(2)], {"O1": 5}, {}, 3, id="edited down"),
        pytest.param([move(shipped=5)], {"O1": 5}, {"O1": 5}, 0, id="shipped"),
        pytest.param([move(), move(4, order="O2")], {"O1": 3}, {}, 3, id="cancelled beside a sale"),
        pytest.param([move()], {}, {}, ANY, id="sold and cancelled between two readings"),
    ],
)
def test_how_much_may_be_gone(
    order_lines: list[OrderLine], known_committed: dict[str, int], new: dict[str, int], units: int
) -> None:
    assert may_be_gone(order_lines, known_committed, new) == units


@pytest.mark.parametrize(
    ("committed_now", "left", "on_hand", "available"),
    [(5, 0, 0, 0), (8, 0, 0, -3), (2, 3, -3, 0), (2, 0, 0, 3), (7, 2, -2, -4)],
    ids=["nothing", "sold", "shipped", "cancelled", "shipped and sold"],
)
def test_what_orders_explain(committed_now: int, left: int, on_hand: int, available: int) -> None:
    before = shows(15, committed_units=5)
    assert explained(before, committed_now, left, writes_on_hand=True) == on_hand
    assert explained(before, committed_now, left, writes_on_hand=False) == available


# -- another program -----------------------------------------------------------------------------------


def back(times: int, **age: float) -> Drift:
    """Changed back so often after it had been put right, the last time this long ago."""
    return Drift(NOW - timedelta(**age), NOW - timedelta(days=3), 20, 7, Cause.EDITED, NOW, times + 1)


@pytest.mark.parametrize(
    ("drifts", "listings"),
    [
        ([], None),
        ([back(0)] * 10, None),
        ([back(2)], None),
        ([back(3)], 1),
        ([back(3, days=3)], None),
        ([back(1)] * 4, None),
        ([back(1)] * 5, 5),
        ([back(1, hours=30)] * 5, None),
    ],
    ids=["nothing", "ten hand edits", "twice", "again and again", "long ago", "a few", "many", "many, not in a day"],
)
def test_another_program_is_recognised(drifts: list[Drift], listings: int | None) -> None:
    said = other_writer(drifts, NOW)
    assert (said and said.listings) == listings


def test_the_sentence_about_another_program() -> None:
    said = other_writer([back(3), back(1)], NOW)
    assert said is not None
    assert said.sentence("main").startswith(
        "another program seems to write the stock of store main: 2 listings changed back 4 times since 2026-10-30"
    )
