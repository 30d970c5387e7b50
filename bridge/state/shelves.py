"""What tills reported of the shelves of shops: counts per SKU, when each last reported, and products that the items
file does not list. Neither the source nor a store can tell it again, so a new beginning keeps it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast

import redis

from bridge.core.shelf import Count, Counts
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.history import SCAN

APART = "\x1f"


def packed(counts: Counts) -> str | None:
    """None: nothing worth keeping."""
    rows = {code: {ref: list(count) for ref, count in products.items()} for code, products in counts.items()}
    return pack.dumps(rows) if rows else None


def unpacked(raw: str | None) -> Counts:
    found = pack.loads(raw) if raw else {}
    return {code: {ref: Count(*row) for ref, row in products.items()} for code, products in found.items()}


def name_of(code: str, ref: str) -> str:
    """Field name of a product that is not known."""
    return f"{code}{APART}{ref}"


class Shelves:
    """A part of `State`."""

    db: redis.Redis

    def shelf_counts(self, till: str, skus: Sequence[str]) -> dict[str, tuple[str | None, Counts]]:
        """SKU → (as it stands, value), for every SKU asked."""
        if not skus:
            return {}
        raws = self.db.hmget(keys.of_inbound(till), [keys.field_of(sku) for sku in skus])
        found = zip(skus, cast("list[str | None]", raws), strict=True)
        return {sku: (raw, unpacked(raw)) for sku, raw in found}

    def every_shelf_count(self, till: str) -> Iterator[tuple[str, str, Counts]]:
        for name, raw in self.db.hscan_iter(keys.of_inbound(till), count=SCAN):
            if name != keys.EPOCH:
                yield keys.name_of(name), raw, unpacked(raw)

    def heard(self, till: str) -> dict[str, datetime]:
        """Store code → when it last reported anything."""
        found = cast("dict[str, str]", self.db.hgetall(keys.tills_of(till)))
        return {code: pack.at(int(raw)) for code, raw in found.items() if code != keys.ITEMS_SEEN}

    def items_seen(self, till: str) -> str | None:
        """The digest of the items file by which its products were placed."""
        return cast("str | None", self.db.hget(keys.tills_of(till), keys.ITEMS_SEEN))

    def count_unknown(self, till: str) -> int:
        return self.db.hlen(keys.unknown_of(till))

    def every_unknown(self, till: str) -> Iterator[tuple[str, str, str, Count]]:
        """(store code, name of the product, as it stands, its count) of what the items file does not list."""
        for name, raw in self.db.hscan_iter(keys.unknown_of(till), count=SCAN):
            code, _, ref = name.partition(APART)
            yield code, ref, raw, Count(*pack.loads(raw))

    def unknown(self, till: str, code: str, ref: str) -> tuple[str | None, Count | None]:
        """(as it stands, value) of one of them."""
        raw = cast("str | None", self.db.hget(keys.unknown_of(till), name_of(code, ref)))
        return raw, Count(*pack.loads(raw)) if raw else None


def put_counts(change: Change, till: str, sku: str, raw: str | None, counts: Counts) -> None:
    """Replace what a till counted of a SKU, unless it is no longer `raw`."""
    change.swap(keys.of_inbound(till), sku, raw, packed(counts))


def put_unknown(change: Change, till: str, code: str, ref: str, raw: str | None, count: Count | None) -> None:
    """Replace the count of a product that the items file does not list, unless it is no longer `raw`."""
    change.swap(keys.unknown_of(till), name_of(code, ref), raw, count and pack.dumps(list(count)))
