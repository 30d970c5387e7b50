"""What happened to which product, so that a number that moved can be told together with its reason."""

import time
from collections import defaultdict
from collections.abc import Hashable, Iterable


class Causes:
    """Of each number, what happened to its parts since it was last written."""

    def __init__(self) -> None:
        self._happened: dict[str, list[tuple[float, str]]] = defaultdict(list)
        self._told: dict[Hashable, float] = {}

    def note(self, skus: Iterable[str], what: str) -> None:
        """Something is about to happen to these products."""
        for sku in skus:
            self._happened[sku].append((time.time(), what))

    def of(self, stock_key: Hashable, skus: Iterable[str], written: float) -> str:
        """Why a number was written at that moment; "" when nothing is known. Each cause is told once per stock key."""
        since, self._told[stock_key] = self._told.get(stock_key, 0.0), written
        found = sorted(x for sku in skus for x in self._happened[sku] if since < x[0] <= written)
        return ", ".join(dict.fromkeys(what for _, what in found))
