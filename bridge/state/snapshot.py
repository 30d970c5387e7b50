"""The state as read once: what several steps of one decision ask for is fetched and parsed a single time."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from bridge.core.model import Level, StoreStock
from bridge.state.records import SourceRecord, StoreRecord
from bridge.state.store import State
from connectors.base import Listing

T = TypeVar("T")


class Snapshot(State):
    """Lives as long as one decision. Reads of single fields are remembered, absent ones too."""

    def __init__(self, state: State) -> None:
        super().__init__(state.db, state.stores, tills=state.tills)
        self._met: dict[tuple[str, str], dict[str, Any]] = {}

    def _once(
        self, what: tuple[str, str], names: Sequence[str], fetch: Callable[[Sequence[str]], dict[str, T]]
    ) -> dict[str, T]:
        met = self._met.setdefault(what, {})
        if missing := [name for name in names if name not in met]:
            met.update(dict.fromkeys(missing))
            met.update(fetch(missing))
        return {name: value for name in names if (value := met[name]) is not None}

    def source_record(self) -> SourceRecord:
        return self._once(("source", ""), [""], lambda _: {"": super(Snapshot, self).source_record()})[""]

    def store_record(self, store: str) -> StoreRecord:
        return self._once(("record", ""), [store], lambda _: {store: super(Snapshot, self).store_record(store)})[store]

    def levels(self, products: Sequence[str]) -> dict[str, Level]:
        return self._once(("levels", ""), products, super().levels)

    def products(self, skus: Sequence[str]) -> dict[str, list[str]]:
        return self._once(("products", ""), skus, super().products)

    def listings(self, store: str, refs: Sequence[str]) -> dict[str, Listing]:
        fetch = super().listings
        return self._once(("listings", store), refs, lambda missing: fetch(store, missing))

    def named(self, store: str, normalized_skus: Sequence[str]) -> dict[str, list[str]]:
        fetch = super().named
        return self._once(("named", store), normalized_skus, lambda missing: fetch(store, missing))

    def store_stock(self, store: str, refs: Sequence[str]) -> dict[str, dict[str, StoreStock]]:
        fetch = super().store_stock
        return self._once(("shown", store), refs, lambda missing: fetch(store, missing))
