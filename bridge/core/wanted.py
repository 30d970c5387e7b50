"""What a push has decided to write. All of it is decided before the first is sent, so it is kept small meanwhile."""

import zlib
from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from msgspec import msgpack

from bridge.core.model import StockKey, StoreStock, TargetBasis
from bridge.core.plan import Decision
from connectors.values import Value, replace

BLOCK = 500
"""Decisions that are packed together."""


class _Packed(Value, frozen=True, array_like=True):
    """All that sending needs of a decision. What it follows from is many times its size."""

    stock_key: StockKey
    known: StoreStock | None
    offer: int
    basis: dict[str, TargetBasis]
    quantity: int | None
    shown: int | None
    sku: str | None
    fraction: bool


_encoded = msgpack.Encoder().encode
_decoded = msgpack.Decoder(list[_Packed]).decode


class Wanted:
    """Decisions in the order in which they are to be sent: lowerings before increases, else as they were added. whole:
    they are kept as they are; else without their targets, in some 60 bytes each, a tenth of what they take."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._lowerings, self._increases = _Rows(), _Rows()

    def add(self, d: Decision) -> None:
        rows = self._increases if (d.quantity or 0) > (d.shown or 0) else self._lowerings
        if self._whole:
            rows.last.append(d)
        else:
            rows.add(replace(d, target=None))

    def drop(self, stock_keys: Collection[StockKey]) -> None:
        if not stock_keys:
            return
        before = iter(self)
        self._lowerings, self._increases = _Rows(), _Rows()
        for d in before:
            if d.stock_key not in stock_keys:
                self.add(d)

    def __len__(self) -> int:
        return len(self._lowerings) + len(self._increases)

    def __iter__(self) -> Iterator[Decision]:
        return chain(self._lowerings, self._increases)


class _Rows:
    """Decisions in order, of which all but the last few are packed."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.last: list[Decision] = []

    def add(self, d: Decision) -> None:
        self.last.append(d)
        if len(self.last) == BLOCK:
            self.blocks.append(packed(self.last))
            self.last = []

    def __len__(self) -> int:
        return BLOCK * len(self.blocks) + len(self.last)

    def __iter__(self) -> Iterator[Decision]:
        yield from chain.from_iterable(map(unpacked, self.blocks))
        yield from self.last


def packed(decisions: Sequence[Decision]) -> bytes:
    """Decisions without their targets; they have no `skip`, as they are to be written."""
    rows = [
        _Packed(d.stock_key, d.known, d.offer, dict(d.basis), d.quantity, d.shown, d.sku, d.fraction) for d in decisions
    ]
    return zlib.compress(_encoded(rows), 1)


def unpacked(block: bytes) -> Iterator[Decision]:
    for x in _decoded(zlib.decompress(block)):
        yield Decision(x.stock_key, x.known, None, x.offer, x.basis, x.quantity, x.shown, None, x.sku, x.fraction)
