"""What shops and warehouses do all day is no drift, in whatever order it comes between two readings."""

import pytest

from tests.harness.installation import Installation
from tests.harness.sweeps import sweep

from .working_day import WorkingDay, has_no_drift


@pytest.mark.parametrize("seed", sweep(range(10), 1))
def test_nothing_of_a_working_day_is_drift(harness: Installation, seed: int) -> None:
    has_no_drift(WorkingDay(harness, seed))
