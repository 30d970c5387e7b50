"""The records of the source and of the stores, as they stand in Redis."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import redis

from bridge.state import keys, pack
from bridge.state.change import Change, ConflictError
from bridge.state.lease import Lease
from bridge.state.record_codec import decode, encode_fields, stored_names
from bridge.state.records import SourceRecord, StoreRecord
from bridge.state.scripts import run

ATTEMPTS = 50
"""Each conflict means that somebody else got through."""


DUE_AND_RECORDS = """
local found = {}
for i = 1, #KEYS, 2 do
  found[i] = redis.call('HLEN', KEYS[i])
  found[i + 1] = redis.call('HMGET', KEYS[i + 1], unpack(ARGV))
end
return found
"""


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
        if not members:
            return decode(StoreRecord, self._raws(keys.of_store(store, "info")))
        fields = stored_names(StoreRecord, members)
        return _some(fields, cast("list[str | None]", self.db.hmget(keys.of_store(store, "info"), fields)))

    def store_records(self, stores: Sequence[str], *members: str) -> dict[str, StoreRecord]:
        """Some members of the records of several stores, in one round trip."""
        fields = stored_names(StoreRecord, members)
        with self.db.pipeline(transaction=False) as pipe:
            for store in stores:
                pipe.hmget(keys.of_store(store, "info"), fields)
            return {store: _some(fields, row) for store, row in zip(stores, pipe.execute(), strict=True)}

    def due_and_records(self, stores: Sequence[str], *members: str) -> dict[str, tuple[int, StoreRecord]]:
        """How many listings are due in each of some stores, and some members of its record. Asked for each second, so
        it is one script: to send and to read a command of its own for each of these costs five times as much."""
        fields = stored_names(StoreRecord, members)
        names = [keys.of_store(store, what) for store in stores for what in ("due", "info")]
        told = run(self.db, DUE_AND_RECORDS, names, *fields)
        counts = (max(0, length - 1) for length in told[::2])  # its epoch
        found = zip(counts, (_some(fields, row) for row in told[1::2]), strict=True)
        return dict(zip(stores, found, strict=True))

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


def _some(fields: Sequence[str], row: Sequence[str | None]) -> StoreRecord:
    return decode(StoreRecord, {name: raw for name, raw in zip(fields, row, strict=True) if raw is not None})
