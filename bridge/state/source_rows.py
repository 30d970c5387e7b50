"""What the state remembers of the source's rows besides the levels: what was not believed, and names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import redis

from bridge.state import keys, pack


class SourceRows:
    """A part of `State`."""

    db: redis.Redis
    row_count: Callable[[str], int]

    def levels_known(self) -> int:
        return self.row_count(keys.LEVELS)

    def any_bad(self) -> bool:
        return bool(self.db.exists(keys.BAD))

    def note_bad(self, bad: Mapping[str, object], good: Sequence[str]) -> None:
        """Remember rows that were not believed; forget those that came good."""
        with self.db.pipeline() as pipe:
            for name, why in bad.items():
                pipe.hset(keys.BAD, name, pack.dumps(why))
            if good:
                pipe.hdel(keys.BAD, *good)
            pipe.execute()

    def bad_rows(self) -> dict[str, Any]:
        return {product: pack.loads(raw) for product, raw in self._fields(keys.BAD)}

    def replace_bad(self, bad: Mapping[str, object]) -> None:
        """These are all there are."""
        with self.db.pipeline() as pipe:
            pipe.delete(keys.BAD)
            for name, why in bad.items():
                pipe.hset(keys.BAD, name, pack.dumps(why))
            pipe.execute()

    def duplicate_skus(self) -> dict[str, list[str]]:
        """SKU → the live products that have it, where there are several."""
        return {sku: pack.loads(raw) for sku, raw in self._fields(keys.DUPLICATE_SKUS)}

    def warehouses(self) -> dict[str, str]:
        """Every warehouse that a row ever named, by id → its name, "" where it has none."""
        return dict(self._fields(keys.PLACES))

    def note_warehouses(self, names: Mapping[str, str]) -> None:
        self.db.hset(keys.PLACES, mapping=dict[Any, Any](names))

    def incoming(self) -> dict[str, Any] | None:
        """What was on its way when it was last asked for, as it was noted; None: nobody asked."""
        raw = self.db.get(keys.INCOMING)
        return pack.loads(str(raw)) if raw else None

    def note_incoming(self, told: Mapping[str, object]) -> None:
        self.db.set(keys.INCOMING, pack.dumps(told))

    def _fields(self, key: str) -> list[tuple[str, str]]:
        return list(self.db.hscan_iter(key, count=1_000))
