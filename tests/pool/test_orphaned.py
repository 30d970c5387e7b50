"""A listing that lost its map goes on selling its last number: named with its units until a person decides."""

from typing import Any

import pytest

from bridge.ops import steer
from bridge.ops.health import health_of, store_state
from bridge.ops.unbacked import orphans
from tests.harness.installation import Installation
from tests.harness.sweeps import turns


@pytest.fixture(params=turns(["main", "outlet"]))
def store(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def lost(harness: Installation, store: str) -> Installation:
    """The shop's listing of A, with ten on sale, is given a SKU that the warehouse does not know."""
    harness.add("A", 10)
    harness.add("B", 5)
    assert harness.cycle().code == 0
    harness[store].rename("A", "GONE")
    assert code_later(harness) == 1
    return harness


def code_later(harness: Installation) -> int:
    """Lists are asked for what changed every quarter of an hour."""
    for _ in range(2):
        harness.later(minutes=16)
        done = harness.cycle()
    return done.code


def test_it_is_named_with_its_units(lost: Installation, store: str) -> None:
    state = store_state(lost.context, store)
    assert (state.orphaned, state.orphaned_units) == (1, 10)
    assert [(x.sku, x.units) for x in orphans(lost.context, store)] == [("GONE", 10)]
    sentence = health_of(lost.context, [store]).sentence
    assert f"{store}: 1 listing is mapped no longer, on sale with the last 10 units" in sentence


def test_what_drifted_before_is_drift_no_longer(harness: Installation, store: str) -> None:
    """Nothing of ours stands there any more, so it was never put right and was counted for a week."""
    harness.add("A", 10)
    harness.add("B", 5)
    harness.cycle()
    steer.pause(harness.context, store, "ann@desk")
    harness[store].edit("A", 17)
    harness.later(minutes=2)
    harness.cycle()
    assert [drift.is_open for drift in harness.state.drifts(store).values()] == [True]
    harness[store].rename("A", "GONE")
    steer.resume(harness.context, store)
    code_later(harness)
    assert [drift.is_open for drift in harness.state.drifts(store).values()] == [False]


def test_what_was_never_mapped_colours_nothing(harness: Installation, store: str) -> None:
    harness.add("A", 10)
    harness[store].add("THEIRS", 7)
    assert harness.cycle().code == 0
    assert code_later(harness) == 0


DECISIONS = [
    pytest.param('[stores.{}.map]\n"GONE" = "A"', id="mapped again"),
    pytest.param('[stores.{}.skus."GONE"]\nsync = false', id="left out"),
    pytest.param('only = ["B"]', id="not in the pilot"),
    pytest.param("paused = true", id="paused"),
]


@pytest.mark.parametrize("rules", DECISIONS)
def test_a_person_decides_in_the_configuration(lost: Installation, store: str, rules: str) -> None:
    lost.configure(**{store: rules.format(store)})
    assert code_later(lost) == 0


def test_a_number_set_to_nothing_by_hand_ends_it(lost: Installation, store: str) -> None:
    lost[store].edit("GONE", 0)
    assert code_later(lost) == 0


def test_a_listing_that_is_deleted_ends_it(lost: Installation, store: str) -> None:
    lost[store].delete("GONE")
    assert lost.cycle(full=True).code == 0
    assert lost.state.orphaned(store) == {}


def test_a_sku_that_comes_back_ends_it(lost: Installation, store: str) -> None:
    lost[store].rename("GONE", "A")
    assert code_later(lost) == 0
    assert lost.state.orphaned(store) == {}


def test_a_bundle_taken_out_of_the_configuration_is_one(harness: Installation, store: str) -> None:
    harness.warehouse.add("P", 12)
    harness[store].add("KIT", 1)
    harness.configure(**{store: f'[stores.{store}.bundles]\n"KIT" = {{ "P" = 2 }}'})
    harness.cycle()
    assert harness.cycle().code == 0
    harness.configure(**{store: ""})
    assert code_later(harness) == 1
    assert [(x.sku, x.units) for x in orphans(harness.context, store)] == [("KIT", 6)]


def test_it_outlives_a_state_that_is_rebuilt(lost: Installation, store: str) -> None:
    lost.db.delete("stockbridge:levels")
    lost.cycle()
    assert lost.cycle().code == 1
    assert [(x.sku, x.units) for x in orphans(lost.context, store)] == [("GONE", 10)]
