"""What looks like a catastrophe waits for a person: nothing is zeroed on the word of a broken source."""

from typing import Any

import pytest

from bridge.state import keys
from bridge.sync import steer
from bridge.sync.health import health_of, store_state

MANY = 30


def zero(stage: Any, *skus: str) -> None:
    for sku in skus:
        stage.warehouse.set_stock(sku, 0)


def shop(stage: Any, count: int = MANY, units: int = 10) -> list[str]:
    """A shop in order, every listing with the same stock."""
    skus = [f"S{n:02}" for n in range(count)]
    for sku in skus:
        stage.add(sku, units)
    assert stage.cycle().code == 0
    return skus


def shows(stage: Any, skus: list[str]) -> list[int]:
    return [stage.available(sku) for sku in skus]


def trouble(stage: Any) -> Any:
    return stage.state.source_record().trouble


# -- the source cannot be believed ---------------------------------------------------------------------


def test_an_empty_list_is_not_trusted(stage: Any) -> None:
    skus = shop(stage)
    stage.warehouse._items.clear()
    stage.warehouse._views.clear()
    done = stage.cycle(full=True)
    assert done.code == 1
    assert trouble(stage).kind == "untrusted"
    assert shows(stage, skus) == [10] * MANY


def test_an_empty_list_of_a_small_shop_is_not_trusted_even_when_each_product_is_denied(stage: Any) -> None:
    skus = shop(stage, 4)
    stage.warehouse._items.clear()
    stage.warehouse._views.clear()
    done = stage.cycle(full=True)
    assert done.code == 1
    assert done.source.error
    assert shows(stage, skus) == [10] * 4


def test_a_first_pull_without_any_product_is_not_trusted(stage: Any) -> None:
    stage.shop.add_variant("A", on_hand=7)
    done = stage.cycle()
    assert (done.code, trouble(stage).kind) == (1, "untrusted")
    assert stage.available("A") == 7


@pytest.mark.parametrize("left", [0.5, 0.25])
def test_a_list_cut_short_is_not_trusted(stage: Any, left: float) -> None:
    """Half of the products are missing from an answer that looks whole."""
    skus = shop(stage, 60)
    keep = int(60 * left)
    for product in list(stage.warehouse._items)[keep:]:
        del stage.warehouse._items[product]
    stage.warehouse._views.clear()
    writes = stage.writes()
    done = stage.cycle(full=True)
    assert done.code == 1
    assert f"{60 - keep} of 60" in trouble(stage).why
    assert (shows(stage, skus), stage.writes()) == ([10] * 60, writes)


def test_the_trouble_is_over_with_the_next_good_pull(stage: Any) -> None:
    skus = shop(stage)
    items = dict(stage.warehouse._items)
    stage.warehouse._items.clear()
    stage.warehouse._views.clear()
    stage.cycle(full=True)
    stage.warehouse._items.update(items)
    stage.warehouse._views.clear()
    stage.warehouse.receive("S00", 1)
    assert stage.cycle(full=True).code == 0
    assert trouble(stage) is None
    assert shows(stage, skus)[:2] == [11, 10]


# -- a fall that is too drastic ------------------------------------------------------------------------


def test_a_source_of_zeroes_is_held(stage: Any) -> None:
    skus = shop(stage)
    zero(stage, *skus)
    done = stage.cycle()
    assert done.code == 1
    assert "zero" in done.stores["main"].held
    assert shows(stage, skus) == [10] * MANY


def test_four_skus_all_to_zero_are_held(stage: Any) -> None:
    skus = shop(stage, 4)
    zero(stage, *skus)
    assert stage.cycle().code == 1
    assert len(stage.state.held("main")) == 4
    assert shows(stage, skus) == [10] * 4


def test_it_stays_held_and_says_so_with_every_cycle(stage: Any) -> None:
    skus = shop(stage, 4)
    zero(stage, *skus)
    for _ in range(3):
        done = stage.cycle()
        assert (done.code, bool(done.stores["main"].held)) == (1, True)
        assert shows(stage, skus) == [10] * 4
    assert stage.due() == set()


def test_a_first_push_that_would_wipe_the_shop_is_held(stage: Any) -> None:
    for n in range(10):
        stage.add(f"S{n}", 0, shown=8)
    done = stage.cycle()
    assert (done.code, stage.writes()) == (1, 0)
    assert [stage.available(f"S{n}") for n in range(10)] == [8] * 10


def test_half_of_the_units_are_held_even_when_nothing_goes_to_zero(stage: Any) -> None:
    skus = shop(stage)
    for sku in skus:
        stage.warehouse.set_stock(sku, 4)
    assert stage.cycle().code == 1
    assert shows(stage, skus) == [10] * MANY


def test_a_drip_of_small_wipes_is_held_once_it_adds_up_within_a_day(stage: Any) -> None:
    skus = shop(stage)
    codes = []
    for number in range(0, 15, 3):
        zero(stage, *skus[number : number + 3])
        codes.append(stage.cycle().code)
        stage.later(hours=3)
    assert codes == [0, 0, 1, 1, 1]
    assert shows(stage, skus).count(0) == 6


def test_the_same_drip_over_a_week_is_an_ordinary_week(stage: Any) -> None:
    skus = shop(stage)
    for number in range(0, 15, 3):
        zero(stage, *skus[number : number + 3])
        assert stage.cycle().code == 0
        stage.later(hours=25)
    assert shows(stage, skus).count(0) == 15


def test_a_cut_that_the_store_did_not_take_is_counted_once(stage: Any) -> None:
    """Five of thirty sell out while the store cannot be written: each try is the same cut."""
    skus = shop(stage)
    zero(stage, *skus[:5])
    stage.sandbox.faults.add("refuse", on="SetQuantities", times=-1)
    for _ in range(4):
        assert stage.cycle().code == 75
        stage.later(minutes=20)
    stage.sandbox.faults.mend()
    assert stage.cycle().code == 0
    assert shows(stage, skus).count(0) == 5


def test_orders_are_no_catastrophe(stage: Any) -> None:
    skus = shop(stage, 4)
    for sku in skus:
        stage.sell(sku, 10)
    assert stage.cycle().code == 0
    zero(stage, *skus)
    assert stage.cycle().code == 0
    assert stage.state.held("main") == {}


# -- what people say -----------------------------------------------------------------------------------


@pytest.fixture
def held(stage: Any) -> Any:
    """Four listings of ten, held because the source says zero."""
    stage.skus = shop(stage, 4)
    zero(stage, *stage.skus)
    assert stage.cycle().code == 1
    return stage


def test_orders_lower_what_is_held(held: Any) -> None:
    held.sell("S00", 4)
    for _ in range(2):
        held.cycle()
        assert shows(held, held.skus) == [6, 10, 10, 10]


def test_shipping_what_was_sold_does_not_raise_what_is_held(held: Any) -> None:
    order = held.sell("S00", 4)
    held.cycle()
    held.shop.fulfil(order)
    for _ in range(3):
        held.cycle()
        assert shows(held, held.skus) == [6, 10, 10, 10]


def test_release_lets_the_fall_through(held: Any) -> None:
    held.release()
    assert held.cycle().code == 0
    assert shows(held, held.skus) == [0] * 4
    assert held.state.held("main") == {}
    assert held.cycle().code == 0


def test_release_covers_one_fall_and_not_the_next(held: Any) -> None:
    """The source comes to its senses before the release is sent; the next wipe is judged again."""
    for sku in held.skus:
        held.warehouse.set_stock(sku, 10)
    held.release()
    assert held.cycle().code == 0
    zero(held, *held.skus)
    assert held.cycle().code == 1
    assert shows(held, held.skus) == [10] * 4


def test_reject_drops_the_fall_until_the_warehouse_speaks_again(held: Any) -> None:
    held.release(reject=True)
    for _ in range(2):
        assert held.cycle().code == 1
        assert shows(held, held.skus) == [10] * 4
    for sku in held.skus:
        held.warehouse.set_stock(sku, 9)
    assert held.cycle().code == 0
    assert shows(held, held.skus) == [9] * 4


def test_what_was_rejected_stays_rejected_through_a_full_cycle(held: Any) -> None:
    held.release(reject=True)
    held.later(hours=25)
    assert held.cycle(full=True).code == 1
    assert shows(held, held.skus) == [10] * 4


def test_what_was_rejected_and_is_still_on_offer_is_counted_and_named(held: Any) -> None:
    """Four listings of ten, of which the warehouse has none; four pieces of one were sold meanwhile."""
    held.release(reject=True)
    held.sell("S00", 4)
    held.cycle()
    state = store_state(held.context, "main")
    assert (state.waiting, state.rejected, state.rejected_units) == (0, 4, 36)
    light = health_of(held.context, ["main"])
    assert (light.code, light.sentence) == (
        1,
        "main: 36 units are on offer that the warehouse does not have: the lowering of 4 was rejected;"
        " `stockbridge release main` lets it through.",
    )
    held.release()
    assert held.cycle().code == 0
    assert store_state(held.context, "main").rejected == 0


def test_a_person_decides_on_what_was_seen_and_on_nothing_else(held: Any) -> None:
    seen = {stock_key for stock_key in held.state.held("main") if stock_key.ref == held.ref("S00")}
    assert steer.release(held.context, "main", only=seen, by="ann@desk").keys() == seen
    assert held.cycle().code == 1
    assert shows(held, held.skus) == [0, 10, 10, 10]


def test_decisions_outlive_a_rebuilt_state_and_are_bounded(held: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEPT_DECISIONS", 3)
    steer.release(held.context, "main", reject=True, by="ann@desk")
    for _ in range(2):
        held.later(seconds=1)
        steer.pause(held.context, "main", "bob@desk")
    held.later(seconds=1)
    held.state.db.delete(keys.LEVELS)
    steer.resume(held.context, "main", "ann@desk")
    said = [(x["what"], x["by"]) for x in held.state.decisions().values()]
    assert said == [("pause", "bob@desk"), ("pause", "bob@desk"), ("resume", "ann@desk")]


def test_the_hold_ends_by_itself_when_the_source_comes_to_its_senses(held: Any) -> None:
    for sku in held.skus:
        held.warehouse.set_stock(sku, 11)
    assert held.cycle().code == 0
    assert shows(held, held.skus) == [11] * 4
    assert held.state.held("main") == {}
