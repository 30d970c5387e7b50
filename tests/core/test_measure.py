"""Lengths and weights: exact in every unit, and never without one."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.measure import Length, Measure, Weight

MEASURES = st.one_of(
    st.builds(Length, st.fractions(0, 10**6), st.sampled_from(sorted(Length.UNITS))),
    st.builds(Weight, st.fractions(0, 10**6), st.sampled_from(sorted(Weight.UNITS))),
)


@pytest.mark.parametrize(
    ("measure", "rounded"),
    [
        (Length.of(12, "inch"), 305),
        (Length.of(10, "inch"), 254),
        (Length.of(8, "inch"), 203),
        (Length.of(30, "inch"), 762),
        (Length.of(20, "in"), 508),
        (Length.of("0.5", "mm"), 1),
        (Weight.of(5, "pound"), 2268),
        (Weight.of(4.5, "lb"), 2041),
        (Weight.of(Decimal("2.5"), "kg"), 2500),
    ],
    ids=str,
)
def test_whole_millimetres_and_grams_as_the_documents_have_them(measure: Measure, rounded: int) -> None:
    assert measure.rounded == rounded


@given(MEASURES, st.data())
def test_there_and_back_is_the_same(measure: Measure, data: st.DataObject) -> None:
    unit = data.draw(st.sampled_from(sorted(measure.UNITS)))
    there = measure.to(unit)
    assert there.unit == unit
    assert there == measure
    assert hash(there) == hash(measure)
    assert there.to(measure.unit).amount == measure.amount


@given(st.decimals(0, 10**6, places=4))
def test_a_number_reads_back_as_it_was_written(amount: Decimal) -> None:
    sent = json.loads(json.dumps(Length.of(amount, "inch").number))
    assert Length.of(sent, "inch").amount == Fraction(amount)


def test_tenths_do_not_drift() -> None:
    assert sum((Length.of(0.1, "inch").base for _ in range(10)), Fraction(0)) == Length.of(1, "inch").base


def test_it_says_its_unit() -> None:
    assert [str(x) for x in (Length.of(12.0, "IN"), Weight.of("2.50", "lb"), Length(Fraction(1, 3), "inch"))] == [
        "12 inch", "2.5 pound", "1/3 inch",
    ]  # fmt: skip


@pytest.mark.parametrize("amount", [Fraction(1, 3), Fraction(10**400, 3)], ids=["endless", "beyond a float"])
def test_what_no_json_number_says_has_none(amount: Fraction) -> None:
    assert Length(amount, "inch").number is None


def test_lengths_are_no_weights() -> None:
    assert Length.of(1, "mm") != Weight.of(1, "g")
    assert Length.of(1, "mm") != 1


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        (1, "furlong", "'furlong' is no unit of length; say millimeter, centimeter, meter, inch, foot"),
        (1, "pound", "'pound' is no unit of length"),
        ("a dozen", "inch", "'a dozen' is no number"),
        (float("nan"), "inch", "'nan' is no number"),
        (float("inf"), "inch", "'inf' is no number"),
        ("1/0", "inch", "'1/0' is no number"),
    ],
)
def test_what_is_no_length(amount: float | str, unit: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Length.of(amount, unit)
    with pytest.raises(ValueError, match="is no unit of weight"):
        Weight.of(1, "g").to("inch")
