"""The plan, whatever it is given: nothing is forgotten, nothing is written without leave, and it comes to rest."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.availability import Claim, Pool, Stock
from bridge.core.model import Skip, StockKey, StoreRules, StoreStock, TargetBasis
from bridge.core.outcomes import confirm_target, judge_outcomes
from bridge.core.plan import PlanInput
from connectors.base import Capabilities, Outcome, Status, Verdict
from connectors.values import replace

from .cases import AVAILABLE, NEGATIVE, ON_HAND, SMALL, keeps, listing, planned
from .things import NOW, relaxed, shows

units = st.integers(0, 40)
last_targets = st.none() | st.integers(-5, 40)
knowns = st.builds(
    lambda available, sold, **more: shows(available, committed_units=sold, **more),
    st.integers(-9, 40), st.integers(0, 9), stocked=st.booleans(), last_target=last_targets,
    basis=st.dictionaries(st.just("P"), st.builds(TargetBasis, units, units)),
)  # fmt: skip
holds = st.dictionaries(st.sampled_from(["", "L1", "L2"]), st.builds(keeps, units, units, st.sampled_from(["P", "PQ"])))
cases = st.builds(
    PlanInput,
    st.builds(listing, st.sampled_from([Status.LIVE, *Status])),
    st.sampled_from([{"P": 1}, {"P": 3}, {"P": 2, "Q": 1}, Skip.UNMAPPED]),
    st.dictionaries(st.sampled_from(["", "L1", "L2"]), knowns),
    holds, st.integers(1, 2), st.booleans(),
)  # fmt: skip
stocks = st.builds(
    lambda sku, levels, claims, sure: Pool(Stock(sku, levels, sure), tuple(claims)),
    st.just("P"), st.dictionaries(st.sampled_from("12"), units),
    st.lists(st.builds(lambda n: Claim("acme", "P", "committed", n, None), st.integers(1, 20)), max_size=3),
    st.booleans(),
)  # fmt: skip
any_rules = st.builds(
    StoreRules, store=st.just("acme"), buffer=st.integers(0, 5), cap=st.none() | units, heal=st.booleans(),
    direction=st.sampled_from(["both", "down"]), duplicates=st.sampled_from(["all", "none"]),
    only=st.sampled_from([None, None, frozenset({"P"}), frozenset({"Q"})]),
    locations=st.sampled_from([{}, {"1": "L1", "2": "L2"}, {"1": "L1"}]),
)  # fmt: skip
platforms = st.sampled_from([ON_HAND, AVAILABLE, NEGATIVE, SMALL])
given_anything = given(of=cases, stock=stocks, given_rules=any_rules, can=platforms)


@relaxed
@given_anything
def test_every_stock_key_is_written_or_skipped_or_right(
    of: PlanInput, stock: Pool, given_rules: StoreRules, can: Capabilities
) -> None:
    found = planned(of, stock, given_rules, can)
    assert {d.stock_key.location for d in found} in ({""}, set(of.known))
    for d in found:
        right = d.skip is None and d.quantity is not None and d.quantity == d.shown and not d.fraction
        assert [d.has_change, d.skip is not None, right].count(True) == 1


@relaxed
@given_anything
def test_what_is_written_is_a_number_the_store_can_hold_and_a_rise_has_every_leave(
    of: PlanInput, stock: Pool, given_rules: StoreRules, can: Capabilities
) -> None:
    for d in planned(of, stock, given_rules, can):
        if d.has_change:
            below = can.negative and of.known[d.stock_key.location].available < 0
            assert (-1_000 if below else 0) <= d.update.quantity <= can.max_quantity
            raised = d.shown is not None and d.update.quantity > d.shown
            assert not raised or (of.proven and stock.stock.sure and given_rules.direction == "both")
            assert of.known[d.stock_key.location].stocked
            assert of.listing.status in (Status.LIVE, Status.DRAFT)


@relaxed
@given_anything
def test_a_number_below_zero_is_only_replaced_by_the_exact_target(
    of: PlanInput, stock: Pool, given_rules: StoreRules, can: Capabilities
) -> None:
    """Held ones stay where they are, or fall with their orders."""
    for d in planned(of, stock, given_rules, replace(can, negative=can.writes == "available")):
        known = of.known.get(d.stock_key.location)
        if d.has_change and d.target and known and known.available < 0 and can.writes == "available":
            exact = min(d.target.available, can.max_quantity)
            assert d.quantity == exact or (d.held and d.quantity is not None and d.quantity < known.available)


@relaxed
@given_anything
def test_a_decrease_is_never_held_back_for_want_of_proof(
    of: PlanInput, stock: Pool, given_rules: StoreRules, can: Capabilities
) -> None:
    proven = planned(replace(of, proven=True), stock, given_rules, can)
    for with_proof, without in zip(proven, planned(replace(of, proven=False), stock, given_rules, can), strict=True):
        assert without == with_proof or without.skip is Skip.NO_PROOF
        if without.skip is Skip.NO_PROOF:
            assert with_proof.quantity is not None
            assert with_proof.shown is not None
            assert with_proof.quantity > with_proof.shown


@relaxed
@given_anything
def test_once_a_plan_is_applied_planning_again_plans_nothing(
    of: PlanInput, stock: Pool, given_rules: StoreRules, can: Capabilities
) -> None:
    needed = [d for d in planned(of, stock, given_rules, can) if d.has_change]
    applied = [Outcome(Verdict.APPLIED, d.quantity) for d in needed]
    after: Mapping[StockKey, StoreStock] = judge_outcomes(needed, applied, tries={}, now=NOW).applied
    moved = replace(of, known={**of.known, **{stock_key.location: known for stock_key, known in after.items()}})
    again = planned(moved, stock, given_rules, can)
    assert not any(d.has_change for d in again)
    assert all(confirm_target(d) is None for d in again if d.stock_key in after)
