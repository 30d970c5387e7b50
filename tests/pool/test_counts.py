"""What becomes of everything that was due is counted, each stock key once, whatever happens to a push."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest

from bridge.errors import LeaseLostError
from connectors.testing.played import two_played
from tests.harness.installation import Installation
from tests.harness.sweeps import sweep

HELD = 4
LINES = 40


@pytest.mark.parametrize("seed", sweep(range(12), 1))
def test_whatever_happens_to_them_they_add_up(harness_with: Any, seed: int) -> None:
    """The stage looks at every report: `due` is the sum of all that can become of it."""
    dice, harness = Random(seed), harness_with("buffer = 1", "buffer = 1", kinds=two_played())
    skus = [f"S{n:02}" for n in range(LINES)]
    for sku in skus:
        harness.add(sku, 10)
    harness.cycle()
    for _ in range(6):
        for sku in dice.sample(skus, dice.randint(1, LINES)):
            harness.warehouse.set_stock(sku, dice.randint(2, 30))
        disturb(harness, dice, skus)
        store = dice.choice(("main", "outlet", "both"))
        reports = harness.cycle().stores.values() if store == "both" else [harness.session(store)]
        assert all(min(vars_of(report)) >= 0 for report in reports)
        harness.later(seconds=dice.choice((5, 40, 200)))


def vars_of(report: Any) -> list[int]:
    return [count for name, count in report.as_dict().items() if name not in ("held", "error", "seconds")]


def disturb(harness: Installation, dice: Random, skus: list[str]) -> None:
    main, outlet = harness["main"], harness["outlet"]
    sku = dice.choice(skus)
    acts: list[Callable[[], object]] = [
        lambda: main.sandbox.faults.add("drop", on="write"),
        lambda: main.sandbox.faults.add("drop", on="write", after=True),
        lambda: outlet.sandbox.faults.add(**dice.choice(outlet.troubles.partly or outlet.troubles.passing), on="write"),
        lambda: outlet.sandbox.faults.add(**dice.choice(outlet.troubles.late), on="write", skip=1),
        lambda: outlet.sandbox.faults.add("status", status=502, on="write"),
        lambda: outlet.sandbox.faults.add("status", status=403, on="write"),
        lambda: outlet.sandbox.faults.add("refuse", on="read"),
        *[partial(strain, dice) for store in (main, outlet) for strain in store.strains.values()],
        lambda: [outlet.recreate(sku), main.recreate(sku)],
        lambda: [harness.warehouse.set_stock(each, 1) for each in skus[:HELD]],
        lambda: main.sell(sku, 1),
        lambda: outlet.sandbox.before_request(lambda _: main.sell(sku, 1), on="write"),
    ]
    for act in dice.sample(acts, 3):
        act()


def test_what_the_guard_holds_is_due_as_long_as_it_is_held(harness_with: Any) -> None:
    harness = harness_with(only="outlet")
    for n in range(10):
        harness.add(f"S{n}", 10)
    harness.cycle()
    for n in range(10):
        harness.warehouse.set_stock(f"S{n}", 1)
    for _ in range(2):
        report = harness.cycle().stores["outlet"]
        assert (report.due, report.held_items, report.unchanged) == (10, 10, 0), report
    harness.release("outlet")
    report = harness.cycle().stores["outlet"]
    assert (report.due, report.applied, report.held_items) == (10, 10, 0)


def test_what_waits_for_proof_is_waiting_and_the_exit_code_says_so(harness_with: Any) -> None:
    """Two shops, one cannot be read for longer than `stale_after`: what the other would be raised to waits."""
    harness = harness_with()
    harness.add("A", 5)
    harness.cycle()
    harness["main"].go_down()
    harness.cycle()
    harness.later(minutes=6)
    harness.warehouse.set_stock("A", 9)
    done = harness.cycle(stores=["outlet"])
    report = done.stores["outlet"]
    assert (report.due, report.waiting, report.skipped, report.deferred) == (1, 1, 0, 0)
    assert done.code == 75


def test_a_store_that_cannot_be_read_says_how_much_is_due(harness_with: Any) -> None:
    harness = harness_with(only="outlet")
    for n in range(7):
        harness.add(f"S{n}", 10)
    harness.cycle()
    for n in range(7):
        harness.warehouse.set_stock(f"S{n}", 11)
    harness["outlet"].go_down()
    report = harness.cycle().stores["outlet"]
    assert (report.due, report.deferred, bool(report.error)) == (7, 7, True)


def test_what_was_applied_is_reported_although_the_lease_was_lost_behind_it(
    harness_with: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history has it. One of the batch is gone, and another worker takes over before it is forgotten."""
    harness = harness_with(only="main")
    for sku in ("A", "B"):
        harness.add(sku, 10)
    harness.cycle()
    harness["main"].recreate("B")
    for sku in ("A", "B"):
        harness.warehouse.set_stock(sku, 9)

    def lost(*_: object) -> None:
        raise LeaseLostError("another worker")

    monkeypatch.setattr("bridge.sync.push.outcome.forget_listings", lost)
    report = harness.cycle().stores["main"]
    assert (report.applied, bool(report.error)) == (1, True)
    assert harness["main"].shows("A") == 9
