"""A seed says everything: the same one gives the same trace, today, tomorrow and in another process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .checks import Judge
from .play import FailedPlayError
from .table import Table

ROOT = Path(__file__).parents[2]
FEW = range(40, 43)


def test_a_seed_gives_the_same_trace_again(table: Table) -> None:
    traces = [[table.play(seed) for seed in FEW] for _ in range(2)]
    assert traces[0] == traces[1]
    assert len({tuple(trace) for trace in traces[0]}) == len(FEW)


def test_another_process_gives_the_same_trace(table: Table, tmp_path: Path) -> None:
    """One that puts the words of a set into another order."""
    where = tmp_path / "trace"
    env = {**os.environ, "STOCKBRIDGE_FIRST": str(FEW[0]), "STOCKBRIDGE_SEEDS": str(len(FEW))}
    env |= {"STOCKBRIDGE_TRACE": str(where), "PYTHONHASHSEED": "4711"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/sim/test_seeds.py"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert where.read_text().splitlines() == [line for seed in FEW for line in table.play(seed)]


def test_a_failing_seed_says_how_to_play_it_again(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Judge, "final", broken)
    with pytest.raises(FailedPlayError, match=r"STOCKBRIDGE_FIRST=41 STOCKBRIDGE_SEEDS=1 \.venv/bin/pytest") as failed:
        table.play(41)
    assert "seed 41" in str(failed.value)
    assert "pulled" in str(failed.value)


def broken(self: object, status: object) -> None:
    raise AssertionError("something is left")
