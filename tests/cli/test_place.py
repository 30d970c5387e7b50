"""State belongs to a configuration, not to the folder one stands in, and is for its owner's eyes alone."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.config import data_folder
from bridge.errors import ConfigError

from .conftest import CommandLine, Output


@dataclass
class Owned:
    """Whoever types, in one of two folders. file: the configuration, in `home`."""

    cli: CommandLine
    home: Path
    elsewhere: Path

    @property
    def file(self) -> Path:
        return self.home / "stockbridge.toml"

    def __call__(self, *arguments: str) -> Output:
        return self.cli(*arguments)

    def go(self, folder: Path) -> None:
        self.cli.monkeypatch.chdir(folder)


@pytest.fixture
def owned(cli: CommandLine, tmp_path: Path) -> Owned:
    """A configuration in a file, and no REDIS_URL; the data lie beside it in a folder that all could read."""
    made = Owned(cli, tmp_path / "home", tmp_path / "elsewhere")
    cli.monkeypatch.delenv("REDIS_URL")
    cli.monkeypatch.delenv("STOCKBRIDGE_CONFIG_TOML")
    for folder in (made.home, made.elsewhere):
        folder.mkdir()
    made.file.write_text(cli.configuration())
    cli.add("A", 5, shown=1)
    return made


def test_a_command_from_another_folder_finds_the_same_state(owned: Owned) -> None:
    owned.go(owned.home)
    assert owned("sync").code == 0
    owned.go(owned.elsewhere)
    said = owned("pause", "main", "--config", "../home/stockbridge.toml")
    assert (said.code, said.err) == (0, "")
    owned.go(owned.home)
    assert owned("status", "--json").json["stores"]["main"]["paused"]
    assert not (owned.elsewhere / ".stockbridge").exists()
    owned.go(owned.elsewhere)
    owned.cli.monkeypatch.setenv("STOCKBRIDGE_CONFIG", str(owned.file))
    assert owned("status", "--json").json["stores"]["main"]["paused"]


@pytest.mark.parametrize("command", ["pause main", "release main --yes", "diff main", "status", "resume main"])
def test_a_state_that_nobody_filled_is_said(owned: Owned, command: str) -> None:
    owned.go(owned.home)
    assert "Nothing was synced here yet" in owned(*command.split()).err


def test_what_lies_there_is_for_its_owner_alone_also_in_a_folder_that_was_open(owned: Owned) -> None:
    data = owned.home / ".stockbridge"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    (data / "redis.log").touch(0o644)
    (data / "redis.log").chmod(0o644)
    owned.go(owned.home)
    assert owned("sync").code == 0
    assert [path for path in (data, *data.rglob("*")) if path.stat().st_mode & 0o077] == []


def test_another_configuration_is_tried_on_the_state_of_the_running_one(owned: Owned) -> None:
    owned.cli.monkeypatch.setenv("STOCKBRIDGE_CONFIG", str(owned.file))
    assert owned("sync").code == 0
    tried = owned.elsewhere / "new.toml"
    tried.write_text(owned.cli.configuration("buffer = 2"))
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
