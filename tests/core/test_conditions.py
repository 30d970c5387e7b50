"""What is worth telling a person, and what is not."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.core.breaker import CircuitBreaker
from bridge.core.conditions import (
    LONGEST,
    TOKEN_NEAR,
    AlertInput,
    Bounds,
    Mark,
    Signs,
    conditions,
    one_line,
    standing,
)
from bridge.core.health import SourceState, StoreState

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BOUNDS = Bounds(fresh=5 * MINUTE, due=30 * MINUTE, refused=5)


def ago(minutes: float) -> datetime:
    return NOW - minutes * MINUTE


def breaker(kind: Any, minutes: float = 6, why: str = "It broke.") -> CircuitBreaker:
    return CircuitBreaker(kind, why, ago(minutes))


def signs(name: str = "main", minutes: float | None = 1, **more: Any) -> Signs:
    """more: fields of either."""
    own = {key: more.pop(key) for key in ("refused", "due_since", "expiring", "first_expires_at") if key in more}
    return Signs(StoreState(name, None if minutes is None else ago(minutes), **more), **own)


def facts(
    *stores: Signs, minutes: float | None = 1, of: CircuitBreaker | None = None, ends: datetime | None = None
) -> AlertInput:
    return AlertInput(SourceState(None if minutes is None else ago(minutes), of), stores or (signs(),), ends)


def says(**more: Any) -> AlertInput:
    """more: fields of the source."""
    return AlertInput(SourceState(ago(1), **more), (signs(),))


def found(facts: AlertInput) -> dict[str, str]:
    return conditions(facts, BOUNDS, NOW)


# -- what is worth telling -----------------------------------------------------------------------------

TELL = [
    (facts(minutes=5.1), "source-late", "last read 5 minutes ago; run `stockbridge status`"),
    (facts(of=breaker("untrusted")), "source-untrusted", "It broke; if it is right, `stockbridge sync --full --conf"),
    (says(unknown_warehouses=["main: no warehouse has it."]), "warehouse-unknown", "main: no warehouse has it."),
    (says(tills=["till shelf, store 3: silent."]), "till-silent", "till shelf, store 3: silent."),
    (says(disbelieved=["A (product 1): quantity is -3"]), "rows-disbelieved", "cannot be: A (product 1): quantity"),
    (says(duplicate_skus=["A (products 1 and 2)"]), "sku-twice", "Two live products have one SKU: A (products"),
    (facts(of=breaker("operator", 0)), "source-stopped", "It broke; then run `stockbridge check`."),
    (facts(of=breaker("failing")), "source-failing", "fails for 6 minutes and is tried again by itself: It broke."),
    (facts(ends=NOW + TOKEN_NEAR), "token-ends", "expires at 2026-11-23 12:00 UTC; issue a new one"),
    (facts(signs(minutes=6)), "late:main", "main: it was last read 6 minutes ago"),
    (facts(signs(breaker=breaker("operator", 0))), "stopped:main", "then run `stockbridge resync main`."),
    (facts(signs(breaker=breaker("bug", 0))), "stopped:main", "main: it stands still until a person acts: It broke"),
    (facts(signs(breaker=breaker("failing"))), "failing:main", "it fails for 6 minutes"),
    (facts(signs(freezes=True)), "frozen:main", "increases of the stock it shares wait in every store"),
    (facts(signs(waiting=1)), "held:main", "main: 1 lowering is held until a person decides; look at `stockbridge"),
    (facts(signs(waiting=8)), "held:main", "8 lowerings are held until a person decides"),
    (facts(signs(refused=6)), "quarantine:main", "6 items were refused within a day; run `stockbridge quarantine"),
    (facts(signs(doubted_list="25 of 30 are gone")), "list:main", "main: 25 of 30 are gone."),
    (facts(signs(doubted_orders="25 of 30 are unknown")), "orders:main", "main: 25 of 30 are unknown."),
    (facts(signs(orphaned=2, orphaned_units=9)), "orphaned:main", "2 listings are mapped no longer, on sale with the"),
    (facts(signs(webhooks="they are refused", restored="put back")), "webhooks:main", "main: they are refused."),
    (facts(signs(restored="1 was put back")), "webhooks-restored:main", "main: 1 was put back."),
    (facts(signs(other_writer="another program")), "other_writer:main", "main: another program."),
    (facts(signs(expiring=3, first_expires_at=NOW)), "expiring:main",
     "3 units left as shipped and the warehouse never counted"),
    (facts(signs(due_since=ago(31))), "due:main", "something waits to be sent for 31 minutes; look at"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "name", "words"), TELL, ids=[name for _, name, _ in TELL])
def test_what_a_person_should_hear_of(given: AlertInput, name: str, words: str) -> None:
    told = found(given)
    assert list(told) == [name]
    assert words in told[name]


def test_the_runbook_has_one_entry_for_each() -> None:
    entries = re.findall(r"^### (\S+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert sorted(entries) == sorted({name for _, name, _ in TELL})


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(facts(minutes=None), id="nothing was pulled yet"),
        pytest.param(facts(minutes=5), id="just fresh enough"),
        pytest.param(facts(of=breaker("failing", 5)), id="a hiccup of the warehouse"),
        pytest.param(facts(of=breaker("failing", 1), minutes=60), id="the age of a hiccup that follows a long pull"),
        pytest.param(facts(ends=NOW + TOKEN_NEAR + MINUTE), id="a token that lasts"),
        pytest.param(facts(signs(minutes=None)), id="a store not read yet"),
        pytest.param(facts(signs(minutes=None, freezes=True)), id="a new store freezes the others for a moment"),
        pytest.param(facts(signs(breaker=breaker("failing", 5))), id="a hiccup of a store"),
        pytest.param(facts(signs(waiting=8, paused=True)), id="held in a paused store"),
        pytest.param(facts(signs(orphaned=2, doubted_list="x", paused=True)), id="listings of a paused store"),
        pytest.param(facts(signs(refused=5)), id="few refusals"),
        pytest.param(facts(signs(due_since=ago(30))), id="due for a while"),
        pytest.param(facts(signs(due_since=ago(99), paused=True)), id="due in a paused store"),
        pytest.param(facts(signs(due_since=ago(99), breaker=breaker("failing", 1))), id="due in a store in trouble"),
    ],
)
def test_what_is_not_worth_telling(given: AlertInput) -> None:
    assert found(given) == {}


def test_what_follows_from_something_told_is_not_told_beside_it() -> None:
    waits = signs("other", due_since=ago(99))
    assert set(found(facts(signs(breaker=breaker("operator"), minutes=60), signs("other")))) == {"stopped:main"}
    assert set(found(facts(signs(minutes=20, freezes=True), waits))) == {"late:main", "frozen:main"}
    assert set(found(facts(waits, of=breaker("operator")))) == {"source-stopped"}
    assert set(found(facts(signs(minutes=None, freezes=True, breaker=breaker("operator"))))) == {
        "stopped:main",
        "frozen:main",
    }


def test_a_foreign_sentence_cannot_break_a_message() -> None:
    text = one_line("a\r\nSubject: x\x1b[31m\u2028" + "y" * 999)
    assert text.startswith("a Subject: x�[31m yy")
    assert len(text) == LONGEST
    assert text.isprintable()
    (told,) = found(facts(of=breaker("operator", why="line\nBcc: x"))).values()
    assert "\n" not in told


# -- how long something is due -------------------------------------------------------------------------


def test_a_mark_counts_from_when_it_was_seen_first_and_a_new_one_anew() -> None:
    first = standing(None, "7", NOW)
    assert standing(first, "7", NOW + MINUTE) == first == Mark("7", NOW)
    assert standing(first, "9", NOW + MINUTE) == Mark("9", NOW + MINUTE)
    assert standing(first, None, NOW) is None
