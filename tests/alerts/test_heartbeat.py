"""`[heartbeat] url`: called while pull, worker and beat are fresh, and at most once a minute; silence alarms."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import redis as redis_package

from bridge.alerts import heartbeat
from bridge.core.breaker import CircuitBreaker
from bridge.state import keys
from bridge.state.connect import connect
from bridge.state.work_queue import is_time
from connectors.testing.http import DroppedError, Response
from connectors.testing.local import two_platforms
from tests.harness.installation import Installation
from tests.harness.shops import harnesses

from .conftest import Hook

INTERVAL = keys.queued("heartbeat:interval")


@pytest.fixture
def flowing(hook: Hook, redis_url: str, redis: redis_package.Redis) -> Iterator[Installation]:
    """Everything was seen just now."""
    with harnesses(redis_url, two_platforms()) as build:
        harness: Installation = build(settings=f'[heartbeat]\nurl = "{hook.url}"\n')
        harness.add("A", 10)
        harness.cycle()
        for part in (keys.WORKER, keys.BEAT):
            harness.state.note_seen(part, harness.clock())
        harness.events.clear()
        yield harness


def test_it_is_called_while_everything_is_fresh(flowing: Installation, hook: Hook) -> None:
    heartbeat.tell(flowing.context)
    (heard,) = hook.heard
    assert (heard.method, heard.path, heard.body) == ("GET", "/services/T0/B0/very-secret-path", b"")
    assert flowing.events == []


def _seen(part: str, **ago: float) -> Callable[[Installation], None]:
    return lambda harness: harness.state.note_seen(part, harness.clock() - timedelta(**ago))


def _pull_stands_still(harness: Installation) -> None:
    harness.later(minutes=6)
    for part in (keys.WORKER, keys.BEAT):
        harness.state.note_seen(part, harness.clock())


SILENT: list[Any] = [
    pytest.param(_pull_stands_still, "source: last seen 6 minutes ago", id="the pull is stale"),
    pytest.param(_seen(keys.BEAT, minutes=3), "beat: last seen 3 minutes ago", id="beat"),
    pytest.param(_seen(keys.WORKER, minutes=3), "worker: last seen 3 minutes ago", id="worker"),
    pytest.param(lambda h: h.db.delete(keys.SEEN), "worker: never seen; beat: never seen", id="nobody yet"),
    pytest.param(lambda h: h.db.delete(keys.SOURCE), "source: never seen", id="no pull yet"),
]


@pytest.mark.parametrize(("happened", "why"), SILENT)
def test_it_is_silent_while_a_part_stands_still_and_goes_on_after(
    flowing: Installation, hook: Hook, happened: Callable[[Installation], None], why: str
) -> None:
    happened(flowing)
    heartbeat.tell(flowing.context)
    assert (hook.heard, flowing.events) == ([], [("heartbeat withheld", {"why": why})])
    flowing.cycle()
    for part in (keys.WORKER, keys.BEAT):
        flowing.state.note_seen(part, flowing.clock())
    flowing.db.delete(INTERVAL)
    heartbeat.tell(flowing.context)
    assert len(hook.heard) == 1


def test_a_store_in_trouble_is_no_silence(flowing: Installation, hook: Hook) -> None:
    """Alerts tell of it: the bridge itself is at work."""
    now = flowing.clock()
    breaker = CircuitBreaker("operator", "its key is not accepted", now, now, 1)
    flowing.state.note_store("outlet", breaker=breaker, read_at=now - timedelta(days=1))
    heartbeat.tell(flowing.context)
    assert len(hook.heard) == 1


def test_several_workers_call_once_a_minute_by_the_clock_of_redis(
    flowing: Installation, hook: Hook, redis_url: str
) -> None:
    """However many messages there are, and whatever a machine's own clock says."""
    settings = flowing.read_settings()
    workers = [flowing.context_on(settings, connect(redis_url), flowing.clock, flowing.clock) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(heartbeat.tell, workers * 3))
    flowing.later(minutes=1)
    heartbeat.tell(flowing.context)
    assert len(hook.heard) == 1
    assert 50_000 < flowing.db.pttl(INTERVAL) <= 60_000
    assert not heartbeat.may_be_time(flowing.context)
    flowing.db.delete(INTERVAL)
    assert heartbeat.may_be_time(flowing.context)
    for worker in workers:
        worker.state.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(Response(404), "refused the message (HTTP 404); copy the address again", id="gone"),
        pytest.param(Response(500), "takes no message now (HTTP 500); it is tried again.", id="broken"),
        pytest.param(Response(302, {"Location": "/x"}), "redirects (HTTP 302), which is not followed", id="elsewhere"),
        pytest.param(DroppedError("stalled"), "did not answer within 0 s; it is tried again.", id="deaf"),
        pytest.param(DroppedError("closed"), "broke off the connection; it is tried again.", id="dropped"),
        pytest.param(Response(200, body=b"x" * 10_000_000), None, id="too much to say"),
    ],
)
def test_a_call_that_fails_is_told_without_the_address(
    flowing: Installation, hook: Hook, monkeypatch: Any, answer: Response | DroppedError, said: str | None
) -> None:
    if isinstance(answer, DroppedError) and answer.how == "stalled":  # no other answer has to come in time
        monkeypatch.setattr("bridge.alerts.call.SECONDS", 0.3)
    hook.answer = answer
    heartbeat.tell(flowing.context)
    assert len(hook.heard) == 1
    told = [facts["error"] for event, facts in flowing.events if event == "heartbeat not delivered"]
    assert [text.startswith(f"The address of [heartbeat] {said}") for text in told] == ([True] if said else [])
    assert "very-secret-path" not in str(flowing.events)


def test_without_an_address_nothing_is_asked_for(redis_url: str, redis: redis_package.Redis) -> None:
    with harnesses(redis_url, two_platforms()) as build:
        harness = build()
        assert not heartbeat.may_be_time(harness.context)
        heartbeat.tell(harness.context)
        assert is_time(harness.state, heartbeat.WORK, 60)
