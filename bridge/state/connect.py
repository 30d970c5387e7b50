"""One connection pool per process, small enough for hosts that count connections."""

import redis

from bridge.errors import StateError

CONNECTIONS = 2
"""The sync itself needs one; progress and leases may use another at the same moment. Two children, the worker and
beat then fit a host that allows twenty, with some left for commands."""

SECONDS = 10.0


def connect(url: str) -> redis.Redis:
    """A client of the state's Redis. The URL comes checked from the configuration; it may hold a password."""
    pool = redis.BlockingConnectionPool.from_url(
        url, max_connections=CONNECTIONS, timeout=SECONDS, socket_timeout=SECONDS, socket_connect_timeout=SECONDS,
        health_check_interval=25, decode_responses=True,
    )  # fmt: skip
    return redis.Redis(connection_pool=pool)


def explained(fault: redis.RedisError) -> StateError:
    """One sentence for any trouble with Redis, without its URL."""
    if isinstance(fault, redis.AuthenticationError):
        return StateError("Redis refuses the password: check REDIS_URL.")
    if isinstance(fault, redis.ConnectionError | redis.TimeoutError):
        return StateError("Redis cannot be reached: check REDIS_URL and that the server runs. Nothing was lost.")
    return StateError(f"Redis refused a command ({type(fault).__name__}): {str(fault).split(chr(10))[0][:200]}")
