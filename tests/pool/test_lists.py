"""A store's list that is suddenly empty or much shorter: missing is not gone, and what is gone is a person's word."""

from typing import Any

import pytest

from bridge.core.absence import is_too_many
from bridge.ops import steer
from bridge.ops.health import health_of
from bridge.sync.cycle import run_session
from bridge.sync.timetable import proof_since

from .harness import PoolHarness, keep

MANY = 30


@pytest.fixture(params=["main", "outlet"])
def store(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def full(harness: PoolHarness) -> PoolHarness:
    """Both shops sell thirty listings of ten."""
    for n in range(MANY):
        harness.add(f"S{n:02}", 10)
    assert harness.cycle().code == 0
    return harness


def vanish(harness: PoolHarness, store: str, count: int) -> Any:
    """The shop loses listings, in its lists and by id → what brings them back."""
    shop = harness[store].shop
    if store == "main":
        kept = dict(shop.variants), dict(shop.items)
        for variant in list(shop.variants.values())[:count]:
            del shop.variants[variant.id], shop.items[variant.item.id]

        def back() -> None:
            shop.variants, shop.items = kept
    else:
        products = dict(shop.products)
        for product in list(products)[:count]:
            del shop.products[product]
        shop._ordered.clear()

        def back() -> None:
            shop.products = products
            shop._ordered.clear()

    return back


def refs_of(harness: PoolHarness, store: str) -> list[str]:
    return [x.ref for x in harness.state.every_listing(store)]


def known(harness: PoolHarness, store: str) -> int:
    return len(refs_of(harness, store))


def called_gone(harness: PoolHarness, store: str) -> Any:
    """Two listings are gone, for the shop, when they are written → what brings them back."""
    back = vanish(harness, store, 2)
    for sku in ("S00", "S01"):
        harness.warehouse.set_stock(sku, 9)
    harness.cycle()
    return back


@pytest.mark.parametrize("count", [MANY, MANY - 5])
def test_a_list_that_lost_most_is_not_believed_until_it_is_whole_again(
    full: PoolHarness, store: str, count: int
) -> None:
    back = vanish(full, store, count)
    done = full.cycle(full=True)
    assert (done.code, known(full, store)) == (1, MANY)
    sentence = health_of(full.context, [store]).sentence
    assert f"{store}: {count} of {MANY} listings are gone from its list" in sentence
    assert f"`stockbridge resync {store} --full --confirm-absent`" in sentence
    back()
    full.later(minutes=16)
    assert full.cycle().code == 0
    assert full.shows("S00")[store] == 10


def test_a_small_shop_that_lists_nothing_is_not_believed(harness: PoolHarness, store: str) -> None:
    for sku in "ABCD":
        harness.add(sku, 10)
    harness.cycle()
    vanish(harness, store, 4)
    assert harness.cycle(full=True).code == 1
    assert known(harness, store) == 4


def test_a_few_that_are_gone_are_forgotten(full: PoolHarness, store: str) -> None:
    vanish(full, store, 20)
    assert full.cycle(full=True).code == 0
    assert known(full, store) == MANY - 20


def test_a_person_confirms_and_the_word_is_used_up(full: PoolHarness, store: str) -> None:
    vanish(full, store, 25)
    assert full.cycle(full=True).code == 1
    assert full.cycle(full=True, confirm_absent=True).code == 0
    assert known(full, store) == MANY - 25
    assert full.state.store_record(store).confirm_absent is None


def test_a_word_that_comes_while_the_list_is_read_stands(
    full: PoolHarness, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session that did not know of it used it up."""

    def meanwhile(absent: int, known: int) -> bool:
        steer.confirm_absent(full.context, store, "ann@desk")
        return is_too_many(absent, known)

    vanish(full, store, 25)
    with monkeypatch.context() as patch:
        patch.setattr("bridge.sync.read.absent.is_too_many", meanwhile)
        assert full.cycle(full=True).code == 1
    full.later(minutes=16)
    assert full.cycle().code == 0
    assert known(full, store) == MANY - 25


def test_the_word_reaches_whichever_worker_comes_next(full: PoolHarness, store: str) -> None:
    vanish(full, store, 25)
    full.cycle(full=True)
    steer.confirm_absent(full.context, store, "ann@desk")
    full.session(store)
    assert known(full, store) == MANY - 25
    assert health_of(full.context, [store]).code == 0


def test_a_store_that_calls_much_gone_while_it_is_written_is_not_believed(full: PoolHarness, store: str) -> None:
    """Its list is not due yet, and every number is: none of the listings is forgotten on the word of that."""
    back = vanish(full, store, MANY)
    for n in range(MANY):
        full.warehouse.set_stock(f"S{n:02}", 9)
    assert full.cycle().code == 1
    assert known(full, store) == MANY
    back()
    full.later(minutes=16)
    full.cycle()
    assert full.cycle().code == 0
    assert full.shows("S00")[store] == 9


def test_a_few_at_a_time_add_up_until_the_list_is_read(full: PoolHarness, store: str) -> None:
    vanish(full, store, MANY)
    for n in range(0, MANY, 6):
        for m in range(n, n + 6):
            full.warehouse.set_stock(f"S{m:02}", 9)
        full.cycle()
    assert known(full, store) >= MANY - 20
    assert full.cycle().code == 1


def test_what_a_list_leaves_out_and_the_store_knows_by_id_is_kept_and_read(full: PoolHarness) -> None:
    """A plugin filters the lists of WooCommerce."""
    shop = full["outlet"].shop
    shop.left_out = set(shop.products)
    assert full.cycle(full=True).code == 0
    assert known(full, "outlet") == MANY
    full["outlet"].edit("S03", 99)
    full.cycle(full=True)
    full.cycle()
    assert full["outlet"].shows("S03") == 10


def test_the_word_of_a_store_is_asked_again_after_a_quarter_of_an_hour_and_not_before(full: PoolHarness) -> None:
    vanish(full, "outlet", MANY)
    full.cycle(full=True)
    noted = full.state.store_record("outlet").doubted_list
    full.cycle()
    assert full.state.store_record("outlet").doubted_list == noted
    full.later(minutes=16)
    full.cycle()
    later = full.state.store_record("outlet").doubted_list
    assert noted is not None
    assert later is not None
    assert (later.since, later.at > noted.at) == (noted.since, True)
    assert later.since < full.clock.now


def test_one_that_was_called_gone_when_it_was_written_and_is_there_is_met_again(full: PoolHarness, store: str) -> None:
    """It did not change, so no list of changes has it, and the next full list is a day away."""
    full.later(hours=2)
    full.cycle()
    back = called_gone(full, store)
    assert known(full, store) == MANY - 2
    back()
    full.later(minutes=16)
    assert full.cycle().code == 0
    assert known(full, store) == MANY
    assert [full.shows(sku)[store] for sku in ("S00", "S01")] == [9, 9]


def test_what_was_listed_and_never_read_is_asked_for_before_it_is_forgotten(full: PoolHarness, store: str) -> None:
    """A process that was killed between the two had left it so."""
    full.db.hdel(f"stockbridge:store:{store}:shown", *full.state.store_stock(store, refs_of(full, store)))
    back = vanish(full, store, MANY)
    assert full.cycle(full=True).code == 1
    assert known(full, store) == MANY
    back()
    full.later(minutes=16)
    full.cycle()
    assert full.cycle().code == 0


def test_what_was_listed_and_never_read_may_have_been_sold_while_the_list_is_not_believed(full: PoolHarness) -> None:
    """Shopify tells what is committed with its stock; a process was killed before it read any, and the shop is gone."""
    full["main"].sell("S00", 4)
    full.db.hdel("stockbridge:store:main:shown", *full.state.store_stock("main", refs_of(full, "main")))
    full.db.hdel("stockbridge:store:main:ordered", *refs_of(full, "main"))
    vanish(full, "main", MANY)
    full.warehouse.receive("S00", 5)
    full.forget_offers()
    for _ in range(2):
        assert full.cycle(full=True).code == 1
    assert full["outlet"].shows("S00") == 10


def test_before_its_orders_were_read_a_store_may_have_sold_what_it_does_not_list(harness: PoolHarness) -> None:
    """The first list of a shop leaves out what lies in the trash, and its orders do not answer yet."""
    harness.add("A", 20)
    harness.add("B", 20)
    harness["outlet"].sell("A", 4)
    harness["outlet"].shop.set_status("A", "trash")
    harness["main"].edit("A", 5)
    harness["outlet"].sandbox.faults.add("status", status=500, on="orders", times=-1)
    for _ in range(2):
        harness.cycle()
        harness.later(minutes=1)
    assert known(harness, "outlet") == 1
    assert harness["main"].shows("A") == 5
    harness["outlet"].restore()
    harness.later(minutes=40)
    harness.cycle()
    assert harness["main"].shows("A") > 5


def test_one_that_only_orders_keep_is_read_when_it_is_listed_again(full: PoolHarness) -> None:
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


def test_one_that_orders_kept_while_it_was_gone_is_read_when_it_is_back(full: PoolHarness, store: str) -> None:
    """The list of the store has it as the map does, so nothing of it is new."""
    full.later(hours=2)
    full[store].sell("S00", 2)
    full.cycle()
    back = called_gone(full, store)
    assert known(full, store) == MANY - 1
    back()
    full.later(minutes=16)
    full.cycle()
    full.later(minutes=1)
    assert full.cycle().code == 0
    assert [full.shows(sku)[store] for sku in ("S00", "S01")] == [7, 9]


def test_an_order_met_while_the_list_is_not_believed_may_be_of_anything(full: PoolHarness) -> None:
    """WooCommerce looks up what a line was, and finds nothing: nothing is raised until the shop can say it again."""
    full["outlet"].sell("S00", 3)
    back = vanish(full, "outlet", MANY)
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


def test_an_order_that_names_nothing_has_the_whole_list_asked_for_before_anything_is_raised(full: PoolHarness) -> None:
    """The shop lost its products after its last full list, and the next one is most of a day away."""
    full.later(hours=2)
    full.cycle()
    full["outlet"].sell("S00", 3)
    back = vanish(full, "outlet", MANY)
    full.warehouse.receive("S00", 5)
    full.forget_offers()
    assert full.cycle().code == 1
    assert full["main"].shows("S00") == 10
    back()
    full.later(minutes=16)
    assert full.cycle().code == 0
    assert full.highest("S00") == 12
    assert full.shows("S00") == {"main": 12, "outlet": 12}


def test_a_line_that_names_nothing_stops_nobody_where_the_list_is_believed(full: PoolHarness) -> None:
    full["outlet"].sell("S00", 3)
    vanish(full, "outlet", 1)
    full.warehouse.receive("S01", 5)
    full.cycle(full=True)
    full.cycle(full=True)
    assert full["main"].shows("S01") == 15


def test_what_a_full_list_made_forgotten_and_is_there_is_met_again(full: PoolHarness, store: str) -> None:
    """A few may be forgotten at once; that they are back is in no list of changes, and the next full list is a day
    away."""
    full.later(hours=2)
    back = vanish(full, store, 2)
    assert full.cycle(full=True).code == 0
    assert known(full, store) == MANY - 2
    for sku in ("S00", "S01"):
        full.warehouse.set_stock(sku, 9)
    full.cycle()
    back()
    full.later(minutes=16)
    assert full.cycle().code == 0
    assert known(full, store) == MANY
    assert [full.shows(sku)[store] for sku in ("S00", "S01")] == [9, 9]


def test_one_that_stays_away_longer_than_another_is_asked_for_again_as_well(full: PoolHarness, store: str) -> None:
    full.later(hours=2)
    full.cycle()
    back_all, skus = vanish(full, store, 1), ("S00", "S01")
    back_one = vanish(full, store, 1)
    for sku in skus:
        full.warehouse.set_stock(sku, 9)
    full.cycle()
    assert known(full, store) == MANY - 2
    for back, count in ((back_one, 1), (back_all, 0)):
        back()
        full.later(minutes=16)
        assert full.cycle().code == 0
        assert known(full, store) == MANY - count
    assert [full.shows(sku)[store] for sku in skus] == [9, 9]


@pytest.mark.parametrize("shipped", [False, True], ids=["open", "shipped"])
def test_what_orders_name_only_when_the_list_is_whole_again_is_never_sold_twice(
    full: PoolHarness, *, shipped: bool
) -> None:
    """WooCommerce looks up what its lines are of: a wrong site, or a broken plugin, leaves none of them a product."""
    order = full["outlet"].sell("S00", 4)
    if shipped:
        full["outlet"].ship(order)
    back = vanish(full, "outlet", MANY)
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


def test_another_worker_raises_nothing_until_such_orders_were_asked_for_again(full: PoolHarness) -> None:
    """The list is whole again, and the one that read it died before it came to the orders."""
    full["outlet"].sell("S00", 4)
    back = vanish(full, "outlet", MANY)
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


def test_a_line_of_nothing_stops_nobody_once_the_list_is_whole(full: PoolHarness) -> None:
    order = full["main"].sell("S01", 1)
    full["main"].shop.add_custom_item(order, "Engraving", 3)
    back = vanish(full, "main", MANY - 5)
    full.cycle(full=True)
    full.warehouse.receive("S29", 5)
    full.cycle()
    assert full.shows("S29") == {"main": 10, "outlet": 10}
    back()
    full.later(minutes=16)
    assert [full.cycle().code for _ in range(2)][1] == 0
    assert full.shows("S29") == {"main": 15, "outlet": 15}


def test_a_list_that_is_not_believed_lets_what_no_order_hides_be_raised(full: PoolHarness, store: str) -> None:
    vanish(full, store, MANY - 5)
    full.cycle(full=True)
    full.warehouse.receive("S29", 5)
    full.cycle()
    assert full.shows("S29") == {"main": 15, "outlet": 15}


@pytest.mark.parametrize("shipped", [False, True], ids=["open", "shipped"])
def test_an_order_of_one_that_was_called_gone_counts_when_it_is_met_again(full: PoolHarness, *, shipped: bool) -> None:
    """As it was read meanwhile, it named nothing."""
    full.later(hours=2)
    full.cycle()
    order = full["outlet"].sell("S00", 4)
    if shipped:
        full["outlet"].ship(order)
    back = vanish(full, "outlet", 2)
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
