"""A store that cannot be read, in some seeds. It takes pieces of the pool as any other and tells of no sale: what it
sold is known once the warehouse has counted it out. Until then every store offers those pieces, as the promises say;
and the count may be taken for another store's shipment, by its own size at most."""

from collections.abc import Collection, Sequence
from functools import partial
from random import Random
from typing import Any, NamedTuple

from connectors.testing.played import unreadable_played

from .goods import Listing, kit, plain

NAME = "kiosk"
SHARE = 0.2
"""Of seeds, that have one."""

OVERWRITES = frozenset({"edit", "stall", "redis"})
"""What of the exceptions changes its numbers, or lets the bridge forget what it wrote, without anybody noticing: there
everything is sent again each day."""

BUNDLE = f'[stores.{NAME}.bundles]\n"KIT" = {{ "A" = 2, "B" = 1 }}\n'


class Unread(NamedTuple):
    """plan: builds it, of (name, clock). listings: what it sells."""

    plan: Any
    listings: tuple[Listing, ...]


def unread_by(seed: int, kinds: Collection[str], warehouses: Sequence[str]) -> Unread | None:
    """The store of a seed that has one; dice of their own, so that the others fall as they did."""
    dice, kind = Random(f"{seed} unread"), unreadable_played()
    if kind is None or dice.random() >= SHARE:
        return None
    ships_from = warehouses[:1] if dice.random() < 0.4 else warehouses
    rule: dict[str, Any] = {"reach": None if len(ships_from) == len(warehouses) else frozenset(ships_from)}
    kits = dice.random() < 0.4
    rule |= {"buffer": dice.choice((0, 0, 1))}
    lines = f"buffer = {rule['buffer']}\n" + (BUNDLE if kits else "")
    sold = (*plain(NAME, "AB", **rule), *([kit(NAME, **rule)] if kits else []))
    repeats = bool(OVERWRITES & {*kinds}) or dice.random() < 0.3
    return Unread(partial(kind, rules=lines, warehouses=ships_from, repeats=repeats), sold)
