"""The state in Redis: what is known of the source and of every store.

`State` reads; whatever is written goes through `commit` as one Change, except counters and notes that
nothing rests on. Foreign strings are field names and values here, never parts of a script.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast

import redis

from bridge.core.catalogue import CatalogueEntry
from bridge.core.drift import Drift
from bridge.core.guard import Hold
from bridge.core.ledger import Ledger
from bridge.core.model import Level, StockKey, StoreStock
from bridge.core.owed import Owed, units_of
from bridge.errors import LeaseLostError
from bridge.state import keys, pack, spelling
from bridge.state.access import Access
from bridge.state.change import COMMIT, Change, ConflictError
from bridge.state.deliveries import Deliveries
from bridge.state.epochs import Epochs
from bridge.state.history import SCAN, History
from bridge.state.lease import Lease
from bridge.state.merchant import Sign
from bridge.state.paged import NOTHING, Paged
from bridge.state.pages import COUNT, Head
from bridge.state.record_store import RecordStore
from bridge.state.scripts import run
from bridge.state.shelves import Shelves
from bridge.state.source_rows import SourceRows
from connectors.base import Listing


class State(Access, Paged, Epochs, SourceRows, Shelves, RecordStore, History, Deliveries):
    """One merchant's state. Raises StateError when Redis is away; nothing is half written then."""

    def __init__(
        self, db: redis.Redis, stores: Sequence[str], merchant: Collection[Sign] = (), tills: Sequence[str] = ()
    ) -> None:
        self.db = db
        self.stores, self.tills = tuple(stores), tuple(tills)
        self.groups = (*self.stores, *(keys.TILL + till for till in self.tills))
        self.merchant = frozenset(merchant)
        self.heads = dict[str, Head]()

    # -- writing -----------------------------------------------------------------------------------

    def commit(self, change: Change, *leases: Lease) -> None:
        """Apply a change whole. Raises ConflictError or LeaseLostError, and then nothing of it happened."""
        if not change:
            return
        while True:
            spellers = self.spellers(change.rows)
            said: str | list[Any] = run(self.db, COMMIT, *change.encoded(leases, spellers))
            if said != "words":
                break
            self.hear_heads(spellers)
        if said == "lease":
            names = ", ".join(lease.name for lease in leases)
            raise LeaseLostError(f"Another worker has taken over {names}; what was begun here stays due.")
        if said == "conflict":
            raise ConflictError
        for key, pages in zip(said[::2], said[1::2], strict=True):
            self.heads[key] = Head(spellers[key].words if key in spellers else NOTHING.words, pages)

    # -- the source --------------------------------------------------------------------------------

    def levels(self, products: Sequence[str]) -> dict[str, Level]:
        raws, _ = self.rows(keys.LEVELS, products)
        return {product: spelling.read_level(product, raw) for product, raw in raws.items()}

    def catalogue(self, products: Sequence[str]) -> dict[str, CatalogueEntry]:
        """Product → what the catalogue says of it beyond its level."""
        raws = self._many(keys.CATALOGUE, products)
        return {product: pack.read_catalogue_entry(raw) for product, raw in raws.items()}

    def every_catalogue_entry(self) -> Iterator[tuple[str, CatalogueEntry]]:
        for product, raw in self._all(keys.CATALOGUE):
            yield product, pack.read_catalogue_entry(raw)

    def every_level(self) -> Iterator[Level]:
        for product, raw in self.every_row(keys.LEVELS):
            yield spelling.read_level(product, raw)

    def products(self, skus: Sequence[str]) -> dict[str, list[str]]:
        """SKU → products that carry or carried it."""
        raws, _ = self.rows(keys.SKUS, skus)
        return {sku: spelling.read_products(raw) for sku, raw in raws.items()}

    def alike(self, normalized_skus: Sequence[str]) -> dict[str, list[str]]:
        """Comparable form → SKUs of that form (loose matching)."""
        return {normalized: pack.loads(raw) for normalized, raw in self._many(keys.LOOSE, normalized_skus).items()}

    def every_sku(self) -> Iterator[str]:
        for sku, _ in self.every_row(keys.SKUS):
            yield sku

    def ledgers(self, skus: Sequence[str]) -> dict[str, tuple[str | None, Ledger]]:
        """SKU → (as it stands, value), for every SKU asked."""
        raws = self._many(keys.LEDGER, skus)
        none = None, pack.read_ledger(None)  # nearly every SKU's
        return {sku: none if (raw := raws.get(sku)) is None else (raw, pack.read_ledger(raw)) for sku in skus}

    def every_ledger(self) -> Iterator[tuple[str, str, Ledger]]:
        for sku, raw in self._all(keys.LEDGER):
            yield sku, raw, pack.read_ledger(raw)

    def grant(self) -> str | None:
        """The OAuth grant as it stands, encrypted; see `state.grant`."""
        return cast("str | None", self.db.hget(keys.GRANT, keys.GRANT_PAIR))

    # -- a store -----------------------------------------------------------------------------------

    def listings(self, store: str, refs: Sequence[str]) -> dict[str, Listing]:
        raws, _ = self.rows(keys.of_store(store, "listings"), refs)
        return {ref: spelling.read_listing(ref, raw) for ref, raw in raws.items()}

    def every_listing(self, store: str) -> Iterator[Listing]:
        for ref, raw in self.every_row(keys.of_store(store, "listings")):
            yield spelling.read_listing(ref, raw)

    def listing_count(self, store: str) -> int:
        return self.row_count(keys.of_store(store, "listings"))

    def named(self, store: str, normalized_skus: Sequence[str]) -> dict[str, list[str]]:
        """Comparable store SKU → refs of the listings that have it, or had it when an open order was placed."""
        raws, words = self.rows(keys.of_store(store, "bysku"), normalized_skus)
        return {normalized: spelling.read_refs(raw, words) for normalized, raw in raws.items()}

    def every_named(self, store: str) -> Iterator[str]:
        """Every comparable store SKU that any listing has or had."""
        for normalized, _ in self.every_row(keys.of_store(store, "bysku")):
            yield normalized

    def named_everywhere(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, dict[str, list[str]]]:
        """The same of several stores in one round trip. wanted: store → comparable store SKUs."""
        asked = {keys.of_store(store, "bysku"): names for store, names in wanted.items() if names}
        found = self.several(asked)
        return {
            store: {name: spelling.read_refs(raw, words) for name, raw in rows.items()}
            for store, names in wanted.items()
            if names
            for rows, words in [found[keys.of_store(store, "bysku")]]
        }

    def store_stock(self, store: str, refs: Sequence[str]) -> dict[str, dict[str, StoreStock]]:
        raws, words = self.rows(keys.of_store(store, "shown"), refs)
        return {ref: spelling.read_store_stock(raw, words) for ref, raw in raws.items()}

    def ordered(self, store: str, refs: Sequence[str]) -> dict[str, dict[str, int]]:
        """ref → {order: its committed units}."""
        return {ref: units for ref, lines in self.owed(store, refs).items() if (units := units_of(lines))}

    def owed(self, store: str, refs: Sequence[str]) -> dict[str, dict[str, Owed]]:
        """ref → {order: what it owes, and under which SKU it was noted}."""
        raws = self._many(keys.of_store(store, "ordered"), refs)
        return {ref: pack.read_owed(raw) for ref, raw in raws.items()}

    def every_owed(self, store: str) -> Iterator[tuple[str, dict[str, Owed]]]:
        for ref, raw in self._all(keys.of_store(store, "ordered")):
            yield ref, pack.read_owed(raw)

    def names(self, store: str, what: str) -> set[str]:
        """The names of all fields of a store's hash."""
        return {name for name, _ in self._all(keys.of_store(store, what))}

    def numbers(self, store: str, orders: Sequence[str]) -> dict[str, str]:
        """Order → its number as the shop shows it, of orders where that is another."""
        return self._many(keys.of_store(store, "numbers"), orders)

    def due(self, store: str) -> dict[str, str]:
        """ref → version of its mark. A change marks many at once, and their version is kept once."""
        seen = dict[str, str]()
        return {ref: seen.setdefault(version, version) for ref, version in self._all(keys.of_store(store, "due"))}

    def to_reread(self, store: str) -> dict[str, str]:
        """ref → version of the mark that asks for its next reading."""
        return dict(self._all(keys.of_store(store, "reread")))

    def due_version(self) -> str | None:
        """Changes whenever anything anywhere is made due: while it stands still, no decision is out of date."""
        return cast("str | None", self.db.get(keys.VERSION))

    def due_now(self, store: str, refs: Sequence[str]) -> dict[str, str]:
        return self._many(keys.of_store(store, "due"), refs)

    def held(self, store: str) -> dict[StockKey, Hold]:
        rows = self._all(keys.of_store(store, "held"))
        return {pack.read_stock_key(store, name): pack.read_hold(raw) for name, raw in rows}

    def drifts(self, store: str, names: Sequence[str] | None = None) -> dict[str, Drift]:
        """Name of the stock key → what is remembered of its drift; all there are, or some."""
        key = keys.of_store(store, "drift")
        found = self._all(key) if names is None else self._many(key, names).items()
        return {name: pack.read_drift(raw) for name, raw in found}

    def orphaned(self, store: str, refs: Sequence[str] | None = None) -> dict[str, tuple[int, str]]:
        """ref → (since when, why) of listings that lost their map; all there are, or some."""
        key = keys.of_store(store, "orphaned")
        found = self._all(key) if refs is None else self._many(key, refs).items()
        return {ref: (at, why) for ref, raw in found for at, why in [pack.loads(raw)]}

    def notes(self, store: str, what: str, names: Sequence[str] | None = None) -> dict[str, Any]:
        """A hash of JSON (quarantine, tries, flight, spent, gone, watch or shadow): all of it, or some fields."""
        key = keys.of_store(store, what)
        found = self._all(key) if names is None else self._many(key, names).items()
        return {name: pack.loads(raw) for name, raw in found}

    def filled(self, store: str, what: Sequence[str]) -> frozenset[str]:
        """Which of some hashes of notes hold anything."""
        with self.db.pipeline(transaction=False) as pipe:
            for each in what:
                pipe.hlen(keys.of_store(store, each))
            return frozenset(each for each, count in zip(what, pipe.execute(), strict=True) if count)

    def shops(self) -> dict[str, dict[str, Any]]:
        """Store → who its shop says it is, under which name of the configuration, and since when that is known."""
        return {name: pack.loads(raw) for name, raw in self._all(keys.SHOPS)}

    def counts(self, store: str) -> dict[str, int]:
        """How many listings are mapped, due, held, quarantined."""
        return self.counts_of([store])[store]

    def counts_of(self, stores: Sequence[str]) -> dict[str, dict[str, int]]:
        """The same of several stores, in one round trip."""
        with self.db.pipeline(transaction=False) as pipe:
            for store in stores:
                pipe.hget(keys.of_store(store, "listings"), COUNT)
                for what in ("due", "held", "quarantine"):
                    pipe.hlen(keys.of_store(store, what))
            told = pipe.execute()
        found = {}
        for number, store in enumerate(stores):
            mapped, due, held, quarantined = told[4 * number : 4 * number + 4]
            counts = {"mapped": int(mapped or 0), "due": due - 1, "held": held - 1, "quarantined": quarantined}
            found[store] = {name: max(0, n) for name, n in counts.items()}  # nothing has begun: no epoch is there
        return found

    def is_blank(self, store: str) -> bool:
        """Whether nothing is known of any listing of a store."""
        with self.db.pipeline(transaction=False) as pipe:
            for what in ("listings", "shown"):
                pipe.hget(keys.of_store(store, what), COUNT)
            pipe.hlen(keys.of_store(store, "ordered"))
            listed, shown, ordered = pipe.execute()
        return not int(listed or 0) and not int(shown or 0) and ordered <= 1  # its epoch

    def shows_all(self, store: str) -> bool:
        """Whether there are as many listings shown as listed."""
        listed, shown = (self.row_count(keys.of_store(store, what)) for what in ("listings", "shown"))
        return listed == shown

    # -- alerts --------------------------------------------------------------------------------------

    def alert_memory(self) -> Any | None:
        """What was seen and told by alerts, as it was kept; None: nothing."""
        raw = cast("str | None", self.db.hget(keys.ALERTS, keys.ALERT_MEMORY))
        return None if raw is None else pack.loads(raw)

    # -- reading hashes ----------------------------------------------------------------------------

    def _many(self, key: str, fields: Sequence[str]) -> dict[str, str]:
        if not fields:
            return {}
        raws = cast("list[str | None]", self.db.hmget(key, [keys.field_of(name) for name in fields]))
        return {name: raw for name, raw in zip(fields, raws, strict=True) if raw is not None}

    def _all(self, key: str) -> Iterator[tuple[str, str]]:
        for name, raw in self.db.hscan_iter(key, count=SCAN):
            if name != keys.EPOCH:
                yield keys.name_of(name), raw
