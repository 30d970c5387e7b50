"""What a store said of each item → what is remembered, what stays due, what a person must see."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.availability import target_for
from bridge.core.model import Skip, StockKey, StoreStock, TargetBasis
from bridge.core.outcomes import MAX_TRIES, OutcomeResults, confirm_target, judge_outcomes, refused_as_one
from bridge.core.plan import Decision
from connectors.base import Outcome, Verdict
from connectors.values import replace

from .things import PLAIN, claim, pool, relaxed

THEN = datetime(2026, 11, 2, tzinfo=UTC)
NOW = THEN + timedelta(hours=1)
BOTH = (StockKey("acme", "P", "L1"), StockKey("acme", "P", "L2"))
BEFORE, NOW_ON = {"P": TargetBasis(20, 0)}, {"P": TargetBasis(17, 5)}


def at(ref: str = "P", location: str = "") -> StockKey:
    return StockKey("acme", ref, location)


def decision(
    stock_key: StockKey | None = None,
    *,
    offer: int = 12,
    quantity: int | None = 17,
    shown: int = 20,
    skip: Skip | None = None,
) -> Decision:
    """By default: 17 on the shelf and 5 sold, the shop's books still say 20."""
    stock_key = stock_key or at()
    target = target_for(stock_key, "P", {"P": 1}, {"P": pool(17, claim(5))}, PLAIN, 5)
    known = StoreStock(shown - 5, 5, shown, stocked=True, at=THEN, last_target=20, basis=BEFORE)
    return Decision(stock_key, known, target, offer, target.basis, quantity, shown, skip)


def said(verdict: Verdict, shown: int | None = None, reason: str = "", *, tries: int = 0) -> OutcomeResults:
    return judge_outcomes([decision()], [Outcome(verdict, shown, reason)], tries={at(): tries}, now=NOW)


WRITTEN = StoreStock(12, 5, 17, stocked=True, at=NOW, last_target=12, basis=NOW_ON)

SAID = [
    pytest.param(
        Outcome(Verdict.APPLIED, 17),
        OutcomeResults(applied={at(): WRITTEN}, tries={at(): 0}),
        id="applied with its number",
    ),
    pytest.param(
        Outcome(Verdict.APPLIED),
        OutcomeResults(applied={at(): WRITTEN}, tries={at(): 0}),
        id="applied by a store that does not echo",
    ),
    pytest.param(
        Outcome(Verdict.APPLIED, 14),
        OutcomeResults(
            applied={at(): StoreStock(9, 5, 14, stocked=True, at=NOW, last_target=20, basis=BEFORE)},
            deferred={at(): "not known"},
            again=frozenset({"P"}),
            tries={at(): 3},
        ),
        id="applied with another number: shown, but not reached, and still due",
    ),
    pytest.param(
        Outcome(Verdict.APPLIED, 0),
        OutcomeResults(
            applied={at(): StoreStock(-5, 5, 0, stocked=True, at=NOW, last_target=20, basis=BEFORE)},
            deferred={at(): "not known"},
            again=frozenset({"P"}),
            tries={at(): 3},
        ),
        id="nought is a number",
    ),
    pytest.param(
        Outcome(Verdict.REJECTED, reason="no such location"),
        OutcomeResults(quarantine={at(): "no such location"}, tries={at(): 0}),
        id="rejected: set aside with the store's reason",
    ),
    pytest.param(
        Outcome(Verdict.MISSING),
        OutcomeResults(missing=frozenset({"P"}), tries={at(): 0}),
        id="missing: forget the ref",
    ),
    pytest.param(
        Outcome(Verdict.DEFERRED, reason="stale"),
        OutcomeResults(deferred={at(): "stale"}, again=frozenset({"P"}), tries={at(): 3}),
        id="deferred: stays due and is read again",
    ),
    pytest.param(
        Outcome(Verdict.DEFERRED),
        OutcomeResults(deferred={at(): "not known"}, again=frozenset({"P"}), tries={at(): 3}),
        id="deferred without a reason",
    ),
]


@pytest.mark.parametrize(("outcome", "wanted"), SAID)
def test_an_outcome_settles_its_item(outcome: Outcome, wanted: OutcomeResults) -> None:
    assert judge_outcomes([decision()], [outcome], tries={at(): 2}, now=NOW) == wanted


def test_waiting_stops_being_a_plan_after_eight_deferrals() -> None:
    seventh, eighth = said(Verdict.DEFERRED, reason="stale", tries=6), said(Verdict.DEFERRED, reason="stale", tries=7)
    assert MAX_TRIES == 8
    assert (seventh.deferred, seventh.quarantine, seventh.tries) == ({at(): "stale"}, {}, {at(): 7})
    assert (eighth.deferred, eighth.again) == ({}, frozenset())
    assert (eighth.quarantine, eighth.tries) == ({at(): "deferred 8 times: stale"}, {at(): 0})


def test_a_store_that_always_takes_another_number_is_given_up_and_believed() -> None:
    found = said(Verdict.APPLIED, 14, tries=7)
    assert found.quarantine == {at(): "deferred 8 times: not known"}
    assert found.applied[at()].on_hand == 14


@pytest.mark.parametrize("verdict", [Verdict.APPLIED, Verdict.REJECTED, Verdict.MISSING])
def test_any_clear_answer_ends_the_count_of_deferrals(verdict: Verdict) -> None:
    assert said(verdict, tries=7).tries == {at(): 0}


@pytest.mark.parametrize("answers", [0, 1, 3])
def test_a_lost_outcome_is_a_bug_and_settles_nothing(answers: int) -> None:
    with pytest.raises(ValueError, match=f"{answers} outcomes for 2 updates"):
        judge_outcomes(
            [decision(stock_key) for stock_key in BOTH], [Outcome(Verdict.APPLIED)] * answers, tries={}, now=NOW
        )


def test_an_outcome_for_what_was_never_sent_is_a_bug() -> None:
    with pytest.raises(ValueError, match="never sent"):
        judge_outcomes([Decision(at(), skip=Skip.UNREAD)], [Outcome(Verdict.APPLIED)], tries={}, now=NOW)


def test_one_poisoned_item_settles_alone() -> None:
    stock_keys = [at(str(n)) for n in range(4)]
    outcomes = [Outcome(Verdict.APPLIED), Outcome(Verdict.REJECTED, reason="bundle"), Outcome(Verdict.MISSING)]
    found = judge_outcomes([decision(s) for s in stock_keys], [*outcomes, Outcome(Verdict.DEFERRED)], tries={}, now=NOW)
    assert list(found.applied) == [at("0")]
    assert list(found.quarantine) == [at("1")]
    assert found.missing == {"2"}
    assert list(found.deferred) == [at("3")]
    assert found.done(["0", "1", "2", "3"]) == {"0", "1", "2"}


def test_a_listing_is_done_only_when_all_its_locations_are() -> None:
    outcomes = [Outcome(Verdict.APPLIED), Outcome(Verdict.DEFERRED)]
    assert judge_outcomes([decision(stock_key) for stock_key in BOTH], outcomes, tries={}, now=NOW).done(
        ["P", "Q"]
    ) == {"Q"}


def test_a_store_that_writes_what_shoppers_can_buy_keeps_its_open_units() -> None:
    found = judge_outcomes([decision(quantity=12, shown=15)], [Outcome(Verdict.APPLIED, 12)], tries={}, now=NOW)
    assert (found.applied[at()].available, found.applied[at()].committed) == (7, 5)


def test_a_stock_key_that_shows_what_it_should_remembers_that_it_got_there() -> None:
    known = confirm_target(decision(quantity=17, shown=17))
    assert known == StoreStock(12, 5, 17, stocked=True, at=THEN, last_target=12, basis=NOW_ON)


def test_a_stock_key_that_got_there_before_has_nothing_new_to_remember() -> None:
    first = decision(quantity=17, shown=17)
    known = confirm_target(first)
    assert confirm_target(replace(first, known=known)) is None


def test_a_held_number_is_remembered_with_the_stock_that_was_believed() -> None:
    """20 is kept on offer, whatever the source says now; only orders lower it."""
    held = replace(decision(offer=15, quantity=20), basis={"P": TargetBasis(20, 5)})
    written = judge_outcomes([held], [Outcome(Verdict.APPLIED, 20)], tries={}, now=NOW).applied[at()]
    assert (written.last_target, written.basis) == (15, {"P": TargetBasis(20, 5)})
    known = confirm_target(held)
    assert known is not None
    assert (known.last_target, known.basis) == (15, {"P": TargetBasis(20, 5)})


NOT_REACHED = [
    pytest.param(decision(), id="something is to be written"),
    pytest.param(decision(skip=Skip.NO_PROOF), id="it waits"),
    pytest.param(decision(quantity=17, shown=17, skip=Skip.REPORT_ONLY), id="it is skipped"),
    pytest.param(Decision(at(), skip=Skip.UNTRACKED), id="it is left alone"),
]


@pytest.mark.parametrize("made", NOT_REACHED)
def test_a_target_is_not_reached_when(made: Decision) -> None:
    assert confirm_target(made) is None


outcomes = st.builds(
    Outcome, st.sampled_from(Verdict), st.none() | st.sampled_from([14, 17]), st.sampled_from(["", "x"])
)


@relaxed
@given(said=st.lists(outcomes, max_size=8), tried=st.integers(0, 9))
def test_every_item_ends_somewhere_and_nothing_is_done_that_stays_due(said: list[Outcome], tried: int) -> None:
    stock_keys = [at(str(n)) for n in range(len(said))]
    found = judge_outcomes([decision(s) for s in stock_keys], said, tries=dict.fromkeys(stock_keys, tried), now=NOW)
    for stock_key, outcome in zip(stock_keys, said, strict=True):
        done = stock_key.ref in found.done([stock_key.ref])
        assert done != (stock_key in found.deferred)
        assert done or stock_key.ref in found.again
        assert (stock_key in found.applied) == (outcome.verdict is Verdict.APPLIED)
        assert found.tries[stock_key] < MAX_TRIES
        assert done <= (stock_key in found.applied or stock_key in found.quarantine or stock_key.ref in found.missing)


def test_a_refusal_of_every_item_with_one_sentence_is_the_stores() -> None:
    no = Outcome(Verdict.REJECTED, reason="cannot edit", general=True)
    other = Outcome(Verdict.REJECTED, reason="cannot list", general=True)
    assert refused_as_one([no, no, no]) == "cannot edit"
    assert refused_as_one([no]) is None  # it may be the item's own
    assert refused_as_one([no, other]) is None
    assert refused_as_one([no, Outcome(Verdict.APPLIED)]) is None
    assert refused_as_one([Outcome(Verdict.REJECTED, reason="a bundle")] * 3) is None
    assert refused_as_one([]) is None


def test_a_right_that_is_missing_is_the_stores_while_it_takes_nothing() -> None:
    denied = Outcome(Verdict.REJECTED, reason="may not", forbidden=True)
    assert refused_as_one([denied]) == "may not"
    assert refused_as_one([Outcome(Verdict.MISSING), denied]) == "may not"
    assert refused_as_one([denied, Outcome(Verdict.APPLIED)]) is None
