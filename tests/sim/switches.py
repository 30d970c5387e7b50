"""Protections of the product, switched off one by one."""

from collections.abc import Callable, Mapping

import pytest

from tests.harness.sweeps import share

Switches = Mapping[Callable[[pytest.MonkeyPatch], None], int]
"""Each with the first seed that finds it. Change what seeds play, and others find it: play a few hundred."""


def each(switches: Switches) -> pytest.MarkDecorator:
    """A test for every one of them, a third in `make test`: `switched_off`, and its `seed`."""
    every = share((pytest.param(*pair, id=pair[0].__name__) for pair in switches.items()), 3)
    return pytest.mark.parametrize(("switched_off", "seed"), every)
