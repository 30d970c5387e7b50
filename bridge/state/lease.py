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
from threading import Lock
from typing import cast

import redis

from bridge.errors import LeaseLostError, StateError
from bridge.state import keys
from bridge.state.scripts import run

TERM = 180_000
"""Milliseconds a lease lasts without being renewed: longer than the longest single foreign call."""

CATALOGUE, CHANGES = "catalogue", "catalog changes"
"""Leases of who reads the catalogue and of who changes it; the others are named after what they are of."""

TAKE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[3] then return {false, holder} end
local token = redis.call('INCR', KEYS[2]) .. '@' .. ARGV[2]
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
return {token}
"""
RELEASE = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"
RENEW = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2]) or 0"

_held: set[str] = set()
"""Tokens of the leases that this process works under. One of its own that is not among them was taken when the answer
was lost on its way, or could not be given back: nobody works under it."""

_doubtful: set[str] = set()
"""Leases of which Redis refused, or did not answer, to give or to take them back."""

_lock = Lock()


@dataclass(frozen=True)
class Lease:
    name: str
    token: str
    db: redis.Redis

    def renew(self) -> None:
        """Call before each foreign call. Raises LeaseLostError when another worker took over."""
        if not run(self.db, RENEW, [keys.lease(self.name)], self.token, str(TERM)):
            raise LeaseLostError(f"Another worker has taken over {self.name}; what was begun here stays due.")


def take(db: redis.Redis, name: str, term: int = TERM) -> Lease | None:
    """The lease, or None while another worker holds it."""
    with _lock, _noted(name):
        token, holder = _take(db, name, term, "")
        if token is None and (holder not in _held if _is_own(holder) else is_gone(holder.partition("@")[2])):
            token, _ = _take(db, name, term, holder)
        if token is None:
            return None
        _held.add(token)
    return Lease(name, token, db)


@contextmanager
def _noted(name: str) -> Iterator[None]:
    try:
        yield
    except StateError:
        _doubtful.add(name)
        raise


def _take(db: redis.Redis, name: str, term: int, instead_of: str) -> tuple[str | None, str]:
    """(token, "") when it was free or held by `instead_of`; else (None, its holder)."""
    said = run(db, TAKE, [keys.lease(name), keys.FENCE], str(term), owner(), instead_of)
    token, *holder = cast("list[str | None]", said)
    return token, (holder[0] or "") if holder else ""


def _is_own(token: str) -> bool:
    return token.endswith(f"@{owner()}")


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
            _held.discard(lease.token)
            with suppress(StateError), _noted(name):
                run(db, RELEASE, [keys.lease(name)], lease.token)


def give_back(db: redis.Redis, names: Iterable[str]) -> None:
    """What this process still holds, when it ends in the middle of something: elsewhere nobody sees that it is gone."""
    for name in names:
        token = cast("str | None", db.get(keys.lease(name)))
        if token and _is_own(token):
            run(db, RELEASE, [keys.lease(name)], token)


def give_back_unheld(db: redis.Redis) -> bool:
    """What Redis would not take back when this process was done with it, or gave when nobody heard the answer: until
    it is given back, others wait. Returns whether that was all. Raises nothing; what is refused once more is tried with
    the next call."""
    for name in tuple(_doubtful):
        with _lock, suppress(StateError):
            token = cast("str | None", db.get(keys.lease(name)))
            if token and _is_own(token) and token not in _held:
                run(db, RELEASE, [keys.lease(name)], token)
            _doubtful.discard(name)
    return not _doubtful
