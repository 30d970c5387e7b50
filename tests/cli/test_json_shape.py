"""`--json` is one object everywhere: `stores: {NAME: …}` where a command speaks of stores, `error` where it fails."""

from pathlib import Path

import pytest

from bridge.cli.app import stockbridge_command
from bridge.cli.commands import COMMANDS, ListedCommand
from tests.harness.sweeps import share

from .conftest import CommandLine, Synced

ALERTS = '\n[alerts]\ncommand = ["{program}"]\n'

ARGUMENTS = {
    "diff": ["main"], "explain": ["A"], "history": ["A"], "state": ["A"], "pause": ["main"], "resume": ["main"],
    "release": ["main"], "resync": ["main"], "webhooks": ["main"], "rollback": ["RUN", "--dry-run"], "demo": ["--once"],
}  # fmt: skip
FOREVER = {"demo", "sandbox"}  # nothing of theirs rests on a configuration
STORELESS = {"history", "alert-test", "incoming", "login"}


def with_json() -> list[str]:
    group = stockbridge_command()
    found = {name: group.commands[name] for name in COMMANDS}
    real = {name: each.imported() for name, each in found.items() if isinstance(each, ListedCommand)}
    return [name for name, each in real.items() if any("--json" in option.opts for option in each.params)]


def line(cli: CommandLine, command: str) -> list[str]:
    cli.warehouse.set_stock("A", 7)
    cli.source.tokens = {token: rights | {"shipments"} for token, rights in cli.source.tokens.items()}
    cli("sync")
    run = cli("status", "--json").json["runs"][0]["run"] if command == "rollback" else ""
    return [command, *(run if word == "RUN" else word for word in ARGUMENTS.get(command, ())), "--json"]


def test_the_commands_that_report_or_decide_have_it() -> None:
    assert set(COMMANDS) - set(with_json()) == {"init", "up", "web", "metrics"}


@pytest.mark.parametrize("command", share(sorted(set(with_json()) - FOREVER), 3))
def test_stores_stand_by_their_names(synced: Synced, command: str) -> None:
    cli = synced({"A": 5}, rules=ALERTS.format(program="true"))
    said = cli(*line(cli, command))
    assert isinstance(said.json, dict)
    assert ("stores" in said.json) == (command not in STORELESS)
    stores = said.json.get("stores", {"main": {}})
    assert list(stores) == ["main"]
    assert all(isinstance(store, dict) for store in stores.values())
    assert ("error" in said.json) == (command in ("resync", "login"))  # no worker answers; a key needs no login


@pytest.mark.parametrize("command", share(with_json(), 3))
def test_what_goes_wrong_is_an_error(synced: Synced, tmp_path: Path, command: str) -> None:
    cli = synced({"A": 5})
    arguments = line(cli, command)
    cli.configure("bufer = 2")
    said = cli(*arguments, *(["--nonsense"] if command in FOREVER else []))
    assert said.code == 2
    assert isinstance(said.json, dict)
    assert ("--nonsense" if command in FOREVER else "stores.main.bufer") in said.json["error"]


def test_a_pause_by_configuration_stays_and_is_said(synced: Synced) -> None:
    cli = synced({"A": 5})
    assert cli("pause", "main", "--json").json == {"stores": {"main": {"paused": True}}}
    assert cli("resume", "main", "--json").json == {"stores": {"main": {"paused": False}}}
    cli.configure("paused = true")
    assert cli("resume", "main", "--json").json == {"stores": {"main": {"paused": True}}}


def test_a_channel_that_fails_is_an_error(synced: Synced) -> None:
    cli = synced({"A": 5}, rules=ALERTS.format(program="false"))
    said = cli("alert-test", "--json")
    assert said.code == 1
    assert list(said.json["channels"]) == ["command"]
    assert said.json["error"].startswith("command: ")
