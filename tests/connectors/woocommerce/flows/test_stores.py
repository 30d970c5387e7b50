"""What is committed is the sum of open orders, and orders that nobody closes grow old."""

import pytest

from connectors.woocommerce.sandbox.local import LocalStore
from tests.harness.installation import Installation
from tests.pool.harness import has_ended, keep, stocked


@pytest.fixture
def pool(harness: Installation) -> Installation:
    """Twenty of A and of B on both sides, in order."""
    return stocked(harness, {"A": 20, "B": 20})


def test_a_store_added_with_four_hundred_stale_orders(pool: Installation) -> None:
    """Open for a hundred days and forgotten: they keep nothing back, those of last week do."""
    late = pool.join("late", LocalStore)
    late.add("A", 500)
    for _ in range(400):
        late.shop.place_order({"A": 1})
    pool.later(days=100)
    pool.cycle()
    late.shop.place_order({"A": 3})
    pool.configure()
    pool.cycle()
    pool.release("late")
    pool.cycle()
    assert pool.shows("A") == {"main": 17, "outlet": 17, "late": 17}
    held = pool.state.ordered("late", [late.ref("A")])[late.ref("A")]
    assert sum(held.values()) == 3
    has_ended(pool, "A", 17)


def test_open_orders_grow_too_old_to_keep_units_back(pool: Installation) -> None:
    pool.configure(outlet='reserve_max_age = "10d"')
    pool["outlet"].sell("A", 4)
    keep(pool, "A", 16)
    pool.later(days=9)
    assert keep(pool, "A", 16) == {"main": 16, "outlet": 16}
    pool.later(days=1, hours=2)
    pool.cycle()
    has_ended(pool, "A", 20)


def test_a_hundred_stale_orders_that_are_completed_at_last_move_nothing(pool: Installation) -> None:
    """Somebody tidies up: what left years ago must not be taken for a shipment of today."""
    shop = pool["outlet"].shop
    old = [shop.place_order({"B": 1}) for _ in range(10)]
    pool.later(days=100)
    pool.cycle()
    pool.cycle()
    assert pool.shows("B") == {"main": 20, "outlet": 20}
    for order in old:
        shop.ship(order)
    pool.cycle()
    assert pool.shows("B")["main"] in (10, 20)  # shipped today, says the order: on the safe side at first
    pool.later(days=5)
    has_ended(pool, "B", 20)
