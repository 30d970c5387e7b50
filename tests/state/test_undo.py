"""What the last run of a store wrote over: packed, kept whole, and replaced by the next run that writes."""

import random
from collections.abc import Sequence

import redis as redis_package
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.undo import LARGE, Undoable, kept_runs
from bridge.state import keys
from bridge.state.change import Change
from bridge.state.connect import connect
from bridge.state.store import State
from bridge.state.undo import Remembered, Row, packed, rows_of, undoable, unpacked

numbers = st.integers(-(10**9), 10**9)
rows = st.builds(Row, st.text(max_size=40), st.text(max_size=20), numbers, numbers)


@given(st.lists(rows, min_size=1, max_size=50))
def test_whatever_is_packed_comes_out_again(given_rows: list[Row]) -> None:
    assert unpacked(packed(given_rows)) == given_rows


def state_of(redis_url: str) -> State:
    return State(connect(redis_url), ("main",))


def write(state: State, run: str, batches: Sequence[Sequence[Row]], undoes: str | None = None) -> None:
    """As two sessions would, the second of which goes on where the first ended."""
    for some_batches in (batches[:2], batches[2:]):
        written_over = Remembered(state, "main", Undoable(run, 1, undoes=undoes))
        for batch in some_batches:
            change = Change()
            written_over.add(change, batch)
            state.commit(change)


def some(count: int, seed: int = 1) -> list[Row]:
    """Writes as of a real shop: ids of fourteen digits in no order, and numbers of two or three."""
    dice = random.Random(seed)
    return [
        Row(
            f"gid://example/InventoryItem/{dice.randrange(10**13, 10**14)}", "gid://example/Location/71234567890",
            dice.randrange(200), dice.randrange(200),
        )
        for _ in range(count)
    ]  # fmt: skip


def batches(every: Sequence[Row], size: int) -> list[Sequence[Row]]:
    return [every[i : i + size] for i in range(0, len(every), size)]


def kept(state: State) -> dict[str, int]:
    return {run.run: len(list(rows_of(state, "main", run))) for run in undoable(state, "main")}


def test_a_run_of_many_batches_is_kept_whole_and_in_order(redis_url: str, redis: redis_package.Redis) -> None:
    state, every = state_of(redis_url), some(2_600)
    write(state, "r1", [every[:1], every[1:2], *batches(every[2:], 250)])
    (run,) = undoable(state, "main")
    assert (run.writes, list(rows_of(state, "main", run))) == (2_600, every)


def test_a_write_takes_about_twenty_bytes(redis_url: str, redis: redis_package.Redis) -> None:
    state = state_of(redis_url)
    for size in (250, 100):
        redis.delete(keys.of_store("main", "undo"))
        write(state, "r1", batches(some(10_000), size))
        used = redis.memory_usage(keys.of_store("main", "undo"), samples=0)
        assert used is not None
        assert used / 10_000 <= 21, (size, used / 10_000)


def test_the_next_run_that_writes_replaces_a_small_one(redis_url: str, redis: redis_package.Redis) -> None:
    state = state_of(redis_url)
    write(state, "r1", [some(30)])
    write(state, "r2", [some(2), some(3)])
    assert kept(state) == {"r2": 5}
    assert redis.hlen(keys.of_store("main", "undo")) == 2


def test_a_large_run_stays_beside_small_ones_until_the_next_large_one(
    redis_url: str, redis: redis_package.Redis
) -> None:
    """A push of thousands that went wrong is found out after the next sale, not before."""
    state = state_of(redis_url)
    write(state, "big", batches(some(LARGE), 250))
    for n in range(3):
        write(state, f"sale{n}", [some(1)])
    assert kept(state) == {"big": LARGE, "sale2": 1}
    write(state, "bigger", batches(some(LARGE + 1), 250))
    assert kept(state) == {"bigger": LARGE + 1}


def test_what_is_being_undone_stays_until_it_is_done(redis_url: str, redis: redis_package.Redis) -> None:
    state = state_of(redis_url)
    write(state, "r1", [some(30)])
    write(state, "back", [some(10)], undoes="r1")
    assert kept(state) == {"r1": 30, "back": 10}
    write(state, "r3", [some(1)])
    assert kept(state) == {"r3": 1}


runs = st.lists(
    st.builds(Undoable, st.uuids().map(str), st.just(1), st.integers(0, 3 * LARGE), st.just(None)), min_size=1
)


@given(runs)
def test_the_last_run_always_stays_and_at_most_one_more(given_runs: list[Undoable]) -> None:
    stay = kept_runs(given_runs)
    assert given_runs[-1].run in stay
    assert len(stay) <= 2
