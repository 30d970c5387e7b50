"""What looks like a catastrophe waits for a person: nothing is zeroed on the word of a broken source."""

import pytest

from bridge.ops import steer
from bridge.ops.health import health_of, store_state
from bridge.state import keys
from tests.harness.installation import Installation

MANY = 30
FOUR = ["S00", "S01", "S02", "S03"]


def zero(harness: Installation, *skus: str) -> None:
    for sku in skus:
        harness.warehouse.set_stock(sku, 0)


def shop(harness: Installation, count: int = MANY, units: int = 10) -> list[str]:
    """A shop in order, every listing with the same stock."""
    skus = [f"S{n:02}" for n in range(count)]
    for sku in skus:
        harness.add(sku, units)
    assert harness.cycle().code == 0
    return skus


def shows(harness: Installation, skus: list[str]) -> list[int]:
    return [harness.main.shows(sku) for sku in skus]


# -- the source cannot be believed ---------------------------------------------------------------------


def test_an_empty_list_is_not_trusted(harness: Installation) -> None:
    skus = shop(harness)
    harness.warehouse._items.clear()
    harness.warehouse._views.clear()
    done = harness.cycle(full=True)
    assert done.code == 1
    assert harness.source_breaker.kind == "untrusted"
    assert shows(harness, skus) == [10] * MANY


def test_an_empty_list_of_a_small_shop_is_not_trusted_even_when_each_product_is_denied(harness: Installation) -> None:
    skus = shop(harness, 4)
    harness.warehouse._items.clear()
    harness.warehouse._views.clear()
    done = harness.cycle(full=True)
    assert done.code == 1
    assert done.source.error
    assert shows(harness, skus) == [10] * 4


def test_a_first_pull_without_any_product_is_not_trusted(harness: Installation) -> None:
    harness.main.add("A", 7)
    done = harness.cycle()
    assert (done.code, harness.source_breaker.kind) == (1, "untrusted")
    assert harness.main.shows("A") == 7


@pytest.mark.parametrize("left", [0.5, 0.25])
def test_a_list_cut_short_is_not_trusted(harness: Installation, left: float) -> None:
    """Half of the products are missing from an answer that looks whole."""
    skus = shop(harness, 60)
    keep = int(60 * left)
    for product in list(harness.warehouse._items)[keep:]:
        del harness.warehouse._items[product]
    harness.warehouse._views.clear()
    writes = harness.main.writes
    done = harness.cycle(full=True)
    assert done.code == 1
    assert f"{60 - keep} of 60" in harness.source_breaker.why
    assert (shows(harness, skus), harness.main.writes) == ([10] * 60, writes)


def test_the_trouble_is_over_with_the_next_good_pull(harness: Installation) -> None:
    skus = shop(harness)
    items = dict(harness.warehouse._items)
    harness.warehouse._items.clear()
    harness.warehouse._views.clear()
    harness.cycle(full=True)
    harness.warehouse._items.update(items)
    harness.warehouse._views.clear()
    harness.warehouse.receive("S00", 1)
    assert harness.cycle(full=True).code == 0
    assert harness.source_breaker is None
    assert shows(harness, skus)[:2] == [11, 10]


# -- a fall that is too drastic ------------------------------------------------------------------------


def test_a_source_of_zeroes_is_held(harness: Installation) -> None:
    skus = shop(harness)
    zero(harness, *skus)
    done = harness.cycle()
    assert done.code == 1
    assert "zero" in str(done.stores["main"].held)
    assert shows(harness, skus) == [10] * MANY


def test_four_skus_all_to_zero_are_held(harness: Installation) -> None:
    skus = shop(harness, 4)
    zero(harness, *skus)
    assert harness.cycle().code == 1
    assert len(harness.state.held("main")) == 4
    assert shows(harness, skus) == [10] * 4


def test_it_stays_held_and_says_so_with_every_cycle(harness: Installation) -> None:
    skus = shop(harness, 4)
    zero(harness, *skus)
    for _ in range(3):
        done = harness.cycle()
        assert (done.code, bool(done.stores["main"].held)) == (1, True)
        assert shows(harness, skus) == [10] * 4
    assert harness.due() == set()


def test_a_first_push_that_would_wipe_the_shop_is_held(harness: Installation) -> None:
    for n in range(10):
        harness.add(f"S{n}", 0, shown=8)
    done = harness.cycle()
    assert (done.code, harness.main.writes) == (1, 0)
    assert [harness.main.shows(f"S{n}") for n in range(10)] == [8] * 10


def test_half_of_the_units_are_held_even_when_nothing_goes_to_zero(harness: Installation) -> None:
    skus = shop(harness)
    for sku in skus:
        harness.warehouse.set_stock(sku, 4)
    assert harness.cycle().code == 1
    assert shows(harness, skus) == [10] * MANY


def test_a_drip_of_small_wipes_is_held_once_it_adds_up_within_a_day(harness: Installation) -> None:
    skus = shop(harness)
    codes = []
    for number in range(0, 15, 3):
        zero(harness, *skus[number : number + 3])
        codes.append(harness.cycle().code)
        harness.later(hours=3)
    assert codes == [0, 0, 1, 1, 1]
    assert shows(harness, skus).count(0) == 6


def test_the_same_drip_over_a_week_is_an_ordinary_week(harness: Installation) -> None:
    skus = shop(harness)
    for number in range(0, 15, 3):
        zero(harness, *skus[number : number + 3])
        assert harness.cycle().code == 0
        harness.later(hours=25)
    assert shows(harness, skus).count(0) == 15


def test_a_cut_that_the_store_did_not_take_is_counted_once(harness: Installation) -> None:
    """Five of thirty sell out while the store cannot be written: each try is the same cut."""
    skus = shop(harness)
    zero(harness, *skus[:5])
    harness.main.sandbox.faults.add("refuse", on="write", times=-1)
    for _ in range(4):
        assert harness.cycle().code == 75
        harness.later(minutes=20)
    harness.main.restore()
    assert harness.cycle().code == 0
    assert shows(harness, skus).count(0) == 5


def test_orders_are_no_catastrophe(harness: Installation) -> None:
    skus = shop(harness, 4)
    for sku in skus:
        harness.main.sell(sku, 10)
    assert harness.cycle().code == 0
    zero(harness, *skus)
    assert harness.cycle().code == 0
    assert harness.state.held("main") == {}


# -- what people say -----------------------------------------------------------------------------------


@pytest.fixture
def held(harness: Installation) -> Installation:
    """Four listings of ten, held because the source says zero."""
    zero(harness, *shop(harness, 4))
    assert harness.cycle().code == 1
    return harness


def test_orders_lower_what_is_held(held: Installation) -> None:
    held.main.sell("S00", 4)
    for _ in range(2):
        held.cycle()
        assert shows(held, FOUR) == [6, 10, 10, 10]


def test_shipping_what_was_sold_does_not_raise_what_is_held(held: Installation) -> None:
    order = held.main.sell("S00", 4)
    held.cycle()
    held.main.ship(order)
    for _ in range(3):
        held.cycle()
        assert shows(held, FOUR) == [6, 10, 10, 10]


def test_release_lets_the_fall_through(held: Installation) -> None:
    held.release()
    assert held.cycle().code == 0
    assert shows(held, FOUR) == [0] * 4
    assert held.state.held("main") == {}
    assert held.cycle().code == 0


def test_release_covers_one_fall_and_not_the_next(held: Installation) -> None:
    """The source comes to its senses before the release is sent; the next wipe is judged again."""
    for sku in FOUR:
        held.warehouse.set_stock(sku, 10)
    held.release()
    assert held.cycle().code == 0
    zero(held, *FOUR)
    assert held.cycle().code == 1
    assert shows(held, FOUR) == [10] * 4


def test_reject_drops_the_fall_until_the_warehouse_speaks_again(held: Installation) -> None:
    held.release(reject=True)
    for _ in range(2):
        assert held.cycle().code == 1
        assert shows(held, FOUR) == [10] * 4
    for sku in FOUR:
        held.warehouse.set_stock(sku, 9)
    assert held.cycle().code == 0
    assert shows(held, FOUR) == [9] * 4


def test_what_was_rejected_stays_rejected_through_a_full_cycle(held: Installation) -> None:
    held.release(reject=True)
    held.later(hours=25)
    assert held.cycle(full=True).code == 1
    assert shows(held, FOUR) == [10] * 4


def test_what_was_rejected_and_is_still_on_offer_is_counted_and_named(held: Installation) -> None:
    """Four listings of ten, of which the warehouse has none; four pieces of one were sold meanwhile."""
    held.release(reject=True)
    held.main.sell("S00", 4)
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


def test_a_person_decides_on_what_was_seen_and_on_nothing_else(held: Installation) -> None:
    seen = {stock_key for stock_key in held.state.held("main") if stock_key.ref == held.main.ref("S00")}
    assert steer.release(held.context, "main", only=seen, by="ann@desk").keys() == seen
    assert held.cycle().code == 1
    assert shows(held, FOUR) == [0, 10, 10, 10]


def test_decisions_outlive_a_rebuilt_state_and_are_bounded(held: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_the_hold_ends_by_itself_when_the_source_comes_to_its_senses(held: Installation) -> None:
    for sku in FOUR:
        held.warehouse.set_stock(sku, 11)
    assert held.cycle().code == 0
    assert shows(held, FOUR) == [11] * 4
    assert held.state.held("main") == {}
