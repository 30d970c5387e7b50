"""Rule 17: one thing that breaks off every answer that holds it is found, left out and named; the rest is
read and written, and it comes back by itself."""

import pytest

from bridge.ops.health import health_of
from tests.harness.installation import Installation


def breaks(harness: Installation, *ids: str) -> None:
    harness.main.shop.broken = frozenset(ids)


@pytest.fixture
def many(alone: Installation) -> Installation:
    for n in range(60):
        alone.add(f"SKU-{n}", 10, shown=9)
    return alone


def others(harness: Installation) -> set[int]:
    return {harness.main.shows(f"SKU-{n}") for n in range(60) if n != 41}


def test_the_first_reading_goes_round_a_listing_that_breaks_every_page(many: Installation) -> None:
    breaks(many, many.main.ref("SKU-41"))
    done = many.cycle()
    assert (others(many), many.main.shows("SKU-41"), done.code) == ({10}, 9, 1)
    found = health_of(many.context, ("main",))
    assert many.main.ref("SKU-41") in found.sentence
    assert "cannot be read" in found.sentence
    breaks(many)
    for _ in range(3):
        many.cycle()
    assert (many.main.shows("SKU-41"), many.cycle().code) == (10, 0)


def test_a_listing_that_breaks_later_is_not_gone(many: Installation) -> None:
    many.cycle()
    breaks(many, many.main.ref("SKU-41"))
    many.main.edit("SKU-41", 30)
    many.main.edit("SKU-42", 30)
    assert many.cycle(full=True).code == 1
    assert others(many) == {10}
    assert many.state.listings("main", [many.main.ref("SKU-41")])
    breaks(many)
    for _ in range(3):
        many.cycle()
    assert (many.main.shows("SKU-41"), many.cycle().code) == (10, 0)


def test_a_poll_goes_round_it(many: Installation) -> None:
    many.cycle()
    many.cycle()
    breaks(many, many.main.ref("SKU-41"))
    many.main.edit("SKU-41", 30)
    many.main.edit("SKU-42", 30)
    many.cycle()
    assert others(many) == {10}


def test_an_order_that_breaks_the_list_hides_no_other(many: Installation) -> None:
    many.cycle()
    broken = many.main.sell("SKU-3", 2)
    many.main.sell("SKU-4", 3)
    breaks(many, broken.id)
    assert many.cycle().code == 1
    assert broken.id in health_of(many.context, ("main",)).sentence
    assert many.state.ordered("main", [many.main.ref("SKU-4")])[many.main.ref("SKU-4")]
    breaks(many)
    many.cycle()
    assert many.cycle().code == 0
    assert many.state.ordered("main", [many.main.ref("SKU-3")])[many.main.ref("SKU-3")]


def test_an_outage_leaves_nothing_out(many: Installation) -> None:
    many.cycle()
    breaks(many, *(many.main.ref(f"SKU-{n}") for n in range(60)))
    many.main.sandbox.faults.add("status", status=503, times=-1)
    assert many.cycle().code == 75
    many.main.sandbox.faults.clear()
    breaks(many)
    many.later(minutes=20)
    assert many.cycle().code == 0
