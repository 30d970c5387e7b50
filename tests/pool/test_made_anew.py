"""A listing that a shop made anew is sold before the bridge has met it: until then nothing that it may share is raised
on the word of that shop."""

from typing import Any

import pytest

from bridge.sync import pull


@pytest.fixture
def anew(stage: Any) -> Any:
    """Ten of A; the outlet makes its listing anew, and the warehouse receives five."""
    stage.add("A", 10)
    stage.cycle()
    stage.later(minutes=2)
    stage.cycle()
    stage["outlet"].recreate("A")
    stage.warehouse.receive("A", 5)
    return stage


def looks(stage: Any) -> None:
    """Twice, as workers do."""
    for _ in range(2):
        pull(stage.context)
        for store in ("outlet", "main"):
            stage.session(store)


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


def test_the_whole_look_hears_of_orders_for_what_is_gone(stage: Any) -> None:
    """An order is cancelled after its listing was made anew; the next time anybody looks, a whole look is due."""
    stage.add("A", 10)
    order = stage["outlet"].sell("A", 3)
    stage.cycle()
    stage["outlet"].recreate("A")
    stage["outlet"].cancel(order)
    stage.later(hours=26)
    for _ in range(3):
        stage.cycle()
    assert stage.shows("A") == {"main": 10, "outlet": 10}
    assert list(stage.state.every_owed("outlet")) == []


def test_no_twin_is_raised_by_the_session_that_finds_a_listing_gone(stage_with: Any) -> None:
    """The shop makes A anew and sells four of it while the bridge writes; then an edit lets the bridge look again."""
    stage = stage_with('[stores.main.map]\n"A-RED" = "A"\n', only="main")
    stage.add("A", 10)
    stage["main"].add("A-RED", 10)
    stage.cycle()
    stage.later(minutes=2)
    stage.warehouse.receive("A", 5)
    stage["main"].sandbox.before_request(lambda _: made_anew_and_sold(stage["main"]), on="SetQuantities")
    stage.cycle()
    assert stage["main"].shows("A-RED") <= 11
    for _ in range(2):
        stage.later(minutes=2)
        stage.cycle()
    assert [stage["main"].shows(sku) for sku in ("A", "A-RED")] == [11, 11]


def test_the_second_whole_look_meets_a_listing_that_an_order_names(stage: Any) -> None:
    """It comes a write-timeout after the first, and reads no map."""
    stage.add("A", 10)
    stage.cycle()
    stage["outlet"].recreate("A")
    stage["outlet"].sell("A", 4)
    stage.later(minutes=2)
    stage.cycle()
    assert stage.shows("A") == {"main": 6, "outlet": 6}


def made_anew_and_sold(shop: Any) -> None:
    shop.recreate("A")
    shop.sell("A", 4)
    shop.edit("A-RED", 9)


def test_what_left_a_listing_before_it_was_met_is_a_shipment_all_the_same(stage: Any) -> None:
    """Its order was read while nobody knew what it was of; the second look goes as far back as the first."""
    stage.warehouse.add("N", 10)
    stage["main"].add("N", 10)
    stage.cycle()
    stage.later(minutes=2)
    stage.cycle()
    stage["outlet"].add("N", 10)
    stage["outlet"].ship(stage["outlet"].sell("N", 4))
    stage.later(minutes=10)
    for _ in range(2):
        stage.cycle()
    assert stage.shows("N") == {"main": 6, "outlet": 6}


def test_the_second_reading_after_a_start_does_not_put_the_list_off(stage: Any) -> None:
    stage.add("A", 10)
    stage.cycle()
    stage["main"].recreate("A")
    stage["main"].edit("A", 3)
    stage.later(minutes=16)
    stage.cycle()
    assert stage.shows("A") == {"main": 10, "outlet": 10}
