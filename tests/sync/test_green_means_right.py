"""Rule 16: exit code 0 and a green light say that nothing waits and that every number is the one we would write."""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.core.health import Light
from bridge.ops import steer
from bridge.ops.health import health_of
from tests.harness.installation import Installation
from tests.harness.shops import Build


def refused(harness: Installation) -> None:
    harness.main.refuse("A")


def unanswered(harness: Installation) -> None:
    """Whatever is written never arrives, and no answer comes back."""
    harness.main.sandbox.faults.add("drop", on="write", times=-1)


def unproven(harness: Installation) -> None:
    """The raise waits, because another shop of the pool cannot be read."""
    harness["outlet"].go_down()


@pytest.fixture
def two(harness_with: Build) -> Installation:
    harness = harness_with(only="")
    for sku in ("A", "B"):
        harness.add(sku, 10)
    harness.cycle()
    assert harness.cycle().code == 0
    return harness


def test_what_was_released_waits_until_it_is_sent(two: Installation) -> None:
    for sku in ("A", "B"):
        two.warehouse.set_stock(sku, 0)
    two.cycle()
    assert "2 lowerings are held" in health_of(two.context, ["main"]).sentence
    two.release()
    found = health_of(two.context, ["main"])
    assert (found.light, found.person, "main: 2 listings are due" in found.sentence) == (Light.LATE, False, True)
    two.cycle()
    assert "due" not in health_of(two.context, ["main"]).sentence


@pytest.mark.parametrize(
    ("obstacle", "code", "words"),
    [
        pytest.param(refused, 1, "main: 1 number is refused by the store", id="quarantine"),
        pytest.param(unanswered, 75, "main: ", id="in flight"),
        pytest.param(unproven, 75, "outlet: ", id="a raise without its proof"),
    ],
)
def test_what_waits_colours_the_light_and_the_exit_code(
    two: Installation, obstacle: Callable[[Any], None], code: int, words: str
) -> None:
    obstacle(two)
    two.warehouse.set_stock("A", 12)
    assert two.cycle().code == code
    found = health_of(two.context, two.context.stores)
    assert (found.light is Light.GREEN, found.code) == (False, code)
    assert words in found.sentence


def test_what_is_paused_is_counted_and_colours_nothing(two: Installation) -> None:
    steer.pause(two.context, "main", by="a test")
    two.warehouse.set_stock("A", 12)
    done = two.cycle()
    report = done.stores["main"]
    assert (done.code, report.due, report.skipped, report.deferred) == (0, 1, 1, 0)
    assert health_of(two.context, ("main",)).light is Light.GREEN


def test_the_exit_code_speaks_of_the_stores_that_were_asked_for(two: Installation) -> None:
    refused(two)
    two.warehouse.set_stock("A", 12)
    assert two.cycle().code == 1
    assert two.cycle(stores=["outlet"]).code == 0
