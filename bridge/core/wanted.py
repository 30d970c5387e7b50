"""What a push has decided to write. All of it is decided before the first is sent, so it is kept small meanwhile."""

from collections.abc import Collection, Iterator

from msgspec import msgpack

from bridge.core.model import StockKey, StoreStock, TargetBasis
from bridge.core.plan import Decision
from connectors.values import Value


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


_pack = msgpack.Encoder().encode
_unpack = msgpack.Decoder(_Packed).decode


class Wanted:
    """Decisions in the order in which they are to be sent: lowerings before increases, else as they were added. whole:
    they are kept as they are, with their targets; else packed, so that one takes some 200 bytes, a third of it."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._lowerings: list[Decision | bytes] = []
        self._increases: list[Decision | bytes] = []

    def add(self, d: Decision) -> None:
        rows = self._increases if (d.quantity or 0) > (d.shown or 0) else self._lowerings
        rows.append(d if self._whole else packed(d))

    def drop(self, stock_keys: Collection[StockKey]) -> None:
        if stock_keys:
            for rows in (self._lowerings, self._increases):
                rows[:] = [row for row in rows if unpacked(row).stock_key not in stock_keys]

    def __len__(self) -> int:
        return len(self._lowerings) + len(self._increases)

    def __iter__(self) -> Iterator[Decision]:
        for rows in (self._lowerings, self._increases):
            yield from map(unpacked, rows)


def packed(d: Decision) -> bytes:
    """A decision without its target; it has no `skip`, as it is to be written."""
    small = _Packed(d.stock_key, d.known, d.offer, dict(d.basis), d.quantity, d.shown, d.sku, d.fraction)
    return _pack(small)


def unpacked(row: Decision | bytes) -> Decision:
    if isinstance(row, Decision):
        return row
    x = _unpack(row)
    return Decision(x.stock_key, x.known, None, x.offer, x.basis, x.quantity, x.shown, None, x.sku, x.fraction)
