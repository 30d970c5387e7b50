"""The connection to Redis: one pool per process, small enough for hosts that count connections.

What redis-py raises ends here: commands raise StateError, with a sentence that says what helps."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import redis
from redis.client import Pipeline
from redis.commands.core import Script
from redis.driver_info import DriverInfo

from bridge.errors import StateError, StateRefusedError, StateUnavailableError

CONNECTIONS = 2
"""The sync itself needs one; progress and leases may use another at the same moment. Two children, the worker and
beat then fit a host that allows twenty, with some left for commands."""

SECONDS = 10.0

DRIVER = DriverInfo()
"""What each connection tells the server of its library: redis-py would read it anew from the installed package."""


QUEUE_ERRORS: tuple[type[Exception], ...] = (redis.RedisError,)
"""What the task queue, which speaks to Redis by itself, may raise for it."""

QUEUE_REFUSALS: tuple[type[Exception], ...] = (redis.ResponseError,)
"""Those of them that are answers of Redis, such as that it is busy or takes no writes."""


class StateClient(redis.Redis):
    """redis-py's client, whose commands and pipelines raise StateError."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except redis.exceptions.NoScriptError:
            raise  # redis-py loads the script and runs it again: see scripts.run
        except redis.RedisError as fault:
            raise state_error(fault) from fault

    def register_script(self, script: Any) -> Script:
        """redis-py's, kept: to make one costs a twentieth of its run."""
        if script not in self._scripts:
            self._scripts[script] = super().register_script(script)
        return self._scripts[script]

    @cached_property
    def _scripts(self) -> dict[str, Script]:
        return {}

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        return _StatePipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class _StatePipeline(Pipeline):
    def execute(self, raise_on_error: bool = True) -> list[Any]:
        try:
            return super().execute(raise_on_error)
        except redis.RedisError as fault:
            raise state_error(fault) from fault


@contextmanager
def translated() -> Iterator[None]:
    """A block that speaks to Redis past StateClient, and raises StateError as well."""
    try:
        yield
    except redis.RedisError as fault:
        raise state_error(fault) from fault


def connect(url: str, connections: int = CONNECTIONS) -> StateClient:
    """A client of the state's Redis, which several threads may use. The URL comes checked from the configuration; it
    may hold a password."""
    pool = redis.BlockingConnectionPool.from_url(
        url, max_connections=connections, timeout=SECONDS, socket_timeout=SECONDS, socket_connect_timeout=SECONDS,
        health_check_interval=25, decode_responses=True, driver_info=DRIVER,
    )  # fmt: skip
    return StateClient(connection_pool=pool)


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

CERTIFICATE = (
    "The certificate of Redis is refused: correct it, or set REDIS_SSL_CERT_REQS=none where it is self-signed."
)
PASSWORD = "Redis refuses the password: check REDIS_URL."  # noqa: S105  (a sentence)
RIGHTS = "Redis refuses its user a command, a key or a channel: `stockbridge check` names what it lacks."
FULL = "All connections that Redis allows are taken: it goes on when one is free; run fewer processes."
AWAY = "Redis cannot be reached: check REDIS_URL and that the server runs. Nothing was lost."


ANEW = "The queue's connection to Redis broke and is made anew; it goes on by itself, and nothing was lost."
BY_TEXT = {
    "max number of clients": FULL,
    "'NoneType' object has no attribute 'client'": ANEW,  # kombu, of a channel of its own that broke a moment ago
}


def sentence_of(fault: BaseException) -> str:
    """What is wrong with Redis and what helps, without its URL. What may pass by itself says so."""
    return str(fault if isinstance(fault, StateError) else state_error(fault))


def state_error(fault: BaseException) -> StateError:
    """The state's own error for any trouble with Redis, also where it is only what the fault came from."""
    kind, sentence = _meaning(fault)
    error = kind(sentence)
    error.is_answer = isinstance(fault, redis.ResponseError)
    return error


def _meaning(fault: BaseException) -> tuple[type[StateError], str]:  # noqa: PLR0911  (a table)
    chain = [fault]
    while len(chain) < 10 and (cause := chain[-1].__cause__ or chain[-1].__context__):  # some chains are rings
        chain.append(cause)
    text = " ".join(str(each) for each in chain)
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in chain) or "certificate verify failed" in text:
        return StateError, CERTIFICATE
    if any(isinstance(each, redis.AuthenticationError) for each in chain):
        return StateError, PASSWORD
    if any(isinstance(each, redis.exceptions.NoPermissionError) for each in chain):
        return StateRefusedError, RIGHTS
    if known := next((sentence for words, sentence in BY_TEXT.items() if words in text), None):
        return StateUnavailableError, known
    words = (x for each in chain for x in PASSING if f" {x} " in f" {each} " or isinstance(each, KINDS.get(x, ())))
    if word := next(words, None):
        sentence = f"Redis {PASSING[word]}; it goes on by itself when that is over, and nothing was lost."
        return StateUnavailableError, sentence
    if any(isinstance(each, redis.ConnectionError | redis.TimeoutError | OSError) for each in chain):
        return StateUnavailableError, AWAY
    return StateError, f"Redis refused a command ({type(fault).__name__}): {str(fault).split(chr(10))[0][:200]}"
