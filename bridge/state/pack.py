"""Values ↔ the compact JSON that stands in Redis. Instants are milliseconds since 1970."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from bridge.core.catalogue import CatalogueEntry
from bridge.core.cursor import Cursor
from bridge.core.drift import Cause, Drift
from bridge.core.guard import Hold
from bridge.core.ledger import Ledger, LevelDecrease, Shipment
from bridge.core.model import StockKey, TargetBasis
from bridge.core.owed import Lines, Owed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


_NOTHING = Ledger()  # nearly every SKU's, and frozen


def dumps(value: object) -> str:
    return orjson.dumps(value).decode()


def loads(raw: str) -> Any:
    return orjson.loads(raw)


def ms(instant: datetime) -> int:
    since = instant - _EPOCH  # to divide it takes three times as long
    return since.days * 86_400_000 + since.seconds * 1_000 + since.microseconds // 1_000


def at(milliseconds: int) -> datetime:
    return _EPOCH + milliseconds * _MS


def cursor(value: Cursor) -> list[int | None]:
    return [None if x is None else ms(x) for x in (value.at, value.looked, value.known)]


def read_cursor(raw: Sequence[int | None] | None) -> Cursor:
    return Cursor(*(None if x is None else at(x) for x in raw or (None, None, None)))


def catalogue_entry(value: CatalogueEntry) -> str:
    """Nearly every entry is a description alone."""
    if value.at is None:
        return dumps(value.description)
    return dumps([value.description, value.name, value.deleted, ms(value.at)])


def read_catalogue_entry(raw: str) -> CatalogueEntry:
    found = loads(raw)
    if isinstance(found, str):
        return CatalogueEntry(found)
    description, name, deleted, when = found
    return CatalogueEntry(description, name, deleted, at(when))


def owed(value: Lines) -> str:
    """Nearly every line is noted under its listing's own SKU, and is its units alone."""
    return dumps({o: x.units if x.sku is None else [x.units, x.sku, x.at and ms(x.at)] for o, x in value.items()})


def read_owed(raw: str) -> dict[str, Owed]:
    found = {}
    for order, row in loads(raw).items():
        units, sku, when = (row, None, None) if isinstance(row, int) else row
        found[order] = Owed(units, sku, None if when is None else at(when))
    return found


def ledger(value: Ledger) -> str | None:
    """None: nothing worth keeping."""
    if not value:
        return None
    shipments = []
    for d in value.shipments:
        places = None if d.warehouses is None else sorted(d.warehouses)
        ordered = None if d.ordered_at is None else ms(d.ordered_at)
        confirmed_by = [_decrease(f) for f in d.confirmed_by]
        shipments.append([d.store, d.ref, d.order, d.location, d.pieces, ms(d.at), ordered, places, confirmed_by])
    return dumps([shipments, [_decrease(f) for f in value.decreases]])


def read_ledger(raw: str | None) -> Ledger:
    if raw is None:
        return _NOTHING
    rows, decreases = loads(raw)
    shipments = [
        Shipment(
            store, ref, order, location, pieces, at(left),
            None if ordered is None else at(ordered),
            None if places is None else frozenset(places),
            tuple(_read_decrease(*f) for f in confirmed_by),
        )
        for store, ref, order, location, pieces, left, ordered, places, confirmed_by in rows
    ]  # fmt: skip
    return Ledger(tuple(shipments), tuple(_read_decrease(*f) for f in decreases))


def _decrease(f: LevelDecrease) -> list[Any]:
    return [f.warehouse, f.pieces, ms(f.seen_at)]


def _read_decrease(warehouse: str, pieces: int, seen: int) -> LevelDecrease:
    return LevelDecrease(warehouse, pieces, at(seen))


def stock_key(value: StockKey) -> str:
    """Field name of a stock key inside its own store's hashes."""
    return value.ref.replace("\x1e", "\x1e0").replace("\x1f", "\x1e1") + f"\x1f{value.location}"


def read_stock_key(store: str, raw: str) -> StockKey:
    ref, _, location = raw.partition("\x1f")
    return StockKey(store, ref.replace("\x1e1", "\x1f").replace("\x1e0", "\x1e"), location)


def hold(value: Hold) -> str:
    """The basis is flat: SKU and its four numbers, what is elsewhere only where something is, and so for each part."""
    flat = [x for sku, f in value.basis.items() for x in (sku, *f[:4], *([f[4:]] if any(f[4:]) else []))]
    return dumps([flat, value.rejected_levels, ms(value.since), value.why, value.surplus, value.decision])


def read_hold(raw: str) -> Hold:
    flat, rejected_levels, since, why, surplus, decision = loads(raw)
    basis, next_ = dict[str, TargetBasis](), 0
    while next_ < len(flat):
        elsewhere = flat[next_ + 5] if next_ + 5 < len(flat) and isinstance(flat[next_ + 5], list) else []
        basis[flat[next_]] = TargetBasis(*flat[next_ + 1 : next_ + 5], *elsewhere)
        next_ += 6 if elsewhere else 5
    return Hold(basis, rejected_levels, at(since), why, surplus, decision)


def drift(value: Drift) -> str:
    healed = None if value.healed is None else ms(value.healed)
    return dumps([ms(value.at), ms(value.since), value.was, value.now, value.cause, healed, value.count])


def read_drift(raw: str) -> Drift:
    seen, since, was, now, cause, healed, count = loads(raw)
    return Drift(at(seen), at(since), was, now, Cause(cause), None if healed is None else at(healed), count)
