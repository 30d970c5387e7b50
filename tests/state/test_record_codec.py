"""Records in Redis: what is written is read again, in the layout that stands there today."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import fields

from bridge.core.breaker import CircuitBreaker
from bridge.core.cursor import Cursor
from bridge.core.hints import HintsRead
from bridge.core.shadow import Shadow, Tally
from bridge.core.subscriptions import Registered
from bridge.core.unfinished import Place, Unfinished
from bridge.state import keys
from bridge.state.change import Change, ConflictError
from bridge.state.connect import connect
from bridge.state.pack import dumps, loads
from bridge.state.record_codec import decode, encode_fields
from bridge.state.records import (
    AskedWarehouses,
    BudgetRecord,
    CatalogueRecord,
    CatalogueWalk,
    Claimed,
    Decided,
    DoubtedList,
    DoubtedOrders,
    Dropped,
    Expiring,
    NotShown,
    OrdersLook,
    PullRecord,
    Requests,
    Result,
    SourceRecord,
    StoreRecord,
    UnmappedLine,
)
from bridge.state.store import State

THEN = datetime(2026, 11, 29, 8, 15, 30, 125_000, tzinfo=UTC)
MS = 1_795_940_130_125

FULL_STORE = StoreRecord(
    paused=Decided(THEN, "ann@desk"), shadow=Shadow(THEN, {"2026-11-29": Tally(3, 1, 2)}),
    confirm_absent=Decided(THEN, "bob"),
    requests=Requests(3, 2, 1, whole=True, result=Result(1, THEN, 5, 0, None, "held", person=True)),
    breaker=CircuitBreaker("failing", "HTTP 502", THEN, THEN, 3, writing=True), mapped_at=THEN, refreshed_at=THEN,
    listings_since=THEN, refresh_requested=True, rules_seen="abc",
    doubted_list=DoubtedList("short", THEN, THEN, hides=True),
    read_at=THEN, lag=1.5, reconciled_at=THEN, reread_at=THEN, repeated_at=THEN, orders_since=THEN,
    orders_look=OrdersLook(THEN, THEN, 7), reread_orders=True, recent_orders={"#1": MS}, revisited_at=THEN,
    doubted_orders=DoubtedOrders("unknown", THEN, THEN, confirmed=True),
    edits={"blind": False}, unreadable=[NotShown("order", "12", "it breaks")],
    unmapped_lines=[UnmappedLine("#1", "a ", "", 2, "A")], unmapped_count=3, units=9, stock_keys=2,
    unapplied={"a\x1f": Claimed(THEN, 2)}, read_back=5, not_applied=1, dropped_drift=Dropped(THEN, 6),
    connector_state={"size": 100}, webhooks=Registered("https://x", "ann", THEN, THEN, 5, 2, THEN, "refused"), hint=4,
    hint_of_listings=3, hints_read=HintsRead(2, THEN, 1),
)  # fmt: skip

PLACE = Place(50, 50, 100, 3, THEN, None, 1, 1, 50)
FULL_SOURCE = SourceRecord(
    cursor=Cursor(THEN, THEN, None), pull=PullRecord(THEN, THEN, 5, 2, 1, "2026-11-29T08:15:30+00:00"), full_at=THEN,
    size=50, tried=THEN, breaker=CircuitBreaker("operator", "401", THEN, THEN),
    budget=BudgetRecord("abc", 1000, 10, 1.5),
    unfinished=Unfinished("abc", None, THEN, THEN, first=True, behind=True, place=PLACE, polled=Cursor(THEN)),
    recheck=THEN, whole_after=THEN, reads_cartons=True, packing="ab12",
    warehouses=AskedWarehouses(["9"], {"1": "East"}), pruned_at=THEN, new_id_at=THEN,
    catalogue=CatalogueRecord(
        "abc", Cursor(THEN), THEN, THEN, THEN, CatalogueWalk(THEN, 49, 50, 50, 1, THEN, None, {"7": MS, "8": "ab12"})
    ),
    expiring=[Expiring("main", "r", "#1", 2, THEN)],
)  # fmt: skip


@pytest.mark.parametrize("record", [FULL_STORE, FULL_SOURCE], ids=["store", "source"])
def test_every_member_is_read_as_it_was_written(record: Any) -> None:
    kind = type(record)
    facts = {each.name: getattr(record, each.name) for each in fields(kind)}
    assert all(value != getattr(kind(), name) for name, value in facts.items()), "a member is not tried"
    assert decode(kind, encode_fields(kind, facts)) == record


def test_what_is_null_or_absent_is_as_in_a_new_record() -> None:
    assert decode(StoreRecord, {"trouble": "null", "remap": "null", "unheard_of": "1"}) == StoreRecord()


def test_the_layout_is_the_one_that_installations_have() -> None:
    """Milliseconds, and the names that stand in Redis since layout 2."""
    raws = {
        "moved": str(MS), "looked": f"[{MS},{MS},7]", "again": "true", "remap": "true", "seen": f'{{"#1":{MS}}}',
        "reread": str(MS), "paused": f'{{"at":{MS},"by":"ann@desk"}}', "spots": "2",
        "trouble": f'{{"kind":"failing","why":"x","failures":2,"since":{MS},"writing":true,"retry_at":{MS}}}',
        "list_trouble": f'{{"why":"short","since":{MS},"at":{MS},"hides":true}}',
    }  # fmt: skip
    read = decode(StoreRecord, raws)
    assert read == StoreRecord(
        orders_since=THEN, orders_look=OrdersLook(THEN, THEN, 7), reread_orders=True, refresh_requested=True,
        recent_orders={"#1": MS}, reread_at=THEN, paused=Decided(THEN, "ann@desk"), stock_keys=2,
        breaker=CircuitBreaker("failing", "x", THEN, THEN, 2, writing=True),
        doubted_list=DoubtedList("short", THEN, THEN, hides=True),
    )  # fmt: skip
    renamed = ("orders_since", "orders_look", "stock_keys", "breaker", "doubted_list")
    written = encode_fields(StoreRecord, {name: getattr(read, name) for name in renamed})
    assert written.keys() == {"moved", "looked", "spots", "trouble", "list_trouble"}
    assert decode(StoreRecord, raws | written) == read
    assert (written["moved"], written["looked"], written["spots"]) == (raws["moved"], raws["looked"], "2")


def test_what_only_a_newer_version_knows_is_passed_over() -> None:
    """Both may be at work beside each other while one is deployed."""
    raws = encode_fields(SourceRecord, {"unfinished": FULL_SOURCE.unfinished})
    (name, raw), *_ = raws.items()
    told = loads(raw)
    told |= {"place": [*told["place"], 7], "of_tomorrow": 1}
    assert decode(SourceRecord, {name: dumps(told), "of_tomorrow": "1"}).unfinished == FULL_SOURCE.unfinished


def test_a_member_that_there_is_not_is_refused() -> None:
    with pytest.raises(KeyError):
        encode_fields(StoreRecord, {"mapped": THEN})


@pytest.fixture
def state(redis_url: str, redis: Any) -> Iterator[State]:
    db = connect(redis_url)
    yield State(db, ["main"])
    db.connection_pool.disconnect()


def test_an_update_never_wipes_what_another_just_wrote(state: State) -> None:
    asked = 0

    def next_number(now: StoreRecord) -> dict[str, object]:
        nonlocal asked
        asked += 1
        if asked == 1:
            state.note_store("main", not_applied=10)  # somebody else, in between
        return {"not_applied": now.not_applied + 1}

    assert state.update_store("main", next_number, Change()).not_applied == 11
    assert (state.store_record("main").not_applied, asked) == (11, 2)


def test_whoever_never_gets_through_says_so(state: State) -> None:
    def never(now: StoreRecord) -> dict[str, object]:
        state.note_store("main", not_applied=now.not_applied + 1)
        return {"not_applied": 0}

    state.note_store("main", not_applied=1)
    with pytest.raises(ConflictError):
        state.update_store("main", never, Change())


def test_the_epoch_is_no_member(state: State) -> None:
    state.ensure_whole()
    assert keys.EPOCH in state.db.hgetall(keys.SOURCE)
    assert state.source_record() == SourceRecord()
