"""One atomic change of the state: all of it happens, or none."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import msgpack

from bridge.core.model import Level, StoreStock
from bridge.state import keys, noted, spelling
from bridge.state.lease import TERM, Lease
from bridge.state.merge import MERGE
from bridge.state.pages import Speller
from bridge.state.record_codec import encode_fields, stored_names
from bridge.state.records import SourceRecord, StoreRecord
from bridge.state.scripts import Declared
from bridge.state.spelling import spelled
from connectors.base import Listing

COMMIT = (
    MERGE
    + """
local c = cmsgpack.unpack(ARGV[1])
for _, l in ipairs(c.leases) do
  if redis.call('GET', KEYS[l[1]]) ~= l[2] then return 'lease' end
  redis.call('PEXPIRE', KEYS[l[1]], c.term)
end
for _, e in ipairs(c.expects) do
  local now = redis.call('HGET', KEYS[e[1]], e[2])
  if now ~= e[3] then return 'conflict' end
end
for _, w in ipairs(c.words) do
  if (redis.call('HGET', KEYS[w[1]], '\\0words') or '') ~= w[2] then return 'words' end
end
for _, w in ipairs(c.words) do
  if w[3] ~= w[2] then redis.call('HSET', KEYS[w[1]], '\\0words', w[3]) end
end
local pages = {}
for _, r in ipairs(c.rows) do
  pages[#pages + 1] = KEYS[r[1]]
  pages[#pages + 1] = merge(KEYS[r[1]], r[2])
end
for _, p in ipairs(c.puts) do in_blocks('HSET', KEYS[p[1]], p[2]) end
for _, d in ipairs(c.drops) do in_blocks('HDEL', KEYS[d[1]], d[2]) end
for _, a in ipairs(c.adds) do redis.call('HINCRBY', KEYS[a[1]], a[2], a[3]) end
if #c.due > 0 then
  local version = redis.call('INCR', KEYS[c.version])
  for _, d in ipairs(c.due) do
    local marks = {}
    for i, field in ipairs(d[2]) do marks[2 * i - 1], marks[2 * i] = field, version end
    in_blocks('HSET', KEYS[d[1]], marks)
  end
end
for _, d in ipairs(c.done) do
  local fields, versions, gone = d[2], d[3], {}
  for i, version in ipairs(values(KEYS[d[1]], fields)) do
    if version == versions[i] then gone[#gone + 1] = fields[i] end
  end
  in_blocks('HDEL', KEYS[d[1]], gone)
end
if c.notes then
  local history, counter = KEYS[c.history], KEYS[c.size]
  local function length(entry)
    local all = 0
    for i = 2, #entry[2], 2 do all = all + #entry[2][i] end
    return all
  end
  redis.call('XADD', history, '*', 'notes', c.notes)
  local size = tonumber(redis.call('GET', counter) or '')
  if size and redis.call('XLEN', history) > 1 then size = size + #c.notes else
    size = 0
    for _, entry in ipairs(redis.call('XRANGE', history, '-', '+')) do size = size + length(entry) end
  end
  while size > c.kept do
    local oldest = redis.call('XRANGE', history, '-', '+', 'COUNT', 1)[1]
    if not oldest then size = 0 break end
    size = size - length(oldest)
    redis.call('XDEL', history, oldest[1])
  end
  redis.call('SET', counter, size)
end
return pages
"""
)
"""Returns why nothing of it happened ("lease", "conflict" or "words"); else of each hash in pages that it wrote its key
and how many pages there are now."""


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


_packed = msgpack.Encoder().encode


class ConflictError(Exception):
    """Somebody else changed what this change rests on. The text is for people."""

    def __init__(self) -> None:
        super().__init__("Other workers changed the same numbers at the same time; nothing was lost, try again.")


@dataclass
class Change:
    """What to write, and what must still be true for it. Values are strings as they stand in Redis.

    expects: (key, field, value or None for absent). due: (store, ref) to mark. done: (store, ref, version)
    to clear, each only if it was not marked again meanwhile. reread, was_read: the same for what the next session is to
    read. notes: (SKU, what happened) for the history. rows: (key, name, typed value or None to drop it) of a hash that
    is kept in pages.
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
    rows: list[tuple[str, str, Any]] = field(default_factory=list)

    def put(self, key: str, name: str, value: str | None, *, before: str | None = None) -> None:
        """Set a field, or drop it when `value` is None; nothing when it stands there already (`before`)."""
        if value is None:
            self.drops.append((key, name))
        elif value != before:
            self.puts.append((key, name, value))

    def put_level(self, level: Level, *, before: Level | None = None) -> None:
        """Set what the source says of a product, unless it stands there already."""
        if before is None or spelling.level(before) != spelling.level(level):
            self.rows.append((keys.LEVELS, level.product, level))

    def put_products(self, sku: str, products: Sequence[str]) -> None:
        self.rows.append((keys.SKUS, sku, products))

    def put_listing(self, store: str, ref: str, listing: Listing | None) -> None:
        self.rows.append((keys.of_store(store, "listings"), ref, listing))

    def put_named(self, store: str, normalized_sku: str, refs: Sequence[str]) -> None:
        """Set the listings that have a comparable SKU; none: it is dropped."""
        self.rows.append((keys.of_store(store, "bysku"), normalized_sku, refs or None))

    def put_store_stock(self, store: str, ref: str, shown: Mapping[str, StoreStock] | None) -> None:
        self.rows.append((keys.of_store(store, "shown"), ref, shown))

    def note_store(self, store: str, **facts: object) -> None:
        """Set members of a store's record."""
        name = keys.of_store(store, "info")
        self.puts += [(name, field, raw) for field, raw in encode_fields(StoreRecord, facts).items()]

    def count_store(self, store: str, **amounts: int) -> None:
        """Add to counters of a store's record."""
        name = keys.of_store(store, "info")
        fields = stored_names(StoreRecord, amounts)
        self.adds += [(name, field, n) for field, n in zip(fields, amounts.values(), strict=True) if n]

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
        return any((self.puts, self.drops, self.adds, *marks, self.notes, self.rows))

    def encoded(self, leases: tuple[Lease, ...], spellers: Mapping[str, Speller]) -> tuple[Iterable[str], bytes]:
        """The keys of the commit script, and its argument, which names each of them by its place. spellers: by key,
        with the words that stand in Redis as far as is known; those that are new are learned."""
        at, field_of = Declared(), keys.field_of
        known = {key: speller.words for key, speller in spellers.items()}
        rows = [(at[key], text) for key, text in spelled(self.rows, spellers)]
        words = [(at[key], known[key].text, x.words.text) for key, x in spellers.items() if x.words.all]
        puts, drops, sums = defaultdict[int, list[str]](list), defaultdict[int, list[str]](list), Counter[Any]()
        for key, name, value in self.puts:
            puts[at[key]] += (field_of(name), value)
        for key, name in self.drops:
            drops[at[key]].append(field_of(name))
        for key, name, n in self.adds:
            sums[at[key], name] += n
        packed = _packed(
            {
                "rows": rows,
                "words": words,
                "leases": [(at[keys.lease(x.name)], x.token) for x in leases],
                "term": TERM,
                "expects": [
                    (at[key], field_of(name), False if raw is None else raw) for key, name, raw in self.expects
                ],
                "puts": [*puts.items()],
                "drops": [*drops.items()],
                "adds": [(key, name, n) for (key, name), n in sums.items() if n],
                "due": [(at[key], fields) for key, fields in self._marked()],
                "done": [(at[key], *marks) for key, marks in self._unmarked()],
                "notes": noted.packed(self.notes) if self.notes else False,
                "version": at[keys.VERSION],
                "history": at[keys.HISTORY],
                "size": at[keys.HISTORY_SIZE],
                "kept": keys.KEPT_HISTORY,
            }
        )
        return at, packed

    def _marked(self) -> Iterator[tuple[str, list[str]]]:
        """(key, the fields to mark in it, each once)."""
        for what, marks in (("due", self.due), ("reread", self.reread)):
            refs = defaultdict[str, set[str]](set)
            for store, ref in marks:
                refs[store].add(ref)
            for store, some in sorted(refs.items()):
                yield keys.of_store(store, what), sorted(map(keys.field_of, some))

    def _unmarked(self) -> Iterator[tuple[str, tuple[list[str], list[str]]]]:
        """(key, the fields to clear in it, each if it is still of that version)."""
        for what, marks in (("due", self.done), ("reread", self.was_read)):
            found = defaultdict[str, tuple[list[str], list[str]]](lambda: ([], []))
            for store, ref, version in marks:
                fields, versions = found[store]
                fields.append(keys.field_of(ref))
                versions.append(version)
            for store, both in found.items():
                yield keys.of_store(store, what), both
