"""Whatever Redis refuses for a while, with real processes: each says what it is, the light is not green meanwhile, and
when it is over everything due is written, without a restart."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from bridge.process.embedded_redis import embedded_server
from connectors.testing.local import LocalStore

from .conftest import Works
from .gate import Gate

LASTS = 6.0
"""Seconds: longer than a poll, so that a pull and a session fall into it."""

AFTER = 15.0
"""Seconds within which everything is written when it is over: a worker's wait between two tries, a poll, a session."""


class Behind(Works):
    """Worker and beat reach Redis through a gate; the test itself does not."""

    def __init__(
        self, stack: ExitStack, platform: type[LocalStore], redis_url: str, db: redis.Redis, folder: Path
    ) -> None:
        super().__init__(stack, platform, redis_url, db, folder)
        self.gate = stack.enter_context(Gate(redis_url))
        self.env["REDIS_URL"] = self.gate.url


Refuses = Callable[[Behind], AbstractContextManager[None]]


def status(works: Works) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "bridge", "status", "--json"]
    done = subprocess.run(command, env=works.env, cwd=works.folder, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def told(works: Works) -> str:
    """What worker and beat complained of."""
    return "\n".join(line for line in works.log().splitlines() if '"level": "info"' not in line)


@contextmanager
def settings(db: Any, **changed: str) -> Iterator[None]:
    names = [name.replace("_", "-") for name in changed]
    before = {name: db.config_get(name)[name] for name in names}
    for name, value in zip(names, changed.values(), strict=True):
        db.config_set(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            db.config_set(name, value)


@contextmanager
def too_few_replicas(works: Works) -> Iterator[None]:
    with settings(works.db, min_replicas_to_write="1"):
        yield


@contextmanager
def memory_is_full(works: Works) -> Iterator[None]:
    with settings(works.db, maxmemory="1"):
        yield


@contextmanager
def disk_is_full(works: Works) -> Iterator[None]:
    """A folder stands where the data are to be written: saving fails as it does without room."""
    set_to = works.db.config_get("dir", "dbfilename")
    in_the_way = Path(str(set_to["dir"])) / str(set_to["dbfilename"])
    in_the_way.mkdir()
    (in_the_way / "full").touch()
    with settings(works.db, save="3600 1"):
        works.db.bgsave()
        works.until(lambda: works.db.info("persistence")["rdb_last_bgsave_status"] == "err")
        try:
            yield
        finally:
            (in_the_way / "full").unlink()
            in_the_way.rmdir()
            works.db.bgsave()
            works.until(lambda: works.db.info("persistence")["rdb_last_bgsave_status"] == "ok")


@contextmanager
def failed_over(works: Works) -> Iterator[None]:
    """Another server is the primary for a while; then ours is again."""
    password = works.redis_url.partition("//:")[2].partition("@")[0]
    with embedded_server(works.folder / "other", persist=False) as url, redis.Redis.from_url(url) as other:
        own, there = works.db.connection_pool.connection_kwargs, other.connection_pool.connection_kwargs
        other.config_set("masterauth", password)
        other.replicaof("127.0.0.1", own["port"])
        works.until(lambda: other.info("replication")["master_link_status"] == "up")
        other.replicaof("NO", "ONE")
        with settings(works.db, masterauth=there["password"]):
            works.db.replicaof("127.0.0.1", there["port"])
            try:
                yield
            finally:
                works.db.replicaof("NO", "ONE")


def refusal(text: str) -> Refuses:
    @contextmanager
    def refused(works: Behind) -> Iterator[None]:
        works.gate.refusal = text
        try:
            yield
            assert works.gate.refused > 0
        finally:
            works.gate.refusal = None

    return refused


@contextmanager
def all_connections_taken(works: Works) -> Iterator[None]:
    with settings(works.db, maxclients="1"):
        works.db.client_kill_filter(_type="normal", skipme=True)
        yield


@contextmanager
def without_its_primary(works: Works) -> Iterator[None]:
    with settings(works.db, replica_serve_stale_data="no"):
        works.db.replicaof("127.0.0.1", 1)
        try:
            yield
        finally:
            works.db.replicaof("NO", "ONE")


KINDS = [
    pytest.param(too_few_replicas, "waits for its replicas", id="NOREPLICAS"),
    pytest.param(memory_is_full, "is out of memory", id="OOM"),
    pytest.param(disk_is_full, "cannot write to its disk", id="MISCONF"),
    pytest.param(failed_over, "is a replica that takes no writes", id="READONLY"),
    pytest.param(refusal("LOADING Redis is loading the dataset in memory"), "is loading its data", id="LOADING"),
    pytest.param(refusal("CLUSTERDOWN The cluster is down"), "is a cluster that is down", id="CLUSTERDOWN"),
    pytest.param(without_its_primary, "has lost its primary", id="MASTERDOWN"),
    pytest.param(all_connections_taken, "All connections that Redis allows are taken", id="maxclients"),
]


@pytest.fixture
def works(platform: type[LocalStore], redis_url: str, redis: redis.Redis, tmp_path: Path) -> Iterator[Behind]:
    with ExitStack() as stack:
        yield Behind(stack, platform, redis_url, redis, tmp_path)


@pytest.mark.parametrize(("refuses", "sentence"), KINDS)
def test_what_redis_refuses_for_a_while_is_said_and_written_when_it_is_over(
    works: Behind, refuses: Refuses, sentence: str
) -> None:
    works.fill(3)
    worker, beat = works.worker(), works.beat()
    works.until(works.has_ended)
    works.until(lambda: status(works)[0] == 0)
    lines = len(works.log().splitlines())
    with refuses(works):
        works.warehouse.set_stock("SKU-0", 2)
        ends = time.monotonic() + LASTS
        works.until(lambda: sentence in told(works), 30)
        code, report = status(works)
        assert (code, sentence in str(report)) == (75, True), report
        works.until(lambda: time.monotonic() > ends)
        assert works.wrong() == ["SKU-0"]
    over = time.monotonic()
    works.until(works.has_ended, 200)
    took = time.monotonic() - over
    assert (worker.poll(), beat.poll()) == (None, None), works.log()
    assert told(works).count("Traceback") == 0, told(works)
    assert told(works).count("Redis refused a command") == 0, told(works)
    assert told(works).count(sentence) <= 6, told(works)  # beat, the worker, its two children, each for its loggers
    assert len(works.log().splitlines()) - lines < 40, works.log()
    assert took < AFTER, works.log()
    works.until(lambda: status(works)[0] == 0, AFTER)


IN_MID_SESSION = [
    pytest.param(too_few_replicas, id="NOREPLICAS"),
    pytest.param(refusal("LOADING Redis is loading the dataset in memory"), id="LOADING"),
]


@pytest.mark.parametrize("refuses", IN_MID_SESSION)
def test_a_store_does_not_rest_because_redis_refused_in_the_middle_of_its_session(
    works: Behind, refuses: Refuses
) -> None:
    """Neither the lease nor the mark of a session that could not be ended properly keeps the next one waiting, and the
    store is in no trouble."""
    works.fill(3)
    worker = works.worker()
    works.beat()
    works.until(works.has_ended)
    asked, answers = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        asked.set()
        answers.wait(60)

    works.main.sandbox.before_request(hold, on=works.main.troubles.write)
    works.warehouse.set_stock("SKU-0", 2)
    works.until(asked.is_set)
    works.until(lambda: not works.db.hlen("unacked"))  # the message is done, and its session goes on waiting
    with refuses(works):
        answers.set()
        ends = time.monotonic() + 3
        works.until(lambda: works.is_right() and time.monotonic() > ends)
        works.warehouse.set_stock("SKU-1", 1)
    works.until(works.has_ended, AFTER)
    works.until(lambda: status(works)[0] == 0, AFTER)
    assert worker.poll() is None
    assert "circuit breaker opened" not in works.log()


def test_whoever_came_through_the_gate_and_went_waits_for_no_message_any_more(works: Works) -> None:
    """The next test's message was given to the worker of the last one, which had been killed."""
    before = len(works.db.client_list())
    with Gate(works.redis_url) as gate, redis.Redis.from_url(gate.url) as worker:
        line = worker.connection_pool.get_connection()
        line.send_command("BRPOP", "celery", 0)
        works.until(lambda: len(works.db.client_list()) > before, 5)
        line.disconnect()
        works.until(lambda: len(works.db.client_list()) == before, 5)
