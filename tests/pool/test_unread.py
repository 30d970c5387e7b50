"""A listing that a shop lists and does not show when it is asked for: nobody knows its number, so nothing is green."""

from typing import Any

import pytest

from bridge.sync.health import health_of

from .stage import Stage


@pytest.fixture
def stage(stage_with: Any) -> Stage:
    made: Stage = stage_with(only="outlet")
    for n in range(3):
        made.add(f"S{n}", 10)
    made.cycle()
    made.later(minutes=5)  # the planned second reading
    assert made.cycle().code == 0
    return made


def appear(stage: Stage, sku: str, *, there: bool) -> None:
    """In and out of the lists, without any trace that it was touched."""
    shop = stage["outlet"].shop
    product = shop.find(sku)
    modified = product.modified
    shop.set_status(product, "publish" if there else "trash")
    product.modified = modified


def hide(stage: Stage, sku: str) -> None:
    """From every question that asks for it by id, and from none for a list."""
    product = stage["outlet"].shop.find(sku)

    def turn(call: Any) -> None:
        appear(stage, sku, there=str(product.id) not in call.query.get("include", "").split(","))

    stage["outlet"].sandbox.before_request(turn, on="read", times=-1)


def show(stage: Stage, sku: str) -> None:
    stage["outlet"].sandbox.faults.clear()
    appear(stage, sku, there=True)


def add_hidden(stage: Stage) -> None:
    stage.add("B", 7, shown=3)
    hide(stage, "B")
    stage.later(minutes=20)


def test_it_is_counted_and_asked_for_until_it_is_read(stage: Stage) -> None:
    add_hidden(stage)
    for _ in range(3):
        assert stage.cycle().code == 75
        found = health_of(stage.context, ("outlet",))
        assert "1 listing is listed and never shown when asked for (B)" in found.sentence
    show(stage, "B")
    assert stage.cycle().code == 0
    assert stage["outlet"].shows("B") == 7


def test_the_mark_that_asks_for_it_may_be_lost(stage: Stage) -> None:
    """Whatever makes it due marks it again."""
    add_hidden(stage)
    stage.cycle()
    stage.db.delete("stockbridge:store:outlet:reread")
    stage.warehouse.set_stock("B", 8)
    assert [stage.cycle().code for _ in range(2)] == [75, 75]
    show(stage, "B")
    assert stage.cycle().code == 0
    assert stage["outlet"].shows("B") == 8


def test_what_a_whole_reading_leaves_out_is_counted_as_well(stage: Stage) -> None:
    add_hidden(stage)
    stage.cycle()
    stage.db.delete("stockbridge:store:outlet:reread")
    lists = [0]

    def turn(call: Any) -> None:
        """Of two lists of everything the map is made of the first one, and the second one is the reading."""
        if call.path.endswith("/products") and "include" not in call.query and "modified_after" not in call.query:
            lists[0] += 1
            appear(stage, "B", there=lists[0] == 1)

    stage["outlet"].sandbox.faults.clear()
    stage["outlet"].sandbox.before_request(turn, on="read", times=-1)
    assert stage.cycle(full=True).code == 75
    assert lists[0] == 2
    show(stage, "B")
    assert stage.cycle().code == 0
    assert stage["outlet"].shows("B") == 7


def test_one_that_is_nobodys_business_colours_nothing(stage: Stage) -> None:
    add_hidden(stage)
    stage["outlet"].shop.find("B").sku = "NOT-IN-THE-WAREHOUSE"
    assert [stage.cycle().code for _ in range(2)] == [0, 0]


def test_one_that_is_gone_and_that_orders_still_tell_of_is_not_unread(stage: Stage) -> None:
    stage["outlet"].sell("S0", 2)
    stage.cycle()
    stage["outlet"].shop.delete(stage["outlet"].shop.find("S0"))
    stage.later(hours=25)
    stage.cycle()
    stage.warehouse.set_stock("S0", 9)
    codes = [stage.cycle().code for _ in range(2)]
    assert (codes[-1], stage.state.to_reread("outlet")) == (0, {})
