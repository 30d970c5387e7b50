"""Search of SKUs by a part of them or of a name, over the warehouse and every store, without asking Redis for all of
them each time."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from threading import Lock, Thread
from typing import Any

from bridge.core.catalogue import name_of
from bridge.core.search import Hit, SearchIndex, line_of
from bridge.core.sku import normalized_sku
from bridge.errors import StateError
from bridge.sync.context import SyncContext

WAREHOUSE = ""
"""The side that is no store."""

OLDEST = 30.0  # seconds after which it is looked whether anything was listed anew
MOST = 500_000
"""Listings of one side that are remembered, about 200 bytes each; a SKU beyond them is found by its whole name."""


@dataclass(frozen=True, slots=True)
class Found:
    """hits: the SKUs of one page. count: how many there are. more: whether there are more than were counted."""

    hits: Sequence[Hit]
    count: int
    more: bool


class Search:
    """What is listed, kept in memory: read when somebody first searches, and again where it has changed, while whoever
    searches meanwhile is told what was known before."""

    def __init__(self, context: SyncContext, *, oldest: float = OLDEST) -> None:
        self._context, self._oldest = context, oldest
        self._marks: dict[str, object] = {}
        self._lines: dict[str, Sequence[str]] = {}
        self._index: SearchIndex | None = None
        self._at = float("-inf")
        self._reading = Lock()

    def find(self, wanted: str, *, begin: int, end: int) -> Found:
        """SKUs from number `begin` to `end` of those found. Raises StateError."""
        if self._index is None:
            self.read()
        elif time.monotonic() - self._at > self._oldest and not self._reading.locked():
            Thread(target=self.read_quietly, name="search", daemon=True).start()
        hits, more = (self._index or SearchIndex()).find(wanted)
        if exact := self._exact(wanted):
            hits = [exact, *(hit for hit in hits if hit.sku != wanted)]
        return Found(hits[begin:end], len(hits), more)

    def read(self) -> None:
        """Read what is listed on every side where anything has changed since. Raises StateError."""
        with self._reading:
            marks = {side: self._mark(side) for side in (WAREHOUSE, *self._context.stores)}
            changed = [side for side, mark in marks.items() if side not in self._marks or self._marks[side] != mark]
            for side in changed:
                lines = warehouse_lines(self._context) if side == WAREHOUSE else store_lines(self._context, side)
                self._lines[side], self._marks[side] = tuple(islice(lines, MOST)), marks[side]
            if changed:
                self._index = SearchIndex.of({side: self._lines[side] for side in marks})
            self._at = time.monotonic()

    def read_quietly(self) -> None:
        with suppress(StateError):  # whoever searches next hears of it, or tries again
            self.read()

    def _mark(self, side: str) -> object:
        """Changes whenever something may be listed, or called, otherwise."""
        state = self._context.state
        if side == WAREHOUSE:
            record = state.source_record()
            return record.pull, record.full_at, record.catalogue.tried_at
        store = state.store_record(side)
        return store.mapped_at, store.refreshed_at

    def _exact(self, wanted: str) -> Hit | None:
        """The SKU itself, also where it came only just now."""
        context = self._context
        asked = {store: [normalized_sku(wanted, context.rules(store).match)] for store in context.stores}
        named = context.state.named_everywhere(asked)
        products = context.state.products([wanted])
        listed = {store: refs for store in named for refs in named[store].values()}
        titles = {store: title_of(context, store, wanted, refs) for store, refs in listed.items()}
        sides = [WAREHOUSE] if products else []
        sides += [store for store, title in titles.items() if title is not None]
        if not sides:
            return None
        names = [warehouse_name(context, products[wanted])] if products else []
        return Hit(wanted, next(filter(None, [*names, *titles.values()]), ""), frozenset(sides))


def warehouse_lines(context: SyncContext) -> Iterator[str]:
    """What the warehouse has, as `line_of` writes it; deleted products too."""
    catalogue = dict(context.state.every_catalogue_entry())
    levels = (level for level in context.state.every_level() if level.packing is None and level.sku)
    return (line_of(level.sku, name_of(level, catalogue.get(level.product))) for level in levels)


def store_lines(context: SyncContext, store: str) -> Iterator[str]:
    """What a store lists, as `line_of` writes it."""
    return (line_of(x.sku, x.title) for x in context.state.every_listing(store) if x.sku)


def title_of(context: SyncContext, store: str, sku: str, refs: Sequence[str]) -> str | None:
    """How a store calls a SKU. None: it has no listing of exactly that one. refs: of those that may be."""
    return next((x.title for x in context.state.listings(store, refs).values() if x.sku == sku), None)


def warehouse_name(context: SyncContext, products: Sequence[str]) -> str:
    """How the warehouse calls the first of its products that has a name."""
    catalogue, levels = context.state.catalogue(products), context.state.levels(products).values()
    return next((name for x in levels if (name := name_of(x, catalogue.get(x.product)))), "")


def on_hand(context: SyncContext, skus: Sequence[str]) -> dict[str, int]:
    """SKU → units over all warehouses, of those that the warehouse has."""
    products = context.state.products(skus)
    levels = context.state.levels(sorted({product for each in products.values() for product in each}))
    found: dict[str, int] = {}
    for sku, each in products.items():
        units = [levels[x].units.values() for x in each if x in levels and levels[x].sku == sku]
        if units:
            found[sku] = sum(sum(x) for x in units)
    return found


def rows(context: SyncContext, hits: Sequence[Hit]) -> list[Mapping[str, Any]]:
    """What was found, ready for JSON: SKUs with their names, units in the warehouse and the stores that sell them."""
    units = on_hand(context, [hit.sku for hit in hits])
    return [
        {"sku": hit.sku, "title": hit.title, "units": units.get(hit.sku),
         "stores": [store for store in context.stores if store in hit.sides]}
        for hit in hits
    ]  # fmt: skip
