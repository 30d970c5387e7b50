"""The records of the source and of the stores, as they stand in Redis."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import redis

from bridge.state import keys, pack
from bridge.state.change import Change, ConflictError
from bridge.state.lease import Lease
from bridge.state.record_codec import decode, encode_fields, stored_names
from bridge.state.records import SourceRecord, StoreRecord

ATTEMPTS = 50
"""Each conflict means that somebody else got through."""


class RecordStore:
    """A part of `State`."""

    db: redis.Redis
    commit: Callable[..., None]

    def source_record(self) -> SourceRecord:
        return decode(SourceRecord, self._raws(keys.SOURCE))

    @staticmethod
    def record_of(raws: dict[str, str]) -> StoreRecord:
        """A store's record. raws: all fields of its hash."""
        return decode(StoreRecord, {field: raw for field, raw in raws.items() if field != keys.EPOCH})

    def packing(self) -> str | None:
        """That member of the source's record, as it stands."""
        raw = cast("str | None", self.db.hget(keys.SOURCE, "packing"))
        return None if raw is None else cast("str | None", pack.loads(raw))

    def store_record(self, store: str, *members: str) -> StoreRecord:
        """members: those that are read, because a record may be long; the others are as in a new one. None: all."""
        if members:
            return self.store_records([store], *members)[store]
        return decode(StoreRecord, self._raws(keys.of_store(store, "info")))

    def store_records(self, stores: Sequence[str], *members: str) -> dict[str, StoreRecord]:
        """Some members of the records of several stores, in one round trip."""
        fields = stored_names(StoreRecord, members)
        with self.db.pipeline(transaction=False) as pipe:
            for store in stores:
                pipe.hmget(keys.of_store(store, "info"), fields)
            rows = pipe.execute()
        found = ({name: raw for name, raw in zip(fields, row, strict=True) if raw is not None} for row in rows)
        return {store: decode(StoreRecord, raws) for store, raws in zip(stores, found, strict=True)}

    def note_source(self, **facts: object) -> None:
        """Set members of the source's record that nothing rests on; a cursor is never written here."""
        self._note(keys.SOURCE, encode_fields(SourceRecord, facts))

    def note_store(self, store: str, **facts: object) -> None:
        """Set members of a store's record that nothing rests on."""
        self._note(keys.of_store(store, "info"), encode_fields(StoreRecord, facts))

    def update_store(
        self, store: str, decide: Callable[[StoreRecord], dict[str, object]], change: Change, *leases: Lease
    ) -> StoreRecord:
        """Set the members that `decide` answers with from the record as it stands, together with a change, unless
        somebody else changes them meanwhile: then it is asked again. Returns the record afterwards. Raises
        ConflictError when others keep changing it, LeaseLostError."""
        name, expects, puts = keys.of_store(store, "info"), list(change.expects), list(change.puts)
        for _ in range(ATTEMPTS):
            raws = self._raws(name)
            fresh = encode_fields(StoreRecord, decide(decode(StoreRecord, raws)))
            change.expects, change.puts = list(expects), list(puts)
            for field, raw in fresh.items():
                change.swap(name, field, raws.get(field), raw)
            try:
                self.commit(change, *leases)
            except ConflictError:
                continue
            return decode(StoreRecord, raws | fresh)
        raise ConflictError

    def _note(self, name: str, raws: dict[str, str]) -> None:
        self.db.hset(name, mapping=dict[Any, Any](raws))

    def _raws(self, name: str) -> dict[str, str]:
        raws = cast("dict[str, str]", self.db.hgetall(name))
        return {field: raw for field, raw in raws.items() if field != keys.EPOCH}
