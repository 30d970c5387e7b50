"""Values that are made anew for every SKU, and copies of them with something changed."""

import gc
from dataclasses import dataclass

import pytest
from msgspec import Struct

from connectors.base import Listing, Outcome, Reading, Status, Verdict
from connectors.values import replace


@dataclass(frozen=True)
class Plain:
    """A value of somebody who knows dataclasses only."""

    ref: str
    units: int = 0


class Kept(Struct, frozen=True):
    """A Struct that is no Value."""

    ref: str
    units: int = 0


@pytest.mark.parametrize("kind", [Plain, Kept])
def test_a_copy_has_what_was_changed_and_the_rest(kind: type[Plain]) -> None:
    before = kind("a", 3)
    assert replace(before, units=4) == kind("a", 4)
    assert before == kind("a", 3)


def test_a_copy_of_a_value_is_one_of_its_kind() -> None:
    draft = replace(Listing("1", "A", "Mug"), status=Status.DRAFT)
    assert draft == Listing("1", "A", "Mug", Status.DRAFT)
    assert hash(draft) == hash(Listing(ref="1", sku="A", title="Mug", status=Status.DRAFT))
    with pytest.raises(TypeError, match="number"):
        replace(draft, number=1)  # type: ignore[call-arg]


def test_a_value_cannot_be_changed_and_no_other_kind_equals_it() -> None:
    row = Reading("1", "", 3, None, 3)
    with pytest.raises(AttributeError):
        row.available = 4  # type: ignore[misc]
    assert Kept("a") not in [Plain("a"), ("a", 0)]
    assert {Outcome(Verdict.APPLIED, 3), Outcome(Verdict.APPLIED, shown=3)} == {Outcome(Verdict.APPLIED, 3)}


def test_the_collector_of_cycles_does_not_look_at_a_value() -> None:
    assert not gc.is_tracked(Listing("1", "A", "Mug"))
    assert not gc.is_tracked(Reading("1", "", 3, None, 3))
