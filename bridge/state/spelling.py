"""Values ↔ the short text that stands in a row of a page, see `state/pages.py`.

Fields are parted by "|", what there is several of by ";" and ",". What is nearly always so is left out: a shop shows
what it was sent, and all of it is for sale. Instants are hexadecimal milliseconds since START."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from bridge.core.model import Level, Packing, StoreStock, TargetBasis
from bridge.state import keys
from bridge.state.merge import in_rows
from bridge.state.pack import at, dumps, loads, ms
from bridge.state.pages import Speller, Words, escaped
from connectors.base import Listing, Status

START = 1_767_225_600_000
"""2026: nothing that is kept is much older, and nothing says so with more signs than it needs."""

SAME = "="
"""Instead of a value that stands beside it already."""

PARTS = "\x02|;,"
MARKS = {ord(sign): f"\x02{number}" for number, sign in enumerate(PARTS)}


def _escaped(text: str) -> str:
    return text.translate(MARKS) if "|" in text or "," in text or ";" in text or "\x02" in text else text


def _unescaped(text: str) -> str:
    if "\x02" not in text:
        return text
    first, *rest = text.split("\x02")
    return first + "".join(PARTS[int(part[0])] + part[1:] for part in rest)


def _title(title: str, sku: str) -> str:
    if title == sku:
        return SAME
    return _escaped(SAME + title if title[:1] == SAME else title)


def _read_title(told: str, sku: str) -> str:
    if told[:1] != SAME:
        return _unescaped(told)
    return sku if told == SAME else _unescaped(told[1:])


def _instant(moment: datetime) -> str:
    return format(ms(moment) - START, "x")


def _read_instant(text: str) -> datetime:
    return at(int(text, 16) + START)


_same_instant, _read_same_instant = lru_cache(1_000)(_instant), lru_cache(1_000)(_read_instant)
"""Of a store: what was read together was read at one instant. Levels hardly share one; to look for it costs more."""


# -- the source ------------------------------------------------------------------------------------------


def level(value: Level) -> str:
    """When | deleted | units | SKU | name | what few have."""
    units = ",".join([f"{_escaped(place)}:{pieces}" for place, pieces in value.units.items()])
    told = f"{_instant(value.updated_at)}|{'1' if value.deleted else ''}|{units}|{_escaped(value.sku)}"
    told += f"|{_title(value.name, value.sku)}"
    if not value.doubt and value.packing is None:
        return told
    p = value.packing
    return f"{told}|{_escaped(dumps([value.doubt, p and [p.sku, p.pieces, p.dimensions, p.weight]]))}"


def read_level(product: str, raw: str) -> Level:
    when, deleted, units, told_sku, name, *more = raw.split("|")
    sku = _unescaped(told_sku)
    pieces: dict[str, int] = {}  # `dict[str, int]()` takes ten times as long, and this is made for every SKU
    for row in units.split(",") if units else ():
        place, _, count = row.rpartition(":")
        pieces[_unescaped(place)] = int(count)
    plain = product, sku, pieces, _read_instant(when), bool(deleted), _read_title(name, sku)
    if not more:
        return Level(*plain)
    doubt, packed = loads(_unescaped(more[0]))
    return Level(*plain, doubt, packed and _read_packing(*packed))


def _read_packing(sku: str, pieces: int, dimensions: Iterable[int], weight: int) -> Packing:
    length, width, height = dimensions
    return Packing(sku, pieces, (length, width, height), weight)


def products(value: Iterable[str]) -> str:
    return ";".join(map(_escaped, value))


def read_products(raw: str) -> list[str]:
    return [_unescaped(product) for product in raw.split(";")] if raw else []


# -- a store ---------------------------------------------------------------------------------------------

STATUS = {status.value[0]: status for status in Status}


def listing(value: Listing) -> str:
    """Status, by its first letter, and SKU | title."""
    return f"{value.status[0]}{_escaped(value.sku)}|{_title(value.title, value.sku)}"


def read_listing(ref: str, raw: str) -> Listing:
    told, _, title = raw.partition("|")
    sku = _unescaped(told[1:])
    return Listing(ref, sku, _read_title(title, sku), STATUS[told[0]])


def refs(value: Iterable[str], say: Speller) -> str:
    return ";".join([_escaped(say.ref(ref)) for ref in value])


def read_refs(raw: str, words: Words) -> list[str]:
    return [words.ref(_unescaped(short)) for short in raw.split(";")]


UNSURE = 2
"""Added to whether a stock key is stocked where its number is not sure."""


def store_stock(value: Mapping[str, StoreStock], say: Speller) -> str:
    """Of each location: its number | when | available | committed, on hand, stocked | target | basis | basis …

    Left out: the second three where nothing is committed, all on hand is available, and it is stocked; a target that
    was never reached. SAME: a target that is what is available."""
    return ";".join([_place(say.place(location), k) for location, k in value.items()])


def _place(place: str, k: StoreStock) -> str:
    odd = ""
    if k.committed or k.on_hand != k.available or not (k.stocked and k.sure):
        odd = f"{k.committed},{k.on_hand},{k.stocked + (0 if k.sure else UNSURE)}"
    told = f"{place}|{_same_instant(k.at)}|{k.available}|{odd}"
    if k.last_target is None:
        return told
    told += f"|{SAME if k.last_target == k.available else k.last_target}"
    for sku, basis in k.basis.items():
        told += f"|{_escaped(sku)},{','.join(map(str, basis)) if any(basis[1:]) else basis[0]}"
    return told


def read_store_stock(raw: str, words: Words) -> dict[str, StoreStock]:
    found: dict[str, StoreStock] = {}
    for told in raw.split(";") if raw else ():
        place, when, available, odd, *reached = told.split("|")
        shown, committed, kind = int(available), 0, 1
        on_hand, target = shown, None
        basis: dict[str, TargetBasis] = {}
        if odd:
            committed, on_hand, kind = map(int, odd.split(","))
        if reached:
            target = shown if reached[0] == SAME else int(reached[0])
            for part in reached[1:]:
                sku, stock, *more = part.split(",")
                others = map(int, more) if more else (0,)
                basis[_unescaped(sku)] = TargetBasis(int(stock), *others)
        found[words.place(place)] = StoreStock(
            shown, committed, on_hand, bool(kind % UNSURE), _read_same_instant(when), target, basis, kind < UNSURE
        )
    return found


# -- rows of a change ------------------------------------------------------------------------------------


def spelled(
    rows: Iterable[tuple[str, str, Any]], spellers: Mapping[str, Speller]
) -> Iterator[tuple[str, list[str | int]]]:
    """(key, name, typed value) → (key, all rows of it as they are to stand there, see `state/merge.py`). spellers: of
    the hashes in which something is said short."""
    by_key = defaultdict[str, list[tuple[str, Any]]](list)
    for key, name, value in rows:
        by_key[key].append((name, value))
    for key, some in by_key.items():
        say, write = spellers.get(key), WRITERS[key.rpartition(":")[2]]
        name_of = say.ref if say and keys.is_named_by_ref(key) else str
        yield (
            key,
            in_rows(
                {escaped(name_of(name)): None if value is None else escaped(write(value, say)) for name, value in some}
            ),
        )


WRITERS: Mapping[str, Callable[[Any, Any], str]] = {
    "levels": lambda value, _: level(value),
    "skus": lambda value, _: products(value),
    "listings": lambda value, _: listing(value),
    "bysku": refs,
    "shown": store_stock,
}
