"""Whether the state is whole: each hash of truth carries the epoch in which it was begun, and is lost with it."""

import secrets
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import cast

import redis

from bridge.state import keys, pack
from bridge.state.change import BEGIN
from bridge.state.merchant import Sign, packed, refuse_another, unpacked
from bridge.state.scripts import Declared, run

WHOLE = """
local epoch = redis.call('HGET', KEYS[2], ARGV[2])
if redis.call('GET', KEYS[1]) ~= ARGV[1] or not epoch then return 0 end
for i = 3, #KEYS do
  if redis.call('HGET', KEYS[i], ARGV[2]) ~= epoch then return 0 end
end
return 1
"""


class Epochs:
    """A part of `State`."""

    db: redis.Redis
    groups: tuple[str, ...]
    merchant: frozenset[Sign]
    pack_history: Callable[[], None]

    def is_whole(self) -> bool:
        """Whether nothing is missing; nothing is written, for whoever only looks. It is asked each second and ahead of
        every session: one command, however many stores there are."""
        return bool(run(self.db, WHOLE, self._whole_keys, keys.LAYOUT, keys.EPOCH))

    @cached_property
    def _whole_keys(self) -> tuple[str, ...]:
        return (keys.LAYOUT_KEY, *keys.truth(self.groups))

    def _is_whole(self, found: Sequence[str | None]) -> bool:
        layout, *epochs = found
        return layout == keys.LAYOUT and all(epochs) and len(set(epochs)) == 1

    def ensure_whole(self) -> bool:
        """True when nothing is missing. Otherwise everything that can be rebuilt is dropped, so that no half of the
        truth is believed, and the next cycle begins from the source and the stores. What cannot be (see
        `keys.kept`) goes on as it stands, unless it is what was lost. Raises ConfigError when the state is another
        merchant's, or else notes whose it is, as the configuration tells it today."""
        if self.merchant and not self.refuse_another_merchant():
            self.db.set(keys.MERCHANT, self._merchant_packed)
        if self.is_whole():
            return True
        while True:
            layout, *epochs = seen = self._epochs()
            if self._is_whole(seen):
                return True
            if layout != keys.LAYOUT:
                self.pack_history()
            known = [epoch for epoch in epochs if epoch]
            one = layout == keys.LAYOUT and len(set(known)) == 1
            kept = known[0] if one and self._only_new_stores_lack(epochs) else None
            if self._begin(seen, kept):
                return kept is not None

    def refuse_another_merchant(self) -> bool:
        """Raises ConfigError when the state is of another merchant than the configuration; writes nothing → whether
        the configuration reads as it did when the state was last worked on."""
        raw = cast("str | None", self.db.get(keys.MERCHANT))
        if raw == self._merchant_packed:
            return True
        refuse_another(unpacked(raw), self.merchant)
        return False

    @cached_property
    def _merchant_packed(self) -> str:
        return packed(self.merchant)

    def has_begun(self) -> bool:
        """Whether anything was ever synced here: the source was read as a whole."""
        return bool(self.db.hexists(keys.SOURCE, "full_at"))

    def _epochs(self) -> list[str | None]:
        with self.db.pipeline(transaction=False) as pipe:
            pipe.get(keys.LAYOUT_KEY)
            for key in keys.truth(self.groups):
                pipe.hget(key, keys.EPOCH)
            return cast("list[str | None]", pipe.execute())

    def _only_new_stores_lack(self, epochs: Sequence[str | None]) -> bool:
        """A store or a till that was added to the configuration has nothing yet; that is no loss."""
        have = dict(zip(keys.truth(self.groups), epochs, strict=True))
        known = self.db.smembers(keys.PREFIX + "stores")
        lacking = {key for key, epoch in have.items() if not epoch}
        return lacking == {key for name in self.groups if name not in known for key in keys.groups(name)}

    def _begin(self, seen: Sequence[str | None], kept: str | None) -> bool:
        """Begin the epoch `kept` also for stores that are new; None: drop what can be rebuilt, and begin another one.
        False when another process was faster. Whoever is at work then loses its lease as well, so that nobody ends in
        the new state what the old began."""
        at = Declared()
        said: dict[str, object] = {
            "layout_key": at[keys.LAYOUT_KEY], "layout": keys.LAYOUT, "field": keys.EPOCH, "gone": [], "spared": [],
            "truth": [at[key] for key in keys.truth(self.groups)], "seen": [epoch or False for epoch in seen],
            "epoch": kept or secrets.token_hex(8), "stores_key": at[keys.PREFIX + "stores"], "stores": self.groups,
        }  # fmt: skip
        if not kept:
            known = {*self.groups, *(str(name) for name in self.db.smembers(keys.PREFIX + "stores"))}
            leases = [keys.lease("source"), *(keys.lease(f"store:{name}") for name in known)]
            spared = keys.kept(known)  # each with the fields to keep; none: all but the epoch
            gone = [*leases, *keys.truth(known), *keys.rest(known), keys.PREFIX + "stores"]
            said["gone"] = [at[key] for key in gone if key not in spared]
            said["spared"] = [(at[key], fields) for key, fields in spared.items()]
        return bool(run(self.db, BEGIN, at, pack.dumps(said)))
