"""One atomic change of the state: all of it happens, or none."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bridge.state import keys, pack
from bridge.state.lease import TERM, Lease
from bridge.state.record_codec import encode_fields
from bridge.state.records import SourceRecord, StoreRecord
from bridge.state.scripts import Declared

COMMIT = """
local c = cjson.decode(ARGV[1])
for _, l in ipairs(c.leases) do
  if redis.call('GET', KEYS[l[1]]) ~= l[2] then return 'lease' end
  redis.call('PEXPIRE', KEYS[l[1]], c.term)
end
for _, e in ipairs(c.expects) do
  local now = redis.call('HGET', KEYS[e[1]], e[2])
  if now ~= e[3] then return 'conflict' end
end
for _, p in ipairs(c.puts) do redis.call('HSET', KEYS[p[1]], p[2], p[3]) end
for _, d in ipairs(c.drops) do redis.call('HDEL', KEYS[d[1]], d[2]) end
for _, a in ipairs(c.adds) do redis.call('HINCRBY', KEYS[a[1]], a[2], a[3]) end
if #c.due > 0 then
  local v = redis.call('INCR', KEYS[c.version])
  for _, d in ipairs(c.due) do redis.call('HSET', KEYS[d[1]], d[2], v) end
end
for _, d in ipairs(c.done) do
  if redis.call('HGET', KEYS[d[1]], d[2]) == d[3] then redis.call('HDEL', KEYS[d[1]], d[2]) end
end
for _, n in ipairs(c.notes) do
  redis.call('XADD', KEYS[c.history], 'MAXLEN', '~', c.kept, '*', 'sku', n[1], 'note', n[2])
end
return 'ok'
"""


BEGIN = """
local c = cjson.decode(ARGV[1])
if redis.call('GET', KEYS[c.layout_key]) ~= c.seen[1] then return 0 end
for i, key in ipairs(c.truth) do
  if redis.call('HGET', KEYS[key], c.field) ~= c.seen[i + 1] then return 0 end
end
for _, key in ipairs(c.gone) do redis.call('UNLINK', KEYS[key]) end
for _, spared in ipairs(c.spared) do
  local key, kept = KEYS[spared[1]], {}
  for _, name in ipairs(spared[2]) do kept[name] = redis.call('HGET', key, name) end
  if #spared[2] > 0 then redis.call('UNLINK', key) else redis.call('HDEL', key, c.field) end
  for name, value in pairs(kept) do if value then redis.call('HSET', key, name, value) end end
end
for _, key in ipairs(c.truth) do redis.call('HSET', KEYS[key], c.field, c.epoch) end
for _, store in ipairs(c.stores) do redis.call('SADD', KEYS[c.stores_key], store) end
redis.call('SET', KEYS[c.layout_key], c.layout)
return 1
"""


class ConflictError(Exception):
    """Somebody else changed what this change rests on."""


@dataclass
class Change:
    """What to write, and what must still be true for it. Values are strings as they stand in Redis.

    expects: (key, field, value or None for absent). due: (store, ref) to mark. done: (store, ref, version)
    to clear, each only if it was not marked again meanwhile. reread, was_read: the same for what the next session is to
    read. notes: (SKU, what happened) for the history.
    """

    expects: list[tuple[str, str, str | None]] = field(default_factory=list)
    puts: list[tuple[str, str, str]] = field(default_factory=list)
    drops: list[tuple[str, str]] = field(default_factory=list)
    adds: list[tuple[str, str, int]] = field(default_factory=list)
    due: list[tuple[str, str]] = field(default_factory=list)
    done: list[tuple[str, str, str]] = field(default_factory=list)
    reread: list[tuple[str, str]] = field(default_factory=list)
    was_read: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def put(self, key: str, name: str, value: str | None, *, before: str | None = None) -> None:
        """Set a field, or drop it when `value` is None; nothing when it stands there already (`before`)."""
        if value is None:
            self.drops.append((key, name))
        elif value != before:
            self.puts.append((key, name, value))

    def note_store(self, store: str, **facts: object) -> None:
        """Set members of a store's record."""
        name = keys.of_store(store, "info")
        self.puts += [(name, field, raw) for field, raw in encode_fields(StoreRecord, facts).items()]

    def count_store(self, store: str, **amounts: int) -> None:
        """Add to counters of a store's record."""
        name = keys.of_store(store, "info")
        self.adds += [(name, field, int(raw)) for field, raw in encode_fields(StoreRecord, amounts).items()]

    def note_source(self, **facts: object) -> None:
        """Set members of the source's record."""
        self.puts += [(keys.SOURCE, field, raw) for field, raw in encode_fields(SourceRecord, facts).items()]

    def swap(self, key: str, name: str, before: str | None, after: str | None) -> None:
        """Replace a value that others may change too; the whole change fails if it is no longer `before`."""
        if before != after:
            self.expects.append((key, name, before))
            self.put(key, name, after)

    def __bool__(self) -> bool:
        marks = (self.due, self.done, self.reread, self.was_read)
        return any((self.puts, self.drops, self.adds, *marks, self.notes))

    def encoded(self, leases: tuple[Lease, ...]) -> tuple[Iterable[str], str]:
        """The keys of the commit script, and its argument, which names each of them by its place."""
        at, field_of = Declared(), keys.field_of
        sums = Counter[tuple[str, str]]()
        for key, name, n in self.adds:
            sums[key, name] += n
        packed = pack.dumps(
            {
                "leases": [(at[keys.lease(x.name)], x.token) for x in leases],
                "term": TERM,
                "expects": [
                    (at[key], field_of(name), False if raw is None else raw) for key, name, raw in self.expects
                ],
                "puts": [(at[key], field_of(name), value) for key, name, value in self.puts],
                "drops": [(at[key], field_of(name)) for key, name in self.drops],
                "adds": [(at[key], name, n) for (key, name), n in sums.items() if n],
                "due": [(at[key], field) for key, field in self._marked()],
                "done": [(at[key], field, version) for key, field, version in self._unmarked()],
                "notes": [(sku, pack.dumps(note)) for sku, note in self.notes],
                "version": at[keys.VERSION],
                "history": at[keys.HISTORY],
                "kept": keys.KEPT_HISTORY,
            }
        )
        return at, packed

    def _marked(self) -> list[tuple[str, str]]:
        """(key, field) to mark, each once."""
        marks = {(keys.of_store(s, "due"), keys.field_of(ref)) for s, ref in self.due}
        return sorted(marks | {(keys.of_store(s, "reread"), keys.field_of(ref)) for s, ref in self.reread})

    def _unmarked(self) -> Iterator[tuple[str, str, str]]:
        """(key, field, version) to clear if it is still of that version."""
        for what, marks in (("due", self.done), ("reread", self.was_read)):
            for store, ref, version in marks:
                yield keys.of_store(store, what), keys.field_of(ref), version
