"""`webhooks`: what a person reads and what a program gets, whether a store delivers or cannot."""

import json
from typing import Any

import pytest

from bridge.cli import begin
from bridge.sync.context import SyncContext
from tests.harness.hooked import TOPICS, Hooks, hooked

from .conftest import CommandLine

PUBLIC = '[web]\npublic_url = "https://stock.example.com"\n'
ADDRESS = "https://stock.example.com/webhooks/main"


@pytest.fixture
def hooks() -> Hooks:
    return Hooks()


@pytest.fixture
def shop(cli: CommandLine, hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """`main` delivers webhooks, and this server can be reached."""
    build = begin.context_at

    def built(*arguments: Any, **named: Any) -> SyncContext:
        return hooked(build(*arguments, **named), {"main": hooks})

    monkeypatch.setattr(begin, "context_at", built)
    cli.configure(PUBLIC)
    return cli


def told(shop: CommandLine, *options: str) -> Any:
    return shop("webhooks", "main", *options, "--json").json["stores"]["main"]


def test_registering_lists_and_removing_them(shop: CommandLine, hooks: Hooks) -> None:
    assert "main: none is registered; `stockbridge webhooks main --register` does it." in shop("webhooks", "main").out
    said = shop("webhooks", "main", "--register")
    assert (said.code, said.err.count("\n")) == (0, 1), said  # an empty state is named
    assert f"main: 2 topics are delivered to {ADDRESS}, since" in said.out
    listed = told(shop, "--list")
    assert [(x["topic"], x["active"], x["address"]) for x in listed["webhooks"]] == [(t, True, ADDRESS) for t in TOPICS]
    assert (listed["missing"], listed["active"], listed["error"]) == ([], 2, None)
    assert told(shop, "--register")["active"] == 2
    removed = shop("webhooks", "main", "--remove")
    assert (removed.code, removed.out) == (0, "main: 2 removed; the store is polled, as before.\n")
    assert hooks.kept == {}
    assert told(shop)["address"] is None


def test_what_a_store_dropped_is_named_and_exits_with_1(shop: CommandLine, hooks: Hooks) -> None:
    shop("webhooks", "main", "--register")
    hooks.kept.popitem()
    said = shop("webhooks", "main")
    assert said.code == 1
    assert f"main: {TOPICS[1]} is not delivered; `stockbridge webhooks main --register` puts it back." in said.out
    assert shop("webhooks", "main", "--register").code == 0


def test_who_registered_stands_in_the_decisions(shop: CommandLine) -> None:
    shop("webhooks", "main", "--register")
    assert "webhooks-register" in str(shop.redis.hvals("stockbridge:decisions"))


FAULTS = [
    pytest.param("", ("main", "--register"), 2, "web: has no public_url", id="no address"),
    pytest.param(PUBLIC, ("mian",), 2, 'did you mean "main"?', id="no such store"),
    pytest.param(PUBLIC, ("main", "--register", "--remove"), 2, "Only one of", id="two things at once"),
]


@pytest.mark.parametrize(("rules", "arguments", "code", "words"), FAULTS)
def test_what_cannot_be_done_is_a_sentence(
    shop: CommandLine, rules: str, arguments: tuple[str, ...], code: int, words: str
) -> None:
    shop.configure(rules)
    said = shop("webhooks", *arguments)
    assert said.code == code
    assert words in said.err
    assert words in shop("webhooks", *arguments, "--json").json["error"].replace('\\"', '"')


def test_a_store_that_refuses_says_why(shop: CommandLine, hooks: Hooks) -> None:
    hooks.refuses = "The key may not change webhooks; give it read_write."
    said = shop("webhooks", "main", "--register")
    assert (said.code, hooks.refuses in said.err) == (1, True)
    assert told(shop)["address"] is None, "nothing was registered"


def test_a_store_whose_platform_delivers_none(shop: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.harness.hooked.Receiving.webhooks", None)
    monkeypatch.setattr("bridge.ops.webhooks.ReceivesWebhooks", str)
    said = shop("webhooks", "main", "--register")
    assert said.code == 2
    assert "delivers no webhooks; the store is polled, as before." in said.err


def test_an_address_must_be_one_that_shops_reach(cli: CommandLine) -> None:
    cli.configure('[web]\npublic_url = "http://stock.example.com"\n')
    said = cli("webhooks", "main")
    assert said.code == 2
    assert "web.public_url: is plain http, to which no shop delivers; write https://" in said.err


def test_what_was_put_back_is_told(shop: CommandLine, hooks: Hooks) -> None:
    """By the cycle that finds it; the light stays green."""
    shop.add("A", 5)
    shop("webhooks", "main", "--register")
    shop("sync")
    hooks.kept.clear()
    shop.redis.hset("stockbridge:store:main:info", "webhooks", _of_yesterday(shop))
    assert shop("sync").code == 0
    assert set(hooks.kept) == {*TOPICS}
    said = shop("status")
    assert said.code == 0, said
    assert "2 topics, nothing delivered yet; 2 dropped by the store and put back" in said.out
    assert 'stockbridge_webhooks_active{store="main"} 2' in shop("metrics").out


def _of_yesterday(shop: CommandLine) -> bytes:
    """The record, checked an hour ago."""
    told = json.loads(shop.redis.hget("stockbridge:store:main:info", "webhooks") or b"")
    return json.dumps({**told, "checked_at": told["checked_at"] - 3_600_000}).encode()
