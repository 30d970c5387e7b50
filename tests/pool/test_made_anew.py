"""A listing that a shop made anew is sold before the bridge has met it: until then nothing that it may share is raised
on the word of that shop."""

from typing import Any

import pytest

from bridge.sync.pull.flow import pull


@pytest.fixture
def anew(harness: Any) -> Any:
    """Ten of A; the outlet makes its listing anew, and the warehouse receives five."""
    harness.add("A", 10)
    harness.cycle()
    harness.later(minutes=2)
    harness.cycle()
    harness["outlet"].recreate("A")
    harness.warehouse.receive("A", 5)
    return harness


def looks(harness: Any) -> None:
    """Twice, as workers do."""
    for _ in range(2):
        pull(harness.context)
        for store in ("outlet", "main"):
            harness.session(store)


def test_an_order_for_a_listing_nobody_has_met_lets_it_be_looked_for(anew: Any) -> None:
    anew["outlet"].sell("A", 4)
    pull(anew.context)
    anew.session("outlet")
    anew.session("main")
    looks(anew)
    assert anew.shows("A") == {"main": 11, "outlet": 11}
    assert anew.highest("A") == 11


def test_the_write_that_misses_a_listing_meets_the_new_one(anew: Any) -> None:
    """In the same cycle: it would be sold with its own number meanwhile."""
    assert anew.cycle().stores["outlet"].missing == 1
    assert anew.shows("A") == {"main": 15, "outlet": 15}
    assert anew.cycle().code == 0


def test_a_listing_that_is_gone_and_not_looked_for_yet_colours_the_light(anew: Any) -> None:
    breaks_after_the_write(anew["outlet"].sandbox)
    done = anew.cycle()
    assert (done.stores["outlet"].missing, done.code) == (1, 75)
    anew["outlet"].sandbox.faults.mend()
    assert anew.cycle().code == 0
    assert anew.shows("A") == {"main": 15, "outlet": 15}


def breaks_after_the_write(sandbox: Any) -> None:
    sandbox.after_apply(lambda _: sandbox.faults.add("refuse", on="read", times=-1), on="write")


def test_a_store_that_has_forgotten_a_listing_proves_nothing_until_it_was_mapped_again(anew: Any) -> None:
    """It is sold after the session that found the old one gone, and before the one that finds the new one."""
    pull(anew.context)
    breaks_after_the_write(anew["outlet"].sandbox)
    anew.session("outlet")
    anew["outlet"].sandbox.faults.mend()
    anew["outlet"].sell("A", 4)
    anew.session("main")
    assert anew["main"].shows("A") == 10
    looks(anew)
    assert anew.shows("A") == {"main": 11, "outlet": 11}


def test_the_whole_look_hears_of_orders_for_what_is_gone(harness: Any) -> None:
    """An order is cancelled after its listing was made anew; the next time anybody looks, a whole look is due."""
    harness.add("A", 10)
    order = harness["outlet"].sell("A", 3)
    harness.cycle()
    harness["outlet"].recreate("A")
    harness["outlet"].cancel(order)
    harness.later(hours=26)
    for _ in range(3):
        harness.cycle()
    assert harness.shows("A") == {"main": 10, "outlet": 10}
    assert list(harness.state.every_owed("outlet")) == []


def test_no_duplicate_is_raised_by_the_session_that_finds_a_listing_gone(harness_with: Any) -> None:
    """The shop makes A anew and sells four of it while the bridge writes; then an edit lets the bridge look again."""
    harness = harness_with('[stores.main.map]\n"A-RED" = "A"\n', only="main")
    harness.add("A", 10)
    harness["main"].add("A-RED", 10)
    harness.cycle()
    harness.later(minutes=2)
    harness.warehouse.receive("A", 5)
    harness["main"].sandbox.before_request(lambda _: made_anew_and_sold(harness["main"]), on="write")
    harness.cycle()
    assert harness["main"].shows("A-RED") <= 11
    for _ in range(2):
        harness.later(minutes=2)
        harness.cycle()
    assert [harness["main"].shows(sku) for sku in ("A", "A-RED")] == [11, 11]


def test_the_second_whole_look_meets_a_listing_that_an_order_names(harness: Any) -> None:
    """It comes a write-timeout after the first, and reads no map."""
    harness.add("A", 10)
    harness.cycle()
    harness["outlet"].recreate("A")
    harness["outlet"].sell("A", 4)
    harness.later(minutes=2)
    harness.cycle()
    assert harness.shows("A") == {"main": 6, "outlet": 6}


def made_anew_and_sold(shop: Any) -> None:
    shop.recreate("A")
    shop.sell("A", 4)
    shop.edit("A-RED", 9)


def test_what_left_a_listing_before_it_was_met_is_a_shipment_all_the_same(harness: Any) -> None:
    """Its order was read while nobody knew what it was of; the second look goes as far back as the first."""
    harness.warehouse.add("N", 10)
    harness["main"].add("N", 10)
    harness.cycle()
    harness.later(minutes=2)
    harness.cycle()
    harness["outlet"].add("N", 10)
    harness["outlet"].ship(harness["outlet"].sell("N", 4))
    harness.later(minutes=10)
    for _ in range(2):
        harness.cycle()
    assert harness.shows("N") == {"main": 6, "outlet": 6}


def test_the_second_reading_after_a_start_does_not_put_the_list_off(harness: Any) -> None:
    harness.add("A", 10)
    harness.cycle()
    harness["main"].recreate("A")
    harness["main"].edit("A", 3)
    harness.later(minutes=16)
    harness.cycle()
    assert harness.shows("A") == {"main": 10, "outlet": 10}
