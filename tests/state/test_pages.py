"""Rows of pages: each is kept beside the others, whoever writes them, and what stands short is read for ever."""

from collections.abc import Iterator
from typing import cast

import pytest
import redis as redis_package
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.model import StoreStock
from bridge.state import keys
from bridge.state.change import Change
from bridge.state.connect import connect
from bridge.state.pages import PAGES, WORDS, Speller, Words, page_of
from bridge.state.snapshot import Snapshot
from bridge.state.store import State
from connectors.base import Listing
from tests.state.test_pack import START

LISTINGS, SHOWN = (keys.of_store("main", what) for what in ("listings", "shown"))
NASTY = st.sampled_from(
    [
        keys.EPOCH,
        WORDS,
        "\x00",
        "\t",
        "\n",
        "a\nb",
        "a\tb",
        "\x01",
        "\x01t",
        "=",
        "=a",
        "a1",
        "b1",
        "gid://x/Y/1",
        "gid://x/Y/",
        "",
        "0",
    ]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
NAME = TEXT | NASTY | st.builds("{}{}".format, NASTY, TEXT) | st.builds("gid://x/Item/{}".format, st.integers(0, 99))


@pytest.fixture
def state(redis_url: str, redis: redis_package.Redis) -> Iterator[State]:
    with connect(redis_url) as db:
        whole = State(db, ("main",))
        whole.ensure_whole()
        yield whole


def listed(state: State, *listings: Listing | str) -> None:
    """Commit listings; a ref alone is dropped."""
    change = Change()
    for x in listings:
        ref, value = (x, None) if isinstance(x, str) else (x.ref, x)
        change.put_listing("main", ref, value)
    state.commit(change)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.dictionaries(NAME, st.none() | TEXT, min_size=1, max_size=6), min_size=1, max_size=4))
def test_a_hash_in_pages_is_a_mapping(redis_url: str, steps: list[dict[str, str | None]]) -> None:
    """Whatever is put and dropped, by processes that have heard of different words."""
    with connect(redis_url) as db:
        db.flushall()
        State(db, ("main",)).ensure_whole()
        expected, others = dict[str, Listing](), [State(db, ("main",)) for _ in range(2)]
        for number, step in enumerate(steps):
            change = Change()
            for ref, title in step.items():
                value = None if title is None else Listing(ref, title, title)
                change.put_listing("main", ref, value)
                expected |= {ref: value} if value else {}
                if value is None:
                    expected.pop(ref, None)
            others[number % 2].commit(change)
        for state in (*others, State(db, ("main",))):
            assert state.listings("main", [*expected, "absent"]) == expected
            assert {x.ref: x for x in state.every_listing("main")} == expected
            assert state.counts("main")["mapped"] == len(expected)
            assert state.ensure_whole()


@given(st.lists(NAME, min_size=1, unique=True))
def test_no_two_refs_stand_alike_and_each_is_read_as_it_was(refs: list[str]) -> None:
    say = Speller(Words())
    short = [say.ref(ref) for ref in refs]
    late = Words(say.words.text)
    assert len({*short}) == len(refs)
    assert [late.ref(x) for x in short] == refs
    assert [late.short(ref) for ref in refs] == short


def test_neighbours_share_a_page_and_strangers_are_spread() -> None:
    assert len({page_of(f"SKU-{n:06}") for n in range(20_000)}) > 1_400
    assert {page_of(f"SKU-00001{n}") for n in range(10)} == {page_of("SKU-000010")}
    assert all(0 <= int(page_of(str(n))) < PAGES for n in range(1_000))


def test_no_row_is_lost_where_two_write_one_page(state: State) -> None:
    other = State(state.db, ("main",))
    listed(state, *(Listing(f"gid://x/Item/1{n}", "A", "") for n in range(5)))
    listed(other, *(Listing(f"gid://x/Item/1{n}", "B", "") for n in range(3, 8)), "gid://x/Item/10")
    found = {x.ref[-1]: x.sku for x in state.every_listing("main")}
    assert found == dict(zip("1234567", "AABBBBB", strict=True))


def test_words_that_others_learned_meanwhile_are_heard_before_anything_is_written(state: State) -> None:
    """Each would give its own location the first number."""
    other = State(state.db, ("main",))
    for each, location in ((state, "Berlin"), (other, "Paris"), (state, "Rome")):
        change = Change()
        change.put_store_stock("main", location, {location: StoreStock(1, 0, 1, True, START)})
        each.commit(change)
    for each in (state, other, Snapshot(state)):
        shown = each.store_stock("main", ["Berlin", "Paris", "Rome"])
        assert {ref: [*places] for ref, places in shown.items()} == {x: [x] for x in ("Berlin", "Paris", "Rome")}


def test_words_of_before_a_loss_are_not_believed_after_it(state: State) -> None:
    listed(state, Listing("gid://x/Item/1", "A", ""))
    state.db.delete(LISTINGS)
    other = State(state.db, ("main",))
    assert other.ensure_whole() is False
    listed(other, Listing("other://y/2", "B", ""))
    assert [x.ref for x in state.every_listing("main")] == ["other://y/2"]
    listed(state, Listing("gid://x/Item/1", "A", ""))
    assert {x.ref for x in other.every_listing("main")} == {"other://y/2", "gid://x/Item/1"}


def test_a_ref_stands_short_and_a_location_is_a_number(state: State) -> None:
    change = Change()
    change.put_store_stock("main", "gid://x/Item/17", {"gid://x/Place/4": StoreStock(1, 0, 1, True, START)})
    state.commit(change)
    (page,) = cast("list[str]", state.db.hmget(SHOWN, [page_of("gid://x/Item/17")]))
    assert page == "\na17\t1|0|1|"
