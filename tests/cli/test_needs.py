"""`check` proves what is needed: what Redis allows, whether it keeps what it is given, and whose state it holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import pytest

from .conftest import CommandLine, Output

OURS = "~stockbridge:*"
QUEUE = ("~celery*", "~unacked*", "~_kombu*")


def become_another(cli: CommandLine) -> tuple[str, str]:
    """Another merchant's shop and source → where the shop was, and where it is."""
    before = cli.main.address
    cli.main, cli.source_url = cli.another_shop("main"), f"{cli.source_url}/other"
    return urlsplit(before).netloc, urlsplit(cli.main.address).netloc


@contextmanager
def user(cli: CommandLine, url: str, *rules: str) -> Iterator[None]:
    """A user of Redis with some rights, whose address the commands are given."""
    cli.redis.execute_command("ACL", "SETUSER", "bridge", "reset", "on", ">word", *rules)  # type: ignore[no-untyped-call]
    parts = urlsplit(url)
    try:
        cli.monkeypatch.setenv(
            "REDIS_URL", urlunsplit(parts._replace(netloc=f"bridge:word@{parts.netloc.rpartition('@')[2]}"))
        )
        yield
    finally:
        cli.redis.execute_command("ACL", "DELUSER", "bridge")  # type: ignore[no-untyped-call]


def words(said: Output) -> str:
    return " ".join(said.everything.split())


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ((OURS, "&*", "+@all"), "LPUSH on celery"),
        ((OURS, *QUEUE[:2], "&*", "+@all"), "SADD on _kombu.binding.celery"),
        ((OURS, *QUEUE, "resetchannels", "+@all"), "PUBLISH on /"),
        ((OURS, *QUEUE, "&*", "+@all", "-brpop"), "BRPOP on celery"),
        ((OURS, *QUEUE, "&*", "+@all", "-evalsha"), "EVALSHA on stockbridge:*"),
        ((OURS, *QUEUE, "&*", "+@all", "-script"), "SCRIPT LOAD:"),
        (("~celery*", *QUEUE[1:], "&*", "+@all"), "GET on stockbridge:*"),
    ],
)
def test_a_user_of_redis_without_the_rights_of_a_worker_is_told(
    cli: CommandLine, redis_url: str, rules: tuple[str, ...], named: str
) -> None:
    cli.add("A", 5)
    with user(cli, redis_url, *rules):
        said = cli("check")
    assert said.code == 1
    assert f"Redis refuses {named}" in words(said)
    assert "word" not in words(said).replace("password", "")


def test_a_user_with_just_those_rights_is_enough_and_nothing_is_left(cli: CommandLine, redis_url: str) -> None:
    cli.add("A", 5, shown=5)
    with user(cli, redis_url, OURS, *QUEUE, "&*", "+@all", "-@admin", "-@dangerous", "+info"):
        before = set(cli.redis.keys("*"))
        said = cli("check", "--json")
        assert (said.code, said.json["redis"]) == (0, {"ok": True, "warnings": []})
    left = {str(key) for key in set(cli.redis.keys("*")) - before}
    assert not [key for key in left if "stockbridge:" not in key or ":check" in key]


@pytest.mark.parametrize("may_ask", ["+info", "+config|get", "-info"])
def test_a_redis_that_throws_keys_away_is_told_whatever_host_it_is(
    cli: CommandLine, redis_url: str, may_ask: str
) -> None:
    cli.add("A", 5, shown=5)
    before = cli.redis.config_get("maxmemory-policy")["maxmemory-policy"]
    cli.redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with user(cli, redis_url, OURS, *QUEUE, "&*", "+@all", "-info", "-config", may_ask):
            said = words(cli("check"))
    finally:
        cli.redis.config_set("maxmemory-policy", str(before))
    assert ("maxmemory-policy allkeys-lru" in said) == (may_ask != "-info")
    assert "noeviction" in said
    assert "maxmemory" not in words(cli("check"))


def test_a_command_that_redis_forbids_needs_a_person(cli: CommandLine, redis_url: str) -> None:
    with user(cli, redis_url, OURS, "&*", "+@all", "-evalsha"):
        said = cli("pause", "main")
    assert said.code == 1
    assert "`stockbridge check` names what it lacks" in words(said)


# -- whose state it is -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["sync", "status", "check", "pause main"])
def test_another_merchants_configuration_is_refused(cli: CommandLine, command: str) -> None:
    cli.add("A", 5)
    assert cli("sync").code == 0
    before = {key: cli.redis.dump(key) for key in cli.redis.keys("*")}
    places = become_another(cli)
    cli.configure(text=cli.configuration().replace("${THREEPLGUYS_TOKEN}", "another-token"))
    said = cli(*command.split())
    assert said.code == 2
    for place in places:
        assert place in said.everything
    assert "another merchant" in words(said)
    assert {key: cli.redis.dump(key) for key in cli.redis.keys("*")} == before


def test_a_merchant_may_change_token_shop_and_address_one_after_the_other(cli: CommandLine) -> None:
    cli.add("A", 5)
    assert cli("sync").code == 0
    before = cli.configuration()
    become_another(cli)
    for token in ("${THREEPLGUYS_TOKEN}", "another-token"):  # another shop and source first, then another token
        cli.configure(text=cli.configuration().replace("${THREEPLGUYS_TOKEN}", token))
        assert "another merchant" not in words(cli("status"))
        cli("sync")
    cli.configure(text=before)
    assert cli("status").code == 2
