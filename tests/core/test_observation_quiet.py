"""What nearly every listing shows is taken in the short way: it tells what the plain rules do."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core import observation
from bridge.core.drift import differs, find_drift
from bridge.core.in_flight import Sent
from bridge.core.model import StoreStock
from bridge.core.observation import KnownBefore, Observation, observe
from bridge.core.owed import Owed
from bridge.sync.read.drift import _facts
from connectors.base import Capabilities, OrderLine, Reading
from connectors.values import replace

from .test_observation import NOW, SHOWN, before

SHOPS = {
    "counts committed units": Capabilities(max_batch=1, writes="on_hand", reads_committed=True, locations=True),
    "shows one number": Capabilities(max_batch=1, writes="available", reads_committed=False, negative=True),
}

few = st.integers(-1, 2)
stocks = st.builds(
    StoreStock, few, few, few, st.booleans(), st.just(SHOWN.at), last_target=st.none() | few, sure=st.booleans()
)
known = st.dictionaries(st.sampled_from(["", "there"]), stocks, min_size=1)
LINE = OrderLine("r", NOW, order="#1", committed=1, ordered_at=NOW)
ODD = (
    "nothing",
    "never shown",
    "told",
    "owed",
    "sent",
    "another number",
    "fewer places",
    "more places",
    "no reading",
    "neither",
)
"""What is not as with nearly every listing."""


def readings(shown: Mapping[str, StoreStock], odd: str, other: StoreStock, *, counts: bool) -> list[Reading]:
    """What is believed, at the places where it is, but for what is odd."""
    now = dict(shown)
    if odd in ("another number", "fewer places"):
        now.pop(min(shown))
    if odd in ("another number", "more places"):
        now[min(shown) if odd == "another number" else "elsewhere"] = other
    committed = {place: k.committed if counts else None for place, k in now.items()}
    found = [Reading("r", place, k.available, committed[place], k.on_hand, k.stocked) for place, k in now.items()]
    return [] if odd in ("no reading", "neither") else found


def plain(facts: KnownBefore, told: dict[str, Any], read: dict[str, Any]) -> Observation:
    found = Observation()
    observation._observe_listing(facts, found, "r", told["r"], read["r"])
    return found


@pytest.mark.parametrize("odd", ODD)
@given(known, stocks, st.booleans(), st.booleans())
def test_the_short_way_tells_the_same(
    odd: str, shown: dict[str, StoreStock], other: StoreStock, counts: bool, listed: bool
) -> None:
    told = {"r": (LINE,) if odd == "told" else ()}
    read = {"r": readings(shown, odd, other, counts=counts)}
    facts = before(
        shown={} if odd in ("never shown", "neither") else {"r": shown},
        lines={"r": {"#1": Owed(1)}} if odd == "owed" else {},
        sent={"r": [Sent("r", min(shown), 1, NOW, 0)]} if odd == "sent" else {},
        listings=before().listings if listed else {},
        reads_committed=counts,
    )
    found, expected = observe(facts, ["r"], told, read), plain(facts, told, read)
    found.seen = [replace(each, quiet=False, sent=tuple(each.sent)) for each in found.seen]
    expected.seen = [replace(each, sent=tuple(each.sent)) for each in expected.seen]
    assert found == expected


@pytest.mark.parametrize("can", SHOPS.values(), ids=SHOPS)
@given(known, stocks, st.sampled_from(["nothing", "nothing", *ODD]))
def test_where_all_is_quiet_nothing_has_drifted(
    can: Capabilities, shown: dict[str, StoreStock], other: StoreStock, odd: str
) -> None:
    read = readings(shown, odd, other, counts=can.reads_committed)
    found = observe(before(shown={"r": shown}, reads_committed=can.reads_committed), ["r"], {}, {"r": read})
    for each in (x for x in found.seen if x.quiet):
        for row in each.readings:
            facts = _facts(can, each, row, each.known[row.location], NOW)
            assert not differs(facts)
            assert find_drift(facts, None) is None
            assert (facts.closed, each.known[row.location].on_hand) == (False, row.on_hand)


def test_most_is_quiet() -> None:
    """Else nothing here is tried."""
    row = Reading("r", "", 10, 0, 10)
    (seen,) = observe(before(), ["r"], {}, {"r": [row]}).seen
    assert seen.quiet
