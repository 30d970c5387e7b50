"""The guard's verdict: when so much falls that no order explains that a person must look."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.guard import Cut, GuardLimits, Totals, cut_of, evaluate_cuts
from bridge.core.model import StockKey, StoreStock
from connectors.values import replace

from .things import after, pool, relaxed, shows, target

LIMITS = GuardLimits()


def cut(units: int, n: int = 0, *, zeroed: bool = False) -> Cut:
    return Cut(StockKey("acme", str(n), ""), units, zeroed)


def wipes(count: int, units: int = 10) -> list[Cut]:
    return [cut(units, n, zeroed=True) for n in range(count)]


NOTHING = Totals()
VERDICTS = [
    pytest.param([], Totals(10, 100), NOTHING, 0, None, id="nothing falls"),
    pytest.param(wipes(2), Totals(10, 100), NOTHING, 0, None, id="a fifth of the listings may sell out"),
    pytest.param(
        wipes(3),
        Totals(10, 100),
        NOTHING,
        3,
        "3 of 10 listings with stock would go to zero within a day",
        id="more than a fifth may not",
    ),
    pytest.param(
        wipes(1),
        Totals(8, 80),
        Totals(2, 20),
        1,
        "3 of 10 listings with stock would go to zero within a day",
        id="a drip over a day adds up",
    ),
    pytest.param(
        [*wipes(3), cut(1, 9)],
        Totals(10, 100),
        NOTHING,
        3,
        "3 of 10 listings with stock would go to zero within a day",
        id="when few units go, what does not sell out passes",
    ),
    pytest.param(
        wipes(4),
        Totals(4, 40),
        NOTHING,
        4,
        "all 4 listings that show stock would go to zero",
        id="four listings, all to zero",
    ),
    pytest.param(
        wipes(2),
        Totals(2, 20),
        NOTHING,
        2,
        "all 2 listings that show stock would go to zero",
        id="two listings, both to zero",
    ),
    pytest.param(wipes(1), Totals(4, 40), NOTHING, 0, None, id="one of four may sell out"),
    pytest.param(wipes(1), Totals(2, 20), NOTHING, 0, None, id="one of two may sell out"),
    pytest.param(
        wipes(1),
        Totals(3, 30),
        Totals(1, 10),
        1,
        "2 of 4 listings with stock would go to zero within a day",
        id="a second one on the same day may not",
    ),
    pytest.param(
        [cut(6, n) for n in range(10)],
        Totals(10, 100),
        NOTHING,
        10,
        "60 of 100 units on sale would go within a day",
        id="half-size source: more than half of the units",
    ),
    pytest.param([cut(5, n) for n in range(10)], Totals(10, 100), NOTHING, 0, None, id="half of the units may go"),
    pytest.param(
        [cut(1)],
        Totals(10, 50),
        Totals(0, 50),
        1,
        "51 of 100 units on sale would go within a day",
        id="units cut earlier in the day add up",
    ),
    pytest.param(
        wipes(1, 60),
        Totals(4, 100),
        NOTHING,
        1,
        "60 of 100 units on sale would go within a day",
        id="one listing may not sell out when it was most of the shop",
    ),
]


@pytest.mark.parametrize(("cuts", "shown", "recent_cuts", "held", "why"), VERDICTS)
def test_a_plan_is_too_drastic(cuts: list[Cut], shown: Totals, recent_cuts: Totals, held: int, why: str | None) -> None:
    verdict = evaluate_cuts(cuts, shown=shown, recent_cuts=recent_cuts, limits=LIMITS)
    assert (len(verdict.held), verdict.why) == (held, why)


def test_sold_out_listings_do_not_cover_for_a_cut_of_most_units() -> None:
    cuts = [*wipes(3, 20), *(cut(19, n) for n in range(3, 10))]
    verdict = evaluate_cuts(cuts, shown=Totals(10, 200), recent_cuts=NOTHING, limits=LIMITS)
    assert (len(verdict.held), verdict.why) == (10, "133 of 200 units on sale would go within a day")


SOURCES = [
    pytest.param([0] * 10, 10, id="all zero: all are held"),
    pytest.param([20] * 5 + [0] * 5, 5, id="half the rows at zero: those are held"),
    pytest.param([9] * 10, 10, id="half the units gone: all are held"),
    pytest.param([20] * 9 + [0], 0, id="one sells out: it passes"),
    pytest.param([11] * 10, 0, id="less than half the units gone: it passes"),
]


@pytest.mark.parametrize("known", [shows(20), after(pool(20))], ids=["first push", "later push"])
@pytest.mark.parametrize(("levels", "held"), SOURCES)
def test_a_shop_of_ten_listings_with_20_each_hears_from_its_source(
    levels: list[int], held: int, known: StoreStock
) -> None:
    decreases = [cut_of(known, replace(target(pool(n)), stock_key=cut(0, i).stock_key)) for i, n in enumerate(levels)]
    verdict = evaluate_cuts([f for f in decreases if f], shown=Totals(10, 200), recent_cuts=NOTHING, limits=LIMITS)
    assert len(verdict.held) == held


def test_limits_of_a_merchant_rule() -> None:
    strict = GuardLimits(max_zeroed=Fraction(0), max_cut=Fraction(1, 100))
    assert evaluate_cuts([cut(2)], shown=Totals(10, 100), recent_cuts=NOTHING, limits=strict).why
    lenient = GuardLimits(max_zeroed=Fraction(1), max_cut=Fraction(1))
    assert not evaluate_cuts(wipes(9), shown=Totals(10, 100), recent_cuts=NOTHING, limits=lenient).why


def test_a_drip_of_small_wipes_is_stopped_before_the_shop_is_empty() -> None:
    """100 listings, two of them wiped in every cycle of one day."""
    recent_cuts, shown = NOTHING, Totals(100, 1000)
    while not evaluate_cuts(wipes(2), shown=shown, recent_cuts=recent_cuts, limits=LIMITS).held:
        recent_cuts, shown = (
            Totals(recent_cuts.stock_keys + 2, recent_cuts.units + 20),
            Totals(shown.stock_keys - 2, shown.units - 20),
        )
    assert shown.stock_keys == 80


cuts = st.lists(st.builds(cut, st.integers(1, 30), st.integers(0, 9), zeroed=st.booleans()), max_size=10)
totals = st.builds(Totals, st.integers(0, 20), st.integers(0, 300))


@relaxed
@given(found=cuts, shown=totals, recent_cuts=totals)
def test_what_is_held_was_cut_and_comes_with_a_reason(found: list[Cut], shown: Totals, recent_cuts: Totals) -> None:
    verdict = evaluate_cuts(found, shown=shown, recent_cuts=recent_cuts, limits=LIMITS)
    assert verdict.held <= {c.stock_key for c in found}
    assert bool(verdict.held) == (verdict.why is not None)


@relaxed
@given(found=cuts, shown=totals, recent_cuts=totals, more=totals)
def test_a_plan_that_was_too_drastic_stays_so_after_more_cuts(
    found: list[Cut], shown: Totals, recent_cuts: Totals, more: Totals
) -> None:
    """The rolling day can only make the guard stricter: what was cut moves from `shown` to `spent`."""
    moved = Totals(min(more.stock_keys, shown.stock_keys), min(more.units, shown.units))
    left = Totals(shown.stock_keys - moved.stock_keys, shown.units - moved.units)
    worn = Totals(recent_cuts.stock_keys + moved.stock_keys, recent_cuts.units + moved.units)
    zeroed = sum(c.zeroed for c in found)
    if evaluate_cuts(found, shown=shown, recent_cuts=recent_cuts, limits=LIMITS).held and zeroed <= left.stock_keys:
        assert evaluate_cuts(found, shown=left, recent_cuts=worn, limits=LIMITS).held


@relaxed
@given(found=cuts, shown=totals, recent_cuts=totals)
def test_what_passes_is_within_both_limits(found: list[Cut], shown: Totals, recent_cuts: Totals) -> None:
    """But for the one listing that may always sell out."""
    held = evaluate_cuts(found, shown=shown, recent_cuts=recent_cuts, limits=LIMITS).held
    passed = [c for c in found if c.stock_key not in held]
    zeroed = sum(c.zeroed for c in passed)
    if passed:
        assert sum(c.units for c in passed) + recent_cuts.units <= LIMITS.max_cut * (shown.units + recent_cuts.units)
    if zeroed:
        most = LIMITS.max_zeroed * (shown.stock_keys + recent_cuts.stock_keys)
        assert zeroed + recent_cuts.stock_keys <= max(Fraction(1), most)
