"""A listing that a shop lists and does not show when it is asked for: nobody knows its number, so nothing is green."""

from typing import Any

import pytest

from bridge.ops.health import health_of
from tests.harness.installation import Installation
from tests.harness.shops import tell_apart


@pytest.fixture
def harness(harness_with: Any) -> Installation:
    made: Installation = harness_with(only="outlet")
    for n in range(3):
        made.add(f"S{n}", 10)
    made.cycle()
    made.later(minutes=5)  # the planned second reading
    assert made.cycle().code == 0
    return made


def appear(harness: Installation, sku: str, *, there: bool) -> None:
    """In and out of the lists, without any trace that it was touched."""
    shop = harness["outlet"].shop
    product = shop.find(sku)
    modified = product.modified
    shop.set_status(product, "publish" if there else "trash")
    product.modified = modified


def hide(harness: Installation, sku: str) -> None:
    """From every question that asks for it by id, and from none for a list."""
    product = harness["outlet"].shop.find(sku)

    def turn(call: Any) -> None:
        appear(harness, sku, there=str(product.id) not in call.query.get("include", "").split(","))

    harness["outlet"].sandbox.before_request(turn, on="read", times=-1)


def show(harness: Installation, sku: str) -> None:
    harness["outlet"].sandbox.faults.clear()
    appear(harness, sku, there=True)


def add_hidden(harness: Installation) -> None:
    harness.add("B", 7, shown=3)
    hide(harness, "B")
    harness.later(minutes=20)


def test_it_is_counted_and_asked_for_until_it_is_read(harness: Installation) -> None:
    add_hidden(harness)
    for _ in range(3):
        assert harness.cycle().code == 75
        found = health_of(harness.context, ("outlet",))
        assert "1 listing is listed and never shown when asked for (B)" in found.sentence
    show(harness, "B")
    assert harness.cycle().code == 0
    assert harness["outlet"].shows("B") == 7


def test_the_mark_that_asks_for_it_may_be_lost(harness: Installation) -> None:
    """Whatever makes it due marks it again."""
    add_hidden(harness)
    harness.cycle()
    harness.db.delete("stockbridge:store:outlet:reread")
    harness.warehouse.set_stock("B", 8)
    assert [harness.cycle().code for _ in range(2)] == [75, 75]
    show(harness, "B")
    assert harness.cycle().code == 0
    assert harness["outlet"].shows("B") == 8


def test_what_a_whole_reading_leaves_out_is_counted_as_well(
    harness: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_apart(monkeypatch)
    add_hidden(harness)
    harness.cycle()
    harness.db.delete("stockbridge:store:outlet:reread")
    lists = [0]

    def turn(call: Any) -> None:
        """Of two lists of everything the map is made of the first one, and the second one is the reading."""
        if call.path.endswith("/products") and "include" not in call.query and "modified_after" not in call.query:
            lists[0] += 1
            appear(harness, "B", there=lists[0] == 1)

    harness["outlet"].sandbox.faults.clear()
    harness["outlet"].sandbox.before_request(turn, on="read", times=-1)
    assert harness.cycle(full=True).code == 75
    assert lists[0] == 2
    show(harness, "B")
    assert harness.cycle().code == 0
    assert harness["outlet"].shows("B") == 7


def test_one_that_is_nobodys_business_colours_nothing(harness: Installation) -> None:
    add_hidden(harness)
    harness["outlet"].shop.find("B").sku = "NOT-IN-THE-WAREHOUSE"
    assert [harness.cycle().code for _ in range(2)] == [0, 0]


def test_one_that_is_gone_and_that_orders_still_tell_of_is_not_unread(harness: Installation) -> None:
    harness["outlet"].sell("S0", 2)
    harness.cycle()
    harness["outlet"].shop.delete(harness["outlet"].shop.find("S0"))
    harness.later(hours=25)
    harness.cycle()
    harness.warehouse.set_stock("S0", 9)
    codes = [harness.cycle().code for _ in range(2)]
    assert (codes[-1], harness.state.to_reread("outlet")) == (0, {})
