"""Something happens to a listing while an order of it is open: its units stay committed until the order says
otherwise."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.testing.played import two_played
from tests.harness.installation import Installation
from tests.harness.sweeps import share

STORES, SIZES = ("main", "outlet"), {"A": 20, "B": 9}
Happens = Callable[[Any], None]


PLAYED = dict(zip(STORES, two_played(), strict=True))


def set_status(wanted: str) -> Happens:
    """The product is set to a status of the shop's own."""
    return lambda store: store.set_status("A", wanted)


CASES: dict[tuple[str, str], Happens] = {
    **{(store, "renamed"): lambda s: s.rename("A", "A-NEW") for store in STORES},
    **{(store, "no SKU any more"): lambda s: s.rename("A", "") for store in STORES},
    **{(store, "variation deleted"): lambda s: s.delete("A") for store in STORES},
    **{(store, status): set_status(status) for store, kind in PLAYED.items() for status in kind.away},
}
EVERY = pytest.mark.parametrize(
    ("store", "what"), share((pytest.param(*x) for x in CASES), 5), ids=[" ".join(case) for case in CASES]
)


@pytest.fixture
def harness(harness_with: Callable[..., Installation]) -> Installation:
    return harness_with(kinds=two_played())


def sold(harness: Any, store: str) -> Any:
    """Twenty of A, a variation beside B, of which five are sold in one of the shops → the order."""
    for sku, units in SIZES.items():
        harness.warehouse.add(sku, units)
    for name in STORES:
        harness[name].add_sizes("TEE", SIZES)
    harness.cycle()
    order = harness[store].sell("A", 5)
    harness.cycle()
    assert harness.shows("A") == {"main": 15, "outlet": 15}
    return order


def looks(harness: Any, store: str, units: int) -> None:
    """The other shop shows that many, soon, after the list was read for changes, and after everything was read."""
    other = next(name for name in STORES if name != store)
    for minutes in (1, 16, 90, 26 * 60):
        harness.later(minutes=minutes)
        for _ in range(2):
            harness.cycle()
            assert harness[other].shows("A") == units, minutes


@EVERY
def test_the_units_stay_committed_until_they_are_shipped_and_counted(harness: Any, store: str, what: str) -> None:
    order = sold(harness, store)
    harness.clock.advance(20)
    CASES[store, what](harness[store])
    looks(harness, store, 15)
    harness[store].ship(order)
    looks(harness, store, 15)
    harness.warehouse.forward("A", 5)
    looks(harness, store, 15)


@pytest.mark.full
@EVERY
def test_a_cancelled_order_frees_them(harness: Any, store: str, what: str) -> None:
    order = sold(harness, store)
    harness.clock.advance(20)
    CASES[store, what](harness[store])
    looks(harness, store, 15)
    harness[store].cancel(order)
    harness.later(hours=2)
    harness.cycle()
    looks(harness, store, 20)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("hours", [2, 25], ids=["between two lists", "with a list"])
def test_a_listing_that_is_gone_is_not_missed_once_its_last_order_has_ended(
    harness: Any, store: str, hours: float
) -> None:
    """It was in the map for that order only, and nothing waits for it."""
    order = sold(harness, store)
    harness[store].delete("A")
    for _ in range(2):
        harness.later(hours=25)
        harness.cycle()
    harness[store].cancel(order)
    harness.later(hours=hours)
    harness.cycle()
    assert harness.cycle().code == 0
