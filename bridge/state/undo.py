"""What the last writing run of each store wrote over, packed: about 20 bytes a write.

One hash per store, kept apart from the bounded history, and lost only with Redis itself:

    runs      [[run, when it began to write, writes, run that it undoes, chunks], …], oldest first
    RUN:N     its Nth chunk: base85 of the deflated JSON of columns, one entry per write
"""

import base64
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

from bridge.core.undo import Undoable, kept_runs
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.store import State

FULL = 250
"""A chunk that holds so many writes is not added to any more: those of one batch, or of a few that are small."""


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


def remember(state: State, change: Change, store: str, run: Undoable, rows: Sequence[Row]) -> None:
    """Add to a change the writes that a run made just now, and let go of runs that are kept no longer. run: as it
    begins; where it wrote before, what it wrote is added to."""
    key, known = keys.of_store(store, "undo"), undoable(state, store)
    if known and known[-1].run == run.run:
        run, known = known[-1], known[:-1]
    last, kept = run.chunks - 1, list[Row]()
    if last >= 0 and (raw := cast("str | None", state.db.hget(key, _chunk(run.run, last)))):
        kept = unpacked(raw)
    if last < 0 or len(kept) >= FULL:
        last, kept = run.chunks, []
    run = run._replace(writes=run.writes + len(rows), chunks=last + 1)
    change.put(key, _chunk(run.run, last), packed([*kept, *rows]))
    runs, stay = [*known, run], kept_runs([*known, run])
    change.put(key, "runs", pack.dumps([list(x) for x in runs if x.run in stay]))
    change.drops += [(key, _chunk(x.run, n)) for x in runs if x.run not in stay for n in range(x.chunks)]


def packed(rows: Sequence[Row]) -> str:
    """Columns deflate better than rows, and refs of one store begin alike."""
    refs, locations, before, after = zip(*rows, strict=True)
    least, most = min(refs), max(refs)
    alike = next((n for n, (one, other) in enumerate(zip(least, most, strict=False)) if one != other), len(least))
    prefix = least[:alike]
    columns = [prefix, [ref[len(prefix) :] for ref in refs], locations, before, after]
    return base64.b85encode(zlib.compress(pack.dumps(columns).encode(), 9)).decode()


def unpacked(raw: str) -> list[Row]:
    prefix, *columns = pack.loads(zlib.decompress(base64.b85decode(raw)).decode())
    return [Row(prefix + ref, *rest) for ref, *rest in zip(*columns, strict=True)]


def _chunk(run: str, number: int) -> str:
    return f"{run}:{number}"
