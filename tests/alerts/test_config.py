"""[alerts]: what a merchant writes, what they are told when it is wrong, and what stays secret."""

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import BaseModel

from bridge import log
from bridge.config import AlertSettings, EmailSettings, Settings, parse
from bridge.config.faults import names_of
from bridge.config.model import HeartbeatSettings, WebSettings
from bridge.errors import ConfigError
from bridge.wiring import channels
from connectors.testing.clock import ManualClock
from connectors.testing.local import two_platforms

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "configuration.md").read_text()
HOOK, PASSWORD = "https://hooks.example.com/services/T0/B0/very-secret", "app password"
TEAMS = "msteams://acme/one-long-secret-part/another-secret-part/3"
ENVIRON = {"SLACK_WEBHOOK_URL": HOOK, "TEAMS_URL": TEAMS, "SMTP_USER": "ops@example.com", "SMTP_PASSWORD": PASSWORD}
REST = '[source]\ntoken = "tok-123456"\n' + two_platforms()[0]("main", ManualClock()).section
EMAIL = '[alerts.email]\nhost = "smtp.example.com"\nfrom = "a@example.com"\nto = ["b@example.com"]\n'


def read(text: str) -> Settings:
    return parse(REST + text, ENVIRON)


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return list(caught.value.faults)


def test_by_default_nobody_is_told() -> None:
    chosen = read("").alerts
    assert (chosen.channels, channels(read(""))) == ((), {})
    assert (chosen.fresh_within, chosen.due_within) == (timedelta(minutes=5), timedelta(minutes=30))
    assert chosen.max_refused == 5


def test_the_sample_of_the_configuration_page_is_valid() -> None:
    (sample,) = re.findall(r"```\n(\[alerts\]\n.*?)```", GUIDE, re.DOTALL)
    settings = read(sample)
    assert settings.alerts.channels == tuple(channels(settings)) == ("webhook", "email", "command", "urls.1")
    named = re.findall(r"^# ([A-Z_]+)=$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert ENVIRON.keys() <= set(named)


@pytest.mark.parametrize("model", [AlertSettings, EmailSettings, HeartbeatSettings, WebSettings])
def test_every_key_is_documented(model: type[BaseModel]) -> None:
    assert [key for key in names_of(model) if f"`{key}`" not in GUIDE and f".{key}]" not in GUIDE] == []


@pytest.mark.parametrize(
    ("lines", "port"),
    [("", 587), ('security = "tls"', 465), ("port = 2525", 2525), ('security = "none"\nhost = "localhost"', 25)],
)
def test_the_port_follows_from_how_the_server_is_protected(lines: str, port: int) -> None:
    given = EMAIL if "host" not in lines else EMAIL.replace('host = "smtp.example.com"\n', "")
    email = read(given + lines).alerts.email
    assert email is not None
    assert email.served_at == port


WRONG = [
    ('[alerts]\nwebhook = "http://hooks.example.com/x"', "alerts.webhook: is plain http"),
    ('[alerts]\nwebhook = "hooks"', "alerts.webhook: is not an address; write https://"),
    ('[alerts]\nwebhook = ""', "alerts.webhook: is empty"),
    ('[alerts]\ncommand = "page-me"', "alerts.command: should be a list, not text"),
    ("[alerts]\ncommand = []", "alerts.command: is empty"),
    ('[alerts]\nfresh_within = "30s"', 'alerts.fresh_within: is too short; write "1m" or more'),
    ("[alerts]\nmax_refused = -1", "alerts.max_refused: is too small"),
    ('[alerts]\nwebhok = "x"', 'alerts.webhok: is not a known key; did you mean "webhook"?'),
    ('[alerts]\nemail = "x"', "alerts.email: should be a table, not text"),
    ('[heartbeat]\nurl = "http://hc.example.com/x"', "heartbeat.url: is plain http"),
    ('[heartbeat]\nurl = "hc"', "heartbeat.url: is not an address; write https://"),
    ('[heartbeat]\nurl = ""', "heartbeat.url: is empty"),
    ('[heartbeat]\nulr = "x"', 'heartbeat.ulr: is not a known key; did you mean "url"?'),
    ('[[heartbeat]]\nurl = "x"', "heartbeat: should be a table; write [heartbeat]"),
    (EMAIL + 'hots = "x"', 'alerts.email.hots: is not a known key; did you mean "host"?'),
    (EMAIL + 'security = "none"', 'alerts.email: sends unprotected; write security = "starttls" or "tls"'),
    (EMAIL + 'user = "x"', "alerts.email: has only one of user and password; write both, or neither"),
    (EMAIL + 'user = "ü"\npassword = "x"', "alerts.email.user: is empty or holds a character that mail servers"),
    (EMAIL.replace('["b@example.com"]', "[]"), "alerts.email.to: is empty"),
    (EMAIL.replace("b@example.com", "b@x.y\\nBcc: c@x.y"), "alerts.email.to.0: is not a mail address"),
    (EMAIL.replace("a@example.com", "Ops"), "alerts.email.from: is not a mail address; write name@example.com"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_is_wrong_is_named_with_a_remedy(text: str, words: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith(words)


# -- secrets -------------------------------------------------------------------------------------------

WHOLE = '[alerts]\nwebhook = "${SLACK_WEBHOOK_URL}"\ncommand = ["x", "key-1234"]\n' + EMAIL
LOGIN = 'user = "${SMTP_USER}"\npassword = "${SMTP_PASSWORD}"\n'


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Logging as it was found is left behind."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield io.StringIO()
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


def test_an_address_that_watches_is_a_secret(stream: Any) -> None:
    settings = read('[heartbeat]\nurl = "https://hc.example.com/ping/a-secret-of-36-letters"\n')
    log.configure(settings.secrets(), stream=stream)
    log.get().info(
        "sent", to="https://hc.example.com/ping/a-secret-of-36-letters", of="GET /ping/a-secret-of-36-letters"
    )
    assert "a-secret-of-36" not in stream.getvalue() + repr(settings)
    assert "hc.example.com" not in stream.getvalue()


@pytest.mark.parametrize("url", ["https://hc.example.com/ping/x", "http://127.0.0.1:8000/ping/x", "http://[::1]/x"])
def test_an_address_that_watches(url: str) -> None:
    found = read(f'[heartbeat]\nurl = "{url}"\n').heartbeat.url
    assert found is not None
    assert found.get_secret_value() == url


def test_no_secret_of_a_channel_is_logged_or_shown(stream: Any) -> None:
    settings = read(WHOLE + LOGIN)
    log.configure(settings.secrets(), stream=stream)
    path = HOOK.partition("example.com")[2]
    log.get().info("sent", to=HOOK, request=f"POST {path} HTTP/1.1", login=[ENVIRON["SMTP_USER"], PASSWORD])
    line = json.loads(stream.getvalue())
    for text in (str(line), repr(settings), repr(channels(settings))):
        assert not [secret for secret in ("very-secret", PASSWORD, "ops@example.com", "key-1234") if secret in text]
