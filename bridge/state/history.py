"""What people read of the past: cycles, counters, what happened to each SKU, what people decided. Nothing rests on
it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast

import redis

from bridge.state import keys, noted, pack
from bridge.state.noted import FULL, Note, notes_of, notes_on
from bridge.state.scripts import run

SCAN = 1_000
"""Rows that Redis is asked for at once."""

FEW = 4
BEST = 9
PACK = """
local told, last = cjson.decode(ARGV[1]), nil
redis.call('DEL', KEYS[2])
for _, entry in ipairs(told) do last = redis.call('XADD', KEYS[2], entry[1], 'notes', entry[2]) end
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. last, '+')) do
  redis.call('XADD', KEYS[2], entry[1], unpack(entry[2]))
end
redis.call('RENAME', KEYS[2], KEYS[1])
redis.call('DEL', KEYS[3])
"""
"""told: (name of its last entry, text) of what stands instead of all up to the last of them."""

Rows = list[tuple[str, dict[str, str]]]


class History:
    """A part of `State`."""

    db: redis.Redis
    _all: Callable[[str], Iterator[tuple[str, str]]]

    def add_run(self, did: Mapping[str, object]) -> None:
        with self.db.pipeline() as pipe:
            pipe.lpush(keys.RUNS, pack.dumps(did))
            pipe.ltrim(keys.RUNS, 0, keys.KEPT_RUNS - 1)
            pipe.execute()

    def count(self, amounts: Mapping[str, int]) -> None:
        """Add to counters that nothing rests on: `calls|SIDE|STATUS`, `items|STORE|RESULT`,
        `reports|TILL|RESULT`."""
        with self.db.pipeline(transaction=False) as pipe:
            for name, amount in amounts.items():
                if amount:
                    pipe.hincrby(keys.COUNTERS, name, amount)
            pipe.execute()

    def counters(self) -> dict[str, int]:
        return {name: int(amount) for name, amount in self._all(keys.COUNTERS)}

    def note_seen(self, part: str, now: datetime) -> None:
        """A part of the bridge is at work."""
        self.db.hset(keys.SEEN, part, str(pack.ms(now)))

    def last_seen(self) -> dict[str, datetime]:
        """Part of the bridge → when it was last at work."""
        return {part: pack.at(int(at)) for part, at in self._all(keys.SEEN)}

    def runs(self, limit: int = 20) -> list[dict[str, Any]]:
        return [pack.loads(raw) for raw in cast("list[str]", self.db.lrange(keys.RUNS, 0, limit - 1))]

    def history(self, sku: str) -> list[dict[str, Any]]:
        """What happened to a SKU, oldest first, as far as the bounded history reaches."""
        rows = cast("Rows", self.db.xrange(keys.HISTORY))
        return [{"at": note.at, **note.said} for entry in rows for note in notes_on(sku, *entry)]

    def history_since(self) -> int | None:
        """When the oldest entry of the history was made, milliseconds since 1970; None: there is none."""
        found = cast("Rows", self.db.xrange(keys.HISTORY, count=1))
        return next(notes_of(*found[0])).at if found else None

    def decisions(self) -> dict[str, dict[str, Any]]:
        """What people decided, oldest first, by the name of its entry."""
        return {name: pack.loads(raw) for name, raw in sorted(self._all(keys.DECISIONS))}

    def every_note(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(SKU, what happened), newest first; at first few at once, because many look for something recent."""
        newest, count = "+", FEW
        while rows := cast("Rows", self.db.xrevrange(keys.HISTORY, newest, count=count)):
            for entry in rows:
                yield from ((note.sku, note.said) for note in reversed([*notes_of(*entry)]))
            newest, count = f"({rows[-1][0]}", min(SCAN, 2 * count)

    def newest_entry(self) -> str | None:
        """The name of the newest entry of the history; None: there is none."""
        found = cast("Rows", self.db.xrevrange(keys.HISTORY, count=1))
        return found[0][0] if found else None

    def entries_after(self, entry: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name of the entry, what happened), oldest first, of what came after an entry; None: of all there is."""
        rows = self.db.xrange(keys.HISTORY, min="-" if entry is None else f"({entry}")
        for name, fields in cast("Rows", rows):
            for note in notes_of(name, fields):
                yield name, note.said

    def pack_history(self) -> None:
        """Put together what single changes noted, which is most of what an older version kept: told together, it takes
        a fourth of the place."""
        rows, groups = cast("Rows", self.db.xrange(keys.HISTORY)), list[tuple[str, list[Note]]]()
        for entry in rows:
            notes = [*notes_of(*entry)]
            if not groups or len(groups[-1][1]) + len(notes) > FULL:
                groups.append(("", []))
            groups[-1] = (entry[0], [*groups[-1][1], *notes])
        if len(groups) < len(rows):
            told = [(last, noted.packed([list(note) for note in notes], BEST)) for last, notes in groups]
            run(self.db, PACK, (keys.HISTORY, keys.HISTORY_PACKED, keys.HISTORY_SIZE), pack.dumps(told))
