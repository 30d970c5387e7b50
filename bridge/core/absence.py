"""A store's list that leaves out what it listed before, and listings that lost their map. Pure.

Missing is not gone: a list may be empty because of a broken plugin, a wrong site behind the address or a failed import.
"""

from collections.abc import Collection, Iterable

from bridge.core.model import Skip, StockKey, StoreRules, StoreStock
from connectors.base import Listing

FEW = 20
"""So many listings may be gone from a store at once, or one in a hundred, before it is not believed."""

LOST = frozenset({Skip.NO_SKU, Skip.UNMAPPED, Skip.AMBIGUOUS_MATCH, Skip.DUPLICATE})
"""Why a listing that had a number from us gets none any more, without anybody having said so."""


def is_too_many(gone: int, known: int, *, empty: bool = False) -> bool:
    """Whether so many of the known listings cannot be believed to be gone. empty: the store lists nothing at all."""
    return gone > max(FEW, known // 100) or (empty and gone > 0)


def why_not_believed(store: str, gone: int, known: int, *, asked: bool = True) -> str:
    """asked: the store was asked for them one by one, or called them gone when they were written."""
    each = ", and from the store when asked for one by one" if asked else ""
    return (
        f"{gone} of {known} listings are gone from its list{each}; that is not"
        f" believed and nothing is forgotten: if they are really gone, run `stockbridge sync --full --store {store}"
        f" --confirm-absent` or `stockbridge resync {store} --full --confirm-absent`"
    )


def spoken_of(key: StockKey, skip: Skip | None, known: Collection[StockKey]) -> list[StockKey]:
    """Returns those of some stock keys that a decision speaks of: its own, or all of a listing that lost its map, on
    which is decided as a whole."""
    if skip in LOST:
        return [each for each in known if each.ref == key.ref]
    return [key] if key in known else []


def has_number_of_ours(known: Iterable[StoreStock]) -> bool:
    """Whether a target was reached there once, so that what it shows is a number of ours."""
    return any(k.last_target is not None for k in known)


def is_left_out(listing: Listing, rules: StoreRules) -> bool:
    """Whether the configuration says that a listing is nobody's business: by its SKU, or, where it has none, by ref."""
    normalized_skus = {rules.normalized(listing.sku), rules.normalized(listing.ref)}
    if rules.chosen is not None and not normalized_skus & rules.chosen:
        return True
    return any(not rules.rule_of[normalized].sync for normalized in normalized_skus if normalized in rules.rule_of)


def for_sale(known: Iterable[StoreStock]) -> int:
    """Units that shoppers can buy, over all locations."""
    return sum(max(0, k.available) for k in known if k.stocked)
