"""Facts → green, late or failing, with a sentence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.core.breaker import CircuitBreaker
from bridge.core.health import (
    FROZEN,
    HealthLimits,
    Light,
    SourceState,
    StoreState,
    health,
    spoken,
)
from connectors.values import replace

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LIMITS = HealthLimits(late=timedelta(minutes=2), failing=timedelta(minutes=15))
REFUSED = CircuitBreaker("operator", "The key is refused; issue a new one.", NOW)
BUSY = CircuitBreaker("failing", "The shop is busy.", NOW)


def before(**span: float) -> datetime:
    return NOW - timedelta(**span)


def source(seconds: float | None = 5, breaker: CircuitBreaker | None = None) -> SourceState:
    return SourceState(None if seconds is None else before(seconds=seconds), breaker)


def store(name: str = "main", seconds: float | None = 7, **facts: Any) -> StoreState:
    return StoreState(name, None if seconds is None else before(seconds=seconds), **facts)


@pytest.mark.parametrize(
    ("warehouse", "stores", "light", "person", "words"),
    [
        pytest.param(source(), [store()], Light.GREEN, False, "read 5 seconds ago", id="all is well"),
        pytest.param(source(), [], Light.GREEN, False, "read 5 seconds ago", id="no store"),
        pytest.param(
            replace(source(), disbelieved=["A (product 1): quantity is -3", *"BCD"]), [store()], Light.LATE, True,
            "A (product 1): quantity is -3, B, C and 1 more; it is not increased", id="rows that cannot be right",
        ),
        pytest.param(replace(source(), duplicate_skus=["A (products 1 and 2)"]), [store()], Light.LATE, True,
                     "A (products 1 and 2)", id="two live products with one SKU"),
        pytest.param(replace(source(), unknown_warehouses=["main: no warehouse has it."]), [store()], Light.LATE, True,
                     "main: no warehouse has it.", id="a warehouse that is none"),
        pytest.param(replace(source(None), unfinished="It is at 3 rows."), [store()], Light.LATE, False,
                     "It is at 3 rows.", id="a first pull that is not done"),
        pytest.param(source(), [store(paused=True)], Light.GREEN, False, "main is paused", id="paused on purpose"),
        pytest.param(source(None), [store()], Light.LATE, False, "never read: run", id="nothing was pulled yet"),
        pytest.param(source(), [store(seconds=None)], Light.LATE, False, "main was never read", id="a new store"),
        pytest.param(source(121), [store()], Light.LATE, False, "2 minutes ago", id="the source is late"),
        pytest.param(source(901), [store()], Light.FAILING, False, "15 minutes ago; do a worker", id="nobody pulls"),
        pytest.param(source(), [store(seconds=3600)], Light.FAILING, False, "main was last", id="nobody reads"),
        pytest.param(source(5, BUSY), [store()], Light.LATE, False, "The shop is busy.", id="trouble that may pass"),
        pytest.param(source(5, REFUSED), [store()], Light.FAILING, True, "refused", id="the token is refused"),
        pytest.param(
            source(5, CircuitBreaker("untrusted", "40 of 50 are absent.", NOW)),
            [store()], Light.FAILING, True, "absent", id="a pull that is not believed",
        ),
        pytest.param(
            source(), [store(unreadable=["listing 12 cannot be read: see the log"])], Light.LATE, True,
            "main: listing 12 cannot be read", id="a product that the store cannot show",
        ),
        pytest.param(source(), [store(breaker=BUSY)], Light.LATE, False, "main: The shop", id="a busy store"),
        pytest.param(source(), [store(breaker=REFUSED)], Light.FAILING, True, "main: The key", id="a refused key"),
        pytest.param(source(), [store(waiting=1)], Light.LATE, True, "main: 1 lowering is held", id="one held"),
        pytest.param(source(), [store(waiting=3)], Light.LATE, True, "main: 3 lowerings are held", id="some held"),
        pytest.param(
            source(), [store(waiting=3, paused=True)], Light.GREEN, False, "paused", id="held in a paused store"
        ),
        pytest.param(source(), [store(due=1)], Light.LATE, False, "main: 1 listing is due", id="one is due"),
        pytest.param(source(), [store(in_flight=2)], Light.LATE, False, "2 listings are sent and", id="in flight"),
        pytest.param(
            source(), [store(not_applied=1)], Light.LATE, False, "1 number is claimed but not applied", id="a claim",
        ),
        pytest.param(
            source(), [store(unmet=True)], Light.LATE, False,
            "main: a listing was deleted or made anew while it was written",
            id="what was made anew and was not met",
        ),
        pytest.param(
            source(), [store(not_applied=2, never_applied=1)], Light.LATE, True, "2 numbers are claimed but not",
            id="claimed again and again",
        ),
        pytest.param(source(), [store(quarantined=2)], Light.LATE, True, "2 numbers are refused", id="quarantine"),
        pytest.param(
            source(), [store(rejected=4, rejected_units=65)], Light.LATE, True, "65 units are on offer that the ware",
            id="rejected, and still on offer",
        ),
        pytest.param(
            source(), [store(orphaned=1, orphaned_units=12)], Light.LATE, True, "1 listing is mapped no longer, on",
            id="a listing that lost its map",
        ),
        pytest.param(
            source(), [store(doubted_list="25 of 30 listings are gone")], Light.LATE, True, "main: 25 of 30 listings",
            id="a list that is not believed",
        ),
        pytest.param(
            source(), [store(doubted_orders="25 of 30 open orders are unknown")], Light.LATE, True,
            "main: 25 of 30 open orders", id="orders that are not believed to be gone",
        ),
        pytest.param(source(), [store(rejected=4, paused=True)], Light.GREEN, False, "paused", id="rejected, paused"),
        pytest.param(
            source(), [store(due=1, in_flight=1, quarantined=1, paused=True)], Light.GREEN, False, "paused",
            id="a paused store waits on purpose",
        ),
    ],
)  # fmt: skip
def test_light(warehouse: SourceState, stores: list[StoreState], light: Light, person: bool, words: str) -> None:
    found = health(warehouse, stores, now=NOW, limits=LIMITS)
    assert (found.light, found.person) == (light, person)
    assert words in found.sentence


def test_the_worst_speaks_and_says_how_many_more_there_are() -> None:
    found = health(source(300), [store(breaker=REFUSED), store("outlet", waiting=2)], now=NOW, limits=LIMITS)
    assert found.light is Light.FAILING
    assert found.sentence == "main: The key is refused; issue a new one. (2 more)"


def test_nothing_is_green_while_the_state_takes_no_writes() -> None:
    found = health(source(), [store(due=2)], now=NOW, limits=LIMITS, refusal="Redis is a replica.")
    assert (found.light, found.code, found.sentence) == (Light.LATE, 75, "Redis is a replica. (1 more)")


def test_an_age_is_not_told_beside_the_reason_for_it() -> None:
    found = health(source(9999, REFUSED), [store(seconds=9999, breaker=REFUSED)], now=NOW, limits=LIMITS)
    assert "(1 more)" in found.sentence


def test_a_person_is_needed_even_when_something_else_is_worse() -> None:
    found = health(source(9999), [store(waiting=2)], now=NOW, limits=LIMITS)
    assert (found.light, found.person) == (Light.FAILING, True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "1 second"), (0.4, "1 second"), (1, "1 second"), (90, "90 seconds"), (120, "2 minutes"),
        (7199, "119 minutes"), (7200, "2 hours"), (172_800, "2 days"),
    ],
)  # fmt: skip
def test_spoken(seconds: float, words: str) -> None:
    assert spoken(timedelta(seconds=seconds)) == words


def test_a_store_that_freezes_the_others_is_told() -> None:
    refused = CircuitBreaker("operator", "the key was refused", NOW)
    found = health(source(), [store("outlet", 3600, breaker=refused, freezes=True), store()], now=NOW, limits=LIMITS)
    assert (found.light, found.person) == (Light.FAILING, True)
    alone = health(source(), [store("outlet", freezes=True)], now=NOW, limits=LIMITS)
    assert (alone.light, alone.sentence) == (Light.LATE, f"outlet: {FROZEN}.")


def test_lines_that_may_be_of_something_of_ours_need_a_person() -> None:
    lines = [f"order {n}: 1 of a, which may be A" for n in range(1, 5)]
    found = health(source(), [store(near_lines=lines)], now=NOW, limits=LIMITS)
    assert (found.light, found.person) == (Light.LATE, True)
    assert "main: order 1: 1 of a, which may be A, order 2" in found.sentence
    assert "and 1 more: correct" in found.sentence
    assert "[stores.main.map]" in found.sentence
