"""Which writes of a run may be put back, and what a person should know of the others."""

from typing import Any

import pytest

from bridge.core.guard import Cut
from bridge.core.model import StockKey, StoreStock
from bridge.core.plan import Decision
from bridge.core.undo import Write, cut_by, undone, warning, why_kept
from connectors.base import Listing, Status
from connectors.values import replace
from tests.core.things import pool, shows, target

STOCK_KEY = StockKey("acme", "P", "")
WRITE = Write(STOCK_KEY, "P", before=20, after=3)
LISTING = Listing("P", "P", "Pen")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, None),
        ({"listing": None}, "no longer has it"),
        ({"known": None}, "no longer has it"),
        ({"known": shows(3, stocked=False)}, "no longer stocked"),
        ({"listing": replace(LISTING, status=Status.BUNDLE)}, "derives it from components"),
        ({"write": replace(WRITE, later="r2")}, "run r2 wrote there since"),
        ({"doubtful": True}, "never answered"),
        ({"shown": 2}, "it shows 2 instead of the 3"),
        ({"write": replace(WRITE, before=-1)}, "it showed -1"),
    ],
)
def test_why_a_write_is_kept(said: dict[str, Any], words: str | None) -> None:
    known: StoreStock | None = said.get("known", shows(3))
    why = why_kept(
        said.get("write", WRITE), said.get("listing", LISTING), known, said.get("shown", 3),
        unanswered=said.get("doubtful", False),
    )  # fmt: skip
    assert (why is None) if words is None else words in (why or "")


def back(*, before: int = 20, free: int | None = 20, sold: int = 0) -> Decision:
    """Put back three to `before`, with units sold since."""
    known = shows(3 - sold, committed_units=sold)
    decided = None if free is None else Decision(STOCK_KEY, known, target(pool(free)))
    return undone(replace(WRITE, before=before), known, decided)


def test_putting_back_compares_with_what_the_run_wrote() -> None:
    update = back().update
    assert (update.quantity, update.was) == (20, 3)


@pytest.mark.parametrize(
    ("d", "words"),
    [
        (back(), None),
        (back(free=25), None),
        (back(free=5), "only 5 are free"),
        (back(free=-2), "only 0 are free"),
        (back(free=18, sold=2), None),
        (back(free=None), "nothing is known"),
        (back(before=1, free=0), None),
    ],
    ids=["right", "more is free", "more than is free", "oversold", "sold since", "unknown", "a fall"],
)
def test_a_person_is_warned_of_raises_beyond_what_is_free(d: Decision, words: str | None) -> None:
    assert (warning(d) is None) if words is None else words in (warning(d) or "")


def test_the_guard_judges_what_shoppers_lose() -> None:
    assert cut_by(back()) is None
    assert cut_by(back(before=1)) == Cut(STOCK_KEY, 2, zeroed=False)
    assert cut_by(back(before=0)) == Cut(STOCK_KEY, 3, zeroed=True)
    assert cut_by(back(before=1, sold=2)) == Cut(STOCK_KEY, 1, zeroed=True)
