"""Stores that cannot be read: a number that is not known is decided on as well, and what was accepted is what shows."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.guard import cut_of
from bridge.core.health import HealthLimits, Light, SourceState, StoreState, health
from bridge.core.model import Skip, StockKey, StoreRules, StoreStock
from bridge.core.outcomes import doubted, judge_outcomes
from bridge.core.plan import PlanInput
from bridge.core.undo import Write, why_kept
from bridge.state import spelling
from bridge.state.pages import Speller, Words
from connectors.base import Capabilities, Listing, Outcome, Status, Verdict
from connectors.values import replace

from .cases import BLIND, case, keeps, listing, planned
from .cases import only as decided
from .test_plan_properties import any_rules, stocks, units
from .things import NOW, after, pool, relaxed, rules, shows, target

TWO = rules(locations={"1": "L1", "2": "L2", "3": "L2"})


def only(of: PlanInput, level: int, given_rules: StoreRules | None = None) -> Any:
    return decided(of, pool(level), given_rules, BLIND)


# ---------------------------------------------------------------- the plan


def test_a_number_that_is_not_known_is_sent_and_compared_with_nothing() -> None:
    d = only(case({}), 7)
    assert (d.known, d.shown, d.quantity, d.skip, d.has_change) == (None, None, 7, None, True)
    assert d.update.was is None


def test_nothing_left_is_sent_as_nothing() -> None:
    assert only(case({}), -3).quantity == 0


def test_it_is_sent_to_every_location_that_has_a_warehouse_and_once_where_they_share_it() -> None:
    found = planned(case({}), pool({"1": 4, "2": 5, "3": 6}), TWO, BLIND)
    assert [(d.stock_key.location, d.quantity) for d in found] == [("L1", 4), ("L2", 11)]


def test_a_location_that_was_taken_out_keeps_what_it_accepted() -> None:
    found = planned(case({"L9": shows(5)}), pool({"1": 4}), TWO, BLIND)
    assert [(d.stock_key.location, d.skip, d.has_change) for d in found] == [
        ("L1", None, True), ("L2", None, True), ("L9", Skip.UNMAPPED_LOCATION, False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("of", "given_rules", "skip"),
    [
        pytest.param(case({}, proven=False), rules(), Skip.NO_PROOF, id="no proof"),
        pytest.param(case({}), rules(direction="down"), Skip.DOWN_ONLY, id="only lowered"),
        pytest.param(case({}, near_line=True), rules(), Skip.NEAR_LINE, id="a line that may be of it"),
        pytest.param(case({}, listing=listing(Status.BUNDLE)), rules(), Skip.BUNDLE, id="a bundle"),
    ],
)
def test_what_may_be_an_increase_has_every_leave_of_one(of: PlanInput, given_rules: StoreRules, skip: Skip) -> None:
    assert only(of, 7, given_rules).skip is skip


def test_an_empty_shelf_needs_no_leave() -> None:
    assert only(case({}, proven=False), 0, rules(direction="down")).has_change


def test_what_was_accepted_is_not_sent_again_unless_it_is_in_doubt() -> None:
    assert not only(case(shows(7)), 7).has_change
    assert only(case(shows(7, sure=False)), 7).has_change


def test_doubt_is_no_edit_that_heal_could_leave_alone() -> None:
    known = after(pool(7), sure=False)
    assert only(case(known), 7, rules(heal=False)).has_change


def test_what_was_held_stays_held_when_its_number_is_lost() -> None:
    found = only(case({}, holds={"": keeps(20)}), 0)
    assert (found.offer, found.quantity, found.held) == (20, 20, True)


# ---------------------------------------------------------------- outcomes


@pytest.mark.parametrize(("shown", "sent"), [(None, 7), (7, 7)])
def test_the_first_number_that_is_accepted_is_what_it_shows(shown: int | None, sent: int) -> None:
    d = only(case({}), sent)
    found = judge_outcomes([d], [Outcome(Verdict.APPLIED, shown)], tries={}, now=NOW, readable=False)
    assert found.applied == {d.stock_key: shows(7, last_target=7, basis=d.basis)}
    assert found.done({"P"}) == {"P"}


def test_a_first_number_that_became_another_is_no_target() -> None:
    d = only(case({}), 7)
    found = judge_outcomes([d], [Outcome(Verdict.APPLIED, 5)], tries={}, now=NOW, readable=False)
    assert found.applied == {d.stock_key: shows(5)}
    assert not found.done({"P"})


def test_an_accepted_number_ends_the_doubt() -> None:
    d = only(case(shows(4, sure=False)), 7)
    found = judge_outcomes([d], [Outcome(Verdict.APPLIED)], tries={}, now=NOW, readable=False)
    assert found.applied[d.stock_key].sure


@pytest.mark.parametrize(("was", "sent"), [(10, 4), (4, 10)])
def test_what_is_not_known_may_have_landed_and_the_lesser_counts(was: int, sent: int) -> None:
    d = only(case(shows(was)), sent)
    said = [Outcome(Verdict.DEFERRED, reason="busy")]
    found = judge_outcomes([d], said, tries={}, now=NOW, readable=False)
    assert found.doubted == {d.stock_key: shows(4, sure=False)}
    assert judge_outcomes([d], said, tries={}, now=NOW).doubted == {}


def test_where_both_numbers_are_one_nothing_is_in_doubt() -> None:
    assert doubted(shows(7), 7) == shows(7)
    assert not doubted(shows(7, sure=False), 7).sure


def test_a_refusal_leaves_what_was_accepted_before() -> None:
    d = only(case(shows(10)), 4)
    found = judge_outcomes([d], [Outcome(Verdict.REJECTED, reason="no")], tries={}, now=NOW, readable=False)
    assert (found.doubted, found.applied) == ({}, {})


# ---------------------------------------------------------------- whatever it is given

accepted = st.builds(
    shows, st.integers(0, 40), sure=st.booleans(), last_target=st.none() | st.integers(0, 40)
)  # fmt: skip
blind_cases = st.builds(
    PlanInput, st.just(Listing("P", "P", "Tee")), st.sampled_from([{"P": 1}, {"P": 3}]),
    st.dictionaries(st.sampled_from(["", "L1", "L2"]), accepted),
    st.dictionaries(st.sampled_from(["", "L1"]), st.builds(keeps, units, units)), st.just(1), st.booleans(),
)  # fmt: skip


@relaxed
@given(blind_cases, stocks, any_rules)
def test_every_place_is_decided_on_and_may_be_raised_only_with_every_leave(
    of: PlanInput, stock: Any, given_rules: StoreRules
) -> None:
    found = planned(of, stock, given_rules, BLIND)
    if found[0].skip in (Skip.EXCLUDED, Skip.DUPLICATE):
        return
    places = set(given_rules.locations.values()) or {""}
    assert {d.stock_key.location for d in found} == places | set(of.known)
    for d in found:
        if d.has_change and d.update.quantity > (d.shown or 0):
            assert of.proven
            assert stock.stock.sure
            assert given_rules.direction == "both"


@relaxed
@given(blind_cases, stocks, any_rules)
def test_once_all_was_accepted_nothing_is_left_to_send(of: PlanInput, stock: Any, given_rules: StoreRules) -> None:
    wanted = [d for d in planned(of, stock, given_rules, BLIND) if d.has_change]
    said = [Outcome(Verdict.APPLIED)] * len(wanted)
    took: Mapping[StockKey, StoreStock] = judge_outcomes(wanted, said, tries={}, now=NOW, readable=False).applied
    moved = replace(of, known={**of.known, **{key.location: known for key, known in took.items()}})
    assert not any(d.has_change for d in planned(moved, stock, given_rules, BLIND))


@relaxed
@given(units, units)
def test_the_guard_judges_by_what_was_accepted(was: int, now: int) -> None:
    first = only(case({}), was)
    known = judge_outcomes([first], [Outcome(Verdict.APPLIED)], tries={}, now=NOW, readable=False).applied
    cut = cut_of(known[first.stock_key], target(pool(now)))
    assert (cut.units if cut else 0) == max(0, was - now)


# ---------------------------------------------------------------- around it


@pytest.mark.parametrize("sure", [True, False])
@pytest.mark.parametrize("stocked", [True, False])
def test_the_state_keeps_the_doubt(sure: bool, stocked: bool) -> None:
    known = {"": shows(7, sure=sure, stocked=stocked)}
    say = Speller(Words())
    raw = spelling.store_stock(known, say)
    assert spelling.read_store_stock(raw, say.words) == known


@pytest.mark.parametrize("more", [{"writes": "on_hand"}, {"reads_committed": True}, {"compare_and_set": True}])
def test_what_only_a_reading_could_tell_is_no_capability_of_it(more: dict[str, Any]) -> None:
    given_more: dict[str, Any] = {"writes": "available", "reads_committed": False} | more
    with pytest.raises(ValueError, match="cannot be read"):
        Capabilities(max_batch=1, readable=False, **given_more)


def test_a_first_number_is_not_put_back() -> None:
    write = Write(StockKey("acme", "P", ""), "P", None, 7)
    why = why_kept(write, listing(), shows(7), 7, unanswered=False)
    assert why is not None
    assert "first number" in why


def test_green_names_it_and_says_what_nobody_can_know() -> None:
    limits = HealthLimits(NOW - NOW, NOW - NOW)
    found = health(SourceState(NOW), [StoreState("run", NOW, readable=False)], now=NOW, limits=limits)
    assert found.light is Light.GREEN
    assert found.sentence == (
        "The warehouse was read 1 second ago. run cannot be read: it shows what it last accepted, which cannot be"
        " verified."
    )
    never = health(SourceState(NOW), [StoreState("run", None, readable=False)], now=NOW, limits=limits)
    assert "run was never reached" in never.sentence
