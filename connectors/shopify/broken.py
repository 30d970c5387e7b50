"""Listings and orders that Shopify cannot show: one of them breaks off every answer that holds it. They are left out by
id, so that the rest is read, and asked for again with every look."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from connectors.skills import Unreadable

Kind = Literal["listing", "order"]
KINDS: tuple[Kind, ...] = ("listing", "order")
MOST = 50  # of one kind that are left out before Shopify, and not one of them, is to blame
WHY = (
    "Shopify fails whenever it is to show it; save it once more in the Shopify admin, or tell Shopify's support its id"
)


class Broken:
    """What is left out, by kind: inventory items (the ref of a listing) and orders. Handed from session to session."""

    def __init__(self) -> None:
        self._ids: dict[Kind, set[str]] = {kind: set() for kind in KINDS}

    def of(self, kind: Kind) -> Sequence[str]:
        return sorted(self._ids[kind])

    def add(self, kind: Kind, broken: str) -> bool:
        """Leave it out; False when there are too many of them."""
        self._ids[kind].add(broken)
        return len(self._ids[kind]) <= MOST

    def mend(self, kind: Kind, ids: Iterable[str]) -> None:
        """Leave these out no longer: they were shown, or are gone."""
        self._ids[kind].difference_update(ids)

    def hides(self, ref: str) -> bool:
        return ref in self._ids["listing"]

    def told(self) -> Sequence[Unreadable]:
        return [Unreadable(kind, broken, WHY) for kind in KINDS for broken in self.of(kind)]

    def dump_state(self) -> dict[str, list[str]]:
        return {kind: list(self.of(kind)) for kind in KINDS if self._ids[kind]}

    def load_state(self, state: Any) -> None:
        for kind in KINDS:
            ids = state.get(kind) if isinstance(state, Mapping) else None
            self._ids[kind].update(one for one in (ids if isinstance(ids, list) else ()) if isinstance(one, str))
