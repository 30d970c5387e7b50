"""Rule 17 on Shopify: one thing that breaks off every answer that holds it is found, left out and named; the rest is
read and written, and it comes back by itself."""

from typing import Any

import pytest

from bridge.ops.health import health_of


def breaks(harness: Any, *ids: str) -> None:
    harness.shop.broken = frozenset(ids)


@pytest.fixture
def many(harness: Any) -> Any:
    for n in range(60):
        harness.add(f"SKU-{n}", 10, shown=9)
    return harness


def others(harness: Any) -> set[int]:
    return {harness.available(f"SKU-{n}") for n in range(60) if n != 41}


def test_the_first_reading_goes_cycle_a_listing_that_breaks_every_page(many: Any) -> None:
    breaks(many, many.ref("SKU-41"))
    done = many.cycle()
    assert (others(many), many.available("SKU-41"), done.code) == ({10}, 9, 1)
    found = health_of(many.context, ("main",))
    assert many.ref("SKU-41") in found.sentence
    assert "cannot be read" in found.sentence
    breaks(many)
    for _ in range(3):
        many.cycle()
    assert (many.available("SKU-41"), many.cycle().code) == (10, 0)


def test_a_listing_that_breaks_later_is_not_gone(many: Any) -> None:
    many.cycle()
    breaks(many, many.ref("SKU-41"))
    many.shop.hand_edit("SKU-41", 30)
    many.shop.hand_edit("SKU-42", 30)
    assert many.cycle(full=True).code == 1
    assert others(many) == {10}
    assert many.state.listings("main", [many.ref("SKU-41")])
    breaks(many)
    for _ in range(3):
        many.cycle()
    assert (many.available("SKU-41"), many.cycle().code) == (10, 0)


def test_a_poll_goes_cycle_it(many: Any) -> None:
    many.cycle()
    many.cycle()
    breaks(many, many.ref("SKU-41"))
    many.shop.hand_edit("SKU-41", 30)
    many.shop.hand_edit("SKU-42", 30)
    many.cycle()
    assert others(many) == {10}


def test_an_order_that_breaks_the_list_hides_no_other(many: Any) -> None:
    many.cycle()
    broken = many.sell("SKU-3", 2)
    many.sell("SKU-4", 3)
    breaks(many, broken.id)
    assert many.cycle().code == 1
    assert broken.id in health_of(many.context, ("main",)).sentence
    assert many.state.ordered("main", [many.ref("SKU-4")])[many.ref("SKU-4")]
    breaks(many)
    many.cycle()
    assert many.cycle().code == 0
    assert many.state.ordered("main", [many.ref("SKU-3")])[many.ref("SKU-3")]


def test_an_outage_leaves_nothing_out(many: Any) -> None:
    many.cycle()
    breaks(many, *(many.ref(f"SKU-{n}") for n in range(60)))
    many.sandbox.faults.add("status", status=503, times=-1)
    assert many.cycle().code == 75
    many.sandbox.faults.clear()
    breaks(many)
    many.later(minutes=20)
    assert many.cycle().code == 0
