"""A store that refuses what is written: what becomes of it, whatever the refusal."""

from collections.abc import Callable
from typing import Any

from tests.harness.installation import Installation

COUNT = 20
Act = Callable[[Any], None]
"""Something that happens to a store."""


def fault(kind: str, **settings: Any) -> Act:
    return lambda store: store.sandbox.faults.add(kind, on=store.troubles.write, times=-1, **settings)


def restore(store: Any) -> None:
    store.restore()


def build(harness_with: Callable[..., Installation], store: str) -> Installation:
    """That store alone, all of whose listings are to be raised from ten to twelve."""
    harness = harness_with(only=store)
    for n in range(COUNT):
        harness.add(f"S{n:02}", 10)
    harness.cycle()
    assert harness.cycle().code == 0
    for n in range(COUNT):
        harness.warehouse.set_stock(f"S{n:02}", 12)
    return harness


def is_an_operators_matter(harness: Installation, name: str, breaks: Act, remedy: str, repair: Act = restore) -> None:
    """A person is told, nothing is set aside or unanswered, and all is written once it is repaired."""
    breaks(harness[name])
    for _ in range(2):
        done = harness.cycle()
        report, state = done.stores[name], harness.state
        assert (done.code, report.due, report.applied, report.deferred) == (1, COUNT, 0, COUNT), report
        assert remedy in str(report.error)
        assert state.notes(name, "flight") == state.notes(name, "drift") == harness.quarantine(name) == {}
        assert harness.breaker(name).kind == "operator"
    repair(harness[name])
    report = harness.cycle().stores[name]
    assert (report.applied, report.error) == (COUNT, None)
    assert harness.cycle().code == 0


def is_no_items_fault(harness: Installation, name: str, denies: Act, said: str, repair: Act) -> None:
    """Only one is due, and the right to write is missing."""
    for n in range(1, COUNT):
        harness.warehouse.set_stock(f"S{n:02}", 10)
    denies(harness[name])
    done = harness.cycle()
    report = done.stores[name]
    assert (done.code, report.due, report.deferred, report.rejected) == (1, 1, 1, 0), report
    assert said in str(report.error)
    assert harness.quarantine(name) == harness.state.notes(name, "flight") == {}
    repair(harness[name])
    assert (harness.cycle().stores[name].applied, harness.cycle().code) == (1, 0)


def is_its_own_fault(harness: Installation, name: str, said: str) -> None:
    """The right is missing at one item among others."""
    report = harness.cycle().stores[name]
    assert (report.applied, report.rejected, report.error) == (COUNT - 1, 1, None)
    assert [said in why for why in harness.quarantine(name).values()] == [True]
