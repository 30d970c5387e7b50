"""The settings that promises rest on, and what travels in a message."""

import base64
import json
import subprocess
import sys
import time
from typing import Any

import pytest

from .conftest import Works

SHOW = "import json; from bridge.celery import app; print(json.dumps({name: app.conf[name] for name in %r}))"


def shown(works: Works, *names: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", SHOW % (names,)], env=works.env, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_message_outlives_its_worker_and_is_not_handed_out_twice(works: Works) -> None:
    conf = shown(
        works, "task_acks_late", "task_reject_on_worker_lost", "worker_prefetch_multiplier", "task_time_limit",
        "task_soft_time_limit", "broker_transport_options", "worker_soft_shutdown_timeout", "broker_pool_limit",
        "result_backend", "task_ignore_result", "broker_url",
    )  # fmt: skip
    assert conf["task_acks_late"]
    assert conf["task_reject_on_worker_lost"]
    assert conf["worker_prefetch_multiplier"] == 1
    options = conf["broker_transport_options"]
    assert conf["task_soft_time_limit"] < conf["task_time_limit"] < options["visibility_timeout"]
    assert options["unacked_restore_interval"] * options["unacked_restore_throttle"] <= 10
    assert conf["worker_soft_shutdown_timeout"] <= 25  # hosts kill after 30 s
    assert conf["broker_pool_limit"] == 1
    assert (conf["result_backend"], conf["task_ignore_result"]) == (None, True)
    assert conf["broker_url"] == works.redis_url


def test_a_message_carries_a_store_and_nothing_else(works: Works) -> None:
    works.fill(6)
    works.python("from bridge.tasks import tick, pull, push; tick(); push('main'); pull(); tick()")
    raws = works.db.lrange("celery", 0, -1)
    messages = [json.loads(raw) for raw in raws]
    bodies = [json.loads(base64.b64decode(message["body"])) for message in messages]
    assert {message["headers"]["task"] for message in messages} >= {"bridge.pull", "bridge.push"}
    assert all(arguments in ([], ["main"]) and not named for arguments, named, _ in bodies)
    text = str(raws) + json.dumps(bodies)
    assert not [secret for secret in works.secrets.values() if secret in text]


@pytest.mark.parametrize("what", ["worker", "beat"])
def test_without_redis_it_says_what_to_do(works: Works, what: str) -> None:
    del works.env["REDIS_URL"]
    process = works.celery(what)
    assert process.wait(15) == 2
    assert "REDIS_URL is not set" in works.log()
    assert "Traceback" not in works.log()


def test_nothing_secret_is_logged(works: Works) -> None:
    works.fill(4)
    works.main.revoke()
    works.worker()
    works.send("bridge.tick")
    works.until(lambda: "circuit breaker opened" in works.log())
    assert not [secret for secret in works.secrets.values() if secret in works.log()]


@pytest.mark.parametrize("what", ["worker", "beat"])
def test_what_belongs_to_another_merchant_does_not_start(works: Works, what: str) -> None:
    works.python("from bridge.tasks import context; context().state.ensure_whole()")
    works.env |= {"THREEPLGUYS_TOKEN": "3pl_another"}
    works.source_url, works.main.address = "http://127.0.0.1:1", "http://127.0.0.1:2"
    works.env["STOCKBRIDGE_CONFIG_TOML"] = works.configuration()
    process = works.worker() if what == "worker" else works.beat()
    assert process.wait(timeout=60) == 2
    assert "the state of another merchant" in works.log()
    assert "Traceback" not in works.log()
    assert works.db.llen("celery") == 0


def test_beat_asks_nothing_of_a_redis_that_became_another_merchants(works: Works) -> None:
    beat = works.beat()
    works.until(lambda: works.db.llen("celery"))
    works.db.flushall()
    works.db.set("stockbridge:merchant", '[["source","https://elsewhere.example"]]')
    works.until(lambda: "the state of another merchant" in works.log())
    waiting = works.db.llen("celery")
    ends = time.monotonic() + 3
    works.until(lambda: time.monotonic() > ends)
    assert (works.db.llen("celery"), works.log().count("beat waits"), beat.poll()) == (waiting, 1, None)
