"""Protections of the product, switched off one by one."""

from collections.abc import Callable, Mapping

import pytest

Switches = Mapping[Callable[[pytest.MonkeyPatch], None], int]
"""Each with the first seed that finds it. Change what seeds play, and others find it: play a few hundred."""


def each(switches: Switches) -> pytest.MarkDecorator:
    """A test for every one of them: `switched_off`, and its `seed`."""
    return pytest.mark.parametrize(("switched_off", "seed"), switches.items(), ids=[x.__name__ for x in switches])
