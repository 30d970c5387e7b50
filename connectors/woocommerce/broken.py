"""Products, variations and orders that this store cannot show: PHP breaks off while it prepares one of them, and takes
every list that holds it along. They are left out by id, so that the rest is read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from connectors.skills import Unreadable
from connectors.woocommerce.translate import Ref, ref_of

Kind = Literal["products", "variations", "orders"]
KINDS: tuple[Kind, ...] = ("products", "variations", "orders")
WHY = "a PHP error of the shop breaks off every answer that holds it; the shop's log names the plugin to repair"


def kind_of(path: str) -> Kind:
    """What a list holds, by its path."""
    return "orders" if path.startswith("orders") else "variations" if path.endswith("variations") else "products"


class Broken:
    """What is left out, by kind. Handed from session to session, so that it is looked for once."""

    def __init__(self) -> None:
        self._ids: dict[Kind, set[int]] = {kind: set() for kind in KINDS}

    def of(self, kind: Kind) -> frozenset[int]:
        return frozenset(self._ids[kind])

    def add(self, kind: Kind, broken: int) -> None:
        self._ids[kind].add(broken)

    def mend(self, kind: Kind, ids: Iterable[int]) -> None:
        """These were shown, or are gone."""
        self._ids[kind].difference_update(ids)

    def hides(self, ref: str) -> bool:
        """Whether a listing that is not told may be there: it, or the product it is a variation of, is left out."""
        found = ref_of(ref)
        return found is not None and self.holds(found)

    def holds(self, ref: Ref) -> bool:
        own = self._ids["variations" if ref.parent else "products"]
        return ref.id in own or ref.parent in self._ids["products"]

    def told(self) -> Sequence[Unreadable]:
        goods = [Unreadable("listing", str(broken), WHY) for kind in KINDS[:2] for broken in sorted(self._ids[kind])]
        return (*goods, *(Unreadable("order", str(broken), WHY) for broken in sorted(self._ids["orders"])))

    def dump_state(self) -> dict[str, list[int]]:
        return {kind: sorted(ids) for kind, ids in self._ids.items() if ids}

    def load_state(self, state: Mapping[str, Any]) -> None:
        for kind, ids in state.items():
            if kind in self._ids and isinstance(ids, list):
                self._ids[kind].update(one for one in ids if isinstance(one, int))
