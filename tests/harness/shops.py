"""Stages of one shop or of two, `main` and `outlet`, on one warehouse, and what a test's fixtures make of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from bridge.state.connect import connect
from connectors.testing.local import LocalStore, MakeStore

from .installation import Installation

Kinds = Sequence[Callable[..., LocalStore]]
Build = Callable[..., Installation]
NAMES = ("main", "outlet")


class Nobody:
    """A skill that no connector has."""


def tell_apart(patch: pytest.MonkeyPatch) -> None:
    """From now on every shop is asked for its list and for its stock one after the other, as one is whose connector
    cannot tell both together."""
    patch.setattr("bridge.sync.read.whole.ListsWithReadings", Nobody)


@contextmanager
def harnesses(redis_url: str, kinds: Kinds) -> Iterator[Build]:
    """harness_with(main="buffer = 2", outlet=""): the rules of the two shops; kinds: what they are;
    more: further shops, name → how to build it; only: leave the other one out."""
    db = connect(redis_url)

    def build(
        main: str = "", outlet: str = "", *, only: str = "", more: Mapping[str, MakeStore] | None = None,
        kinds: Kinds = kinds, **named: Any,
    ) -> Installation:  # fmt: skip
        made = zip(NAMES, kinds, (main, outlet), strict=True)
        plans = {name: partial(kind, rules=rules) for name, kind, rules in made if not only or name == only}
        return Installation(db, {**plans, **(more or {})}, **named)

    yield build
    db.close()


def calmed(harness: Installation) -> Installation:
    """Thirty products, ten of each, in shops that were read, written and polled once since."""
    for number in range(30):
        harness.add(f"SKU-{number}", 10)
    harness.cycle()
    harness.later(minutes=5)  # the second reading after a start
    harness.cycle()
    harness.cycle()
    return harness
