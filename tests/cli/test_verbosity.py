"""What the log says of trouble, and how loud a command is."""

import io
import json

import pytest

from bridge import log
from bridge.config import load_settings
from bridge.ops.cycle import run_cycle
from bridge.wiring import build

from .conftest import CommandLine, Synced


def logged(cli: CommandLine) -> dict[str, str]:
    """Event → level of one cycle as a worker does it."""
    stream = io.StringIO()
    settings = load_settings()
    log.configure(settings.secrets(), stream=stream, console=False)
    context = build(settings, settings.redis_url or "", retry_seconds=0)
    run_cycle(context)
    context.state.db.close()
    return {line["event"]: line["level"] for line in map(json.loads, stream.getvalue().splitlines())}


def test_a_revoked_key_of_a_store_is_an_error_of_the_log(synced: Synced) -> None:
    cli = synced({"A": 5})
    assert logged(cli)["run"] == "info"
    cli.main.revoke()
    assert logged(cli)["circuit breaker opened"] == "error"


def test_a_revoked_token_of_the_warehouse_is_an_error_of_the_log(synced: Synced) -> None:
    cli = synced({"A": 5})
    cli.source.tokens = {}
    assert logged(cli)["pull failed"] == "error"


def test_a_store_that_fails_for_a_while_is_none(synced: Synced) -> None:
    cli = synced({"A": 5})
    cli.main.sandbox.faults.add("status", status=503, times=-1)
    assert logged(cli)["circuit breaker opened"] == "info"


REPORTS = (("check",), ("sync",), ("status",), ("diff", "main"), ("explain", "A"), ("history", "A"), ("unmapped",))


@pytest.mark.parametrize("command", REPORTS, ids=" ".join)
def test_a_quiet_command_says_nothing_when_nobody_has_to_act(synced: Synced, command: tuple[str, ...]) -> None:
    cli = synced({"A": 5})
    said = cli(*command, "-q")
    assert (said.code, said.everything) == (0, "")
    assert cli(*command, "--quiet", "--json").json
    assert cli(*command).out


def test_a_quiet_command_says_what_a_person_must_do(synced: Synced) -> None:
    cli = synced({"A": 5})
    cli.main.revoke()
    why = cli.refusal()
    for command in ("sync", "check", "status"):
        said = cli(command, "-q")
        assert (said.code, said.out) == (1, ""), command
        assert why in said.err, command


def test_a_verbose_command_shows_the_log_and_no_secret(synced: Synced) -> None:
    cli = synced({"A": 5})
    cli.warehouse.set_stock("A", 3)
    said = cli("sync", "-v", "--json")
    events = [json.loads(line) for line in said.err.splitlines()]
    assert said.json["stores"]["main"]["applied"] == 1
    assert {"pulled", "run"} <= {line["event"] for line in events}
    assert {line["level"] for line in events} == {"info"}
    assert cli("sync", "--json").err == ""
    assert not [secret for secret in cli.secrets.values() if secret in said.everything]


@pytest.mark.parametrize("command", [(), *REPORTS], ids=" ".join)
def test_h_is_help(cli: CommandLine, command: tuple[str, ...]) -> None:
    said = cli(*command[:1], "-h")
    assert (said.code, said.out) == (0, cli(*command[:1], "--help").out)
    assert said.out.startswith("Usage: stockbridge")


def test_tab_completes_commands_and_options(cli: CommandLine) -> None:
    cli.monkeypatch.setenv("_STOCKBRIDGE_COMPLETE", "complete_bash")
    for words, found in (("stockbridge exp", "explain"), ("stockbridge sync --dr", "--dry-run")):
        cli.monkeypatch.setenv("COMP_WORDS", words)
        cli.monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
        assert found in cli().out.split()
