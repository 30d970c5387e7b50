"""What others wrote is data: it drives no terminal, breaks no table and no log line, in any command."""

import io
import json
import os
import re

import pytest

from bridge import log
from bridge.cli import table
from bridge.core.text import LONGEST_CELL, shown

from .conftest import CommandLine, Synced

CURSED = "\x1b[31mRED\x00\nNEW\u202eDEIL\x9b2J\u2028" + "Ž" + "\u0301" * 50
LONG = "L" * 10_000
COMMANDS = (
    ("sync", "--dry-run"), ("sync",), ("check",), ("status",), ("diff", "main"), ("drift",), ("unmapped",),
    ("quarantine",), ("explain", CURSED), ("history", CURSED), ("explain", "RED"), ("history", LONG + "x"),
    ("release", "main", "--yes"), ("explain", LONG),
)  # fmt: skip


def paints(text: str) -> list[str]:
    """Signs that a terminal may obey, and towers of accents; the bold heads of our own tables apart."""
    text = text.replace("\x1b[1m", "").replace("\x1b[0m", "")
    return [c for c in text if not c.isprintable() and c != "\n"] + re.findall("\u0301{4,}", text)


@pytest.fixture
def cursed(synced: Synced) -> CommandLine:
    """Each side knows a SKU of odd signs, one of 10,000, and one that only it knows."""
    cli = synced({"A": 5})
    for sku in (CURSED, LONG):
        cli.warehouse.add(sku, 8, f"{CURSED} {LONG}")
        cli.main.add(sku, 3, f"{CURSED} {LONG}")
    cli.warehouse.add(f"{CURSED}-here", 8, CURSED)
    cli.main.add(f"{CURSED}-there", 3, CURSED)
    return cli


@pytest.mark.parametrize("terminal", [False, True])
def test_no_command_lets_it_through(cursed: CommandLine, terminal: bool) -> None:
    if terminal:
        cursed.monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        cursed.monkeypatch.setenv("COLUMNS", "80")
    for command in COMMANDS:
        said = cursed(*command)
        assert "Traceback" not in said.everything
        assert paints(said.everything) == [], command
        assert max(map(len, said.everything.splitlines()), default=0) < 2_100, command


def test_json_is_whole_and_drives_no_terminal(cursed: CommandLine) -> None:
    cursed("sync")
    said = cursed("explain", CURSED, "--json")
    assert [c for c in said.out if not c.isprintable() and c != "\n"] == []
    assert said.json["sku"] == CURSED


def test_a_table_keeps_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    table.show(("sku", "units"), [[CURSED, 3], [LONG, 4], ["A", 5]])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines] == ["units", "3", "4", "5"]
    assert max(map(len, lines)) <= LONGEST_CELL + 10


def test_a_log_line_stays_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for console in (False, True):
        stream = io.StringIO()
        log.configure(stream=stream, level="WARNING", console=console)
        log.get().warning(CURSED, sku=CURSED, deep=[{"a": CURSED}], title=LONG)
        written = stream.getvalue()
        assert len(written.splitlines()) == 1
        assert len(written) < 5_000
        plain = re.sub(r"\x1b\[[0-9;]*m", "", written).replace("RED", "") if console else written
        assert "\x1b" not in plain
        assert [c for c in plain if not c.isprintable() and c != "\n"] == []
        if not console:
            assert json.loads(written)["level"] == "warning"
    log.configure(level="WARNING")


def test_plain_text_is_left_alone() -> None:
    for text in ("MUG-1", "Tasse „Größe M“ 杯子 é", ""):
        assert shown(text) == text
    assert shown("a" * 50, 10) == "a" * 9 + "…"
    assert os.linesep not in shown("a\nb")
