"""What the last writing run of each store wrote over, packed: about 20 bytes a write.

One hash per store, kept apart from the bounded history, and lost only with Redis itself:

    runs      [[run, when it began to write, writes, run that it undoes, chunks], …], oldest first
    RUN:N     its Nth chunk: MARK and base64 of the deflated msgpack of columns, one entry per write; up to layout 3 of
              the state base85 of deflated JSON
"""

import zlib
from base64 import b64decode, b64encode, b85decode
from collections.abc import Iterator, Sequence
from string import digits
from typing import NamedTuple, cast

from msgspec import msgpack

from bridge.core.undo import Undoable, kept_runs
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.store import State

FULL = 250
"""A chunk that holds so many writes is not added to any more: those of one batch, or of a few that are small."""

MARK = ":"
"""No base85 begins with it."""

FAST = 1
"""Most of what is written is ids and numbers, which nothing makes smaller."""

LONGEST = 18
"""Digits of a number that msgpack knows for certain."""


class Row(NamedTuple):
    """One write, in units of the kind that is written there. before: None where nobody knew what stood there."""

    ref: str
    location: str
    before: int | None
    after: int


def undoable(state: State, store: str) -> list[Undoable]:
    """The runs of a store whose writes are kept, oldest first."""
    raw = cast("str | None", state.db.hget(keys.of_store(store, "undo"), "runs"))
    return [Undoable(*entry) for entry in pack.loads(raw)] if raw else []


def rows_of(state: State, store: str, run: Undoable) -> Iterator[Row]:
    """Every write of a run, in the order in which they were made."""
    for n in range(run.chunks):
        raw = cast("str | None", state.db.hget(keys.of_store(store, "undo"), _chunk(run.run, n)))
        yield from unpacked(raw) if raw else ()


class Remembered:
    """What one run writes over, as it writes. run: as it begins; where it wrote before, that is added to. What stands
    there is read once: nobody else writes it while the store's lease is held."""

    def __init__(self, state: State, store: str, run: Undoable) -> None:
        self._key, self._run, self._others = keys.of_store(store, "undo"), run, undoable(state, store)
        self._rows = list[Row]()  # of the last chunk, while it is added to
        if self._others and self._others[-1].run == run.run:
            self._run = self._others.pop()
            raw = cast("str | None", state.db.hget(self._key, _chunk(run.run, self._run.chunks - 1)))
            self._rows = unpacked(raw) if raw else []

    def add(self, change: Change, rows: Sequence[Row]) -> None:
        """Add to a change the writes that the run made just now, and let go of runs that are kept no longer."""
        run = self._run
        fresh = not self._rows or len(self._rows) >= FULL
        self._rows = [*rows] if fresh else [*self._rows, *rows]
        self._run = run = run._replace(writes=run.writes + len(rows), chunks=run.chunks + fresh)
        change.put(self._key, _chunk(run.run, run.chunks - 1), packed(self._rows))
        runs, stay = [*self._others, run], kept_runs([*self._others, run])
        change.put(self._key, "runs", pack.dumps([list(x) for x in runs if x.run in stay]))
        change.drops += [(self._key, _chunk(x.run, n)) for x in runs if x.run not in stay for n in range(x.chunks)]
        self._others = [x for x in self._others if x.run in stay]


def packed(rows: Sequence[Row]) -> str:
    """Columns deflate better than rows, refs of one store begin alike, and ids are short as numbers."""
    refs, locations, before, after = zip(*rows, strict=True)
    least, most = min(refs), max(refs)
    alike = next((n for n, (one, other) in enumerate(zip(least, most, strict=False)) if one != other), len(least))
    prefix = least[:alike].rstrip(digits)
    columns = [prefix, [_short(ref[len(prefix) :]) for ref in refs], locations, before, after]
    return MARK + b64encode(zlib.compress(msgpack.encode(columns), FAST)).decode()


def _short(rest: str) -> str | int:
    """The rest of a ref, as a number where it is one."""
    is_number = len(rest) <= LONGEST and rest.isascii() and rest.isdigit() and rest[0] != "0"
    return int(rest) if is_number else rest


def unpacked(raw: str) -> list[Row]:
    if raw[:1] == MARK:
        prefix, *columns = msgpack.decode(zlib.decompress(b64decode(raw[1:])))
    else:
        prefix, *columns = pack.loads(zlib.decompress(b85decode(raw)).decode())
    return [Row(f"{prefix}{ref}", *rest) for ref, *rest in zip(*columns, strict=True)]


def _chunk(run: str, number: int) -> str:
    return f"{run}:{number}"
