"""Each protection against what machines do, and each part of the light, switched off, is missed: a seed finds it."""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any

import pytest

from bridge.core.health import Health, Light
from bridge.state.clock import SharedClock

from .switches import Switches, each
from .table import Table

GREEN = Health(Light.GREEN, "All is well.")


def exit_codes_ask_for_no_light(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.ops.cycle.health_of", lambda *_: GREEN)


def the_light_is_always_green(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.ops.health.verdict", lambda *_, **__: GREEN)


def shared_instants_come_from_the_own_clock(patch: pytest.MonkeyPatch) -> None:
    def own(clock: Any) -> datetime:
        moment: datetime = clock._db.clock.now
        return moment

    patch.setattr(SharedClock, "__call__", own)


def a_long_pull_begins_anew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(import_module("bridge.sync.pull.flow"), "_load_unfinished", lambda *_, **__: None)


SWITCHES: Switches = {
    exit_codes_ask_for_no_light: 16,
    the_light_is_always_green: 0,
    shared_instants_come_from_the_own_clock: 16,
    a_long_pull_begins_anew: 6,
}


@each(SWITCHES)
def test_a_protection_is_missed(
    switched_off: Callable[[pytest.MonkeyPatch], None], seed: int, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched_off(monkeypatch)
    assert table.breaks_a_promise(seed)
