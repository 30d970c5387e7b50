"""Leases: who works on a store or on the source right now. Each has a fencing token that grows, and every
change names the leases it was made under, so that a worker that lost one changes nothing.

A killed process cannot give its lease back. On the machine where it ran everybody can see that it is gone,
so its lease is taken over at once; elsewhere it runs out."""

import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import redis

from bridge.errors import LeaseLost
from bridge.state import keys

TERM = 180_000
"""Milliseconds a lease lasts without being renewed: longer than the longest single foreign call."""

TAKE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[3] then return {false, holder} end
local token = redis.call('INCR', KEYS[2]) .. '@' .. ARGV[2]
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
return {token}
"""
RENEW = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2]) or 0"
RELEASE = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"


@dataclass(frozen=True)
class Lease:
    name: str
    token: str
    db: redis.Redis

    def renew(self) -> None:
        """Call before each foreign call. Raises LeaseLost when another worker took over."""
        if not self.db.eval(RENEW, 1, keys.lease(self.name), self.token, str(TERM)):
            raise LeaseLost(f"Another worker has taken over {self.name}; what was begun here stays due.")


def take(db: redis.Redis, name: str, term: int = TERM) -> Lease | None:
    """The lease, or None while another worker holds it."""
    token, holder = _take(db, name, term, "")
    if token is None and is_gone(holder.partition("@")[2]):
        token, _ = _take(db, name, term, holder)
    return None if token is None else Lease(name, token, db)


def _take(db: redis.Redis, name: str, term: int, instead_of: str) -> tuple[str | None, str]:
    """(token, "") when it was free or held by `instead_of`; else (None, its holder)."""
    said = db.eval(TAKE, 2, keys.lease(name), keys.FENCE, str(term), owner(), instead_of)
    token, *holder = cast("list[str | None]", said)
    return token, (holder[0] or "") if holder else ""


def owner() -> str:
    """This process, in words that others of this machine can check."""
    return f"{_machine()}/{os.getpid()}"


def is_gone(process: str) -> bool:
    """It was a process of this machine, and there is none of that number any more."""
    machine, _, pid = process.rpartition("/")
    if machine != _machine() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@cache
def _machine() -> str:
    """Where a process number means one process: this start of this machine, and in it this container."""
    found = platform.node()
    with suppress(OSError):
        found += ":" + Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        found += ":" + str(Path("/proc/self/ns/pid").readlink())
    return found


@contextmanager
def leased(db: redis.Redis, name: str) -> Iterator[Lease | None]:
    """Hold a lease for a block. None: somebody else holds it, and the block should leave the work to them."""
    lease = take(db, name)
    try:
        yield lease
    finally:
        if lease is not None:
            db.eval(RELEASE, 1, keys.lease(name), lease.token)


def give_back(db: redis.Redis, names: Iterable[str]) -> None:
    """What this process still holds, when it ends in the middle of something: elsewhere nobody sees that it is gone."""
    for name in names:
        token = cast("str | None", db.get(keys.lease(name)))
        if token and token.endswith(f"@{owner()}"):
            db.eval(RELEASE, 1, keys.lease(name), token)
