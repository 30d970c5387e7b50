"""What waits to be sent stays what was decided, in the order in which it is sent, and small."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.blocks import BLOCK
from bridge.core.model import StockKey, StoreStock, TargetBasis
from bridge.core.plan import Decision
from bridge.core.wanted import PACKING, Wanted
from connectors.values import replace

TARGET: Any = object()
"""Stands for what a decision follows from; nobody looks into it here."""

NAMES = st.text(min_size=1, max_size=40)
COUNTS = st.integers(-(10**9), 10**9)
BASES = st.dictionaries(NAMES, st.builds(TargetBasis, *[COUNTS] * 6), max_size=3)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SHOWN = st.builds(
    StoreStock, COUNTS, COUNTS, COUNTS, st.booleans(), INSTANTS, st.none() | COUNTS, basis=BASES, sure=st.booleans()
)
DECISIONS = st.builds(
    Decision, st.builds(StockKey, NAMES, NAMES, NAMES), st.none() | SHOWN, st.none(), COUNTS, BASES, st.none() | COUNTS,
    st.none() | COUNTS, st.none(), st.none() | NAMES, st.booleans(), st.booleans(),
)  # fmt: skip


def at(ref: str, shown: int, quantity: int) -> Decision:
    known = StoreStock(shown, 0, shown, True, datetime(2026, 12, 1, tzinfo=UTC), 3, {"SKU-1": TargetBasis(9, 0)})
    basis = {"SKU-1": TargetBasis(9, 0)}
    return Decision(StockKey("main", ref, ""), known, None, quantity, basis, quantity, shown, sku="SKU-1")


@pytest.fixture(params=[3, 500], ids=["packed soon", "packed late"])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.core.blocks.BLOCK", request.param)


def wanted_of(decided: list[Decision], *, whole: bool = False) -> Wanted:
    wanted = Wanted(whole=whole)
    for d in decided:
        wanted.add(d)
    return wanted


@given(st.lists(DECISIONS, max_size=5))
def test_packed_decisions_are_the_same_but_for_what_they_follow_from(decided: list[Decision]) -> None:
    assert PACKING.unpacked(PACKING.packed(decided)) == decided


@pytest.mark.usefixtures("block")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DECISIONS, max_size=12), st.booleans())
def test_lowerings_go_first_and_else_the_order_stays(decided: list[Decision], whole: bool) -> None:
    wanted = wanted_of(decided, whole=whole)
    assert len(wanted) == len(decided)
    assert list(wanted) == sorted(decided, key=lambda d: (d.quantity or 0) > (d.shown or 0))


@pytest.mark.usefixtures("block")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DECISIONS, max_size=8, unique_by=lambda d: d.stock_key), st.data())
def test_what_the_guard_holds_is_dropped(decided: list[Decision], data: st.DataObject) -> None:
    held = data.draw(st.frozensets(st.sampled_from([d.stock_key for d in decided]))) if decided else frozenset()
    wanted = wanted_of(decided)
    wanted.drop(held)
    assert len(wanted) == len(decided) - len(held)
    assert list(wanted) == [d for d in wanted_of(decided) if d.stock_key not in held]


@pytest.mark.parametrize("whole", [True, False])
def test_only_whole_ones_keep_what_they_follow_from(whole: bool) -> None:
    decided = [replace(at(f"R{n}", 3, 5), target=TARGET) for n in range(BLOCK + 2)]
    assert {d.target is None for d in wanted_of(decided, whole=whole)} == {not whole}


def test_what_waits_to_be_sent_is_small() -> None:
    block = PACKING.packed([at(f"gid://shop/ProductVariant/441122334{n:05}", n % 40, n % 60) for n in range(BLOCK)])
    assert len(block) < 60 * BLOCK
