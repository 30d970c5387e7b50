"""Marks of the work that is on its way to a worker, so that each piece of it is sent once at a time. The messages
themselves are Celery's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from bridge.errors import StateError
from bridge.state import keys
from bridge.state.lease import is_gone, owner
from bridge.state.scripts import run
from bridge.state.store import State
from bridge.state.unreleased import release, setting

QUEUED = 120_000
"""Milliseconds after which work that was sent and never began is sent again."""

WAITING = "waiting"
"""The mark of a message that nobody has begun to work on."""

MESSAGES = "celery"
"""Celery's list of messages that no worker has taken."""

CLAIM = """
local now = redis.call('GET', KEYS[1])
if not now or now == ARGV[3] then
  redis.call('SET', KEYS[1], 'waiting', 'PX', ARGV[1])
  return false
end
if ARGV[2] == '1' then
  local changed, n = string.gsub(now, '^running', 'again')
  if n == 1 then redis.call('SET', KEYS[1], changed, 'KEEPTTL') end
end
return now
"""


def claim(state: State, work: str, *, once_more: bool = False) -> bool:
    """Take the right to send one message for a piece of work; False while one is on its way, unless the process
    that works on it is gone. once_more: what the running one has looked at already may have moved, so another
    should follow it."""
    holder = _claim(state, work)
    if holder is not None and is_gone(holder.partition("@")[2]):
        holder = _claim(state, work, instead_of=holder)
    if holder is not None and once_more:
        holder = _claim(state, work, once_more=True)
    return holder is None


def _claim(state: State, work: str, *, once_more: bool = False, instead_of: str = "") -> str | None:
    """What stands in the way."""
    with setting(keys.queued(work), WAITING):
        found = run(state.db, CLAIM, [keys.queued(work)], str(QUEUED), str(int(once_more)), instead_of)
    return cast("str | None", found)


def is_time(state: State, work: str, seconds: float) -> bool:
    """Whether a piece of work should be sent now: True once in so many seconds, for whoever asks first. The message
    is claimed apart from that."""
    return bool(state.db.set(keys.queued(f"{work}:interval"), "sent", nx=True, px=int(seconds * 1000)))


def was_time(state: State, work: str) -> bool:
    """Whether `is_time` would say no now, because it said yes within its seconds."""
    return bool(state.db.exists(keys.queued(f"{work}:interval")))


@contextmanager
def sending(state: State, work: str) -> Iterator[None]:
    """Around sending the message that was claimed: without it, the work is not on its way."""
    try:
        yield
    except Exception:
        release(state.db, keys.queued(work), WAITING)
        raise


def begin(state: State, work: str) -> None:
    """Mark a piece of work as begun by this process."""
    with setting(keys.queued(work), f"@{owner()}"):
        state.db.set(keys.queued(work), f"running@{owner()}", px=QUEUED)


def end_work(state: State, work: str) -> bool:
    """Drop the mark of a piece of work that is done. Returns whether somebody asked for it once more meanwhile; False
    also while Redis does not let it say so: then it is said later, and looks find what is due."""
    try:
        return str(state.db.getdel(keys.queued(work))).startswith("again")
    except StateError:
        release(state.db, keys.queued(work), f"@{owner()}")
        return False


@contextmanager
def at_work(state: State, work: str) -> Iterator[None]:
    """Around a piece of work that nobody asks for once more: its mark stands as long as it is done."""
    begin(state, work)
    try:
        yield
    finally:
        end_work(state, work)


def messages_waiting(state: State) -> int:
    """How many messages no worker has taken yet."""
    return int(state.db.llen(MESSAGES))
