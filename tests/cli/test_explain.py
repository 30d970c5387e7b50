"""`explain` where a store shows something else than it should: findings first, and they add up."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bridge.core.finding import FindingCode
from bridge.state import keys

from .conftest import CommandLine, Synced

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "commands.md").read_text("utf-8")


def slips(cli: CommandLine, sku: str) -> Sequence[Mapping[str, Any]]:
    """Those of a SKU, whose findings add up."""
    found: Sequence[Mapping[str, Any]] = cli("explain", sku, "--offline", "--json").json["stores"]["main"]["slips"]
    for slip in found:
        units = [x["units"] for x in slip["findings"]]
        assert units == [None] if slip["difference"] is None else sum(units) == slip["difference"]
        if slip["shown"] and slip["should_show"] is not None:
            assert slip["difference"] == slip["shown"]["number"] - slip["should_show"]
    return found


def test_nothing_is_found_where_all_is_right(synced: Synced) -> None:
    cli = synced({"A": 5})
    (slip,) = slips(cli, "A")
    assert (slip["difference"], slip["findings"]) == (0, [])
    assert "too" not in cli("explain", "A", "--offline").out


def test_an_edit_and_a_level_each_have_their_units(synced: Synced) -> None:
    cli = synced({"A": 10})
    cli("pause", "main")
    cli.main.edit("A", 7)
    cli.warehouse.receive("A", 5)
    cli("sync", "--full")
    (slip,) = slips(cli, "A")
    assert [(x["code"], x["units"]) for x in slip["findings"]] == [("edited", -3), ("paused", -5)]
    out = cli("explain", "A", "main", "--offline").out
    told = out[out.index("\nmain: ") :]
    assert "  It shows 7 and should show 15, 8 too few:\n      -3  edited: 10 → 7, seen at" in told
    assert "`stockbridge resume main`" in told
    assert told.index("too few") < told.index("warehouse Main Warehouse (1) holds of A")
    findings = told[: told.index("  warehouse ")].splitlines()
    assert max(map(len, findings)) <= 80


def test_what_was_edited_upwards_is_nobody_elses(synced: Synced) -> None:
    cli = synced({"A": 10}, rules="heal = false")
    cli.main.edit("A", 14)
    cli("sync", "--full")
    (slip,) = slips(cli, "A")
    (found,) = slip["findings"]
    assert (found["code"], found["units"], slip["difference"]) == ("edited", 4, 4)
    assert "heal = true" in found["next"]


def test_a_level_that_only_waits_says_from_what_to_what(synced: Synced) -> None:
    cli = synced({"A": 10})
    cli.main.go_down()
    cli.warehouse.set_stock("A", 6)
    cli("sync")
    cli.main.restore()
    cli("resume", "main")
    (slip,) = slips(cli, "A")
    (found,) = slip["findings"]
    assert (found["code"], found["units"]) == ("level", 4)
    assert "A: 10 in the warehouses when last written, 6 now" in found["evidence"]
    assert "the next cycle writes it" in found["next"]


@pytest.mark.parametrize(("code", "decide"), [("held", ""), ("rejected", "--reject")])
def test_what_the_guard_holds_is_found(synced: Synced, code: str, decide: str) -> None:
    cli = synced(dict.fromkeys("ABCD", 10))
    for sku in "ABCD":
        cli.warehouse.set_stock(sku, 0)
    cli("sync")
    if decide:
        cli("release", "main", decide)
    (slip,) = slips(cli, "A")
    assert [(x["code"], x["units"]) for x in slip["findings"]] == [(code, 10)]


def test_what_is_refused_has_the_words_of_the_store(synced: Synced) -> None:
    cli = synced({"A": 5, "B": 5})
    why = cli.main.refuse("A")
    cli.warehouse.set_stock("A", 4)
    cli("sync")
    (found,) = slips(cli, "A")[0]["findings"]
    assert (found["code"], found["units"], why in found["evidence"]) == ("refused", 1, True)


def test_an_increase_without_proof_names_what_was_not_read(synced: Synced) -> None:
    cli = synced({"A": 5})
    cli.warehouse.set_stock("A", 9)
    cli.main.go_down()
    cli("sync")
    cli.main.restore()
    cli("resume", "main")
    cli.redis.hdel(keys.of_store("main", "info"), "read_at")
    (found,) = slips(cli, "A")[0]["findings"]
    assert (found["code"], found["units"]) == ("no_proof", -4)
    assert "main was read never" in found["evidence"]


def test_a_rule_counts_from_the_moment_it_is_set(synced: Synced) -> None:
    cli = synced({"A": 5})
    cli.configure("buffer = 2")
    (found,) = slips(cli, "A")[0]["findings"]
    assert (found["code"], found["units"]) == ("rules", 2)
    assert "5 was on offer for what makes 3 by today's rules" in found["evidence"]
    cli("sync")
    assert slips(cli, "A")[0]["findings"] == []


def test_what_is_left_alone_says_what_it_would_show(synced: Synced) -> None:
    cli = synced({"A": 5, "B": 5})
    cli.configure('only = ["B"]')
    cli.warehouse.set_stock("A", 9)
    cli("sync")
    (slip,) = slips(cli, "A")
    assert [(x["code"], x["units"]) for x in slip["findings"]] == [("excluded", -4)]


def test_what_has_no_number_of_ours_says_why(cli: CommandLine) -> None:
    cli.add("A", 5)
    cli.main.add("GHOST", 3)
    cli("sync")
    (slip,) = slips(cli, "GHOST")
    assert [(x["code"], x["units"]) for x in slip["findings"]] == [("unmapped", None)]
    assert "It is not known what it should show:" in cli("explain", "GHOST", "--offline").out


def test_the_closed_list_stands_in_the_docs() -> None:
    table = DOCS.split("| finding |")[1].split("\n\n")[0]
    assert [row.split("`")[1] for row in table.splitlines() if row.startswith("| `")] == [str(x) for x in FindingCode]
