"""A plugin lets WooCommerce count in fractions: half a unit cannot be sold, and is a difference to the whole number."""

from typing import Any

import pytest


@pytest.mark.crossed
@pytest.mark.parametrize("units", [7, 8, 9, 6, 0])
@pytest.mark.parametrize("full", [True, False])
def test_a_fraction_is_written_over(harness_with: Any, units: int, full: bool) -> None:
    harness = harness_with(only="outlet", settings="[guard]\nmax_cut = '100%'\nmax_zeroed = '100%'\n")
    harness.add("A", 7)
    harness.add("B", 7)
    harness.cycle()
    assert harness.cycle().code == 0
    harness["outlet"].shop.decimals = True
    harness["outlet"].shop.hand_edit("A", 7.5)
    harness.warehouse.set_stock("A", units)
    done = harness.cycle(full=full)
    assert harness["outlet"].shop.quantity(harness["outlet"].shop.find("A")) == units
    assert (done.code, done.stores["outlet"].applied) == (0, 1)
    assert harness.cycle().stores["outlet"].due == 0


def test_a_fraction_that_was_there_from_the_start(harness_with: Any) -> None:
    harness = harness_with(only="outlet")
    harness["outlet"].shop.decimals = True
    harness.warehouse.add("A", 7)
    harness["outlet"].add("A", 7)
    harness["outlet"].shop.hand_edit("A", 7.5)
    assert harness.cycle().code == 0
    assert harness["outlet"].shop.quantity(harness["outlet"].shop.find("A")) == 7
    before = harness["outlet"].writes
    assert harness.cycle(full=True).code == 0
    assert harness["outlet"].writes == before
