"""`POST /webhooks/STORE`: only what the shop signed is heard, and whatever is wrong behind, the shop never notices."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from bridge.errors import StateError
from bridge.looks import due
from bridge.state.deliveries import of_counters
from bridge.state.store import State
from bridge.sync.context import SyncContext
from bridge.sync.webhooks import take
from bridge.web import webhooks
from bridge.web.serve import listen
from bridge.web.webhooks import LARGEST, REFUSED_AFTER, Webhooks
from connectors.values import replace
from tests.harness.hooked import HEADER, KEY, Hooks, body_of, hooked, signature

WAIT = 20.0
FEW = 10
"""Deliveries that are kept one by one while Redis is away."""


@pytest.fixture
def till(till_with: Any) -> Any:
    """`main` delivers webhooks, `outlet` does not."""
    till = till_with(hooks={"main": Hooks()}, source_lines='poll = "5m"')
    till.harness.add("A", 10)
    till.harness.cycle()
    till.harness.later(minutes=3)
    till.harness.cycle()
    return till


def deliver(till: Any, body: bytes | None = None, store: str = "main", key: bytes = KEY, **headers: str) -> Any:
    body = body_of() if body is None else body
    signed = {HEADER: signature(body, key), **headers}
    return till.ask("POST", f"/webhooks/{store}", token=None, content=body, headers=signed)


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < ends, "it never was so"
        time.sleep(0.005)


def counts(till: Any) -> dict[str, int]:
    return {name: n for name, n in of_counters(till.harness.state.counters(), "main").items() if n}


def is_visited(till: Any) -> bool:
    return ("push", "main") in due(till.harness.context)


def test_what_is_signed_has_its_store_read_at_once(till: Any) -> None:
    assert not is_visited(till)
    answer = deliver(till, body_of(id="d1", about="order 7"))
    assert (answer.status_code, answer.content) == (200, b"")
    until(lambda: is_visited(till))
    (row,) = till.harness.state.deliveries("main")
    assert (row.topic, row.id, row.about, row.verdict) == ("orders/changed", "d1", "order 7", "read at once")


def test_whoever_does_not_sign_learns_nothing_of_what_stores_there_are(till: Any) -> None:
    """Not by the answer, and not by the time it takes."""
    answers, took = [], []
    for store, key in (("main", b"another"), ("outlet", KEY), ("nowhere", KEY), ("main%0A", KEY)):
        began = time.perf_counter()
        answers.append(deliver(till, store=store, key=key))
        took.append(time.perf_counter() - began)
    assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}
    assert len({frozenset(answer.headers.items()) for answer in answers}) == 1
    assert min(took) >= REFUSED_AFTER
    until(lambda: counts(till) == {"bad signature": 1})
    assert (till.harness.state.deliveries("main"), is_visited(till)) == ([], False)


def test_forged_deliveries_push_nothing_out_of_the_log(till: Any) -> None:
    deliver(till, body_of(id="d1"))
    for _ in range(5):
        deliver(till, key=b"another")
    until(lambda: counts(till) == {"read at once": 1, "bad signature": 5})
    assert len(till.harness.state.deliveries("main")) == 1


def test_a_key_that_was_rotated_signs_as_long_as_the_store_knows_it(till: Any) -> None:
    new, context = b"the-next-key", till.harness.context
    till.hooks._signers = Webhooks(hooked(context, {"main": Hooks()}, (new, KEY)))._signers
    assert [deliver(till, key=key).status_code for key in (new, KEY, b"none")] == [200, 200, 401]
    till.hooks._signers = Webhooks(hooked(context, {"main": Hooks()}, (new,)))._signers
    assert [deliver(till, key=key).status_code for key in (new, KEY)] == [200, 401]


def test_a_replay_is_a_double_and_asks_for_nothing(till: Any) -> None:
    deliver(till, body_of(id="d1"))
    until(lambda: is_visited(till))
    till.harness.session("main")
    for _ in range(3):
        assert deliver(till, body_of(id="d1")).status_code == 200
    until(lambda: counts(till) == {"read at once": 1, "double": 3})
    till.harness.later(minutes=1)
    assert not till.harness.state.store_record("main").is_hinted


class Away(State):
    """A Redis that refuses, and then comes back."""

    refuses = True

    def take_deliveries(self, *arguments: Any) -> None:
        if self.refuses:
            raise StateError("Redis is away.")
        super().take_deliveries(*arguments)


@pytest.fixture
def away(till: Any, monkeypatch: pytest.MonkeyPatch) -> Away:
    """Redis is away from the endpoint, and from it alone."""
    monkeypatch.setattr(webhooks, "AGAIN", 0.05)
    monkeypatch.setattr(webhooks, "KEPT", FEW)
    state = Away(till.harness.db, till.harness.state.stores, tills=till.harness.state.tills)
    till.hooks._context = replace(till.harness.context, state=state)
    return state


def test_while_redis_is_away_everything_is_answered_and_nothing_is_lost(till: Any, away: Away) -> None:
    for number in range(2 * FEW):
        assert deliver(till, body_of(id=f"d{number}")).status_code == 200
    deliver(till, body_of("products/changed", "listings"))
    assert (counts(till), is_visited(till)) == ({}, False)
    away.refuses = False
    until(lambda: counts(till) == {"read at once": 2 * FEW + 1})
    record = till.harness.state.store_record("main")
    assert (is_visited(till), record.hint_of_listings == record.hint) == (True, True)


def test_what_asks_for_listings_is_heard_though_the_log_is_full(till: Any, away: Away) -> None:
    deliver(till, body_of("products/changed", "listings"))
    for number in range(FEW + 5):
        deliver(till, body_of(id=f"d{number}"))
    away.refuses = False
    until(lambda: is_visited(till))
    record = till.harness.state.store_record("main")
    assert record.hint_of_listings == record.hint > 0


def test_while_redis_is_slow_nobody_waits_for_it(till: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = threading.Event()

    def late(*arguments: Any) -> None:
        assert slow.wait(WAIT)
        take(*arguments)

    monkeypatch.setattr(webhooks, "take", late)
    assert [deliver(till, body_of(id=f"d{number}")).status_code for number in range(5)] == [200] * 5
    assert counts(till) == {}
    slow.set()
    until(lambda: counts(till) == {"read at once": 5})


def test_a_bug_behind_it_is_no_concern_of_the_shop(till: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(webhooks, "take", broken)
    assert deliver(till).status_code == 200
    until(lambda: not till.hooks._pending)
    monkeypatch.undo()
    deliver(till)
    until(lambda: is_visited(till))


def test_what_a_connector_cannot_read_is_answered_and_counted(till: Any) -> None:
    assert deliver(till, b"{not JSON").status_code == 200
    until(lambda: counts(till) == {"not understood": 1})
    assert not is_visited(till)


def test_a_state_that_is_not_whole_takes_hints(till: Any) -> None:
    till.harness.db.flushall()
    assert deliver(till).status_code == 200
    until(lambda: counts(till) == {"read at once": 1})
    assert [report.error for report in till.harness.cycle().stores.values()] == [None, None]


def test_a_body_is_bounded(till: Any) -> None:
    assert deliver(till, b"x" * LARGEST).status_code == 200  # signed, and nothing that a connector can read
    answer = deliver(till, b"x" * (LARGEST + 1))
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert till.ask("GET", "/webhooks/main").status_code == 405


def test_a_body_that_does_not_come_is_not_waited_for(till: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "SLOWEST", 0.05)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(WAIT)

    began = time.monotonic()
    answer = till.ask("POST", "/webhooks/main", token=None, content=slowly(), headers={HEADER: "x"})
    assert (answer.status_code, time.monotonic() - began < WAIT / 2) == (408, True)


def test_what_was_answered_is_taken_in_before_the_server_ends(till: Any) -> None:
    for number in range(50):
        deliver(till, body_of(id=f"d{number}"))
    till.hooks.close()
    assert counts(till) == {"read at once": 50}


# -- a flood, over real sockets --------------------------------------------------------------------------


@contextmanager
def served(app: Any) -> Iterator[str]:
    at = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [at]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{at.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        at.close()


class Counting(State):
    """calls: how often deliveries were taken in."""

    calls = 0

    def take_deliveries(self, *arguments: Any) -> None:
        type(self).calls += 1
        super().take_deliveries(*arguments)


async def _flood(url: str, deliveries: list[tuple[str, bytes, bytes]], clients: int) -> list[int]:
    """(store, body, key), so many at once → status of each."""
    rest, done = iter(deliveries), list[int]()

    async def one(client: httpx.AsyncClient) -> None:
        for store, body, key in rest:
            answer = await client.post(f"{url}/webhooks/{store}", content=body, headers={HEADER: signature(body, key)})
            done.append(answer.status_code)

    async with httpx.AsyncClient(timeout=WAIT) as client:
        await asyncio.gather(*(one(client) for _ in range(clients)))
    return done


@pytest.mark.full
def test_a_flood_is_one_mark_and_loses_none(till: Any) -> None:
    """A thousand deliveries as fast as they come, a tenth of them forged: counted by what was done, for seconds depend
    on what else the machine does."""
    context: SyncContext = till.harness.context
    state = Counting(till.harness.db, context.state.stores, tills=context.state.tills)
    till.hooks._context = replace(context, state=state)
    forged = [("main", body_of(id=f"f{n}"), b"another") for n in range(100)]
    sent = [("main", body_of(id=f"d{n}"), KEY) for n in range(1_000)]
    mixed = [
        pair for ten, bad in zip(zip(*[iter(sent)] * 10, strict=True), forged, strict=True) for pair in (*ten, bad)
    ]
    before = till.harness.state.store_record("main").hint
    with served(till.app) as url:
        done = asyncio.run(_flood(url, mixed, clients=8))
    assert sorted(set(done)) == [200, 401]
    until(lambda: counts(till) == {"read at once": 1_000, "bad signature": 100})
    assert done.count(200) == 1_000
    assert Counting.calls < 500, "each commit takes in all that came meanwhile"
    assert 0 < till.harness.state.store_record("main").hint - before <= Counting.calls
    till.harness.later(seconds=5)
    assert is_visited(till)
    till.harness.session("main")
    till.harness.later(minutes=1)
    assert not till.harness.state.store_record("main").is_hinted, "one session answers all of them"
