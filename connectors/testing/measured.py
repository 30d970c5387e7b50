"""What the measurements ask of a platform's sandbox: a plain shop, and sales at the worst moment.

Beside each sandbox, `connectors.<name>.sandbox.measured` has `filled(load, clock)`, a shop with so many SKUs and one
location, and `served(stack, shop, load)`, which lets it listen until the stack ends and answers what the sandbox says
of itself: its "url", and the options of a store by their names; and `STORE`, the class of what the connector opens.
Where that takes no transport of httpx, also `recording(note)`: what it is given in the place of its network, so that
each request is noted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connectors.testing.catalogue import numbered

SOLD = 3
"""Units of each sale that happens just before a write."""

ALWAYS = -1

Note = Callable[[str, str, bytes, Mapping[str, str]], object]
"""Is told of a request: method, path with query, body, and the headers with which anybody could send it again."""


@dataclass(frozen=True, slots=True)
class Load:
    """less: units that the shop shows less than the warehouse holds. latency: seconds before each answer. item_seconds:
    per item written, where the platform writes one by one. sell_every: one of so many SKUs is sold; 0: none."""

    skus: int
    less: int = 0
    latency: float = 0.0
    item_seconds: float = 0.0
    sell_every: int = 0


class Sales:
    """Every so many SKUs one is sold once, just before the first write of it arrives: later than anything that
    whoever writes can have read. skus: those that a call writes."""

    def __init__(self, load: Load, skus: Callable[[Any], Iterable[str]], sell: Callable[[str], object]) -> None:
        self.skus, self.sell = skus, sell
        self.left = {sku for sku, _ in islice(numbered(load.skus), 0, None, load.sell_every)}

    def __call__(self, call: Any) -> None:
        for one in self.left.intersection(self.skus(call)):
            self.left.remove(one)
            self.sell(one)
