"""Held stock keys: they go on as if the warehouse had not spoken, until its fall is gone or a person decides."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import pytest

from bridge.core import guard
from bridge.core.availability import Target
from bridge.core.guard import Cut, Hold, cut_of, held_at, held_offer
from bridge.core.model import StoreRules, StoreStock, TargetBasis
from bridge.core.outcomes import confirm_target
from bridge.core.plan import Decision, offered
from bridge.state import pack, spelling
from bridge.state.pages import Speller, Words
from connectors.values import replace

from .things import NOW, TWO_PLACES, after, begun, claim, on_offer, pool, shows, target

BUNDLE = {"P": 1, "Q": 1}
FULL = after(pool(20))


WIPED = begun(FULL, pool(0))
ELSEWHERE_8 = claim(8, store="outlet")
RULED = [
    pytest.param(StoreRules(store="acme", buffer=5), id="buffer"),
    pytest.param(StoreRules(store="acme", share=Fraction(1, 2)), id="share"),
    pytest.param(StoreRules(store="acme", cap=14), id="cap"),
    pytest.param(StoreRules(store="acme", buffer=2, share=Fraction(1, 2), cap=7), id="all of them"),
]


def test_a_held_stock_key_keeps_what_it_shows() -> None:
    assert Hold({"P": TargetBasis(20, 0)}, {"P": 0}, NOW, "why") == WIPED
    assert on_offer(pool(0), FULL, WIPED) == 20


def test_a_first_push_that_is_held_does_not_take_its_orders_off_twice() -> None:
    hold = begun(shows(15), pool(5, committed_units=5))
    assert on_offer(pool(5, committed_units=5), shows(15), hold) == 15


def test_orders_lower_a_first_push_that_is_held() -> None:
    hold = begun(shows(15), pool(5, committed_units=5))
    assert on_offer(pool(5, committed_units=9), shows(15), hold) == 11


def test_a_first_push_of_cartons_is_held_in_cartons() -> None:
    hold = begun(shows(4), target(pool(0, committed_units=24), parts={"P": 12}))
    assert on_offer(target(pool(0, committed_units=24), parts={"P": 12}), shows(4), hold) == 4
    assert on_offer(target(pool(0, committed_units=25), parts={"P": 12}), shows(4), hold) == 3


def test_a_listing_that_was_remapped_is_held_at_what_it_shows() -> None:
    targeted = target(pool(3, committed_units=5, sku="Q"), parts={"Q": 1})
    assert on_offer(targeted, FULL, begun(FULL, targeted)) == 20


@pytest.mark.parametrize("rules", RULED)
@pytest.mark.parametrize("known", [shows(20), FULL], ids=["before the first push", "later"])
def test_a_hold_under_rules_that_keep_back_more_keeps_what_is_shown(known: StoreStock, rules: StoreRules) -> None:
    wiped = target(pool(0), rules=rules)
    assert on_offer(wiped, known, begun(known, wiped)) == 20


def test_a_hold_under_looser_rules_raises_nothing() -> None:
    known = after(target(pool(20), rules=StoreRules(store="acme", buffer=5)))
    assert on_offer(pool(0), known, begun(known, pool(0))) == 15


def test_an_oversold_stock_key_is_held_at_nothing() -> None:
    hold = begun(shows(-4), pool(0))
    assert held_offer(hold, shows(-4), target(pool(0))) == 0


def test_a_number_that_was_raised_by_hand_is_held_at_what_it_should_have_been() -> None:
    by_hand = after(pool(20), 50)
    assert on_offer(pool(0), by_hand, begun(by_hand, pool(0))) == 20


def test_a_number_that_was_lowered_by_hand_is_not_raised_by_a_hold() -> None:
    by_hand = after(pool(20), 6)
    assert on_offer(pool(0), by_hand, begun(by_hand, pool(0))) == 6


def test_a_sale_in_the_cycle_of_the_wipe_lowers_a_held_stock_key_once() -> None:
    """20 was reached, 5 were sold here, and then the source says 0."""
    known = after(pool(20), 15)
    assert on_offer(pool(0, committed_units=5), known, begun(known, pool(0, committed_units=5))) == 15


def test_orders_lower_a_held_stock_key() -> None:
    assert on_offer(pool(0, committed_units=3), FULL, WIPED) == 17


def test_open_orders_that_might_explain_a_part_of_the_wipe_do_not_lower_a_held_stock_key_twice() -> None:
    """20 on the shelf and 5 sold; then the source says 0. Were the 5 shipped, their order would still be open."""
    known, wiped = after(pool(20, committed_units=5)), pool(0, committed_units=5, unmatched=20)
    hold = begun(known, wiped)
    assert hold.basis == {"P": TargetBasis(20, 5, unmatched=5)}
    assert on_offer(wiped, known, hold) == 15


@pytest.mark.parametrize("rules", RULED)
def test_orders_elsewhere_lower_a_held_stock_key_under_its_rules(rules: StoreRules) -> None:
    """20 on the shelf; the source says 0; then 8 are sold elsewhere: as if 12 were on the shelf."""
    known = after(target(pool(20), rules=rules))
    hold = begun(known, target(pool(0), rules=rules))
    assert on_offer(target(pool(0), rules=rules), known, hold) == target(pool(20), rules=rules).available
    assert on_offer(target(pool(0, ELSEWHERE_8), rules=rules), known, hold) == target(pool(12), rules=rules).available


def test_a_shipment_counted_in_the_cycle_of_the_wipe_does_not_come_back_on_sale() -> None:
    """5 of 20 were sold. They are shipped and counted, and the source says 0; then 4 are sold elsewhere."""
    known = after(pool(20, committed_units=5))
    hold = begun(known, pool(0, confirmed=5, unmatched=15))
    assert hold.basis == {"P": TargetBasis(15, 0, confirmed=5)}
    assert on_offer(pool(0, claim(4, store="outlet"), confirmed=5, unmatched=15), known, hold) == 11


def test_the_next_fall_after_a_rejected_one_is_held_at_the_stock_that_was_believed() -> None:
    """20, then 0 is held for a cycle and rejected, then the source says 1: that is judged and held in turn."""
    wiped = target(pool(0))
    known = (
        confirm_target(Decision(wiped.stock_key, FULL, wiped, *offered(wiped, FULL, WIPED), quantity=20, shown=20))
        or FULL
    )
    assert (known.last_target, known.basis) == (20, {"P": TargetBasis(20, 0)})
    again = target(pool(1))
    assert on_offer(again, known, replace(WIPED, decision="reject")) == 1
    assert cut_of(known, again) == Cut(again.stock_key, 19, zeroed=False)
    assert on_offer(again, known, begun(known, again)) == 20


def test_what_orders_lowered_does_not_come_back_when_they_are_shipped_and_counted() -> None:
    hold = held_at(held_at(WIPED, target(pool(0, committed_units=3))), target(pool(0)))
    assert hold.basis == {"P": TargetBasis(17, 0)}
    assert on_offer(pool(0), FULL, hold) == 17
    assert on_offer(pool(0, committed_units=2), FULL, hold) == 15


def test_a_level_that_recovers_dissolves_the_hold() -> None:
    assert on_offer(pool(20), FULL, WIPED) == 20
    assert on_offer(pool(35), FULL, WIPED) == 35
    assert on_offer(pool(5), FULL, WIPED) == 20


def test_a_hold_of_other_parts_holds_nothing() -> None:
    remapped = target(pool(3, sku="Q"), parts={"Q": 1})
    assert not guard.still_holds(WIPED, FULL, remapped)
    assert on_offer(remapped, FULL, WIPED) == 3


DECIDED = [
    pytest.param(None, 0, 20, id="nobody has decided"),
    pytest.param(None, 5, 20, id="nobody has decided, and the level moves"),
    pytest.param("release", 0, 0, id="released: the fall goes through"),
    pytest.param("reject", 0, 20, id="rejected: it stays"),
    pytest.param("reject", 5, 5, id="rejected, until the warehouse speaks again"),
]


@pytest.mark.parametrize(("decision", "level", "offer"), DECIDED)
def test_what_a_person_decided_of_a_held_stock_key(
    decision: Literal["release", "reject"] | None, level: int, offer: int
) -> None:
    hold = replace(WIPED, decision=decision)
    assert on_offer(target(pool(level)), FULL, hold) == offer
    assert guard.still_holds(hold, FULL, target(pool(level))) == (offer == 20)


def test_orders_lower_a_rejected_fall_too() -> None:
    assert on_offer(pool(0, committed_units=3), FULL, replace(WIPED, decision="reject")) == 17


def held_bundle(before: Target, wiped: Target) -> int:
    """What a bundle offers that is held because one of its parts was wiped."""
    return on_offer(wiped, after(before), begun(after(before), wiped))


def test_a_held_bundle_keeps_what_it_shows_whatever_orders_claim_of_the_wiped_part() -> None:
    before = target(pool(10), pool(70, committed_units=50, sku="Q"), parts=BUNDLE)
    assert held_bundle(before, target(pool(10), pool(50, committed_units=50, sku="Q"), parts=BUNDLE)) == 10


@pytest.mark.parametrize(("sold", "offer"), [(3, 10), (12, 8)])
def test_orders_of_the_wiped_part_lower_a_held_bundle_where_it_is_the_scarcest(sold: int, offer: int) -> None:
    """20 of P and 10 of Q are free; P is wiped. Of the 20 it is still believed to have, some are sold."""
    before = target(pool(20), pool(60, committed_units=50, sku="Q"), parts=BUNDLE)
    wiped = target(pool(0, committed_units=sold), pool(60, committed_units=50, sku="Q"), parts=BUNDLE)
    assert held_bundle(before, wiped) == offer


# -- known to be wrong -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", RULED)
@pytest.mark.parametrize("known", [shows(20), FULL], ids=["before the first push", "later"])
def test_orders_elsewhere_lower_a_held_stock_key_under_rules_that_keep_back_more(
    known: StoreStock, rules: StoreRules
) -> None:
    """20 are shown; the source says 0, and the rules of now would keep some back; then 18 are sold elsewhere."""
    hold = begun(known, target(pool(0), rules=rules))
    assert on_offer(target(pool(0, claim(18, store="outlet")), rules=rules), known, hold) <= 2


def test_a_shipment_counted_in_the_cycle_of_the_wipe_and_of_a_sale_does_not_come_back_on_sale() -> None:
    """5 of 20 were shipped. They are counted and 4 are sold elsewhere, in the cycle in which the source says 0."""
    known = after(pool(20, unconfirmed=5))
    wiped = pool(0, claim(4, store="outlet"), confirmed=5, unmatched=15)
    assert on_offer(wiped, known, begun(known, wiped)) == 11


# -- claims that turn to another warehouse -----------------------------------------------------------------


def at_two(stock: Mapping[str, int], sold: int) -> Target:
    """The second location of two, where `sold` may come from anywhere."""
    return target(pool(stock, claim(sold, store="outlet")), rules=TWO_PLACES, location="L2")


BOTH = {"1": 20, "2": 20}


def test_a_location_that_others_turn_to_is_held_where_it_was() -> None:
    known, wiped = after(at_two(BOTH, 20)), at_two({"2": 20}, 20)
    hold = begun(known, wiped)
    assert on_offer(wiped, known, hold) == 10
    again = held_at(held_at(hold, wiped), wiped)
    assert (again.basis, on_offer(wiped, known, again)) == (hold.basis, 10)


def test_orders_lower_it_as_they_would_have_without_the_wipe() -> None:
    known, wiped = after(at_two(BOTH, 20)), at_two({"2": 20}, 20)
    hold = begun(known, wiped)
    assert on_offer(at_two({"2": 20}, 26), known, hold) == 7
    assert on_offer(at_two({"2": 20}, 60), known, hold) <= 0


def test_it_ends_when_the_other_warehouse_comes_back() -> None:
    known, wiped = after(at_two(BOTH, 20)), at_two({"2": 20}, 20)
    hold = begun(known, wiped)
    assert not guard.still_holds(held_at(hold, wiped), known, at_two(BOTH, 20))


def test_both_warehouses_wiped_one_after_the_other_stay_where_they_were() -> None:
    known = after(at_two(BOTH, 20))
    hold = begun(known, at_two({"2": 20}, 20))
    assert on_offer(at_two({}, 20), known, hold) == 10
    other_way = begun(known, at_two({"1": 20}, 20))
    assert on_offer(at_two({}, 20), known, other_way) == 10


def test_what_the_state_remembers_of_elsewhere_comes_out_of_it_again() -> None:
    known = after(at_two(BOTH, 20))
    assert known.basis["P"].elsewhere == 20
    say = Speller(Words())
    raw = spelling.store_stock({"L2": known}, say)
    assert spelling.read_store_stock(raw, say.words)["L2"].basis == known.basis
    hold = begun(known, at_two({"2": 20}, 20))
    assert pack.read_hold(pack.hold(hold)) == hold
