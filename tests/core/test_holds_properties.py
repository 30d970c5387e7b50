"""Held stock keys, whatever happens to them: orders lower what they offer, and nothing raises it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.availability import Target
from bridge.core.guard import Hold, held_at, held_offer
from bridge.core.model import StoreRules, StoreStock, TargetBasis
from bridge.core.plan import offered
from connectors.values import replace

from .things import NOW, PLAIN, after, begun, on_offer, pool, pools, relaxed, shows, target, units

bases = st.builds(TargetBasis, st.integers(-20, 60), units, units)
rules = st.builds(
    StoreRules, store=st.just("acme"), buffer=st.integers(0, 9), cap=st.none() | units,
    share=st.fractions(0, 1, max_denominator=20),
)  # fmt: skip
targets = st.builds(
    lambda stock, given_rules, n: target(stock, rules=given_rules, parts={"P": n}),
    pools, st.just(PLAIN) | rules, st.integers(1, 3),
)  # fmt: skip
knowns = st.builds(
    lambda available, last_target, basis: shows(available, last_target=last_target, basis=basis),
    st.integers(-9, 60), st.none() | st.integers(-9, 60), st.dictionaries(st.sampled_from("PQ"), bases),
)  # fmt: skip
holds = st.builds(
    lambda basis, surplus, decision: Hold({"P": basis}, {"P": 0}, NOW, "why", surplus, decision),
    bases, st.integers(0, 9), st.sampled_from([None, "reject", "release"]),
)  # fmt: skip


@relaxed
@given(hold=holds, known=knowns, targeted=targets)
def test_a_hold_never_offers_more_than_is_shown(hold: Hold, known: StoreStock, targeted: Target) -> None:
    assert held_offer(hold, known, targeted) <= max(0, known.available)
    assert targeted.available <= on_offer(targeted, known, hold) <= max(targeted.available, known.available, 0)


@relaxed
@given(hold=holds, known=knowns, targeted=targets)
def test_what_is_offered_rests_on_what_is_believed(hold: Hold, known: StoreStock, targeted: Target) -> None:
    offer, basis = offered(targeted, known, hold)
    assert basis == (targeted.basis if offer == targeted.available else held_at(hold, targeted).basis)


@relaxed
@given(known=knowns, targeted=targets)
def test_a_hold_that_begins_offers_no_more_than_is_shown(known: StoreStock, targeted: Target) -> None:
    assert held_offer(begun(known, targeted), known, targeted) <= max(0, known.available)


@relaxed
@given(hold=holds, known=knowns, stocks=st.lists(targets, min_size=1, max_size=5))
def test_what_a_hold_offers_never_rises(hold: Hold, known: StoreStock, stocks: Sequence[Target]) -> None:
    """But for claims that are given up, which only lower what it keeps."""
    for targeted in stocks:
        moved = held_at(hold, targeted)
        assert moved.basis["P"].stock <= hold.basis["P"].stock
        kept = moved.basis["P"]  # also what stood elsewhere then: today's claims are placed on the old stock
        assert kept == targeted.basis["P"]._replace(stock=kept.stock, elsewhere=kept.elsewhere)
        assert held_at(moved, targeted) == moved
        assert held_offer(moved, known, targeted) == held_offer(hold, known, targeted)
        hold = moved


@dataclass(frozen=True)
class Event:
    """Something that orders do while a stock key is held. pieces are cut to what is there."""

    what: Literal["sold here", "sold elsewhere", "shipped", "counted", "cancelled"]
    pieces: int

    def on(self, held: Mapping[str, int]) -> dict[str, int]:
        """held: units shown here, and pieces that are open and unconfirmed."""
        shown, committed, unconfirmed = held["shown"], held["committed"], held["unconfirmed"]
        if self.what == "sold here":
            sold = min(self.pieces, shown)
            return {"shown": shown - sold, "committed": committed + sold, "unconfirmed": unconfirmed}
        if self.what == "sold elsewhere":
            return {"shown": shown, "committed": committed + self.pieces, "unconfirmed": unconfirmed}
        if self.what == "counted":
            return {"shown": shown, "committed": committed, "unconfirmed": unconfirmed - min(self.pieces, unconfirmed)}
        gone = min(self.pieces, committed)
        shipped = gone if self.what == "shipped" else 0
        return {"shown": shown, "committed": committed - gone, "unconfirmed": unconfirmed + shipped}


events = st.builds(
    Event, st.sampled_from(["sold here", "sold elsewhere", "shipped", "counted", "cancelled"]), st.integers(1, 12)
)


@relaxed
@given(
    level=st.integers(1, 60), sold=st.integers(0, 20), rejected_levels=units, first=st.booleans(), acts=st.lists(events)
)
def test_orders_lower_what_is_held_once_and_nothing_raises_it(
    level: int, sold: int, rejected_levels: int, first: bool, acts: Sequence[Event]
) -> None:
    before = target(pool(level, committed_units=sold))
    known = shows(max(0, before.available)) if first else after(before)
    hold = begun(known, pool(rejected_levels, committed_units=sold))
    state = {"shown": known.available, "committed": sold, "unconfirmed": 0}
    offer = held_offer(hold, known, target(pool(rejected_levels, committed_units=sold)))
    for act in acts:
        then, state = state, act.on(state)
        targeted = target(pool(rejected_levels, committed_units=state["committed"], unconfirmed=state["unconfirmed"]))
        now = replace(known, available=state["shown"])
        lowered = held_offer(hold, now, targeted)
        ordered = state["committed"] - then["committed"] if act.what.startswith("sold") else 0
        assert lowered == offer - ordered, act
        hold, offer, state["shown"] = held_at(hold, targeted), lowered, min(state["shown"], max(0, lowered))


@relaxed
@given(
    level=st.integers(1, 60), sold=st.integers(0, 20), rejected_levels=units, given_rules=rules, acts=st.lists(events),
)  # fmt: skip
def test_a_held_stock_key_offers_no_more_than_its_rules_make_of_the_old_stock_less_all_orders(
    level: int, sold: int, rejected_levels: int, given_rules: StoreRules, acts: Sequence[Event]
) -> None:
    """Whatever is shipped, counted or cancelled meanwhile."""
    before = target(pool(level, committed_units=sold), rules=given_rules)
    known, offer = after(before), max(0, before.available)
    hold = begun(known, target(pool(rejected_levels, committed_units=sold), rules=given_rules))
    state, ordered = {"shown": known.available, "committed": sold, "unconfirmed": 0}, sold
    for act in acts:
        then, state = state, act.on(state)
        ordered += max(0, state["committed"] - then["committed"])
        targeted = target(
            pool(rejected_levels, committed_units=state["committed"], unconfirmed=state["unconfirmed"]),
            rules=given_rules,
        )
        lowered = held_offer(hold, replace(known, available=state["shown"]), targeted)
        assert lowered <= offer, act
        assert lowered <= max(0, targeted.on({"P": TargetBasis(level, ordered)})), act
        hold, offer, state["shown"] = held_at(hold, targeted), lowered, min(state["shown"], max(0, lowered))
