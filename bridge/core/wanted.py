"""What a push has decided to write. All of it is decided before the first is sent, so it is kept small meanwhile."""

import zlib
from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from msgspec import msgpack

from bridge.core.model import StockKey
from bridge.core.plan import Decision

BLOCK = 500
"""Decisions that are packed together."""


_encoded = msgpack.Encoder().encode
_decoded = msgpack.Decoder(list[Decision]).decode


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
            sent = d.stock_key, d.known, None, d.offer, d.basis, d.quantity, d.shown, None, d.sku, d.fraction, d.alone
            rows.add(Decision(*sent))  # half the price of `replace`

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
    """Decisions without their targets, which are many times the size of all the rest that sending needs."""
    return zlib.compress(_encoded(decisions), 1)


def unpacked(block: bytes) -> list[Decision]:
    return _decoded(zlib.decompress(block))
