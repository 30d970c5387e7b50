"""What 3PLGuys itself remembers stands beside our own history, and asking for it is in nobody's way."""

import time
from typing import Any

import pytest


def packed(synced: Any) -> Any:
    """Ten mugs in each of two cartons, recounted."""
    cli = synced({"MUG-1": 50, "HAT-1": 3})
    cli.warehouse.cartons.add("MUG-1", 10, name="Ten-Pack")
    cli.warehouse.cartons.set_count("1", 10)
    cli.warehouse.cartons.set_count("1", 15)
    return cli


def test_history_tells_what_3plguys_remembers_between_our_own(synced: Any) -> None:
    cli = packed(synced)
    cli("sync")
    told = cli("history", "MUG-1", "--json").json
    rows = told["warehouse_history"]["entries"]
    assert [x["at"] for x in rows] == sorted(x["at"] for x in rows)
    theirs = [(x["by"], x["of"], x["what"]) for x in rows]
    assert ("admin", "product 1", "carton count 10 → 15 (Ten-Pack)") in theirs
    assert ("customer", "carton 1", 'Created carton type "Ten-Pack" (10 units per carton)') in theirs
    assert ("customer", "product 1", "Created new product Product MUG-1 (MUG-1)") in theirs
    assert len({(x["at"], x["by"], x["what"]) for x in rows}) == len(rows), (
        "a count stands in both histories, and is told once"
    )
    assert {x["what"] for x in told["history"]} == {"level", "write"}
    lines = cli("history", "MUG-1").out.splitlines()
    assert any("at 3PLGuys" in x and "admin" in x and "carton count 10 → 15 (Ten-Pack)" in x for x in lines)
    times = [x[:19] for x in lines if x.startswith("20")]
    assert times == sorted(times)


def test_explain_tells_the_last_of_it(synced: Any) -> None:
    cli = packed(synced)
    told = cli("explain", "MUG-1", "--json").json["warehouse_history"]
    assert told["error"] is None
    assert (told["entries"][-1]["what"], told["entries"][-1]["by"]) == ("carton count 10 → 15 (Ten-Pack)", "admin")
    out = cli("explain", "MUG-1").out
    assert "lately at 3PLGuys" in out
    assert "product 1: carton count 10 → 15 (Ten-Pack), by admin" in out


def test_a_sentence_that_is_none_of_the_documents_is_told_as_it_is(synced: Any) -> None:
    cli = packed(synced)
    cli.warehouse.history.note(cli.warehouse.find("MUG-1"), "robot", cli.warehouse.now(), "Moved to shelf {}", 7)
    assert "product 1: Moved to shelf 7, by robot" in cli("explain", "MUG-1").out


def test_offline_asks_nobody(synced: Any) -> None:
    cli = packed(synced)
    asked = cli.source.calls.total()
    assert cli("explain", "MUG-1", "--offline", "--json").json["warehouse_history"]["entries"] == []
    assert "at 3PLGuys" not in cli("history", "MUG-1", "--offline").out
    assert cli.source.calls.total() == asked


def test_its_requests_are_bounded(synced: Any) -> None:
    cli = packed(synced)
    for _ in range(20):
        cli.warehouse.cartons.add("MUG-1", 10)
    for _ in range(60):
        cli.warehouse.rename("MUG-1", "Mug")
    asked = cli.source.calls.total()
    told = cli("explain", "MUG-1", "--json").json["warehouse_history"]
    assert cli.source.calls.total() - asked == 7
    assert "3PLGuys was asked only for the newest" in told["error"]


@pytest.mark.crossed
@pytest.mark.parametrize("command", ["explain", "history"])
@pytest.mark.parametrize("kind", ["500", "502", "429", "drop", "html", "cut"])
def test_where_it_cannot_be_asked_a_sentence_stands_in_its_place(synced: Any, command: str, kind: str) -> None:
    cli = packed(synced)
    cli.source.faults.add(kind, times=-1)
    said = cli(command, "MUG-1")
    assert (said.code, "The history at 3PLGuys could not be asked for: " in said.out) == (0, True)
    told = cli(command, "MUG-1", "--json").json
    assert ("could not be asked for" in told["warehouse_history"]["error"], told.get("error")) == (True, None)


def test_a_warehouse_that_hangs_is_not_waited_for(synced: Any) -> None:
    cli = packed(synced)
    cli.source.faults.add("stall", times=-1)
    cli.monkeypatch.setattr("bridge.ops.warehouse_history.WITHIN", 0.5)
    began = time.monotonic()
    said = cli("explain", "MUG-1")
    assert (said.code, "could not be asked for" in said.out) == (0, True)
    assert time.monotonic() - began < 10


def test_what_polls_need_of_the_budget_is_not_spent_on_it(synced: Any) -> None:
    cli = packed(synced)
    cli.source.switches.rate_limit = cli.source.calls.total() + 1
    said = cli("explain", "MUG-1")
    assert (said.code, "only what polls for changes need is left" in said.out) == (0, True)
