"""Rows of pages: each is kept beside the others, whoever writes them, and what stands short is read for ever."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pytest
import redis as redis_package
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.model import StoreStock
from bridge.process.embedded_redis import embedded_server
from bridge.state import keys
from bridge.state.change import Change, ConflictError
from bridge.state.connect import StateClient, connect
from bridge.state.copy import copy_state
from bridge.state.paged import places_of
from bridge.state.pages import COUNT, PAGES, ROWS, WORDS, Speller, Words, escaped, pages_of, rows_of, unescaped
from bridge.state.snapshot import Snapshot
from bridge.state.store import State
from connectors.base import Listing
from connectors.chunks import chunks
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
    assert [late.short(ref) for ref in refs] == late.all_short(refs) == short


@given(st.lists(TEXT.map(escaped) | st.integers(0, 10**6).map(str)), st.integers(1, 5_000))
def test_a_page_that_is_split_gives_rows_to_the_last_one_and_to_no_other(names: list[str], pages: int) -> None:
    moved = list(zip(names, pages_of(names, pages), pages_of(names, pages + 1), strict=True))
    assert all(0 <= int(before) < pages and now in (before, str(pages)) for _, before, now in moved)
    split = pages - (1 << (pages.bit_length() - 1))
    assert {before for _, before, now in moved if now != before} <= {str(split)}


@given(st.dictionaries(NAME, TEXT), st.integers(1, 3))
def test_rows_are_read_as_they_were_however_they_are_spread(rows: dict[str, str], pages: int) -> None:
    told = dict.fromkeys(map(str, range(pages)), "")
    for name, field in zip(rows, pages_of(map(escaped, rows), pages), strict=True):
        told[field] += f"\n{escaped(name)}\t{escaped(rows[name])}"
    assert {unescaped(stands): value for stands, value in rows_of(told.values()).items()} == rows


@pytest.mark.parametrize("pages", [1, 2, 3, 4_095, 4_096, 4_097, 10_000])
def test_neighbours_share_a_page_and_strangers_are_spread(pages: int) -> None:
    assert len({*pages_of([f"SKU-00001{n}" for n in range(10)], pages)}) == 1
    assert len({*pages_of([f"SKU-{n:06}" for n in range(0, 100_000, 10)], pages)}) >= min(pages, 10_000) * 0.6


def names_by_page(state: State, key: str) -> dict[str, list[str]]:
    """Page → the names as they stand in it."""
    every = cast("dict[str, str]", state.db.hgetall(key))
    return {field: [*rows_of([text])] for field, text in every.items() if field[0] != "\x00"}


def assert_in_order(state: State, key: str) -> None:
    """Every row stands in its page, once; there are as many pages as the rows need, and they are counted."""
    found = names_by_page(state, key)
    pages, count = (int(x or 0) for x in state.db.hmget(key, [PAGES, COUNT]))
    stands = [(name, field) for field, names in found.items() for name in names]
    assert pages_of([name for name, _ in stands], pages or 1) == [field for _, field in stands]
    names = [name for page in found.values() for name in page]
    assert len(names) == len({*names}) == count
    assert count <= ROWS * (pages or 1)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 150), st.booleans()), min_size=1, max_size=8),
    odd=st.lists(NAME, max_size=20),
)
def test_pages_grow_with_the_rows_whoever_brings_them(
    redis_url: str, steps: list[tuple[int, int, bool]], odd: list[str]
) -> None:
    """Two processes, each of which heard last of fewer pages than there are, put and drop rows, and read them."""
    with connect(redis_url) as db:
        db.flushall()
        State(db, ("main",)).ensure_whole()
        expected, both = dict[str, Listing](), [State(db, ("main",)) for _ in range(2)]
        for number, (first, count, drops) in enumerate(steps):
            refs = [f"gid://x/Item/{n}" for n in range(first, first + count)] + odd
            rows = {ref: Listing(ref, f"{number}", "") for ref in refs}
            listed(both[number % 2], *(rows if drops else rows.values()))
            expected = {ref: x for ref, x in expected.items() if ref not in rows} | ({} if drops else rows)
            assert_in_order(both[0], LISTINGS)
            assert both[1 - number % 2].listings("main", [*expected, *refs]) == expected
        assert {x.ref: x for x in both[0].every_listing("main")} == expected


def test_a_row_costs_the_same_to_read_however_many_there_are(state: State) -> None:
    sizes = dict[int, float]()
    for begin, end in ((0, 500), (500, 4_000), (4_000, 16_000)):
        for some in chunks(range(begin, end), 500):
            listed(state, *(Listing(f"gid://x/Item/{7 * n:07}", f"SKU-{n}", "") for n in some))
        asked = [f"gid://x/Item/{7 * n:07}" for n in range(0, end, end // 100)]
        fields = pages_of(places_of(LISTINGS, asked, state.heads[LISTINGS]).stands, state.heads[LISTINGS].pages)
        pages = cast("list[str]", state.db.hmget(LISTINGS, fields))
        sizes[end] = sum(map(len, pages)) / len(asked)
    assert max(sizes.values()) <= 1.6 * min(sizes.values()), sizes


def test_a_row_that_moves_while_all_are_read_is_read(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is split several times between one answer and the next."""
    monkeypatch.setattr("bridge.state.paged.SCAN", 5)
    refs = [f"gid://x/Item/{n:05}" for n in range(2_000)]
    listed(state, *(Listing(ref, "A", "") for ref in refs[::10]))
    other, met, late = (
        State(state.db, ("main",)),
        set[str](),
        iter(chunks([r for r in refs if r not in refs[::10]], 90)),
    )
    for number, found in enumerate(state.every_listing("main")):
        met.add(found.ref)
        if number % 20 == 0:
            listed(other, *(Listing(ref, "B", "") for ref in next(late, [])))
    assert next(late, None) is None
    assert met >= {*refs[::10]}


def test_a_change_of_thousands_of_rows_is_one_change(state: State) -> None:
    """More pages, marks and fields than one command of a script can take; each page is written once."""
    refs = [f"gid://x/Item/{n}9" for n in range(4_100)]
    grow = Change(due=[("main", ref) for ref in refs])
    for ref in refs:
        grow.put_listing("main", ref, Listing(ref, "A", ""))
        grow.put(keys.of_store("main", "watch"), ref, "1")
    state.commit(grow)
    assert_in_order(state, LISTINGS)
    assert {*state.due("main")} == {x.ref for x in state.every_listing("main")} == {*refs}
    less = Change(done=[("main", ref, version) for ref, version in state.due("main").items()])
    for ref in refs:
        less.put_listing("main", ref, None)
        less.put(keys.of_store("main", "watch"), ref, None)
    state.commit(less)
    assert (state.due("main"), [*state.every_listing("main")], state.names("main", "watch")) == ({}, [], set())


def test_two_processes_that_grow_one_hash_at_once_lose_nothing(redis_url: str, state: State) -> None:
    """Each with a connection of its own, and reading what it wrote ahead of the next."""

    def work(who: str) -> None:
        with connect(redis_url) as db:
            mine, known = State(db, ("main",)), list[str]()
            for some in chunks((f"gid://x/Item/{n}{who}" for n in range(600)), 40):
                listed(mine, *(Listing(ref, who, "") for ref in some))
                known += some
                assert {x.sku for x in mine.listings("main", known).values()} == {who}
                assert len(mine.listings("main", known)) == len(known)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, ["1", "2"]))
    assert_in_order(state, LISTINGS)
    assert Counter(x.sku for x in state.every_listing("main")) == {"1": 600, "2": 600}


def test_a_change_that_is_refused_splits_nothing(state: State) -> None:
    listed(state, Listing("gid://x/Item/1", "A", ""))
    before = state.db.hgetall(LISTINGS)
    change = Change(expects=[(keys.LEDGER, "A", "what never stood there")])
    for n in range(100):
        change.put_listing("main", f"gid://x/Item/{n}", Listing(f"gid://x/Item/{n}", "A", ""))
    with pytest.raises(ConflictError):
        state.commit(change)
    assert state.db.hgetall(LISTINGS) == before


def test_a_copy_holds_every_row_whatever_is_split_meanwhile(
    redis_url: str, state: State, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refs = [f"gid://x/Item/{n:05}" for n in range(1_000)]
    listed(state, *(Listing(ref, "A", "") for ref in refs[:500]))
    hset, late = StateClient.hset, iter(refs[500:])

    def growing(db: StateClient, name: str, **options: Any) -> Any:
        for ref in islice(late, 200 if name == LISTINGS else 0):
            listed(state, Listing(ref, "B", ""))
        return hset(db, name, **options)

    monkeypatch.setattr("bridge.state.copy.CHUNK", 20)
    monkeypatch.setattr(StateClient, "hset", growing)
    with embedded_server(tmp_path, persist=False) as url:
        copy_state(redis_url, url, without=())
        with connect(url) as db:
            assert {x.ref for x in State(db, ("main",)).every_listing("main")} >= {*refs[:500]}
    assert next(late, None) is None


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
    (page,) = cast("list[str]", state.db.hmget(SHOWN, ["0"]))
    assert page == "\na17\t1|0|1|"
