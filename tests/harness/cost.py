"""What a piece of work costs, in numbers that are the same on every machine."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.harness.trips import counted

from .installation import Installation


class Cost(NamedTuple):
    """commands: that Redis carried out, those of scripts among them. trips: how often it was asked. read: bytes of its
    answers. calls: of shops and warehouse."""

    commands: int
    trips: int
    read: int
    calls: int

    def less(self, other: "Cost") -> "Cost":
        return Cost(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))


def cost_of(harness: Installation, work: Callable[[], object]) -> Cost:
    """What a piece of work costs beside an installation that nobody else works on."""
    with counted(harness.db) as asked:
        own = _so_far(harness, asked)
        before = _so_far(harness, asked)
        work()
        return _so_far(harness, asked).less(before).less(before.less(own))


def _so_far(harness: Installation, asked: list[str]) -> Cost:
    told: Any = harness.db.info("stats")
    calls = sum(store.sandbox.calls.total() for store in harness.stores.values())
    return Cost(
        told["total_commands_processed"], len(asked), told["total_net_output_bytes"],
        calls + harness.source.calls.total(),
    )  # fmt: skip
