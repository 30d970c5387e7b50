"""A number that people change by hand is seen with the next poll, not with the daily reading."""

import pytest

from bridge.core.drift import Cause
from bridge.ops import drift_report
from tests.harness.installation import Installation
from tests.harness.shops import calmed


@pytest.fixture
def calm(harness: Installation) -> Installation:
    return calmed(harness)


def test_it_is_told_as_drift_and_healed(calm: Installation) -> None:
    calm.main.edit("SKU-3", 500)
    report = calm.cycle().stores["main"]
    assert (report.applied, calm.main.shows("SKU-3")) == (1, 10)
    (found,) = drift_report.report(calm.context, "main")[0].values()
    assert (found.cause, found.was, found.now) == (Cause.EDITED, 10, 500)


@pytest.mark.parametrize("calls", [0, 1])
def test_nothing_is_lost_when_the_shop_answers_no_further(calm: Installation, calls: int) -> None:
    """Not even the poll, or the poll and not the reading of what it told."""
    calm.main.edit("SKU-3", 500)
    calm.main.sandbox.faults.add("status", on="read", status=503, skip=calls, times=-1)
    assert calm.cycle().stores["main"].error
    calm.main.restore()
    calm.later(minutes=20)
    calm.cycle()
    assert calm.main.shows("SKU-3") == 10
