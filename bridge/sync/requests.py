"""What people ask for by hand, and what is queued already."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from bridge.core.match import names_of
from bridge.core.sku import key
from bridge.errors import StateError
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.lease import is_gone, owner
from bridge.state.requests import request
from bridge.state.unreleased import release, setting
from bridge.sync.shell import Shell
from bridge.sync.steer import record_decision

QUEUED = 120_000
"""Milliseconds after which work that was sent and never began is sent again."""

WAITING = "waiting"
"""The mark of a message that nobody has begun to work on."""

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


def claim(shell: Shell, work: str, *, once_more: bool = False) -> bool:
    """Take the right to send one message for a piece of work; False while one is on its way, unless the process
    that works on it is gone. once_more: what the running one has looked at already may have moved, so another
    should follow it."""
    holder = _claim(shell, work)
    if holder is not None and is_gone(holder.partition("@")[2]):
        holder = _claim(shell, work, instead_of=holder)
    if holder is not None and once_more:
        holder = _claim(shell, work, once_more=True)
    return holder is None


def _claim(shell: Shell, work: str, *, once_more: bool = False, instead_of: str = "") -> str | None:
    """What stands in the way."""
    with setting(keys.queued(work), WAITING):
        found = shell.state.db.eval(CLAIM, 1, keys.queued(work), str(QUEUED), str(int(once_more)), instead_of)
    return cast("str | None", found)


@contextmanager
def sending(shell: Shell, work: str) -> Iterator[None]:
    """Around sending the message that was claimed: without it, the work is not on its way."""
    try:
        yield
    except Exception:
        release(shell.state.db, keys.queued(work), WAITING)
        raise


def begin(shell: Shell, work: str) -> None:
    with setting(keys.queued(work), f"@{owner()}"):
        shell.state.db.set(keys.queued(work), f"running@{owner()}", px=QUEUED)


def served(shell: Shell, work: str) -> bool:
    """The piece of work is done → whether somebody asked for it once more meanwhile. False also while Redis does not
    let it say so; then it is said later, and looks find what is due."""
    try:
        return str(shell.state.db.getdel(keys.queued(work))).startswith("again")
    except StateError:
        release(shell.state.db, keys.queued(work), f"@{owner()}")
        return False


def refs_of(shell: Shell, store: str, skus: Iterable[str]) -> list[str]:
    """Listings a SKU means to a person: those that carry it, and those that take pieces of it."""
    rules = shell.rules(store)
    forms = {form for sku in skus for form in (key(sku, rules.match), *names_of(sku, rules))}
    return sorted({ref for refs in shell.state.named(store, sorted(forms)).values() for ref in refs})


def ask_again(
    shell: Shell,
    store: str,
    skus: Sequence[str] = (),
    *,
    full: bool = False,
    by: str = "",
) -> int:
    """Make listings due and have them read: those of some SKUs, or all. Trouble and quarantine are forgotten,
    and open orders are looked up one by one, because a person says that it is worth trying → the request's number.
    by: who asks, to be kept with people's decisions."""
    shell.state.ensure_whole()
    refs = refs_of(shell, store, skus) if skus else [x.ref for x in shell.state.every_listing(store)] if full else []
    change = Change(due=[(store, ref) for ref in refs], reread=[(store, ref) for ref in refs] if skus else [])
    for name in shell.state.notes(store, "quarantine"):
        ref = pack.read_spot(store, name).ref
        if not skus or ref in refs:
            change.drops.append((keys.of_store(store, "quarantine"), name))
            change.due.append((store, ref))
    change.note_store(store, trouble=None, revisited_at=None)
    if by:
        record_decision(shell, change, store, "resync", by, refs if skus else None)
    return request(shell.state, store, change, whole=full and not skus)
