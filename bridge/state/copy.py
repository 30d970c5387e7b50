"""A copy of the state in another Redis, to try things on."""

from collections.abc import Collection
from typing import cast

from bridge.state import keys
from bridge.state.connect import StateClient, connect
from connectors.chunks import chunks

CHUNK = 1_000
LEFT_OUT = (keys.lease(""), keys.queued(""), keys.MERCHANT, keys.HISTORY, keys.GRANT)
"""A grant that was refreshed in a copy would be spent where it came from."""
STORES = keys.PREFIX + "stores"


def copy_state(live_url: str, copy_url: str, *, without: Collection[str]) -> None:
    """Copy every key of the bridge but leases, marks of messages, the history, the OAuth grant, and what is of the
    stores in `without`."""
    left_out = (*LEFT_OUT, *(keys.of_store(store, "") for store in without))
    with connect(live_url) as live, connect(copy_url) as copy:
        for name in live.scan_iter(keys.PREFIX + "*", count=CHUNK):
            if not name.startswith(left_out):
                _copy_key(live, copy, name)
        if without:
            copy.srem(STORES, *without)


def _copy_key(live: StateClient, copy: StateClient, name: str) -> None:
    """Value by value: a dump of one version of Redis cannot be restored in an older one."""
    kind = cast("str", live.type(name))
    if kind == "hash":
        # Rows go from page to page meanwhile: all pages are read at one moment.
        every = live.hgetall(name).items() if keys.is_paged(name) else live.hscan_iter(name, count=CHUNK)
        for pairs in chunks(every, CHUNK):
            copy.hset(name, items=[x for pair in pairs for x in pair])
    elif kind == "string" and (text := live.get(name)) is not None:
        copy.set(name, cast("str", text))
    elif kind == "set" and (members := live.smembers(name)):
        copy.sadd(name, *cast("set[str]", members))
    elif kind == "list" and (rows := live.lrange(name, 0, -1)):
        copy.rpush(name, *cast("list[str]", rows))
