"""Marks that this process is done with and that Redis did not let it drop: it tries again with its next piece of work,
for until they expire they keep others waiting. Nothing rests on a mark, so one too many may be dropped."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from bridge.errors import StateError
from bridge.state.scripts import run

RELEASE = """
local now = redis.call('GET', KEYS[1])
return now and string.sub(now, -#ARGV[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0
"""

_unreleased: dict[str, str] = {}
"""Key → what its value ends with, as long as it is ours."""


def release(db: redis.Redis, key: str, ours: str) -> None:
    """Drop a mark whose value ends with `ours`; what Redis refuses now is tried again later, so this raises nothing."""
    try:
        run(db, RELEASE, [key], ours)
    except StateError:
        _unreleased[key] = ours
    else:
        _unreleased.pop(key, None)


@contextmanager
def setting(key: str, ours: str) -> Iterator[None]:
    """Around a command that sets a mark to what ends with `ours`: when its answer is lost, nobody knows whether it did,
    and the mark is dropped later."""
    try:
        yield
    except StateError:
        _unreleased[key] = ours
        raise


def release_rest(db: redis.Redis) -> bool:
    """Try once more what was refused → whether that was all."""
    for key, ours in list(_unreleased.items()):
        release(db, key, ours)
    return not _unreleased
