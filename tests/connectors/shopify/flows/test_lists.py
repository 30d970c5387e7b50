"""What is committed is told with the stock, which a short list leaves out."""

from functools import partial
from typing import Any

import pytest

from bridge.state.change import Change
from connectors.shopify.sandbox.local import LocalStore
from connectors.testing.local import two_platforms
from tests.harness.installation import Installation
from tests.harness.sweeps import turns
from tests.pool.harness import refs_of, stocked

MANY = 30


@pytest.fixture(params=turns(["main", "outlet"]))
def store(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def full(harness: Installation) -> Installation:
    """Both shops sell thirty listings of ten."""
    return stocked(harness, {f"S{n:02}": 10 for n in range(MANY)})


def test_what_was_listed_and_never_read_may_have_been_sold_while_the_list_is_not_believed(full: Installation) -> None:
    """Shopify tells what is committed with its stock; a process was killed before it read any, and the shop is gone."""
    full["main"].sell("S00", 4)
    unread = Change()
    for ref in refs_of(full, "main"):
        unread.put_store_stock("main", ref, None)
    full.state.commit(unread)
    full.db.hdel("stockbridge:store:main:ordered", *refs_of(full, "main"))
    full["main"].lose(MANY)
    full.warehouse.receive("S00", 5)
    full.forget_offers()
    for _ in range(2):
        assert full.cycle(full=True).code == 1
    assert full["outlet"].shows("S00") == 10


def test_a_line_of_nothing_stops_nobody_once_the_list_is_whole(full: Installation) -> None:
    order = full["main"].sell("S01", 1)
    full["main"].shop.add_custom_item(order, "Engraving", 3)
    back = full["main"].lose(MANY - 5)
    full.cycle(full=True)
    full.warehouse.receive("S29", 5)
    full.cycle()
    assert full.shows("S29") == {"main": 10, "outlet": 10}
    back()
    full.later(minutes=16)
    assert [full.cycle().code for _ in range(2)][1] == 0
    assert full.shows("S29") == {"main": 15, "outlet": 15}


def test_where_a_line_with_a_sku_ships_from_is_not_known_while_the_list_is_not_believed(harness_with: Any) -> None:
    """Shopify tells the location of what is committed with the stock that it no longer shows."""
    shops = (partial(LocalStore, warehouses=("1", "2")), two_platforms()[1])
    harness = harness_with(kinds=shops, outlet='warehouses = ["1"]')
    for sku in ("A", "B", "C"):
        harness.warehouse.add(sku, {"1": 11, "2": 15})
        harness["main"].add(sku, 9)
        harness["outlet"].add(sku, 9)
    harness.cycle()
    harness["main"].sell("A", 8, place="1")
    harness["outlet"].edit("A", 1)
    back = harness["main"].lose(3)
    for _ in range(2):
        assert harness.cycle(full=True).code == 1
        assert harness["outlet"].shows("A") == 1
    back()
    harness.cycle(full=True)
    harness.cycle()
    assert harness["outlet"].shows("A") == 3
