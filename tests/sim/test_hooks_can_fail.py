"""What a seed with webhooks would notice: a hint that is lost between a reading and its end, and one that nobody looks
for."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from bridge.core.hints import HintsRead
from bridge.sync.session import note

from .hooks import are_delivered
from .switches import Switches, each
from .table import Table


def a_session_answers_what_came_while_it_read(patch: pytest.MonkeyPatch) -> None:
    """As one would that clears a mark when it ends. Polls still find everything, later."""
    cycle = import_module("bridge.sync.cycle")
    read = cycle.read

    def clearing(session: Any, **named: Any) -> int:
        count: int = read(session, **named)
        now = session.context.state.store_record(session.store).hint
        note(session, hints_read=HintsRead(now, session.context.now()))
        return count

    patch.setattr(cycle, "read", clearing)


def looks_heed_no_hint(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.core.schedule.may_answer_hint", lambda *_: False)


HINTS: Switches = {a_session_answers_what_came_while_it_read: 29, looks_heed_no_hint: 39}


@each(HINTS)
def test_it_is_missed(
    switched_off: Callable[[pytest.MonkeyPatch], None], seed: int, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert are_delivered(seed)
    switched_off(monkeypatch)
    assert table.breaks_a_promise(seed)
