"""The settings page: everything that is in effect, nothing that is secret, and what `check` says."""

from typing import Any

import pytest

from bridge.config import parse
from bridge.web.views.settings import SECRET, checked, place_of, tables

from .page import LOCKED, PASSWORD, TOKEN, VIEWER, Person, text_of

TABLES = """
[source]
token = "the-token-of-the-warehouse"
poll = "90s"
[alerts]
webhook = "https://hooks.example.com/a-key-that-nobody-sees"
command = ["notify", "--key", "a-key-of-a-command"]
[web]
password = "the-password-of-operators"
[heartbeat]
url = "https://ping.example.com/a-secret-address"
"""
RULES = 'buffer = 2\nshare = "75%"\n[stores.main.map]\n"STORE-1" = "WDG-1"\n'


@pytest.fixture
def text(till_with: Any) -> str:
    """A configuration of shops of every kind."""
    return "\n".join([TABLES, *(store.section for store in till_with(RULES).harness.stores.values())])


KEYS = {
    "a secret": ("source", "token", SECRET, False),
    "a duration": ("source", "poll", "90s", False),
    "a default": ("source", "overlap", "5m", True),
    "a default of days": ("source", "full_pull_every", "1d", True),
    "an address that is a secret": ("alerts", "webhook", SECRET, False),
    "a command that may hold keys": ("alerts", "command", SECRET, False),
    "a number": ("stores.main", "buffer", "2", False),
    "a share": ("stores.main", "share", "75%", False),
    "a share of the guard": ("guard", "max_cut", "50%", True),
    "a map": ("stores.main", "map", "STORE-1 = WDG-1", False),
    "nothing": ("stores.main", "cap", "not set", True),
    "yes or no": ("stores.main", "paused", "false", True),
}


def test_a_key_is_shown_as_the_file_would_say_it(text: str) -> None:
    settings = parse(text, {})
    shown = {x.name: {key.name: (key.value, key.default) for key in x.keys} for x in tables(settings)}
    assert {case: shown[table][key] for case, (table, key, *_) in KEYS.items()} == {
        case: (value, default) for case, (_, _, value, default) in KEYS.items()
    }
    assert shown["stores.main"]["connector"] == (settings.stores["main"].connector, False)
    options = type(settings.stores["main"].options).model_fields
    assert options.keys() <= shown["stores.main"].keys()


def test_no_secret_is_in_any_value(text: str) -> None:
    settings = parse(text, {})
    values = [key.value for table in tables(settings) for key in table.keys]
    assert len(settings.secrets()) > 5
    assert [value for value in values if any(secret in value for secret in settings.secrets())] == []


PLACES = {
    "rediss://user:secret@host.example.com:6380/2": "rediss://host.example.com:6380/2",
    "redis://:secret@[::1]:6379": "redis://[::1]:6379",
    "redis://localhost": "redis://localhost",
}


@pytest.mark.parametrize("url", PLACES)
def test_where_the_state_is_stands_there_without_who_may_enter(url: str) -> None:
    assert place_of(url) == PLACES[url]


def test_a_check_is_lines_and_what_is_wrong_comes_first() -> None:
    report = {
        "ok": False,
        "configuration": {"ok": True, "faults": [], "warnings": ["source.token: stands in the file"]},
        "stores": {"main": {"ok": False, "error": "The key is refused."}},
    }
    found = [(line.ok, line.what, line.said, line.notes) for line in checked(report)]
    assert found == [
        (False, "main", "The key is refused.", ()),
        (True, "configuration", "fine", ("source.token: stands in the file",)),
    ]
    assert [(line.ok, line.said) for line in checked({"ok": False, "error": "Silent."})] == [(False, "Silent.")]


def test_the_page_shows_the_configuration_the_check_and_the_state(till_with: Any, text: str, monkeypatch: Any) -> None:
    till = till_with(lines=LOCKED)
    monkeypatch.setenv("STOCKBRIDGE_CONFIG_TOML", text)
    monkeypatch.delenv("STOCKBRIDGE_CONFIG", raising=False)
    answer = Person(till).log_in().get("/settings")
    said = text_of(answer)
    assert "ok configuration: fine source.token: is a secret that stands in the file" in said, said
    assert "[stores.outlet]" in said
    assert "Memory" in said
    assert "Check everything" in said
    for secret in (PASSWORD, VIEWER, TOKEN, "the-token-of-the-warehouse"):
        assert secret not in answer.text
    viewer = Person(till).log_in(VIEWER)
    assert "Check everything" not in viewer.get("/settings").text
    assert viewer.post("/settings/check").status_code == 403


def test_the_button_asks_everything(till: Any, text: str, monkeypatch: Any) -> None:
    """Nothing listens where Redis is said to be."""
    monkeypatch.setenv("STOCKBRIDGE_CONFIG_TOML", text)
    monkeypatch.delenv("STOCKBRIDGE_CONFIG", raising=False)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9")
    said = text_of(Person(till).post("/settings/check"))
    assert "wrong redis: Redis cannot be reached" in said
