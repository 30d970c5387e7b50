"""Machines whose clocks differ, on one Redis: what they share is told by Redis' clock."""

import subprocess
import sys
import time

import kombu.transport.redis as transport
import pytest
import redis as redis_package
from kombu.connection import Connection

import bridge.broker

from .conftest import Works

AHEAD = """
import datetime, os, time
shift, real, now = float(os.environ["CLOCK_AHEAD"]), time.time, datetime.datetime
time.time = lambda: real() + shift
time.time_ns = lambda: int(time.time() * 1e9)

class Like(type):
    def __instancecheck__(cls, value):
        return isinstance(value, now)

class Ahead(now, metaclass=Like):
    @classmethod
    def now(cls, tz=None):
        return now.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return now.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)

datetime.datetime = Ahead
"""
"""Python reads it before anything else: a machine whose clock is ahead."""


def machine(works: Works, ahead: float) -> None:
    """What is started from here on runs on a machine that is so many seconds ahead of Redis."""
    (works.folder / "sitecustomize.py").write_text(AHEAD)
    works.env |= {"PYTHONPATH": str(works.folder), "CLOCK_AHEAD": str(ahead)}
    works.python(
        "import time, datetime; real = time.clock_gettime(time.CLOCK_REALTIME);"
        f"assert abs(time.time() - real - {ahead}) < 5;"
        f"assert abs(datetime.datetime.now(datetime.UTC).timestamp() - real - {ahead}) < 5"
    )


def stockbridge(works: Works, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bridge", *arguments]
    return subprocess.run(command, env=works.env, cwd=works.folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("ahead", [7200, -7200])
def test_a_command_on_a_machine_two_hours_off_stops_nobody(works: Works, ahead: int) -> None:
    works.fill(3)
    works.worker()
    works.beat()
    works.until(works.has_ended)
    machine(works, ahead)
    works.until(lambda: stockbridge(works, "sync").returncode == 0)
    for command in (("pause", "main"), ("resume", "main"), ("resync", "main", "--wait")):
        assert stockbridge(works, *command).returncode == 0, command
    works.warehouse.set_stock("SKU-0", 2)
    works.until(works.has_ended)
    works.warehouse.set_stock("SKU-0", 40)  # an increase needs proofs of this moment
    works.until(works.has_ended)
    works.until(lambda: stockbridge(works, "status").returncode == 0)


@pytest.mark.parametrize(("worker", "beat"), [(10, 0), (0, 7200)])
def test_a_worker_takes_what_a_beat_with_another_clock_sends(works: Works, worker: int, beat: int) -> None:
    works.fill(3)
    machine(works, worker)
    works.worker()
    machine(works, beat)
    works.beat()
    works.until(works.has_ended)
    for units in (2, 40):
        works.warehouse.set_stock("SKU-0", units)
        works.until(works.has_ended)


def test_a_machine_that_is_ahead_hands_out_nothing_that_others_work_on(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge.broker.install()
    works.send("bridge.tick")
    options = {"visibility_timeout": 660, "unacked_restore_interval": 10}
    with Connection(works.redis_url, transport_options=options) as own, own.SimpleQueue("celery") as queue:
        message = queue.get(timeout=5)
        real = time.time
        for module in (transport, bridge.broker):
            monkeypatch.setattr(module, "time", lambda: real() + 7200)
        with Connection(works.redis_url, transport_options=options) as other:
            other.channel().qos.restore_visible(interval=1)
            assert (works.db.hlen("unacked"), works.db.llen("celery")) == (1, 0)
            works.db.zadd("unacked_index", {message.delivery_tag: real() - 700})
            other.channel().qos.restore_visible(interval=1)
            assert (works.db.hlen("unacked"), works.db.llen("celery")) == (0, 1)


def test_the_clock_is_not_asked_on_the_line_that_waits_for_messages(redis_url: str, redis: redis_package.Redis) -> None:
    """A waiting worker would take the next message for the time, and the time for a message."""
    bridge.broker.install()
    with Connection(redis_url, transport_options={"visibility_timeout": 660}) as own:
        channel = own.channel()
        waits = channel.client.connection = channel.async_pool.get_connection()
        waits.send_command("BRPOP", "nobody", 0)
        redis.lpush("nobody", "a message")
        assert abs(channel.qos.visibility_timeout - 660) < 5
        assert waits.read_response() == [b"nobody", b"a message"]
