"""What whoever watches asks: each address with and without its token, on loopback and off it."""

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
import redis as redis_package

from bridge.metrics import exposition
from bridge.web.looks import Look
from tests.harness.frozen import frozen

WATCHER = "a-token-of-whoever-watches"
GUARDED = f'[web]\ntoken = "{WATCHER}"\n'
BEARER = {"Authorization": f"Bearer {WATCHER}"}


def got(till: Any, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> httpx.Response:
    answer: httpx.Response = till.ask(method, path, token=None, headers=headers or {})
    return answer


def test_metrics_are_what_the_command_prints(till: Any) -> None:
    till.count("A", 3)
    till.harness.cycle()
    answer = got(till, "/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert answer.text == exposition(till.harness.context)
    assert 'stockbridge_till_reports_total{till="shelf",result="taken"} 1' in answer.text


TOKENS: list[Any] = [
    pytest.param("", False, {}, 200, id="loopback, none configured: open"),
    pytest.param("", False, BEARER, 200, id="loopback, none configured, one sent"),
    pytest.param("", True, {}, 403, id="outside, none configured: closed"),
    pytest.param("", True, BEARER, 403, id="outside, none configured, one sent"),
    pytest.param(GUARDED, True, BEARER, 200, id="outside, the right one"),
    pytest.param(GUARDED, False, BEARER, 200, id="loopback, the right one"),
    pytest.param(GUARDED, False, {}, 401, id="loopback, none sent: a proxy may stand before it"),
    pytest.param(GUARDED, True, {}, 401, id="none sent"),
    pytest.param(GUARDED, True, {"Authorization": f"bearer   {WATCHER}  "}, 200, id="in small letters, with blanks"),
    pytest.param(GUARDED, True, {"Authorization": f"Basic {WATCHER}"}, 401, id="another scheme"),
    pytest.param(GUARDED, True, {"Authorization": WATCHER}, 401, id="no scheme"),
    pytest.param(GUARDED, True, {"Authorization": "Bearer"}, 401, id="empty"),
    pytest.param(GUARDED, True, {"Authorization": f"Bearer {WATCHER[:-1]}"}, 401, id="a part of it"),
    pytest.param(GUARDED, True, {"Authorization": f"Bearer {WATCHER}x"}, 401, id="more than it"),
    pytest.param(GUARDED, True, {"Authorization": f"Bearer {WATCHER.upper()}"}, 401, id="in capitals"),
    pytest.param(GUARDED, True, {"Authorization": "Bearer a-token-of-the-till"}, 401, id="that of a till"),
    pytest.param(GUARDED, True, {"X-Token": WATCHER}, 401, id="in another header"),
]


@pytest.mark.parametrize(("web", "outside", "headers", "status"), TOKENS)
def test_who_may_see_metrics(till_with: Any, web: str, outside: bool, headers: dict[str, str], status: int) -> None:
    answer = got(till_with(lines=web, outside=outside), "/metrics", headers)
    assert answer.status_code == status
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    assert ("stockbridge_due" in answer.text) is (status == 200)
    assert answer.headers["cache-control"] == "no-store"
    if status == 403:
        assert "set `token` under [web]" in answer.json()["error"]


def test_bytes_that_are_no_text_are_no_token(till_with: Any) -> None:
    till = till_with(lines=GUARDED)
    answer = till.ask("GET", "/metrics", token=None, headers=[(b"authorization", b"Bearer \xff\xfe\x00")])
    assert answer.status_code == 401


def test_health_never_needs_a_token(till_with: Any) -> None:
    till = till_with(lines=GUARDED, outside=True)
    assert got(till, "/healthz").text == "ok\n"


NOTHING = (
    "/metrics/", "/healthz/", "/METRICS", "/metrics;x", "/metrics%00", "/metrics.txt",
    "/%2e%2e/metrics", "/x/..%2fmetrics", "/healthz/..%2f..%2fmetrics", "/..%5cmetrics",
)  # fmt: skip
NOT_TAKEN: list[Any] = [
    *[pytest.param(method, "/metrics", 405, id=f"{method} /metrics") for method in ("HEAD", "POST", "PUT", "DELETE")],
    *[pytest.param(method, "/healthz", 405, id=f"{method} /healthz") for method in ("POST", "PUT", "DELETE")],
    pytest.param("HEAD", "/healthz", 200, id="HEAD /healthz: uptime tools ask so"),
    *[pytest.param("GET", path, 404, id=path) for path in NOTHING],
    *[pytest.param("GET", path, 403, id=f"{path}: the page, under a foreign name") for path in ("/", "//metrics")],
]


@pytest.mark.parametrize(("method", "path", "status"), NOT_TAKEN)
def test_no_trick_opens_another_address(till_with: Any, method: str, path: str, status: int) -> None:
    """Nor sends anybody elsewhere."""
    answer = got(till_with(lines=GUARDED), path, {**BEARER, "Host": "elsewhere.example.com"}, method)
    assert answer.status_code == status
    assert "location" not in answer.headers
    assert "stockbridge_" not in answer.text


@pytest.mark.parametrize("path", ["/%6detrics", "/metrics?token=" + WATCHER, "/metrics?"])
def test_another_spelling_needs_the_token_too(till_with: Any, path: str) -> None:
    till = till_with(lines=GUARDED)
    assert (got(till, path).status_code, got(till, path, BEARER).status_code) == (401, 200)


# -- looks -----------------------------------------------------------------------------------------------


def test_redis_that_hangs_is_told_in_time(till_with: Any, redis: redis_package.Redis, monkeypatch: Any) -> None:
    monkeypatch.setattr("bridge.web.probes.LONGEST", 0.2)
    till = till_with()
    till.harness.cycle()
    with frozen(redis):
        answer = got(till, "/metrics")
    assert (answer.status_code, answer.json()) == (503, {"error": "The state was not read within 0 s"})
    monkeypatch.setattr(till.probes._numbers, "_seconds", 30)  # the look that hung is soon over, and is told
    assert got(till, "/metrics").status_code == 200


def test_who_asks_meanwhile_is_told_the_same() -> None:
    began, go_on, looks = threading.Event(), threading.Event(), list[int]()

    def look() -> int:
        looks.append(len(looks))
        began.set()
        assert go_on.wait(30)
        return len(looks)

    async def twenty() -> list[int]:
        one = Look(look, 30)
        asked = [asyncio.create_task(one.seen()) for _ in range(20)]
        assert await asyncio.to_thread(began.wait, 30)
        asked[0].cancel()  # whoever goes away takes nothing from the others
        go_on.set()
        return [*await asyncio.gather(*asked[1:]), await one.seen()]

    assert asyncio.run(twenty()) == [1] * 19 + [2]


def test_a_look_that_hangs_is_waited_for_once() -> None:
    """Whoever asks while it hangs is answered at once, and nothing more is begun."""
    go_on, looks = threading.Event(), list[int]()

    def look() -> None:
        looks.append(1)
        assert go_on.wait(30)

    async def asked() -> None:
        one = Look(look, 0.2)
        for _ in range(5):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(one.seen(), 20)

    asyncio.run(asked())
    go_on.set()
    assert looks == [1]


def test_a_look_that_fails_fails_for_who_asked_and_the_next_one_is_new() -> None:
    answers = iter([ValueError("no"), None])

    def look() -> str:
        if fault := next(answers):
            raise fault
        return "well"

    async def asked() -> str:
        one = Look(look, 30)
        with pytest.raises(ValueError, match="no"):
            await one.seen()
        return await one.seen()

    assert asyncio.run(asked()) == "well"
