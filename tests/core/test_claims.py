"""Claims: which warehouse each sold piece is taken from, and what is left there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.availability import Claim, Pool
from bridge.core.model import TargetBasis

from .things import TWO_PLACES, claim, claims, pool, relaxed, target, warehouses

NOWHERE = Claim("acme", "P", "committed", 5, frozenset())

TAKEN = [
    pytest.param({"1": 20}, [], {"1": 20}, id="nothing claimed"),
    pytest.param({"1": 20}, [claim(5)], {"1": 15}, id="open units come off"),
    pytest.param(
        {"1": 20}, [claim(5, kind="unconfirmed"), claim(3)], {"1": 12}, id="shipped and unconfirmed come off too"
    ),
    pytest.param({"1": 20}, [claim(5), claim(4, store="outlet")], {"1": 11}, id="every store's open units come off"),
    pytest.param({"1": 4, "2": 9}, [claim(3)], {"1": 4, "2": 6}, id="the fullest warehouse gives first"),
    pytest.param({"1": 9, "2": 4}, [claim(11)], {"1": 1, "2": 1}, id="each piece from the fullest: they are levelled"),
    pytest.param({"1": 4, "2": 9}, [claim(3, "1")], {"1": 1, "2": 9}, id="a bound claim stays where it is bound"),
    pytest.param(
        {"1": 5, "2": 4},
        [claim(5, store="any"), claim(4, "1", store="zoo")],
        {"1": 0, "2": 0},
        id="those with the least choice take first",
    ),
    pytest.param(
        {"1": 5, "2": 0, "3": 6},
        [claim(5, "1", "3", store="a"), claim(6, "3", store="b")],
        {"1": 0, "2": 0, "3": 0},
        id="of bound claims the one with fewer warehouses takes first",
    ),
    pytest.param({"1": 2, "2": 9}, [claim(5, "1")], {"1": -3, "2": 9}, id="a debt stays where it was made"),
    pytest.param({"1": 2, "2": 1}, [claim(5)], {"1": -1, "2": -1}, id="a debt of anywhere is levelled like stock"),
    pytest.param({"1": 2, "2": 9}, [claim(14, "1"), claim(5)], {"1": -12, "2": 4}, id="who owes gives nothing more"),
    pytest.param({"1": 5, "2": 5}, [claim(3)], {"1": 3, "2": 4}, id="what does not divide is settled by name"),
    pytest.param({}, [claim(5)], {"": -5}, id="no warehouse at all can owe"),
    pytest.param({"1": 5}, [NOWHERE], {"1": 5}, id="what may come from nowhere takes nothing"),
    pytest.param({}, [claim(5, "1")], {"1": -5}, id="a warehouse that holds nothing can owe"),
]


@pytest.mark.parametrize(("units", "claims", "free"), TAKEN)
def test_claims_come_off_the_warehouses(units: dict[str, int], claims: list[Claim], free: dict[str, int]) -> None:
    assert pool(units, *claims).free == free


SHIPPED = [
    pytest.param(0, [claim(5)], 0, id="no fall"),
    pytest.param(3, [claim(5)], 3, id="a fall within the open units"),
    pytest.param(9, [claim(5), claim(2)], 7, id="no more than open units explain"),
    pytest.param(9, [claim(5, kind="unconfirmed")], 0, id="shipped units explain nothing twice"),
]


@pytest.mark.parametrize(("unmatched", "claims", "shipped"), SHIPPED)
def test_a_fall_ahead_of_its_shipment_counts_as_shipped(unmatched: int, claims: list[Claim], shipped: int) -> None:
    assert pool(40, *claims, unmatched=unmatched).basis(None).shipped == shipped
    assert pool(40, *claims, unmatched=unmatched, confirmed=6).basis(None).shipped == 6 + shipped


ANYWHERE, FIRST, FAR = [claim(9)], [claim(9, "1")], [claim(9, "3")]
UNMATCHED = {"1": 3, "2": 4}
SHIPPED_FROM = [
    pytest.param("1", ANYWHERE, 3, id="what fell there"),
    pytest.param("2", ANYWHERE, 4, id="what fell in the other"),
    pytest.param("12", ANYWHERE, 7, id="what fell in both"),
    pytest.param(None, ANYWHERE, 7, id="what fell anywhere"),
    pytest.param("3", ANYWHERE, 0, id="nothing fell there"),
    pytest.param("1", FIRST, 3, id="an order that may come from there"),
    pytest.param("2", FIRST, 0, id="an order that may not"),
    pytest.param("12", FAR, 0, id="an order from neither"),
    pytest.param("1", [claim(2, "1"), claim(9, "2")], 2, id="no more than the orders from there explain"),
    pytest.param("1", [claim(9, kind="unconfirmed")], 0, id="no order is open"),
    pytest.param("", ANYWHERE, 0, id="no warehouse at all"),
]


@pytest.mark.parametrize(("seen_from", "claims", "shipped"), SHIPPED_FROM)
def test_a_fall_counts_as_shipped_where_it_happened(seen_from: str | None, claims: list[Claim], shipped: int) -> None:
    here = None if seen_from is None else frozenset(seen_from)
    assert pool({"1": 20, "2": 20}, *claims, unmatched=UNMATCHED).basis(here).shipped == shipped


@pytest.mark.parametrize(("seen_from", "shipped"), [("1", 5), ("2", 1), ("12", 6), (None, 6), ("3", 0)])
def test_what_was_counted_is_shipped_where_it_fell_whether_orders_are_open_or_not(
    seen_from: str | None, shipped: int
) -> None:
    here = None if seen_from is None else frozenset(seen_from)
    assert pool({"1": 20, "2": 20}, confirmed={"1": 5, "2": 1}).basis(here).shipped == shipped


BASES = [
    pytest.param(None, TargetBasis(13, 6), id="everywhere"),
    pytest.param(frozenset("1"), TargetBasis(4, 1, elsewhere=9), id="one warehouse"),
    pytest.param(frozenset("2"), TargetBasis(9, 5, elsewhere=4), id="the other"),
    pytest.param(frozenset("3"), TargetBasis(0, 0, elsewhere=13), id="one that holds nothing"),
    pytest.param(frozenset(), TargetBasis(0, 0, elsewhere=13), id="none"),
]


@pytest.mark.parametrize(("warehouses", "basis"), BASES)
def test_a_pool_as_seen_from_some_warehouses(warehouses: frozenset[str] | None, basis: TargetBasis) -> None:
    """5 come from the fuller one, 1 is bound to the other."""
    assert pool({"1": 4, "2": 9}, claim(5), claim(1, "1")).basis(warehouses) == basis


def test_an_order_elsewhere_never_raises_a_location() -> None:
    others = claim(4, store="outlet")
    before = target(pool({"1": 4, "2": 5}, others), rules=TWO_PLACES, location="L2")
    after = target(pool({"1": 4, "2": 5}, others, claim(1, store="amazon")), rules=TWO_PLACES, location="L2")
    assert after.available <= before.available


levels = st.dictionaries(warehouses, st.integers(-5, 60))
pools = st.builds(lambda units, taken: pool(units, *taken), levels, st.lists(claims, max_size=6))


@relaxed
@given(pools)
def test_every_claim_comes_off_once(stock: Pool) -> None:
    assert sum(stock.free.values()) == sum(stock.stock.units.values()) - sum(c.units for c in stock.claims)


@relaxed
@given(pools)
def test_a_claim_takes_what_it_claims_and_only_where_it_may(stock: Pool) -> None:
    for taker, taken in stock.taken:
        assert sum(taken.values()) == taker.units
        assert all(units >= 0 for units in taken.values())
        assert taker.warehouses is None or set(taken) <= taker.warehouses


@relaxed
@given(pools)
def test_each_piece_is_taken_from_the_fullest(stock: Pool) -> None:
    """Told once more piece by piece: which of two equally full ones gives is nobody's business."""
    rest: dict[str, int] = dict(stock.stock.units)
    for taker, taken in stock.taken:
        choice = sorted(taker.warehouses if taker.warehouses is not None else rest or {""})
        slow = {w: rest.get(w, 0) for w in choice}
        for _ in range(taker.units):
            slow[max(slow, key=slow.__getitem__)] -= 1
        rest |= {w: rest.get(w, 0) - units for w, units in taken.items()}
        assert sorted(rest.get(w, 0) for w in choice) == sorted(slow.values())


@relaxed
@given(stock=pools, more=claims)
def test_one_more_claim_leaves_no_warehouse_with_more_to_sell(stock: Pool, more: Claim) -> None:
    """A debt may move on to a warehouse that was not heard of before; what is for sale never grows."""
    fuller = Pool(stock.stock, (*stock.claims, more)).free
    assert all(fuller.get(warehouse, 0) <= max(0, units) for warehouse, units in stock.free.items())


@relaxed
@given(stock=pools, seen_from=st.none() | st.frozensets(warehouses))
def test_a_basis_is_what_a_pool_holds_and_what_is_taken_of_it(stock: Pool, seen_from: frozenset[str] | None) -> None:
    stood = stock.basis(seen_from)
    free = sum(n for w, n in stock.free.items() if seen_from is None or w in seen_from)
    assert stood.stock - stood.claimed == free
    assert stood.claimed >= 0


@relaxed
@given(levels, st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_it_does_not_matter_how_pieces_are_split_into_claims(units: dict[str, int], split: list[int]) -> None:
    assert pool(units, claim(sum(split))).free == pool(units, *(claim(n) for n in split)).free
