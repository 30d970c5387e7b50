"""An unfinished pull in Redis: the record of where it is, and what it met, so that it goes on after a restart and in
whichever process.

What it met stands in one hash, product → one of
  when | …            a level, as `spelling.level` writes it
  {"product", …}      a row that cannot be read; one without an id stands under a name that is no id
  milliseconds        a row that a poll stored already, and its `updatedAt`
  [milliseconds]      the same, and the pull itself has met it as well
Beside them stands the token of the pull, which goes with them when Redis loses any.
"""

from collections.abc import Iterator, Mapping, Sequence
from secrets import token_hex
from typing import Any, NamedTuple, cast

from bridge.core.blocks import Packing
from bridge.core.model import Level
from bridge.core.unfinished import Unfinished
from bridge.state import keys, pack, spelling
from bridge.state.change import Change
from bridge.state.store import State


class Stored(NamedTuple):
    """A row that counts already. mark: milliseconds of its `updatedAt`, 0 without one. walked: the pull met it, too."""

    mark: int
    walked: bool = False

    @property
    def packed(self) -> str:
        return f"[{self.mark}]" if self.walked else str(self.mark)


Met = Level | Mapping[str, Any] | Stored

LEVELS: Packing[Level] = Packing(Level)
"""Of what one process has met and kept, to hand on what it would else read back: some thirty bytes each."""


def load_unfinished(state: State) -> Unfinished | None:
    """The pull that waits to be gone on with."""
    return state.source_record().unfinished


def put(change: Change, pull: Unfinished | None) -> None:
    """Write the record down with a change; None: there is none any more."""
    change.note_source(unfinished=pull)


def met(state: State, products: Sequence[str]) -> dict[str, Met]:
    """What was met of some products."""
    if not products:
        return {}
    raws = cast("list[str | None]", state.db.hmget(keys.PULLED, [keys.field_of(product) for product in products]))
    return {name: _read(name, raw) for name, raw in zip(products, raws, strict=True) if raw is not None}


def every_met(state: State) -> Iterator[tuple[str, Met]]:
    for field, raw in state.db.hscan_iter(keys.PULLED, count=1_000):
        if field != keys.EPOCH:
            product = keys.name_of(field)
            yield product, _read(product, raw)


def forget_met(state: State) -> None:
    state.db.unlink(keys.PULLED)


def begin(state: State) -> str:
    """Forget what an earlier pull may have left behind → the token of what is kept from now on, which is lost with any
    of it."""
    token = token_hex(8)
    with state.db.pipeline(transaction=False) as pipe:
        pipe.unlink(keys.PULLED)
        pipe.hset(keys.PULLED, keys.EPOCH, token)
        pipe.execute()
    return token


def has_all(state: State, pull: Unfinished) -> bool:
    """Whether all that a pull has kept is there."""
    return not pull.was_kept or (cast("str | None", state.db.hget(keys.PULLED, keys.EPOCH)) or "") == pull.token


def _read(product: str, raw: str) -> Met:
    if raw[0] not in "{[" and "|" in raw:
        return spelling.read_level(product, raw)
    found = pack.loads(raw)
    if isinstance(found, list):
        return Stored(found[0], walked=True)
    return Stored(found) if isinstance(found, int) else cast("Met", found)
