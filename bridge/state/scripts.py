"""Lua scripts, each run by its name: Redis knows it once it was loaded, and is given it again where it does not."""

from collections.abc import Iterable
from typing import Any

import redis

from bridge.errors import StateUnavailableError

LOST = "Redis lost a script while it was given it, as in a failover; it goes on by itself, and nothing was lost."


class Declared(dict[str, int]):
    """Key → its place in KEYS, given to it when it is first asked for. A script finds by it what it may touch, and
    Redis sees all of it beforehand: a cluster, and the rights of a user, are checked by that."""

    def __missing__(self, key: str) -> int:
        place = self[key] = len(self) + 1
        return place


def run(db: redis.Redis, script: str, keys: Iterable[str], *args: str | bytes) -> Any:
    """What the script answers. keys: all that it touches. Raises StateError; a server that has lost its scripts, as
    after a restart, a failover or SCRIPT FLUSH, is given this one first."""
    try:
        return db.register_script(script)(tuple(keys), args)
    except redis.exceptions.NoScriptError as fault:
        raise StateUnavailableError(LOST) from fault
