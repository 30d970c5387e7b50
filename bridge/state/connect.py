"""One connection pool per process, small enough for hosts that count connections."""

import ssl
from collections.abc import Iterator

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


PASSING = {
    "LOADING": "is loading its data",
    "BUSY": "is busy with a script",
    "UNBLOCKED": "has just become a replica, as in a failover",
    "READONLY": "is a replica that takes no writes, as after a failover",
    "MASTERDOWN": "has lost its primary",
    "CLUSTERDOWN": "is a cluster that is down",
    "TRYAGAIN": "is moving keys",
    "OOM": "is out of memory; give it more, with maxmemory-policy noeviction",
    "NOREPLICAS": "waits for its replicas",
    "MISCONF": "cannot write to its disk; make room",
}
"""What Redis answers for a while: the first word → what it means."""

KINDS = {
    "LOADING": redis.BusyLoadingError,
    "READONLY": redis.ReadOnlyError,
    "OOM": redis.OutOfMemoryError,
    "MASTERDOWN": redis.exceptions.MasterDownError,
    "CLUSTERDOWN": redis.exceptions.ClusterDownError,
    "TRYAGAIN": redis.exceptions.TryAgainError,
}
"""The same where redis-py takes the word off."""

REFUSING = {
    redis.AuthenticationError: "Redis refuses the password: check REDIS_URL.",
    redis.exceptions.NoPermissionError: (
        "Redis refuses its user a command, a key or a channel: `stockbridge check` names what it lacks."
    ),
}


def explained(fault: BaseException) -> StateError:
    """One sentence for any trouble with Redis, without its URL."""
    return StateError(sentence_of(fault))


def sentence_of(fault: BaseException) -> str:
    """What is wrong with Redis and what helps. What may pass by itself says so."""
    chain = list(_chain(fault))
    text = " ".join(str(each) for each in chain)
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in chain) or "certificate verify failed" in text:
        return (
            "The certificate of Redis is refused: correct it, or set REDIS_SSL_CERT_REQS=none where it is self-signed."
        )
    for kind, sentence in REFUSING.items():
        if any(isinstance(each, kind) for each in chain):
            return sentence
    if "max number of clients" in text:
        return "All connections that Redis allows are taken: it goes on when one is free; run fewer processes."
    for each in chain:
        if word := _passing(each):
            return f"Redis {PASSING[word]}; it goes on by itself when that is over, and nothing was lost."
    if any(isinstance(each, redis.ConnectionError | redis.TimeoutError | OSError) for each in chain):
        return "Redis cannot be reached: check REDIS_URL and that the server runs. Nothing was lost."
    return f"Redis refused a command ({type(fault).__name__}): {str(fault).split(chr(10))[0][:200]}"


def _passing(fault: BaseException) -> str | None:
    for word in PASSING:
        if f" {word} " in f" {fault} " or (word in KINDS and isinstance(fault, KINDS[word])):
            return word
    return None


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    """The fault and what it came from; at most ten, for some chains are rings."""
    for _ in range(10):
        if fault is None:
            return
        yield fault
        fault = fault.__cause__ or fault.__context__
