"""Read from its newest end and no further than asked, the history tells the same as when it is read whole."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis as redis_package
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.model import StockKey
from bridge.state import pack
from bridge.state.change import Change
from bridge.state.connect import connect
from bridge.state.last_writes import LastWrites
from bridge.state.store import State

BEGAN = datetime(2026, 11, 20, 8, tzinfo=UTC)
LATER, BEHIND = 200, 25
"""Seconds between two entries at most; and how far the clocks of those who wrote them were behind."""

ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["main", "other", ""]), st.integers(0, 3), st.integers(0, LATER), st.integers(0, BEHIND)
    ),
    max_size=120,
)  # fmt: skip
"""(store, or "" for what is no write; listing; seconds since the one before; seconds behind)."""

Entry = tuple[str, int, int, int]


@pytest.fixture
def state(redis_url: str, redis: redis_package.Redis) -> Iterator[State]:
    with connect(redis_url) as db:
        yield State(db, ("main", "other"))


def name(ref: int) -> str:
    return pack.stock_key(StockKey("main", f"ref-{ref}", ""))


class Past:
    """A history as it grows, and every write to `main` in its order."""

    def __init__(self, state: State) -> None:
        state.db.flushall()
        self.state, self.now, self.writes = state, 0, dict[str, list[dict[str, Any]]]()

    def add(self, entries: list[Entry]) -> None:
        notes = list[tuple[str, dict[str, object]]]()
        for store, ref, passed, behind in entries:
            self.now += passed
            when = pack.ms(BEGAN + timedelta(seconds=self.now - behind))
            said: dict[str, object] = {"what": "level", "was": ref}
            if store:
                said = {"what": "write", "store": store, "ref": f"ref-{ref}", "location": "", "when": when}
            if store == "main":
                self.writes.setdefault(name(ref), []).append(said)
            notes.append(("SKU", said))
        self.state.commit(Change(notes=notes))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ENTRIES, meanwhile=ENTRIES, asked=st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_what_is_found_is_the_newest_write_and_none_is_missed(
    state: State, before: list[Entry], meanwhile: list[Entry], asked: list[int]
) -> None:
    past = Past(state)
    past.add(before)
    writes = LastWrites(state, "main")
    for more in ([], meanwhile):
        past.add(more)
        for ref in asked:
            known = past.writes.get(name(ref), [])
            at = pack.at(known[-1]["when"]) if known else BEGAN
            assert writes.of({name(ref): at}) == ({name(ref): known[-1]} if known else {})
