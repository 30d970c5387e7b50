"""What `explain` says wrongly is missed: each of its ways to know, switched off, is found by a seed."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from connectors.values import replace

from .switches import Switches, each
from .table import Table


def a_difference_is_left_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.core.discrepancy._waiting", lambda *_: [])


def a_level_passes_for_orders(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.core.changed_basis.as_if_only_shipped", lambda _, target: dict(target.basis))


def orders_pass_for_a_level(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.core.changed_basis.as_if_only_shipped", lambda was, _: dict(was))


def an_edit_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    _with(patch, drift=None)


def what_is_due_is_not_seen(patch: pytest.MonkeyPatch) -> None:
    _with(patch, due=False)


def what_an_increase_waits_for_is_not_named(patch: pytest.MonkeyPatch) -> None:
    _with(patch, reasons=())


def _with(patch: pytest.MonkeyPatch, **blind: Any) -> None:
    """Explain without something of what is known around a stock key."""
    surroundings = import_module("bridge.ops.explain.discrepancies").Surroundings
    told = surroundings.__call__
    patch.setattr(surroundings, "__call__", lambda *asked: replace(told(*asked), **blind))


SWITCHES: Switches = {
    a_difference_is_left_out: 0,
    a_level_passes_for_orders: 7,
    orders_pass_for_a_level: 17,
    an_edit_is_forgotten: 122,
    what_is_due_is_not_seen: 1,
    what_an_increase_waits_for_is_not_named: 0,
}


@each(SWITCHES)
def test_what_is_said_wrongly_is_missed(
    switched_off: Callable[[pytest.MonkeyPatch], None], seed: int, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched_off(monkeypatch)
    assert table.breaks_a_promise(seed)
