"""A state that an older version wrote: what can be read again is begun anew, and what cannot is read as it stood.

layout_2.json: the commands that make the state which the last version of layout 2 left after a day in two shops: one
paused by hand, three falls held and rejected, a shipment confirmed, a listing refused that the source does not know.
layout_3.json: the same of layout 3, which went on with that state; its rows stand in 4,096 pages."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import redis as redis_package

from bridge.core.ledger import LevelDecrease
from bridge.core.model import StockKey, TargetBasis
from bridge.core.undo import Undoable
from bridge.state import keys, pack
from bridge.state.connect import connect
from bridge.state.history import History
from bridge.state.store import State
from bridge.state.undo import Row, rows_of, undoable

ITEM, PLACE = "gid://acme/InventoryItem/60000006", "gid://acme/Location/580000058"
LAYOUT_2, LAYOUT_3 = (json.loads((Path(__file__).parent / f"layout_{n}.json").read_text()) for n in (2, 3))


@pytest.fixture(params=[LAYOUT_2, LAYOUT_3], ids=["layout 2", "layout 3"])
def state(request: pytest.FixtureRequest, redis_url: str, redis: redis_package.Redis) -> Iterator[State]:
    with connect(redis_url) as db:
        for command in request.param:
            db.execute_command(*command)
        yield State(db, ("main", "outlet"))


@pytest.fixture
def begun(state: State) -> State:
    assert (state.is_whole(), state.ensure_whole(), state.is_whole()) == (False, False, True)
    return state


def test_what_can_be_read_again_is_begun_anew(begun: State) -> None:
    assert [*begun.every_level(), *begun.every_sku(), *begun.every_listing("main")] == []
    assert (begun.has_begun(), begun.due("outlet"), begun.counts("outlet")["mapped"]) == (False, {}, 0)
    assert set(begun.db.hgetall(keys.of_store("main", "shown"))) == {keys.EPOCH}


@pytest.mark.parametrize("state", [LAYOUT_3], indirect=True, ids=["layout 3"])
def test_the_history_of_the_layout_before_goes_on(begun: State) -> None:
    said = {sku: [note["what"] for note in begun.history(sku)] for sku in "ABC"}
    assert said == {"A": ["write", "store", "level"], "B": ["level"], "C": ["store", "write", "level"]}


def test_what_people_decided_goes_on(begun: State) -> None:
    assert getattr(begun.store_record("outlet").paused, "by", None) == "ann@desk"
    assert [x["what"] for x in begun.decisions().values()] == ["pause", "reject"]
    held = begun.held("main")
    assert held.keys() == {StockKey("main", f"{ITEM}{n}", PLACE) for n in range(3)}
    assert {hold.decision for hold in held.values()} == {"reject"}
    assert held[StockKey("main", f"{ITEM}0", PLACE)].basis == {"A": TargetBasis(15, 0, 5, 0)}


def test_ledger_quarantine_and_what_lost_its_map_go_on(begun: State) -> None:
    (shipment,) = begun.ledgers(["A"])["A"][1].shipments
    assert (shipment.store, shipment.ref, shipment.location, shipment.pieces) == ("main", f"{ITEM}0", PLACE, 5)
    assert [each.pieces for each in shipment.confirmed_by] == [5]
    assert begun.ledgers(["B"])["B"][1].decreases == (LevelDecrease("1", 20, pack.at(1795161650000)),)
    assert [pack.read_stock_key("main", name).ref for name in begun.notes("main", "quarantine")] == [f"{ITEM}3"]
    assert begun.orphaned("main") == {f"{ITEM}3": (1796059731555, "the warehouse knows no such SKU")}


def test_what_a_run_wrote_over_can_still_be_put_back(begun: State) -> None:
    (run,) = undoable(begun, "main")
    assert run == Undoable("dae6bba6fee1", 1795161620000, 1, None, 1)
    assert list(rows_of(begun, "main", run)) == [Row(f"{ITEM}2", PLACE, 20, 18)]


@pytest.mark.parametrize("state", [LAYOUT_2], indirect=True, ids=["layout 2"])
def test_the_history_says_what_it_said_in_less_room(state: State) -> None:
    noted = [json.loads(command[6]) for command in LAYOUT_2 if command[0] == "XADD"]
    before = [(sku, state.history(sku)) for sku in "ABC"]
    assert [said for _, said in state.entries_after(None)] == noted
    state.ensure_whole()
    assert [said for _, said in state.entries_after(None)] == noted
    assert [(sku, state.history(sku)) for sku in "ABC"] == before
    assert [said for _, said in state.every_note()] == noted[::-1]
    assert state.history_since() == 1796061356991
    assert cast("Any", state.db.xlen(keys.HISTORY)) == 1


@pytest.mark.parametrize("state", [LAYOUT_2], indirect=True, ids=["layout 2"])
def test_what_is_noted_while_the_history_is_packed_stays(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process writes between the reading and the packing."""
    read = History.pack_history.__globals__["notes_of"]
    late = iter([{"sku": "Z", "note": '{"what":"late"}'}])

    def noting(*entry: Any) -> Any:
        for fields in late:
            state.db.xadd(keys.HISTORY, dict[Any, Any](fields))
        return read(*entry)

    monkeypatch.setattr("bridge.state.history.notes_of", noting)
    state.pack_history()
    assert [sku for sku, _ in state.every_note()] == ["Z", "C", "B", "A", "A", "C", "A", "C"]
