"""The shipment ledger, whatever it is told: nothing is counted twice, and nothing is owed for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.core import ledger as book
from bridge.core.ledger import Ledger

from .parcels import HOUR, START, WINDOWS, decreases, parcel, ships, unconfirmed, unexplained
from .things import relaxed

hours = st.integers(-100, 100)
places = st.one_of(st.none(), st.frozensets(st.sampled_from("12"), min_size=1))


@dataclass(frozen=True)
class Event:
    """fell: a warehouse's level fell. shipped: an order shows as many in total. left: no order names them."""

    what: str
    pieces: int
    warehouse: str
    order: str
    where: frozenset[str] | None
    ordered: int
    unnamed: int

    def on(self, ledger: Ledger, now: datetime) -> Ledger:
        if self.what == "fell":
            return decreases(ledger, self.pieces, at=now, warehouse=self.warehouse)
        order, ordered = (self.order, START + self.ordered * HOUR) if self.what == "shipped" else ("", None)
        seen = parcel(self.pieces, order, at=now, ordered_at=ordered, warehouses=self.where)
        if self.what == "left":
            return book.leave(ledger, seen, windows=WINDOWS)
        return ships(ledger, seen, now=now, unnamed=self.unnamed)


def events(*what: str) -> st.SearchStrategy[Event]:
    return st.builds(
        Event, st.sampled_from(what), st.integers(1, 9), st.sampled_from("12"), st.sampled_from("ab"), places, hours,
        st.just(0),
    )  # fmt: skip


histories = st.lists(events("fell", "shipped", "left"), max_size=8)


def told(history: Sequence[Event], ledger: Ledger | None = None) -> Ledger:
    ledger = ledger or Ledger()
    for i, event in enumerate(history):
        ledger = event.on(ledger, START + i * 5 * HOUR)
    return ledger


def shipped_in_all(history: Sequence[Event]) -> int:
    last = {e.order: e.pieces for e in history if e.what == "shipped"}
    return sum(last.values()) + sum(e.pieces for e in history if e.what == "left")


@relaxed
@given(histories)
def test_nothing_is_counted_twice_and_nothing_is_owed_backwards(history: Sequence[Event]) -> None:
    ledger = told(history)
    assert all(0 <= d.unconfirmed <= d.pieces for d in ledger.shipments)
    assert all(f.pieces > 0 for f in ledger.decreases)
    assert all(c.units > 0 for c in ledger.claims)


@relaxed
@given(histories)
def test_what_is_unconfirmed_less_what_is_unexplained_is_what_left_less_what_fell(history: Sequence[Event]) -> None:
    ledger = told(history)
    fell = sum(e.pieces for e in history if e.what == "fell")
    assert unconfirmed(ledger) - unexplained(ledger) == shipped_in_all(history) - fell


@relaxed
@given(histories)
def test_every_piece_that_fell_is_early_or_counted_in_its_own_warehouse(history: Sequence[Event]) -> None:
    ledger = told(history)
    for warehouse in "12":
        fell = sum(e.pieces for e in history if e.what == "fell" and e.warehouse == warehouse)
        assert ledger.unmatched.get(warehouse, 0) + ledger.confirmed.get(warehouse, 0) == fell
    assert sum(ledger.confirmed.values()) == sum(d.pieces - d.unconfirmed for d in ledger.shipments)


@relaxed
@given(history=histories, seen=events("shipped"))
def test_reading_an_order_again_changes_nothing(history: Sequence[Event], seen: Event) -> None:
    now = START + 50 * HOUR
    once = seen.on(told(history), now)
    assert seen.on(once, now) == once
    assert seen.on(once, now + HOUR) == once


@relaxed
@given(history=histories, seen=events("shipped"), fell=events("fell"))
def test_either_side_may_speak_first(history: Sequence[Event], seen: Event, fell: Event) -> None:
    ledger, now = told(history), START + 50 * HOUR
    one, other = seen.on(fell.on(ledger, now), now), fell.on(seen.on(ledger, now), now)
    assert unconfirmed(one) - unexplained(one) == unconfirmed(other) - unexplained(other)


@relaxed
@given(history=histories, pieces=st.integers(1, 9), confirmed=st.integers(0, 9))
def test_an_order_that_names_what_had_left_takes_nothing_more(
    history: Sequence[Event], pieces: int, confirmed: int
) -> None:
    now = START + 50 * HOUR
    ledger = book.leave(told(history), parcel(pieces, "", at=now, ordered_at=None), windows=WINDOWS)
    ledger = decreases(ledger, confirmed, at=now) if confirmed else ledger
    named = ships(ledger, parcel(pieces, "late", at=now), now=now, unnamed=pieces)
    assert unconfirmed(named) - unexplained(named) == unconfirmed(ledger) - unexplained(ledger)
    assert unconfirmed(named) <= unconfirmed(ledger)


@relaxed
@given(history=histories, later=st.integers(0, 300))
def test_waiting_never_takes_more_off_the_shelf(history: Sequence[Event], later: int) -> None:
    ledger = told(history)
    pruned = book.prune(ledger, now=START + (40 + later) * HOUR, windows=WINDOWS)
    assert unconfirmed(pruned.ledger) <= unconfirmed(ledger)
    assert unconfirmed(ledger) - unconfirmed(pruned.ledger) <= sum(d.unconfirmed for d in ledger.shipments)
    if later >= 96:
        assert unconfirmed(pruned.ledger) == 0


@relaxed
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_once_both_sides_have_spoken_in_any_order_nothing_is_left(parcels: list[int], dice: Any) -> None:
    """Orders that were open all along, from one warehouse: every fall finds its shipment."""
    acts = [(side, i, n) for i, n in enumerate(parcels) for side in ("shop", "warehouse")]
    dice.shuffle(acts)
    ledger = Ledger()
    for k, (side, i, n) in enumerate(acts):
        now = START + k * HOUR
        ledger = ships(ledger, parcel(n, str(i), at=now), now=now) if side == "shop" else decreases(ledger, n, at=now)
    assert (unconfirmed(ledger), unexplained(ledger)) == (0, 0)
