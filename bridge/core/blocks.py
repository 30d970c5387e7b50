"""Values that wait in memory for their turn, packed: in some ten times less than they take."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

from msgspec import msgpack

T = TypeVar("T")

BLOCK = 500
"""Values that are packed together."""

_encoded = msgpack.Encoder().encode


class Packing(Generic[T]):
    """Packs values of one shape, which msgspec knows: Structs, tuples, lists and what they hold."""

    def __init__(self, shape: Any) -> None:
        self._decoded = msgpack.Decoder(list[shape]).decode

    def packed(self, values: Sequence[T]) -> bytes:
        return zlib.compress(_encoded(values), 1)

    def unpacked(self, block: bytes) -> list[T]:
        found: list[T] = self._decoded(zlib.decompress(block))
        return found


class Blocks(Generic[T]):
    """Values in the order in which they were added, of which all but the last few are packed."""

    def __init__(self, packing: Packing[T]) -> None:
        self._packing, self._blocks = packing, list[bytes]()
        self._last, self._packed = list[T](), 0

    def add(self, values: Sequence[T]) -> None:
        self._last += values
        if len(self._last) >= BLOCK:
            self._blocks.append(self._packing.packed(self._last))
            self._packed, self._last = self._packed + len(self._last), []

    def __len__(self) -> int:
        return self._packed + len(self._last)

    def __iter__(self) -> Iterator[T]:
        for block in self._blocks:
            yield from self._packing.unpacked(block)
        yield from self._last
