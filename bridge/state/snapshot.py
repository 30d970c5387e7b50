"""The state as read once: what several steps of one decision ask for is fetched and parsed a single time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from bridge.core.ledger import Ledger
from bridge.core.model import Level, StoreStock
from bridge.core.owed import Owed
from bridge.state import keys, pack, spelling
from bridge.state.history import SCAN
from bridge.state.pages import Words
from bridge.state.records import SourceRecord, StoreRecord
from bridge.state.store import State
from connectors.base import Listing

T = TypeVar("T")

READ: Mapping[str, Callable[[Mapping[str, str], Words], Mapping[str, Any]]] = {
    "bysku": lambda raws, words: {name: spelling.read_refs(raw, words) for name, raw in raws.items()},
    "listings": lambda raws, _: {ref: spelling.read_listing(ref, raw) for ref, raw in raws.items()},
    "shown": lambda raws, words: {ref: spelling.read_store_stock(raw, words) for ref, raw in raws.items()},
    "ordered": lambda raws, _: {ref: pack.read_owed(raw) for ref, raw in raws.items()},
}
"""A store's hash → how its rows are read."""

WAITS = ("held", "flight", "drift", "quarantine", "orphaned", "reread")
"""Hashes of a store that are mostly small, of which whoever looks at a store asks for all."""


class Snapshot(State):
    """Lives as long as one decision. Reads of single fields are remembered, absent ones too."""

    def __init__(self, state: State) -> None:
        super().__init__(state.db, state.stores, tills=state.tills)
        self.heads = state.heads
        self._met: dict[tuple[str, str], dict[str, Any]] = {}
        self._begun: dict[str, tuple[int, dict[str, str]]] = {}

    @classmethod
    def of(cls, state: State) -> "Snapshot":
        """The state itself where it is one: whoever shares it asks for nothing twice."""
        return state if isinstance(state, cls) else cls(state)

    def look_at(self, stores: Sequence[str]) -> None:
        """Read in two round trips what some stores are asked for as a whole: what waits there, and their records. Of
        what is long only the beginning is kept, and the rest read whenever somebody asks."""
        names = [keys.of_store(store, what) for store in stores for what in WAITS]
        with self.db.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hscan(name, count=SCAN)
            for store in stores:
                pipe.hgetall(keys.of_store(store, "info"))
            told = pipe.execute()
        self._begun.update(zip(names, told[: len(names)], strict=True))
        self._met.setdefault(("record", ""), {}).update(
            (store, self.record_of(raws)) for store, raws in zip(stores, told[len(names) :], strict=True)
        )
        self.counts_of(stores)

    def _all(self, key: str) -> Iterator[tuple[str, str]]:
        if key not in self._begun:
            yield from super()._all(key)
            return
        cursor, rows = self._begun[key]
        while True:
            yield from ((keys.name_of(name), raw) for name, raw in rows.items() if name != keys.EPOCH)
            if not cursor:
                break
            cursor, rows = cast("tuple[int, dict[str, str]]", self.db.hscan(key, cursor, count=SCAN))

    def _once(
        self, what: tuple[str, str], names: Sequence[str], fetch: Callable[[Sequence[str]], dict[str, T]]
    ) -> dict[str, T]:
        met = self._met.setdefault(what, {})
        if missing := self._missing(what, names):
            met.update(dict.fromkeys(missing))
            met.update(fetch(missing))
        return {name: value for name in names if (value := met[name]) is not None}

    def _missing(self, what: tuple[str, str], names: Sequence[str]) -> list[str]:
        met = self._met.setdefault(what, {})
        return [name for name in names if name not in met]

    def source_record(self) -> SourceRecord:
        return self._once(("source", ""), [""], lambda _: {"": super(Snapshot, self).source_record()})[""]

    def store_record(self, store: str, *_: str) -> StoreRecord:
        return self._once(("record", ""), [store], lambda _: {store: super(Snapshot, self).store_record(store)})[store]

    def store_records(self, stores: Sequence[str], *members: str) -> dict[str, StoreRecord]:
        met = self._met.setdefault(("record", ""), {})
        if all(store in met for store in stores):
            return {store: met[store] for store in stores}
        fetch = super().store_records
        return self._once(("records", " ".join(members)), stores, lambda missing: fetch(missing, *members))

    def counts_of(self, stores: Sequence[str]) -> dict[str, dict[str, int]]:
        return self._once(("counts", ""), stores, super().counts_of)

    def is_whole(self) -> bool:
        return self._once(("whole", ""), [""], lambda _: {"": super(Snapshot, self).is_whole()})[""]

    def ledgers(self, skus: Sequence[str]) -> dict[str, tuple[str | None, Ledger]]:
        return self._once(("ledgers", ""), skus, super().ledgers)

    def history(self, sku: str) -> list[dict[str, Any]]:
        return self._once(("history", ""), [sku], lambda _: {sku: super(Snapshot, self).history(sku)})[sku]

    def decisions(self) -> dict[str, dict[str, Any]]:
        return self._once(("decisions", ""), [""], lambda _: {"": super(Snapshot, self).decisions()})[""]

    def levels(self, products: Sequence[str]) -> dict[str, Level]:
        return self._once(("levels", ""), products, super().levels)

    def products(self, skus: Sequence[str]) -> dict[str, list[str]]:
        return self._once(("products", ""), skus, super().products)

    def fetch(self, wanted: Mapping[tuple[str, str], Sequence[str]]) -> None:
        """Read fields of the hashes of several stores in one round trip, for whoever asks for them next. wanted: (what,
        store) → names; what: one of READ."""
        missing = {place: self._missing(place, names) for place, names in wanted.items()}
        missing = {place: names for place, names in missing.items() if names}
        if not missing:
            return
        found = self.several({keys.of_store(store, what): names for (what, store), names in missing.items()})
        for (what, store), names in missing.items():
            met = self._met[what, store]
            met.update(dict.fromkeys(names))
            met.update(READ[what](*found[keys.of_store(store, what)]))

    def note_absent(self, wanted: Mapping[tuple[str, str], Iterable[str]]) -> None:
        """Remember of fields, named as for `fetch`, that there are none: nobody asks for them."""
        for place, names in wanted.items():
            self._met.setdefault(place, {}).update(dict.fromkeys(names))

    def _fetched(self, what: str, store: str, names: Sequence[str]) -> dict[str, Any]:
        self.fetch({(what, store): names})
        met = self._met[what, store]
        return {name: value for name in names if (value := met[name]) is not None}

    def listings(self, store: str, refs: Sequence[str]) -> dict[str, Listing]:
        return self._fetched("listings", store, refs)

    def named(self, store: str, normalized_skus: Sequence[str]) -> dict[str, list[str]]:
        return self._fetched("bysku", store, normalized_skus)

    def named_everywhere(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, dict[str, list[str]]]:
        self.fetch({("bysku", store): names for store, names in wanted.items()})
        return {store: self.named(store, names) for store, names in wanted.items()}

    def store_stock(self, store: str, refs: Sequence[str]) -> dict[str, dict[str, StoreStock]]:
        return self._fetched("shown", store, refs)

    def owed(self, store: str, refs: Sequence[str]) -> dict[str, dict[str, Owed]]:
        return self._fetched("ordered", store, refs)
