"""What a push has decided to write. All of it is decided before the first is sent, so it is kept small meanwhile."""

from collections.abc import Collection, Iterator
from itertools import chain

from bridge.core.blocks import Blocks, Packing
from bridge.core.model import StockKey
from bridge.core.plan import Decision

PACKING: Packing[Decision] = Packing(Decision)


class Wanted:
    """Decisions in the order in which they are to be sent: lowerings before increases, else as they were added. whole:
    they are kept as they are; else without their targets, in some 60 bytes each, a tenth of what they take."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._lowerings, self._increases = self._rows(), self._rows()

    def _rows(self) -> "list[Decision] | Blocks[Decision]":
        return list[Decision]() if self._whole else Blocks(PACKING)

    def add(self, d: Decision) -> None:
        rows = self._increases if (d.quantity or 0) > (d.shown or 0) else self._lowerings
        if isinstance(rows, list):
            rows.append(d)
        else:
            sent = d.stock_key, d.known, None, d.offer, d.basis, d.quantity, d.shown, None, d.sku, d.fraction, d.alone
            rows.add((Decision(*sent),))  # half the price of `replace`

    def drop(self, stock_keys: Collection[StockKey]) -> None:
        if not stock_keys:
            return
        before = iter(self)
        self._lowerings, self._increases = self._rows(), self._rows()
        for d in before:
            if d.stock_key not in stock_keys:
                self.add(d)

    def __len__(self) -> int:
        return len(self._lowerings) + len(self._increases)

    def __iter__(self) -> Iterator[Decision]:
        return chain(self._lowerings, self._increases)
