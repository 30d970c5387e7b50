"""State belongs to a configuration, not to the folder one stands in, and is for its owner's eyes alone."""

from pathlib import Path
from typing import Any

import pytest

from bridge.config import data_folder
from bridge.errors import ConfigError
from tests.cli.played import CONFIG


@pytest.fixture
def owned(cli: Any, tmp_path: Path) -> Any:
    """A configuration in a file, and no REDIS_URL; the data lie beside it in a folder that all could read."""
    cli.monkeypatch.delenv("REDIS_URL")
    cli.monkeypatch.delenv("STOCKBRIDGE_CONFIG_TOML")
    cli.home, cli.elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    for folder in (cli.home, cli.elsewhere):
        folder.mkdir()
    cli.file = cli.home / "stockbridge.toml"
    cli.file.write_text(CONFIG.format(rules="", **cli.urls))
    cli.add("A", 5, shown=1)
    return cli


def test_a_command_from_another_folder_finds_the_same_state(owned: Any) -> None:
    owned.monkeypatch.chdir(owned.home)
    assert owned("sync").code == 0
    owned.monkeypatch.chdir(owned.elsewhere)
    said = owned("pause", "main", "--config", "../home/stockbridge.toml")
    assert (said.code, said.err) == (0, "")
    owned.monkeypatch.chdir(owned.home)
    assert owned("status", "--json").json["stores"]["main"]["paused"]
    assert not (owned.elsewhere / ".stockbridge").exists()
    owned.monkeypatch.chdir(owned.elsewhere)
    owned.monkeypatch.setenv("STOCKBRIDGE_CONFIG", str(owned.file))
    assert owned("status", "--json").json["stores"]["main"]["paused"]


@pytest.mark.parametrize("command", ["pause main", "release main --yes", "diff main", "status", "resume main"])
def test_a_state_that_nobody_filled_is_said(owned: Any, command: str) -> None:
    owned.monkeypatch.chdir(owned.home)
    assert "Nothing was synced here yet" in owned(*command.split()).err


def test_what_lies_there_is_for_its_owner_alone_also_in_a_folder_that_was_open(owned: Any) -> None:
    data = owned.home / ".stockbridge"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    (data / "redis.log").touch(0o644)
    (data / "redis.log").chmod(0o644)
    owned.monkeypatch.chdir(owned.home)
    assert owned("sync").code == 0
    assert [path for path in (data, *data.rglob("*")) if path.stat().st_mode & 0o077] == []


def test_another_configuration_is_tried_on_the_state_of_the_running_one(owned: Any) -> None:
    owned.monkeypatch.setenv("STOCKBRIDGE_CONFIG", str(owned.file))
    assert owned("sync").code == 0
    tried = owned.elsewhere / "new.toml"
    tried.write_text(CONFIG.format(rules="buffer = 2", **owned.urls))
    said = owned("sync", "--dry-run", "--config", str(tried), "--json")
    assert [(row["shows"], row["would_show"]) for row in said.json["stores"]["main"]["plan"]] == [(5, 3)]
    assert not (owned.elsewhere / ".stockbridge").exists()


def test_where_the_data_lie(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.toml").touch()
    (tmp_path / "link.toml").symlink_to(tmp_path / "real" / "a.toml")
    beside = tmp_path / "real" / ".stockbridge"
    assert data_folder({}, tmp_path / "link.toml") == beside
    assert data_folder({"STOCKBRIDGE_CONFIG": str(tmp_path / "link.toml")}) == beside
    assert data_folder({"STOCKBRIDGE_DATA": "/srv/data"}, tmp_path / "link.toml") == Path("/srv/data")
    whole = {"STOCKBRIDGE_CONFIG_TOML": "[source]"}
    assert data_folder({**whole, "STOCKBRIDGE_DATA": "/srv/data"}) == Path("/srv/data")
    with pytest.raises(ConfigError, match="STOCKBRIDGE_DATA: name a folder"):
        data_folder(whole)
