"""What an order is of is looked up in the list: while that is short, an order may be of anything."""

import pytest

from bridge.ops.health import health_of
from bridge.sync.cycle import run_session
from bridge.sync.timetable import proof_since
from tests.harness.installation import Installation
from tests.harness.shops import Build, tell_apart
from tests.harness.sweeps import sweep
from tests.pool.harness import keep, refs_of, stocked

MANY = 30


@pytest.fixture
def full(harness: Installation) -> Installation:
    """Both shops sell thirty listings of ten."""
    return stocked(harness, {f"S{n:02}": 10 for n in range(MANY)})


def known(harness: Installation, store: str) -> int:
    return len(refs_of(harness, store))


def test_what_a_list_leaves_out_and_the_store_knows_by_id_is_kept_and_read(full: Installation) -> None:
    """A plugin filters the lists of WooCommerce."""
    shop = full["outlet"].shop
    shop.left_out = set(shop.products)
    assert full.cycle(full=True).code == 0
    assert known(full, "outlet") == MANY
    full["outlet"].edit("S03", 99)
    full.cycle(full=True)
    full.cycle()
    assert full["outlet"].shows("S03") == 10


def test_one_that_only_orders_keep_is_read_when_it_is_listed_again(full: Installation) -> None:
    """Out of the trash as it went in: the map knows it, and nothing of it moved."""
    shop = full["outlet"].shop
    full["outlet"].sell("S00", 2)
    full.cycle()
    shop.set_status("S00", "trash")
    full.cycle(full=True)
    full.warehouse.set_stock("S00", 30)
    full.later(hours=2)
    full.cycle()
    shop.set_status("S00", "publish")
    full.later(minutes=16)
    assert [full.cycle().code for _ in range(2)][1] == 0
    assert full.shows("S00") == {"main": 28, "outlet": 28}


def test_an_order_met_while_the_list_is_not_believed_may_be_of_anything(full: Installation) -> None:
    """WooCommerce looks up what a line was, and finds nothing: nothing is raised until the shop can say it again."""
    full["outlet"].sell("S00", 3)
    back = full["outlet"].lose(MANY)
    full.warehouse.receive("S00", 5)
    full.warehouse.set_stock("S01", 7)
    full.forget_offers()
    for minutes in (0, 1, 16):
        full.later(minutes=minutes)
        assert full.cycle(full=not minutes).code == 1
        assert (full["main"].shows("S00"), full["main"].shows("S01")) == (10, 7)
    back()
    full.later(minutes=16)
    assert full.cycle().code == 0
    assert full.highest("S00") == 12
    assert full.shows("S00") == {"main": 12, "outlet": 12}


def test_an_order_that_names_nothing_has_the_whole_list_asked_for_before_anything_is_raised(full: Installation) -> None:
    """The shop lost its products after its last full list, and the next one is most of a day away."""
    full.later(hours=2)
    full.cycle()
    full["outlet"].sell("S00", 3)
    back = full["outlet"].lose(MANY)
    full.warehouse.receive("S00", 5)
    full.forget_offers()
    assert full.cycle().code == 1
    assert full["main"].shows("S00") == 10
    back()
    full.later(minutes=16)
    assert full.cycle().code == 0
    assert full.highest("S00") == 12
    assert full.shows("S00") == {"main": 12, "outlet": 12}


def test_a_line_that_names_nothing_stops_nobody_where_the_list_is_believed(full: Installation) -> None:
    full["outlet"].sell("S00", 3)
    full["outlet"].lose(1)
    full.warehouse.receive("S01", 5)
    full.cycle(full=True)
    full.cycle(full=True)
    assert full["main"].shows("S01") == 15


@pytest.mark.parametrize("shipped", [False, True], ids=["open", "shipped"])
def test_what_orders_name_only_when_the_list_is_whole_again_is_never_sold_twice(
    full: Installation, *, shipped: bool
) -> None:
    """WooCommerce looks up what its lines are of: a wrong site, or a broken plugin, leaves none of them a product."""
    order = full["outlet"].sell("S00", 4)
    if shipped:
        full["outlet"].ship(order)
    back = full["outlet"].lose(MANY)
    full.warehouse.receive("S00", 5)
    full.cycle(full=True)
    assert full["main"].shows("S00") == 10
    assert "nothing that it shares is increased" in health_of(full.context, ["outlet"]).sentence
    full.warehouse.set_stock("S01", 6)
    full.cycle()
    assert full["main"].shows("S01") == 6, "what falls is written"
    back()
    for minutes in (0, 6, 11, 70):
        full.later(minutes=minutes)
        keep(full, "S00", 11)
    assert full.shows("S00") == {"main": 11, "outlet": 11}


def test_another_worker_raises_nothing_until_such_orders_were_asked_for_again(
    full: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is whole again, and the one that read it died before it came to the orders."""
    tell_apart(monkeypatch)
    full["outlet"].sell("S00", 4)
    back = full["outlet"].lose(MANY)
    full.warehouse.receive("S00", 5)
    full.cycle(full=True)
    back()
    full["outlet"].sandbox.faults.add("refuse", on="orders", times=-1)
    run_session(full.context, "outlet", full=True, proof=proof_since)
    assert full.state.store_record("outlet").doubted_list is None
    full.cycle(stores=["main"])
    assert full["main"].shows("S00") == 10
    full["outlet"].restore()
    full.later(minutes=1)
    assert [keep(full, "S00", 11) for _ in range(2)][1] == {"main": 11, "outlet": 11}


@pytest.mark.parametrize("shipped", [False, True], ids=["open", "shipped"])
def test_an_order_of_one_that_was_called_gone_counts_when_it_is_met_again(full: Installation, *, shipped: bool) -> None:
    """As it was read meanwhile, it named nothing."""
    full.later(hours=2)
    full.cycle()
    order = full["outlet"].sell("S00", 4)
    if shipped:
        full["outlet"].ship(order)
    back = full["outlet"].lose(2)
    for sku in ("S00", "S01"):
        full.warehouse.receive(sku, 2)
    full.cycle()
    for _ in range(2):
        full.later(minutes=6)
        full.cycle()
    assert known(full, "outlet") == MANY - 2
    back()
    full.later(minutes=16)
    full.cycle()
    assert [keep(full, "S00", 8) for _ in range(2)][1] == {"main": 8, "outlet": 8}


@pytest.mark.parametrize("together", [True, False])
def test_before_its_orders_were_read_a_store_may_have_sold_what_it_does_not_list(
    harness: Installation, monkeypatch: pytest.MonkeyPatch, *, together: bool
) -> None:
    """The first list of a shop leaves out what lies in the trash, and its orders do not answer yet: they are asked for
    ahead of a list that tells the stock as well."""
    if not together:
        tell_apart(monkeypatch)
    harness.add("A", 20)
    harness.add("B", 20)
    harness["outlet"].sell("A", 4)
    harness["outlet"].shop.set_status("A", "trash")
    harness["main"].edit("A", 5)
    harness["outlet"].sandbox.faults.add("status", status=500, on="orders", times=-1)
    for _ in range(2):
        harness.cycle()
        harness.later(minutes=1)
    assert known(harness, "outlet") == int(not together)
    assert harness["main"].shows("A") == 5
    harness["outlet"].restore()
    harness.later(minutes=40)
    harness.cycle()
    assert harness["main"].shows("A") > 5


def whole_lists(harness: Installation) -> list[tuple[str, str]]:
    """Of each call for a page of all products or variations: its route, and where the page begins."""
    calls = [call for call in harness["outlet"].sandbox.log if call.name in ("products", "variations")]
    whole = [call.query for call in calls if not {"include", "modified_after"} & call.query.keys()]
    pages = [query for query in whole if query.get("per_page") == "100"]
    return [(query.get("_fields", ""), query.get("offset", "0")) for query in pages]


@pytest.mark.parametrize("products", sweep([400, 2_000], 1))
def test_a_first_sync_asks_for_each_page_of_products_once(
    harness_with: Build, monkeypatch: pytest.MonkeyPatch, products: int
) -> None:
    pages, calls = [], []
    for together in (True, False):
        if not together:
            tell_apart(monkeypatch)
        harness = harness_with(only="outlet")
        harness.db.flushall()
        for n in range(products):
            harness.add(f"S{n:04}", 10)
        assert harness.cycle().code == 0
        pages.append(whole_lists(harness))
        calls.append(harness["outlet"].sandbox.calls.total())
    once, twice = pages
    assert len(once) == len(set(once)) == -(-(products - 1) // 99)  # they overlap by one row
    assert len(twice) == 2 * len(once)
    assert calls[0] <= calls[1] - len(once)
