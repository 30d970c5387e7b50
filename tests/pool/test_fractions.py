"""A plugin lets WooCommerce count in fractions: half a unit cannot be sold, and is a difference to the whole number."""

from typing import Any

import pytest


@pytest.mark.parametrize("units", [7, 8, 9, 6, 0])
@pytest.mark.parametrize("full", [True, False])
def test_a_fraction_is_written_over(stage_with: Any, units: int, full: bool) -> None:
    stage = stage_with(only="outlet", settings="[guard]\nmax_cut = '100%'\nmax_zeroed = '100%'\n")
    stage.add("A", 7)
    stage.add("B", 7)
    stage.cycle()
    assert stage.cycle().code == 0
    stage["outlet"].shop.decimals = True
    stage["outlet"].shop.hand_edit("A", 7.5)
    stage.warehouse.set_stock("A", units)
    done = stage.cycle(full=full)
    assert stage["outlet"].shop.quantity(stage["outlet"].shop.find("A")) == units
    assert (done.code, done.stores["outlet"].applied) == (0, 1)
    assert stage.cycle().stores["outlet"].due == 0


def test_a_fraction_that_was_there_from_the_start(stage_with: Any) -> None:
    stage = stage_with(only="outlet")
    stage["outlet"].shop.decimals = True
    stage.warehouse.add("A", 7)
    stage["outlet"].add("A", 7)
    stage["outlet"].shop.hand_edit("A", 7.5)
    assert stage.cycle().code == 0
    assert stage["outlet"].shop.quantity(stage["outlet"].shop.find("A")) == 7
    before = stage["outlet"].writes
    assert stage.cycle(full=True).code == 0
    assert stage["outlet"].writes == before
