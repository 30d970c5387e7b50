"""Each protection of what a till reports and of a store that cannot be read, switched off, is missed by a seed."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from connectors.base import Verdict
from connectors.values import replace

from .switches import Switches, each
from .table import Table


def a_report_is_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.sync.reports._enter", lambda *_: None)


def a_report_that_began_before_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.sync.reports.is_newer", lambda *_: True)


def a_report_makes_nothing_due(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.sync.reports.mark_due", lambda *_: None)


def a_till_that_fell_silent_is_believed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.sync.tills.silent_codes", lambda *_: frozenset())


def what_counts_on_a_silent_shelf_is_increased(patch: pytest.MonkeyPatch) -> None:
    with_shelves = import_module("bridge.sync.inputs").with_shelves
    patch.setattr(
        "bridge.sync.inputs.with_shelves",
        lambda stock, shelves: with_shelves(stock, replace(shelves, silent=frozenset())),
    )


def another_items_file_is_not_followed(patch: pytest.MonkeyPatch) -> None:
    for where in ("bridge.sync.reports", "bridge.sync.pull.flow"):
        patch.setattr(f"{where}.follow_items", lambda _: None)


def what_an_unreadable_store_refuses_is_accepted(patch: pytest.MonkeyPatch) -> None:
    push = import_module("bridge.sync.push.flow")
    judge_outcomes = push.judge_outcomes

    def believing(decisions: Any, outcomes: Any, **named: Any) -> Any:
        if not named["readable"]:
            outcomes = [replace(outcome, verdict=Verdict.APPLIED) for outcome in outcomes]
        return judge_outcomes(decisions, outcomes, **named)

    patch.setattr(push, "judge_outcomes", believing)


def an_unreadable_store_is_sent_nothing_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.sync.read.accepted.send_again", lambda *_: None)


SWITCHES: Switches = {
    a_report_is_dropped: 1,
    a_report_that_began_before_counts: 1,
    a_report_makes_nothing_due: 7,
    a_till_that_fell_silent_is_believed: 1,
    what_counts_on_a_silent_shelf_is_increased: 7,
    another_items_file_is_not_followed: 7,
    what_an_unreadable_store_refuses_is_accepted: 71,
    an_unreadable_store_is_sent_nothing_again: 4,
}


@each(SWITCHES)
def test_a_protection_is_missed(
    switched_off: Callable[[pytest.MonkeyPatch], None], seed: int, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched_off(monkeypatch)
    assert table.breaks_a_promise(seed)
