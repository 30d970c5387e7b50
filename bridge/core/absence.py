"""Listings that a store lists no longer, open orders that it does not know any more, and listings that lost their map.
Pure.

Missing is not gone: a list may be empty because of a broken plugin, a wrong site behind the address or a failed import.
"""

from collections.abc import Collection, Iterable, Sequence

from bridge.core.model import Skip, StockKey, StoreRules, StoreStock
from bridge.core.text import few
from connectors.base import Listing

FEW = 20
"""So many listings or open orders may be gone from a store at once, or one in a hundred, before it is not believed."""

LOST = frozenset({Skip.NO_SKU, Skip.UNMAPPED, Skip.AMBIGUOUS_MATCH, Skip.DUPLICATE})
"""Why a listing that had a number from us gets none any more, without anybody having said so."""


def is_too_many(gone: int, known: int, *, empty: bool = False) -> bool:
    """Whether so many of the known ones cannot be believed to be gone. empty: the store has none at all."""
    return gone > max(FEW, known // 100) or (empty and gone > 0)


def why_not_believed(store: str, gone: int, known: int, *, asked: bool = True) -> str:
    """asked: the store was asked for them one by one, or called them gone when they were written."""
    each = ", and from the store when asked for one by one" if asked else ""
    what = f"{gone} of {known} listings are gone from its list{each}; that is not believed and nothing is forgotten"
    return f"{what}: {_remedy(store)}"


def are_too_many_orders(unknown: int, *, asked: int, known: int) -> bool:
    """Whether a store that does not know so many of the open orders it was asked for is not believed. A single one may
    be the only one there was. known: all that are open there."""
    return is_too_many(unknown, known, empty=1 < asked == unknown)


def why_orders_not_believed(store: str, unknown: Sequence[str], known: int) -> str:
    """unknown: orders, as people call them. known: how many are open there in all."""
    what = f"{len(unknown)} of {known} open orders are unknown to it when asked for by id ({few(unknown)})"
    meanwhile = "their units stay committed, and nothing that it shares is increased meanwhile"
    return f"{what}; that is not believed, {meanwhile}: {_remedy(store)}"


def _remedy(store: str) -> str:
    commands = f"`stockbridge sync --full --store {store} --confirm-absent` or `stockbridge resync {store} --full"
    return f"if they are really gone, run {commands} --confirm-absent`"


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
