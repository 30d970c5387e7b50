"""`/readyz`: 200 while everything flows, else 503 with the part that stands still and since when."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis as redis_package

from bridge.core.freshness import LastSeen
from bridge.state import keys
from tests.harness.frozen import frozen
from tests.harness.installation import START, Installation

MINUTES = timedelta(minutes=1)


@pytest.fixture
def flowing(till: Any) -> Any:
    """Everything was seen just now."""
    harness: Installation = till.harness
    harness.add("A", 10)
    harness.cycle()
    for part in (keys.WORKER, keys.BEAT):
        harness.state.note_seen(part, harness.clock())
    return till


def asked(till: Any, method: str = "GET") -> tuple[int, Any]:
    answer = till.ask(method, "/readyz", token=None)
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()


def test_all_that_flows_is_named_with_when_it_was_seen(flowing: Any) -> None:
    now = flowing.harness.clock().isoformat()
    status, said = asked(flowing)
    source = said.pop("source")
    stores = said.pop("stores")
    assert (status, said) == (
        200,
        {"ready": True, **{x: {"ready": True, "seen": now} for x in ("redis", "worker", "beat")}},
    )
    assert (source["ready"], sorted(stores)) == (True, ["main", "outlet"])
    assert {each["ready"] for each in stores.values()} == {True}
    assert START.isoformat() < source["seen"] <= now


def _seen(part: str, **ago: float) -> Callable[[Installation], None]:
    return lambda harness: harness.state.note_seen(part, harness.clock() - timedelta(**ago))


def _pulled_once(harness: Installation) -> None:
    """Everything else goes on."""
    harness.later(minutes=6)
    for store in ("main", "outlet"):
        harness.state.note_store(store, read_at=harness.clock())
    for part in (keys.WORKER, keys.BEAT):
        harness.state.note_seen(part, harness.clock())


STILL: list[Any] = [
    pytest.param(_seen(keys.WORKER, seconds=121), "worker: last seen 2 minutes ago", ["worker"], id="worker"),
    pytest.param(_seen(keys.BEAT, hours=3), "beat: last seen 3 hours ago", ["beat"], id="beat"),
    pytest.param(lambda h: h.db.hdel(keys.SEEN, "beat"), "beat: never seen", ["beat"], id="no beat yet"),
    pytest.param(
        lambda h: h.db.delete(keys.SEEN), "worker: never seen; beat: never seen", ["beat", "worker"], id="neither"
    ),
    pytest.param(_seen(keys.BEAT, days=-2), "beat: last seen 2 days from now, before the clock was set back", ["beat"],
        id="the clock was set back"),
    pytest.param(_pulled_once, "source: last seen 6 minutes ago", ["source"], id="source"),
    pytest.param(
        lambda h: h.state.note_store("outlet", read_at=h.clock() - 6 * MINUTES),
        "store outlet: last seen 6 minutes ago", ["outlet"], id="one store",
    ),
    pytest.param(lambda h: h.later(seconds=119), None, [], id="not yet"),
]  # fmt: skip


@pytest.mark.parametrize(("happened", "error", "parts"), STILL)
def test_a_part_that_stands_still_is_named(flowing: Any, happened: Any, error: str | None, parts: list[str]) -> None:
    happened(flowing.harness)
    status, said = asked(flowing)
    assert (status, said.get("error")) == ((503, error) if error else (200, None))
    every = {**said, **said["stores"]}
    assert (
        sorted(name for name, part in every.items() if isinstance(part, dict) and part.get("ready") is False) == parts
    )


def test_what_is_polled_seldom_on_purpose_is_ready_between_two_polls(till_with: Any) -> None:
    till = till_with(source_lines='poll = "10m"')
    till.harness.add("A", 10)
    till.harness.cycle()
    till.harness.later(minutes=25)
    assert asked(till)[1]["source"]["ready"] is True
    till.harness.later(minutes=10)
    assert asked(till)[1]["source"]["ready"] is False


def test_nothing_synced_yet_is_not_ready(till: Any) -> None:
    status, said = asked(till)
    assert (status, said["source"]) == (503, {"ready": False, "seen": None})
    assert said["error"].startswith("worker: never seen; beat: never seen; source: never seen; store main: never seen")


def test_redis_that_takes_no_writes_is_not_ready(flowing: Any, redis: redis_package.Redis) -> None:
    seen = asked(flowing)[1]["redis"]["seen"]
    redis.config_set("maxmemory", "1")
    try:
        status, said = asked(flowing)
    finally:
        redis.config_set("maxmemory", "0")
    assert (status, said["redis"]) == (503, {"ready": False, "seen": seen})
    assert said["error"].startswith("redis: Redis is out of memory")
    assert asked(flowing)[0] == 200


def test_redis_that_hangs_is_told_in_time(till_with: Any, redis: redis_package.Redis, monkeypatch: Any) -> None:
    monkeypatch.setattr("bridge.web.ready.LONGEST", 0.2)
    till = till_with()
    error = "redis: Redis did not answer in time"
    with frozen(redis):
        assert asked(till) == (503, {"ready": False, "error": error, "redis": {"ready": False, "seen": None}})
    monkeypatch.setattr(till.readiness._look, "_seconds", 30)  # the look that hung is soon over, and is told
    assert "worker" in asked(till)[1]


def test_it_needs_no_token_and_tells_no_secret(till_with: Any) -> None:
    till = till_with(lines='[web]\ntoken = "a-token-of-whoever-watches"\n', outside=True)
    answer = till.ask("GET", "/readyz", token=None)
    assert answer.status_code == 503
    assert [secret for secret in till.harness.read_settings().secrets() if secret in answer.text] == []


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 405), ("PUT", 405)])
def test_other_methods(flowing: Any, method: str, status: int) -> None:
    assert flowing.ask(method, "/readyz", token=None).status_code == status


@pytest.mark.parametrize(
    ("ago", "fresh"), [(0, True), (60, True), (61, False), (-60, True), (-61, False), (None, False)]
)
def test_how_old_is_fresh(ago: float | None, fresh: bool) -> None:
    at = None if ago is None else START - timedelta(seconds=ago)
    assert LastSeen(at, MINUTES).is_fresh(START) is fresh
