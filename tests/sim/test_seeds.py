"""Many seeds. A failing one prints what happened and how to play it again."""

import os
from pathlib import Path

import pytest

from .table import Table

FIRST, SEEDS = int(os.environ.get("STOCKBRIDGE_FIRST", "0")), int(os.environ.get("STOCKBRIDGE_SEEDS", "10"))
TRACE = os.environ.get("STOCKBRIDGE_TRACE")
CHUNK = 5


@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, CHUNK))
def test_every_number_comes_right(first: int, table: Table) -> None:
    for seed in range(first, min(first + CHUNK, FIRST + SEEDS)):
        trace = table.play(seed)
        if TRACE:
            with Path(TRACE).open("a") as file:
                file.writelines(f"{line}\n" for line in trace)
