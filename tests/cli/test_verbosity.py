"""What the log says of trouble, and how loud a command is."""

import io
import json
from typing import Any

import pytest

from bridge import log
from bridge.config import load
from bridge.sync import run_cycle
from bridge.wiring import build


def logged(desk: Any) -> dict[str, str]:
    """Event → level of one cycle as a worker does it."""
    stream = io.StringIO()
    settings = load()
    log.configure(settings.secrets(), stream=stream, console=False)
    context = build(settings, settings.redis_url or "", retry_seconds=0)
    run_cycle(context)
    context.state.db.close()
    return {line["event"]: line["level"] for line in map(json.loads, stream.getvalue().splitlines())}


def test_a_revoked_key_of_a_store_is_an_error_of_the_log(synced: Any) -> None:
    desk = synced({"A": 5})
    assert logged(desk)["run"] == "info"
    desk.sandbox.tokens.revoke_all()
    assert logged(desk)["store trouble"] == "error"


def test_a_revoked_token_of_the_warehouse_is_an_error_of_the_log(synced: Any) -> None:
    desk = synced({"A": 5})
    desk.source.tokens = {}
    assert logged(desk)["pull failed"] == "error"


def test_a_store_that_fails_for_a_while_is_none(synced: Any) -> None:
    desk = synced({"A": 5})
    desk.sandbox.faults.add("status", status=503, times=-1)
    assert logged(desk)["store trouble"] == "info"


REPORTS = (("check",), ("sync",), ("status",), ("diff", "main"), ("explain", "A"), ("history", "A"), ("unmapped",))


@pytest.mark.parametrize("command", REPORTS, ids=" ".join)
def test_a_quiet_command_says_nothing_when_nobody_has_to_act(synced: Any, command: tuple[str, ...]) -> None:
    desk = synced({"A": 5})
    said = desk(*command, "-q")
    assert (said.code, said.everything) == (0, "")
    assert desk(*command, "--quiet", "--json").json
    assert desk(*command).out


def test_a_quiet_command_says_what_a_person_must_do(synced: Any) -> None:
    desk = synced({"A": 5})
    desk.sandbox.tokens.revoke_all()
    for command in ("sync", "check", "status"):
        said = desk(command, "-q")
        assert (said.code, said.out) == (1, ""), command
        assert "does not accept the access token" in said.err, command


def test_a_verbose_command_shows_the_log_and_no_secret(synced: Any) -> None:
    desk = synced({"A": 5})
    desk.warehouse.set_stock("A", 3)
    said = desk("sync", "-v", "--json")
    events = [json.loads(line) for line in said.err.splitlines()]
    assert said.json["stores"]["main"]["applied"] == 1
    assert {"pulled", "run"} <= {line["event"] for line in events}
    assert {line["level"] for line in events} == {"info"}
    assert desk("sync", "--json").err == ""
    assert "shpat_" not in said.everything


@pytest.mark.parametrize("command", [(), *REPORTS], ids=" ".join)
def test_h_is_help(desk: Any, command: tuple[str, ...]) -> None:
    said = desk(*command[:1], "-h")
    assert (said.code, said.out) == (0, desk(*command[:1], "--help").out)
    assert said.out.startswith("Usage: stockbridge")


def test_tab_completes_commands_and_options(desk: Any) -> None:
    desk.monkeypatch.setenv("_STOCKBRIDGE_COMPLETE", "complete_bash")
    for words, found in (("stockbridge exp", "explain"), ("stockbridge sync --dr", "--dry-run")):
        desk.monkeypatch.setenv("COMP_WORDS", words)
        desk.monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
        assert found in desk().out.split()
