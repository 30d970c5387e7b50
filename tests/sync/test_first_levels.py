"""The levels of a first pull go in without asking for what cannot be known, and come to the same."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.model import Level
from bridge.state import keys
from bridge.sync.pull.levels import FirstLevels, apply_levels
from tests.harness.installation import Installation
from tests.harness.sweeps import examples

LEVELS = st.builds(
    Level,
    product=st.sampled_from("12345"),
    sku=st.sampled_from("ABC12"),
    units=st.dictionaries(st.sampled_from("xy"), st.integers(0, 2)),
    updated_at=st.just(datetime(2026, 3, 7, tzinfo=UTC)),
    deleted=st.booleans(),
    doubt=st.sampled_from(["", "", "odd"]),
)
CHUNKS = st.lists(st.lists(LEVELS, max_size=3, unique_by=lambda level: level.product), min_size=1, max_size=4)


def applied(harness: Installation, chunks: Sequence[Sequence[Level]], *, first: bool) -> Any:
    """All that the state is left with by levels which go in chunk by chunk, and how many moved each time."""
    db: Any = harness.db
    db.flushall()
    harness.context = context = harness.build()
    with context.lease("source") as lease:
        assert lease is not None
        known = FirstLevels.of(context.state) if first else None
        moved = [apply_levels(context, lease, levels, known) for levels in chunks]
    state = context.state
    found = {level.product: level for level in state.every_level()}
    notes = [entry[1] for entry in db.xrange(keys.HISTORY)]
    record = state.source_record().new_id_at
    return moved, found, state.products([*"ABC12"]), list(state.every_ledger()), state.duplicate_skus(), notes, record


@settings(examples(80), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHUNKS)
def test_the_first_levels_go_in_as_any_do(harness: Installation, chunks: list[list[Level]]) -> None:
    assert applied(harness, chunks, first=True) == applied(harness, chunks, first=False)


def test_where_anything_is_known_the_state_is_asked(harness: Installation) -> None:
    state = harness.context.state
    with harness.context.lease("source") as lease:
        assert lease is not None
        assert isinstance(FirstLevels.of(state), FirstLevels)
        apply_levels(harness.context, lease, [Level("1", "A", {}, harness.clock.now)])
    assert FirstLevels.of(state) is state
