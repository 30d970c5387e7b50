"""Whether Redis lets us do what commands, workers and beat need: asked for in one transaction that is thrown away.

What a user may not do is refused before it is queued (https://redis.io/docs/latest/commands/multi/), so all of it can
be asked for on the real keys, and nothing of it happens."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import redis

from bridge.errors import StateError
from bridge.state import keys
from bridge.state.connect import translated

OURS = keys.PREFIX + "check"
PRIORITIES = ("celery", "celery\x06\x163", "celery\x06\x166", "celery\x06\x169")
"""The queue, and its three of other priorities, which a worker waits for as well (kombu.transport.redis)."""

NEEDED: tuple[tuple[str | int, ...], ...] = (
    ("GET", OURS), ("SET", OURS, "x", "PX", 1), ("GETDEL", OURS), ("INCR", OURS), ("PEXPIRE", OURS, 1),
    ("UNLINK", OURS), ("HSET", OURS, "x", "x"), ("HMGET", OURS, "x"), ("HGETALL", OURS), ("HSCAN", OURS, 0),
    ("HDEL", OURS, "x"),
    ("HINCRBY", OURS, "x", 1), ("SADD", OURS, "x"), ("SMEMBERS", OURS), ("LPUSH", OURS, "x"), ("LTRIM", OURS, 0, 1),
    ("LRANGE", OURS, 0, 1), ("XADD", OURS, "*", "x", "x"), ("XREVRANGE", OURS, "+", "-"),
    ("XRANGE", OURS, "-", "+"), ("XLEN", OURS), ("XDEL", OURS, "0-1"),
    ("ZADD", OURS, 1, "x"), ("ZREMRANGEBYSCORE", OURS, 0, 1), ("ZREMRANGEBYRANK", OURS, 0, 1),
    ("RENAME", OURS, OURS), ("DEL", OURS),
    ("EVALSHA", "0" * 40, 1, OURS), ("SCRIPT LOAD", "return 1"), ("TIME",),
    ("LPUSH", "celery", "x"), ("BRPOP", *PRIORITIES, 1), ("LLEN", "celery"),
    ("HSET", "unacked", "x", "x"), ("HDEL", "unacked", "x"), ("ZADD", "unacked_index", 1, "x"),
    ("ZRANGE", "unacked_index", 1, 0, "BYSCORE", "REV"), ("ZREM", "unacked_index", "x"),
    ("SET", "unacked_mutex", "x", "NX", "PX", 1),
    ("SADD", "_kombu.binding.celery", "x"), ("SMEMBERS", "_kombu.binding.celery"),
    ("SADD", "_kombu.binding.celery.pidbox", "x"),
    ("PUBLISH", "/{db}.celery.pidbox", "x"), ("PSUBSCRIBE", "/{db}.celery.pidbox"),
)  # fmt: skip
"""Each kind of command on each key or channel: of the state, then of the task queue."""

EVICTS = (
    "Redis may throw away keys when its memory is full (maxmemory-policy {policy}): what people decided, the shipment"
    " ledger and messages would go with them; set maxmemory-policy to noeviction."
)
UNKNOWN_POLICY = (
    "Redis does not tell its maxmemory-policy: see to it that it is noeviction, or keys are thrown away when its memory"
    " is full."
)


def missing_rights(db: redis.Redis) -> str | None:
    """One sentence on what is refused; None: nothing. Raises StateError for what may pass, as READONLY does."""
    with translated():
        refused = list(_refused(db))
    if not refused:
        return None
    named = ", ".join(refused[:3]) + (f" and {len(refused) - 3} more" if len(refused) > 3 else "")
    return (
        f"Redis refuses {named}: a worker would wait for ever; allow its user all commands on the keys of the bridge"
        " and of its queue (~stockbridge:* ~celery* ~unacked* ~_kombu*) and on all channels (&*)."
    )


def _refused(db: redis.Redis) -> Iterator[str]:
    pool = db.connection_pool
    number = pool.connection_kwargs.get("db") or 0
    line = cast("Any", pool.get_connection())
    try:
        _say(line, ("MULTI",))
        for needed in NEEDED:
            command = [str(word).replace("{db}", str(number)) for word in needed]
            if _is_refused(line, command):
                place = {"EVALSHA": 3, "SCRIPT LOAD": 2}.get(command[0], 1)
                key = "".join(command[place : place + 1])
                key = keys.PREFIX + "*" if key == OURS else key
                yield f"{command[0]} on {key}" if key else command[0]
    finally:
        line.disconnect()  # whatever was queued on it is gone
        pool.release(line)


def _is_refused(line: Any, command: Sequence[str]) -> bool:
    try:
        _say(line, command)
    except redis.exceptions.NoPermissionError:
        return True
    except redis.ResponseError as fault:
        if "unknown command" in str(fault):
            return True
        raise
    return False


def _say(line: Any, command: Sequence[str]) -> None:
    line.send_command(*command)
    line.read_response()


def refusal_of_writes(db: redis.Redis) -> str | None:
    """One sentence while Redis lets itself be read and takes no writes; None: it takes them. Nothing is written."""
    with translated():
        line = cast("Any", db.connection_pool.get_connection())
    try:
        with translated():
            _say(line, ("MULTI",))
            _say(line, ("SET", OURS, "x", "PX", "1"))
            _say(line, ("DISCARD",))
    except StateError as fault:
        line.disconnect()  # with the transaction
        if not fault.is_answer:
            raise
        return str(fault)
    finally:
        db.connection_pool.release(line)
    return None


def about(db: redis.Redis) -> dict[str, str]:
    """{"server", "memory", "limit"}: name and version, and amounts as people write them. A user may be refused it."""
    try:
        told: dict[str, Any] = db.info()
    except StateError as fault:
        if not fault.is_answer:
            raise
        told = {}
    name, version = told.get("server_name") or "redis", told.get("valkey_version") or told.get("redis_version") or ""
    limit = str(told.get("maxmemory_human") or "")
    return {
        "server": f"{name} {version}" if version else "", "memory": str(told.get("used_memory_human") or ""),
        "limit": "" if limit.startswith("0") else limit,
    }  # fmt: skip


def eviction(db: redis.Redis) -> str | None:
    """One sentence when Redis may throw away keys, or does not tell; whatever host it is. Hosts refuse one command or
    the other, and a user may lack both."""
    for ask in (lambda: db.info("memory"), lambda: db.config_get("maxmemory-policy")):
        try:
            told = cast("dict[str, str]", ask())
        except StateError as fault:
            if not fault.is_answer:
                raise
            continue
        if policy := told.get("maxmemory_policy") or told.get("maxmemory-policy"):
            return None if policy == "noeviction" else EVICTS.format(policy=policy)
    return UNKNOWN_POLICY
