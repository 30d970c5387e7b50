"""One Redis, in which small hashes keep the order in which they were filled: only then does a seed say everything."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis as redis_package

from connectors.testing.clock import ManualClock
from connectors.testing.local import two_platforms

from .engine import Lines
from .table import Table


@pytest.fixture
def table(redis_url: str, redis: redis_package.Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """Where seeds are played. Celery binds its tasks to a configuration when they are first touched."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    section = two_platforms()[0]("main", ManualClock()).section
    monkeypatch.setenv("STOCKBRIDGE_CONFIG_TOML", f'[source]\ntoken = "none"\n{section}')
    pool = redis_package.ConnectionPool.from_url(redis_url, decode_responses=True)
    with small_hashes_only(redis):
        yield Table(Lines(pool, pool.get_connection(), redis), monkeypatch)
    pool.disconnect()


@contextmanager
def small_hashes_only(redis: redis_package.Redis) -> Iterator[None]:
    """Other tests use the same server, and find it as it was."""
    names = ("hash-max-listpack-value", "hash-max-listpack-entries")
    before = {name: redis.config_get(name)[name] or "" for name in names}
    for name in names:
        redis.config_set(name, 100_000)
    try:
        yield
    finally:
        for name, value in before.items():
            redis.config_set(name, value)
