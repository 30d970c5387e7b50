"""How stock is pushed today: each way as its public description tells it, written anew, at its best.

A way is given what its own books say the shop should show (SKU → units) and returns the SKUs it takes for done. What
it does not take for done, it is given again at its next interval. Every SKU's address in the shop is known from
before, as after a product import.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import httpx

from connectors.testing.peer import Peer, Wanted


def batches(wanted: Wanted, size: int) -> Iterator[dict[str, int]]:
    rest = iter(wanted.items())
    while batch := dict(islice(rest, size)):
        yield batch


# -- the ways ------------------------------------------------------------------------------------------


def one_call_each(shop: Peer, wanted: Wanted) -> set[str]:
    """One request per SKU, one after the other, each answer read; what failed stays for the next interval.

    So do several public connectors of ERP systems.
    """
    return {sku for sku, units in wanted.items() if shop.set({sku: units}).done}


def look_up_then_set(shop: Peer, wanted: Wanted) -> set[str]:
    """Two requests per SKU: read the variant for its address, then set; nothing waits for a 429, and what failed
    stays for the next interval.

    So do others of them.
    """
    return {sku for sku, units in wanted.items() if shop.look_up(sku) and shop.set({sku: units}).done}


def all_or_nothing(shop: Peer, wanted: Wanted, *, size: int) -> set[str]:
    """Batches, each done or not done as a whole; a refused one is sent again as it was.

    So does the connector of a large ERP suite, with comparison switched off. One variant that was deleted meanwhile is
    in one batch only, but what is refused as a whole is sent again as a whole: the batch never gets through.
    """
    return {sku for batch in batches(wanted, size) if shop.set(batch).done for sku in batch}


def unchecked(shop: Peer, wanted: Wanted, *, size: int) -> set[str]:
    """Batches; once sent, all of a batch counts as updated.

    So do scripts that were written for one shop.
    """
    for batch in batches(wanted, size):
        shop.set(batch)
    return set(wanted)


@dataclass
class Sample:
    """The guide "Syncing Inventory" of 3PLGuys: ask for what changed since the last time, store it, push it by a batch
    endpoint, where HTTP errors end the run. What one item of a batch answered it does not look at.

    The sample code reads one page of 50, its text says to page through all: both are tried.
    size: of a batch. whole: by the text. since: when it looked last. reads: requests to the warehouse.
    """

    source: httpx.Client
    since: str
    size: int
    whole: bool
    reads: int = 0

    def __call__(self, shop: Peer, wanted: Wanted) -> set[str]:
        if not wanted:
            return set()
        rows = {row["sku"]: row["quantity"] for row in self._changed() if row["sku"] in wanted}
        every = all(shop.set(batch).arrived for batch in batches(rows, self.size))
        return set(rows) if every else set()

    def _changed(self) -> Iterator[Mapping[str, Any]]:
        """`skip` moves by what came; a page shorter than 50 is the last."""
        skip, full = 0, True
        while full and (skip == 0 or self.whole):
            given: dict[str, str | int] = {"take": 50, "skip": skip, "updatedSince": self.since}
            answer = self.source.get("/v0/inventory/products/breakdown", params=given)
            self.reads += 1
            page = answer.raise_for_status().json()
            yield from page
            skip, full = skip + len(page), len(page) == 50


Way = Callable[[Peer, Mapping[str, int]], set[str]]


def way_of(kind: str, size: int, source: httpx.Client, since: str) -> Way:
    """One of `Peer.ways`. Raises KeyError."""
    ways: dict[str, Way] = {
        "one call each": one_call_each,
        "look up": look_up_then_set,
        "all or nothing": partial(all_or_nothing, size=size),
        "unchecked": partial(unchecked, size=size),
        "sample": Sample(source, since, size, whole=False),
        "whole sample": Sample(source, since, size, whole=True),
    }
    return ways[kind]
