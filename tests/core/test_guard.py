"""The guard's measure: which part of a fall comes from levels and rules, and which from orders."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.availability import Claim, Pool, Target
from bridge.core.guard import Cut, cut_of
from bridge.core.model import StoreRules, StoreStock, TargetBasis

from .things import TWO_PLACES, after, claim, claims, pool, pools, relaxed, rules, shows, target, units

BUNDLE = {"P": 1, "Q": 1}

JUDGED = [
    pytest.param(shows(20), pool(0), (20, True), id="first push: every fall counts"),
    pytest.param(
        shows(20), pool(20, committed_units=5), (5, False), id="first push: orders the bridge never saw count too"
    ),
    pytest.param(shows(20), pool(30), None, id="first push: a rise is no fall"),
    pytest.param(
        shows(-3), pool(0, committed_units=5), None, id="an oversold listing that shows nothing loses nothing"
    ),
    pytest.param(after(pool(20)), pool(12), (8, False), id="the level fell"),
    pytest.param(after(pool(20)), pool(0), (20, True), id="the level fell to nothing"),
    pytest.param(after(pool(20)), pool(20, committed_units=20), None, id="sold out by orders elsewhere"),
    pytest.param(after(pool(20), 15), pool(20, committed_units=5), None, id="own orders: the shop shows it already"),
    pytest.param(
        after(pool(20)), pool(8, committed_units=5), (12, False), id="orders and a fall: only the fall counts"
    ),
    pytest.param(after(pool(20), 15), pool(8, committed_units=5), (12, False), id="own orders and a fall"),
    pytest.param(after(pool(20), 2), pool(0), (2, True), id="no more than shoppers lose"),
    pytest.param(after(pool(20), 50), pool(20), None, id="the shop was raised by hand: taking it back is no cut"),
    pytest.param(after(pool(20), 50), pool(12), (8, False), id="raised by hand, and the level fell"),
    pytest.param(after(pool(20, committed_units=5)), pool(15, confirmed=5), None, id="shipped and counted"),
    pytest.param(
        after(pool(20, committed_units=5)),
        pool(15, committed_units=3, confirmed=5),
        None,
        id="shipped and counted, and others sold in that round",
    ),
    pytest.param(
        after(pool(20, unconfirmed=5)),
        pool(9, committed_units=3, confirmed=5, unmatched=6),
        (3, False),
        id="counted, others sold, and a fall of which the open ones explain 3",
    ),
    pytest.param(after(pool(20, confirmed=5)), pool(12, confirmed=5), (8, False), id="one shipment excuses one fall"),
    pytest.param(after(pool(20, confirmed=5)), pool(12), (8, False), id="what is forgotten excuses nothing"),
    pytest.param(
        after(pool(15, committed_units=5, unmatched=5)),
        pool(15, committed_units=3, confirmed=5),
        None,
        id="seen first by the warehouse, now told by the shop",
    ),
    pytest.param(
        after(pool(20, unconfirmed=5)),
        pool(0, confirmed=5, unmatched=15),
        (15, True),
        id="wiped with a shipment on its way",
    ),
    pytest.param(after(pool(20, committed_units=5)), pool(20, unconfirmed=5), None, id="shipped and not yet counted"),
    pytest.param(after(pool(20, unconfirmed=5)), pool(20), None, id="let go, or taken back"),
    pytest.param(
        after(pool(20, committed_units=5)),
        pool(15, committed_units=5, unmatched=5),
        None,
        id="shipped, seen first by the warehouse",
    ),
    pytest.param(
        after(pool(20, committed_units=5)),
        pool(9, committed_units=5, unmatched=11),
        (6, False),
        id="warehouse first and a fall beyond what is open",
    ),
    pytest.param(
        after(pool(40, committed_units=20)),
        pool(0, committed_units=20, unmatched=40),
        (20, True),
        id="wiped under open orders: no shipment explains more than what was open",
    ),
    pytest.param(
        after(pool(15, committed_units=5, unmatched=5)),
        pool(10, committed_units=5, unmatched=10),
        (5, False),
        id="a shipment seen first by the warehouse excuses one fall only",
    ),
]


@pytest.mark.parametrize(("known", "stock", "wanted"), JUDGED)
def test_the_part_of_a_fall_that_no_order_explains(
    known: StoreStock, stock: Pool, wanted: tuple[int, bool] | None
) -> None:
    found = cut_of(known, target(stock))
    assert (found and (found.units, found.zeroed)) == wanted


RULED = [
    pytest.param(rules(), rules(buffer=5), 20, 5, id="more is kept back"),
    pytest.param(rules(), rules(cap=8), 20, 12, id="a cap"),
    pytest.param(rules(), rules(cap=8), 18, 12, id="a cap, and a fall above it"),
    pytest.param(rules(cap=12), rules(cap=8), 4, 8, id="a lower cap and a fall"),
    pytest.param(rules(cap=8), rules(), 20, None, id="a cap that is lifted"),
    pytest.param(rules(cap=8), rules(cap=8), 12, None, id="a fall above the cap is none to shoppers"),
    pytest.param(rules(buffer=5), rules(buffer=5), 12, 8, id="a fall under the same rules"),
    pytest.param(rules(buffer=5), rules(), 12, 3, id="looser rules make up for a part of a fall"),
    pytest.param(rules(warehouses=frozenset("1")), rules(warehouses=frozenset("2")), 20, 20, id="other warehouses"),
]


@pytest.mark.parametrize(("then", "now", "level", "units"), RULED)
def test_a_fall_that_comes_from_rules_is_judged_like_one_of_levels(
    then: StoreRules, now: StoreRules, level: int, units: int | None
) -> None:
    found = cut_of(after(target(pool(20), rules=then)), target(pool(level), rules=now))
    assert (found and found.units) == units


def test_a_listing_that_is_made_of_something_else_now_is_judged_like_a_first_push() -> None:
    known = after(pool(20))
    remapped = target(pool(12, committed_units=4, sku="Q"), parts={"Q": 1})
    assert cut_of(known, remapped) == Cut(remapped.stock_key, 12, zeroed=False)


def test_a_bundle_that_takes_more_of_the_same_part_is_judged() -> None:
    twelve = target(pool(24), parts={"P": 12})
    assert cut_of(after(target(pool(24), parts={"P": 6})), twelve) == Cut(twelve.stock_key, 2, zeroed=False)


# -- bundles ---------------------------------------------------------------------------------------------


def test_a_shipment_of_bundles_seen_first_by_the_warehouse_is_not_judged() -> None:
    before = target(pool(120, committed_units=20), parts={"P": 10})
    assert cut_of(after(before), target(pool(100, committed_units=20, unmatched=20), parts={"P": 10})) is None


def test_a_shipment_of_bundles_excuses_bundles_not_pieces() -> None:
    """2 cartons of 10 were forwarded, and 5 more vanished."""
    before = target(pool(120, committed_units=20), parts={"P": 10})
    cartons = target(pool(50, committed_units=20, unmatched=70), parts={"P": 10})
    assert cut_of(after(before), cartons) == Cut(cartons.stock_key, 5, zeroed=False)


def test_a_wiped_part_of_a_bundle_is_judged_whatever_orders_claim_of_it() -> None:
    before = target(pool(10), pool(70, committed_units=50, sku="Q"), parts=BUNDLE)
    wiped = target(pool(10), pool(50, committed_units=50, sku="Q"), parts=BUNDLE)
    assert cut_of(after(before), wiped) == Cut(wiped.stock_key, 10, zeroed=True)


def test_a_bundle_whose_other_part_sells_out_is_not_judged() -> None:
    before = target(pool(20), pool(60, committed_units=50, sku="Q"), parts=BUNDLE)
    sold = target(pool(20, committed_units=20), pool(60, committed_units=50, sku="Q"), parts=BUNDLE)
    assert cut_of(after(before), sold) is None


# -- warehouses --------------------------------------------------------------------------------------------


def test_open_orders_of_one_location_do_not_excuse_a_wipe_of_another() -> None:
    others = claim(20, "1")
    before = target(pool({"1": 20, "2": 20}, others), rules=TWO_PLACES, location="L2")
    wiped = target(pool({"1": 20, "2": 0}, others, unmatched={"2": 20}), rules=TWO_PLACES, location="L2")
    assert cut_of(after(before), wiped) == Cut(wiped.stock_key, 20, zeroed=True)


def test_a_shipment_counted_at_one_location_does_not_excuse_a_wipe_of_another() -> None:
    before = target(pool({"1": 20, "2": 20}, claim(20, "1")), rules=TWO_PLACES, location="L2")
    wiped = target(pool({"1": 0, "2": 0}, confirmed={"1": 20}, unmatched={"2": 20}), rules=TWO_PLACES, location="L2")
    assert cut_of(after(before), wiped) == Cut(wiped.stock_key, 20, zeroed=True)


def test_a_wiped_warehouse_is_judged_at_the_location_its_orders_turn_to() -> None:
    """20 in each, and 20 sold from anywhere: both locations show 10. Then the source says 0 for the first."""
    others = claim(20, store="outlet")
    before = target(pool({"1": 20, "2": 20}, others), rules=TWO_PLACES, location="L2")
    wiped = target(pool({"1": 0, "2": 20}, others), rules=TWO_PLACES, location="L2")
    assert (before.available, wiped.available) == (10, 0)
    assert cut_of(after(before), wiped) == Cut(wiped.stock_key, 10, zeroed=True)


def test_of_a_wipe_elsewhere_and_orders_in_one_cycle_only_the_wipe_is_judged() -> None:
    """Of 20 in each, 20 are sold and then 6 more, and the first loses 10: without that 7 would be left at each."""
    before = target(pool({"1": 20, "2": 20}, claim(20, store="outlet")), rules=TWO_PLACES, location="L2")
    wiped = target(pool({"1": 10, "2": 20}, claim(20, store="outlet"), claim(6)), rules=TWO_PLACES, location="L2")
    assert wiped.available == 2
    assert cut_of(after(before), wiped) == Cut(wiped.stock_key, 5, zeroed=False)


def test_a_shipment_out_of_one_warehouse_is_not_judged_at_the_other() -> None:
    before = target(pool({"1": 20, "2": 20}, claim(20)), rules=TWO_PLACES, location="L2")
    seen_first = target(pool({"1": 12, "2": 20}, claim(20), unmatched={"1": 8}), rules=TWO_PLACES, location="L2")
    assert seen_first.available < before.available
    assert cut_of(after(before), seen_first) is None
    told = target(pool({"1": 12, "2": 20}, claim(20), confirmed={"1": 8}), rules=TWO_PLACES, location="L2")
    assert cut_of(after(before), told) is None


def test_open_orders_of_one_warehouse_do_not_excuse_a_wipe_of_another_behind_the_same_stock_key() -> None:
    """20 in each, 20 sold from the second: 20 are shown. Then the source says 0 for the first."""
    others = claim(20, "2", store="outlet")
    before, wiped = pool({"1": 20, "2": 20}, others), target(pool({"1": 0, "2": 20}, others, unmatched={"1": 20}))
    assert cut_of(after(before), wiped) == Cut(wiped.stock_key, 20, zeroed=True)


# -- whatever happens ----------------------------------------------------------------------------------------

bases = st.builds(TargetBasis, units, units, units)
knowns = st.builds(
    lambda available, last_target, basis: shows(available, last_target=last_target, basis=basis),
    st.integers(-9, 60), st.none() | st.integers(-9, 60), st.dictionaries(st.sampled_from("PQ"), bases),
)  # fmt: skip
any_rules = st.builds(rules, buffer=st.integers(0, 9), cap=st.none() | units)
targets = st.builds(lambda stock, given_rules, n: target(stock, rules=given_rules, parts={"P": n}), pools, any_rules,
                    st.integers(1, 3))  # fmt: skip


@relaxed
@given(known=knowns, targeted=targets)
def test_a_cut_is_never_larger_than_the_fall(known: StoreStock, targeted: Target) -> None:
    fall = max(0, known.available) - max(0, targeted.available)
    if found := cut_of(known, targeted):
        assert 0 < found.units <= fall
        assert found.zeroed == (targeted.available <= 0)


@relaxed
@given(before=targets, shown=st.integers(-9, 60))
def test_a_target_that_did_not_move_is_never_judged(before: Target, shown: int) -> None:
    """Whatever somebody did to the shop's number."""
    assert cut_of(after(before, shown), before) is None


@relaxed
@given(level=units, sold=units, more=st.integers(1, 60), shown=st.integers(-9, 60))
def test_orders_alone_are_never_judged(level: int, sold: int, more: int, shown: int) -> None:
    before = target(pool(level, committed_units=sold))
    assert cut_of(after(before, shown), target(pool(level, committed_units=sold + more))) is None


located = st.lists(claims, max_size=3)
stocks = st.fixed_dictionaries({"1": units, "2": units, "3": units})


def at_two(stock: Mapping[str, int], some: Sequence[Claim]) -> Target:
    return target(pool(stock, *some), rules=TWO_PLACES, location="L2")


@relaxed
@given(stock=stocks, sold=located, more=located)
def test_orders_alone_are_never_judged_wherever_they_may_come_from(
    stock: Mapping[str, int], sold: list[Claim], more: list[Claim]
) -> None:
    assert cut_of(after(at_two(stock, sold)), at_two(stock, [*sold, *more])) is None


@relaxed
@given(stock=stocks, sold=located, left=units)
def test_a_wipe_in_one_warehouse_is_judged_in_full_at_the_location_of_another(
    stock: Mapping[str, int], sold: list[Claim], left: int
) -> None:
    before, wiped = at_two(stock, sold), at_two({**stock, "1": min(left, stock["1"])}, sold)
    fall = max(0, before.available) - max(0, wiped.available)
    found = cut_of(after(before), wiped)
    assert (found.units if found else 0) <= fall
    if min(left, stock["1"]) <= stock["3"]:  # the wiped one is the emptiest, or may be taken for it
        assert (found.units if found else 0) == fall


@relaxed
@given(level=units, sold=units, gone=units, more=units)
def test_a_shipment_told_first_by_the_warehouse_is_never_judged(level: int, sold: int, gone: int, more: int) -> None:
    """Nor is one in whose round something else is sold."""
    gone = min(gone, sold, level)
    now = target(pool(level - gone, committed_units=sold + more, unmatched=gone))
    assert cut_of(after(pool(level, committed_units=sold)), now) is None


@relaxed
@given(level=units, sold=units, gone=units, more=units, confirmed=units)
def test_a_shipment_told_first_by_the_shop_is_never_judged(
    level: int, sold: int, gone: int, more: int, confirmed: int
) -> None:
    """Nor is one in whose round something else is sold, whatever was counted before."""
    gone = min(gone, sold, level)
    before = after(pool(level, committed_units=sold, confirmed=confirmed))
    shipped = pool(level, committed_units=sold - gone, unconfirmed=gone, confirmed=confirmed)
    told = target(pool(level - gone, committed_units=sold - gone + more, confirmed=confirmed + gone))
    assert cut_of(before, target(shipped)) is None
    assert cut_of(after(shipped), told) is None
    assert cut_of(before, told) is None


@relaxed
@given(level=units, sold=units, lost=st.integers(1, 60), confirmed=units, forgotten=units)
def test_a_fall_of_the_level_that_nothing_excuses_is_judged_in_full(
    level: int, sold: int, lost: int, confirmed: int, forgotten: int
) -> None:
    before = target(pool(level, committed_units=sold, confirmed=confirmed))
    now = target(pool(max(0, level - lost), committed_units=sold, confirmed=max(0, confirmed - forgotten)))
    fall = max(0, before.available) - max(0, now.available)
    found = cut_of(after(before), now)
    assert (found.units if found else 0) == fall
