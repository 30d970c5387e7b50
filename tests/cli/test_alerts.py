"""Telling people, from the command line: `alert-test`, the end of `sync`, and what `status` says of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.testing.http import Request, Response
from connectors.testing.server import SandboxServer

from .conftest import CommandLine

SECRET_PATH = "/services/T0/B0/very-secret-path"
EMAIL = """
[alerts.email]
host = "127.0.0.1"
port = 9
security = "none"
from = "a@example.com"
to = ["b@example.com"]
"""


class Chat:
    def __init__(self) -> None:
        self.status, self.heard = 200, list[Request]()

    def __call__(self, request: Request) -> Response:
        self.heard.append(request)
        return Response(self.status)


@pytest.fixture
def chat(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    """Somebody who is told of everything."""
    made = Chat()
    with SandboxServer(made) as served:
        monkeypatch.setenv("SLACK_WEBHOOK_URL", served.url + SECRET_PATH)
        configure(cli)
        yield made


def configure(cli: CommandLine, more: str = "") -> None:
    cli.configure('\n[alerts]\nwebhook = "${SLACK_WEBHOOK_URL}"\n' + more)


def hold(cli: CommandLine) -> None:
    for n in range(10):
        cli.add(f"S{n}", 10)
    assert cli("sync").code == 0
    for n in range(10):
        cli.warehouse.set_stock(f"S{n}", 0)
    assert cli("sync").code == 1


def test_nobody_to_tell_ends_with_2(cli: CommandLine) -> None:
    said = cli("alert-test")
    assert (said.code, said.out) == (2, "")
    assert "add webhook, command, urls or [alerts.email]" in said.err


def test_every_channel_is_tried_and_told_of_on_a_line(cli: CommandLine, chat: Chat, tmp_path: Path) -> None:
    out = tmp_path / "out"
    configure(cli, f'command = ["tee", "{out}"]\n')
    said = cli("alert-test")
    assert (said.code, said.out, said.err) == (0, "ok        webhook\nok        command\n", "")
    assert "nothing is wrong" in out.read_text()
    assert b"nothing is wrong" in chat.heard[0].body


def test_a_channel_that_fails_ends_with_1_and_keeps_the_others_from_nothing(cli: CommandLine, chat: Chat) -> None:
    chat.status = 404
    configure(cli, 'command = ["true"]\n' + EMAIL)
    said = cli("alert-test")
    assert said.code == 1
    assert said.out == "ok        command\n"
    assert said.err.splitlines()[0].startswith("WRONG     webhook: The webhook refused the message (HTTP 404); make")
    assert "WRONG     email: The mail server 127.0.0.1:9 cannot be reached; check host" in said.err
    assert "secret-path" not in said.everything
    found = cli("alert-test", "--json")
    assert found.code == 1
    assert found.json["channels"]["command"] == {"ok": True, "error": None}
    assert found.json["channels"]["email"]["ok"] is False


def test_an_inline_cycle_tells_what_it_met_once_and_a_dry_one_nothing(cli: CommandLine, chat: Chat) -> None:
    hold(cli)
    assert len(chat.heard) == 1
    assert b"10 lowerings are held" in chat.heard[0].body
    assert cli("sync").code == 1
    assert cli("sync", "--dry-run").code == 1
    assert len(chat.heard) == 1


def test_status_names_open_alerts_and_a_channel_that_fails(cli: CommandLine, chat: Chat) -> None:
    chat.status = 500
    hold(cli)
    said = cli("status", "--json")
    found = said.json["alerts"]
    assert found["channels"] == ["webhook"]
    assert [alert["name"] for alert in found["open"]] == ["held:main"]
    assert found["failing"]["webhook"]["why"] == "The webhook takes no message now (HTTP 500); it is tried again."
    told = cli("status")
    assert "alerts by webhook are not delivered: The webhook takes no message now (HTTP 500)" in told.out
    assert "held:main" in told.out
    assert "secret-path" not in said.everything + told.everything


def test_a_silent_bridge_says_nothing_of_alerts(cli: CommandLine) -> None:
    hold(cli)
    said = cli("status", "--json")
    assert said.json["alerts"] == {"channels": [], "open": [], "failing": {}}
    assert "alert" not in cli("status").out


def test_a_wrong_channel_is_found_offline(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "http://hooks.example.com/very-secret-path")
    configure(cli, 'fresh_within = "1s"\n[alerts.email]\nsecurity = "none"\n')
    said = cli("check", "--offline")
    assert said.code == 2
    assert "alerts.webhook: is plain http" in said.err
    assert "alerts.fresh_within: is too short" in said.err
    assert "alerts.email.host: is missing" in said.err
    assert "secret-path" not in said.everything


@pytest.mark.parametrize(
    ("url", "code"),
    [
        pytest.param("nosuch://very-secret-path", 2, id="no such service"),
        pytest.param("slack://very-secret-path", 2, id="not all that it needs"),
        pytest.param("json://127.0.0.1:9/x", 0, id="a service"),
    ],
)
def test_check_names_an_address_that_no_message_could_be_sent_to(cli: CommandLine, url: str, code: int) -> None:
    cli.configure(f'\n[alerts]\nurls = ["{url}"]\n')
    said = cli("check", "--offline")
    assert (said.code, "alerts.urls.1: is no address" in said.out + said.err) == (code, code == 2)
    assert "very-secret-path" not in said.out + said.err
