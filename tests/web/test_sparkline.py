"""A card draws what the last runs of its store wrote."""

from typing import Any

import pytest

from bridge.web.views.sparkline import RUNS, sparkline

from .page import Person


@pytest.mark.parametrize(
    ("written", "points"),
    [
        pytest.param([5, 0], "0.0,18.0 96.0,2.0", id="the latest is on the right, the most on top"),
        pytest.param([0, 10, 5], "0.0,10.0 48.0,2.0 96.0,18.0", id="half of the most is half as high"),
        pytest.param([0, 0], "0.0,18.0 96.0,18.0", id="nothing written lies on the ground"),
    ],
)
def test_a_line_says_how_much_each_run_wrote(written: list[int], points: str) -> None:
    drawn = sparkline(written)
    assert drawn is not None
    assert drawn.points == points


def test_a_single_run_makes_no_line() -> None:
    assert sparkline([3]) is None
    assert sparkline([]) is None


def test_only_the_last_runs_are_drawn() -> None:
    drawn = sparkline([1] * RUNS + [900])
    assert drawn is not None
    assert "900" not in drawn.says


def test_the_card_of_a_store_has_it_in_words_too(till: Any) -> None:
    till.harness.add("A", 10)
    till.harness.add("B", 10)
    till.harness.cycle()
    till.harness.warehouse.set_stock("A", 7)
    till.harness.cycle()
    runs = till.harness.context.state.runs(RUNS)
    written = [run["stores"]["main"]["applied"] for run in runs if "main" in run["stores"]][::-1]
    assert (
        f'aria-label="Written in the last {len(written)} runs: {", ".join(map(str, written))}"'
        in Person(till).get().text
    )
    assert written[-1] == 1
