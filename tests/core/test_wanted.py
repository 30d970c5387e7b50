"""What waits to be sent stays what was decided, in the order in which it is sent, and small."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import StockKey, StoreStock, TargetBasis
from bridge.core.plan import Decision
from bridge.core.wanted import Wanted, packed, unpacked

NAMES = st.text(min_size=1, max_size=40)
COUNTS = st.integers(-(10**9), 10**9)
BASES = st.dictionaries(NAMES, st.builds(TargetBasis, *[COUNTS] * 6), max_size=3)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SHOWN = st.builds(
    StoreStock, COUNTS, COUNTS, COUNTS, st.booleans(), INSTANTS, st.none() | COUNTS, basis=BASES, sure=st.booleans()
)
DECISIONS = st.builds(
    Decision, st.builds(StockKey, NAMES, NAMES, NAMES), st.none() | SHOWN, st.none(), COUNTS, BASES, st.none() | COUNTS,
    st.none() | COUNTS, st.none(), st.none() | NAMES, st.booleans(),
)  # fmt: skip


def at(ref: str, shown: int, quantity: int) -> Decision:
    known = StoreStock(shown, 0, shown, True, datetime(2026, 12, 1, tzinfo=UTC), 3, {"SKU-1": TargetBasis(9, 0)})
    basis = {"SKU-1": TargetBasis(9, 0)}
    return Decision(StockKey("main", ref, ""), known, None, quantity, basis, quantity, shown, sku="SKU-1")


@given(DECISIONS)
def test_a_packed_decision_is_the_same_but_for_what_it_follows_from(d: Decision) -> None:
    assert unpacked(packed(d)) == d


@given(st.lists(DECISIONS, max_size=12), st.booleans())
def test_lowerings_go_first_and_else_the_order_stays(decided: list[Decision], whole: bool) -> None:
    wanted = Wanted(whole=whole)
    for d in decided:
        wanted.add(d)
    assert len(wanted) == len(decided)
    assert list(wanted) == sorted(decided, key=lambda d: (d.quantity or 0) > (d.shown or 0))


@given(st.lists(DECISIONS, max_size=8, unique_by=lambda d: d.stock_key), st.data())
def test_what_the_guard_holds_is_dropped(decided: list[Decision], data: st.DataObject) -> None:
    held = data.draw(st.frozensets(st.sampled_from([d.stock_key for d in decided]))) if decided else frozenset()
    wanted = Wanted(whole=False)
    for d in decided:
        wanted.add(d)
    wanted.drop(held)
    assert {d.stock_key for d in wanted} == {d.stock_key for d in decided} - held


def test_a_packed_decision_is_small() -> None:
    assert len(packed(at("gid://shop/ProductVariant/44112233445566999", 3, 5))) <= 140
