"""How stock is pushed today: each way as its public description tells it, written anew, at its best.

A way is given what its own books say the shop should show (SKU → units) and returns the SKUs it takes for done. What
it does not take for done, it is given again at its next interval. Every SKU's address in the shop is known from
before, as after a product import.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import httpx

SET = """mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code field message } }
}"""
ADDRESS = "query Address($id: ID!) { productVariant(id: $id) { id sku inventoryItem { id } inventoryQuantity } }"

Wanted = Mapping[str, int]


@dataclass(frozen=True)
class Said:
    """arrived: the answer had a status of success. done: nothing in its body says otherwise, for any item."""

    arrived: bool
    done: bool


class Client(Protocol):
    """One shop as a program sees it that was written for it. calls: requests sent so far."""

    calls: int

    def set(self, wanted: Wanted) -> Said:
        """One request, whatever the number of SKUs."""

    def look_up(self, sku: str) -> bool:
        """One request for where a SKU is and what it shows → whether it was answered."""


@dataclass
class Shopify:
    """addresses: SKU → (variant, item, location). `available` is what shoppers see, and what these programs set.
    changeFromQuantity null: they compare with nothing."""

    http: httpx.Client
    addresses: Mapping[str, tuple[str, str, str]]
    calls: int = 0

    def set(self, wanted: Wanted) -> Said:
        rows = [
            {"inventoryItemId": item, "locationId": at, "quantity": units, "changeFromQuantity": None}
            for sku, units in wanted.items()
            for _, item, at in [self.addresses[sku]]
        ]
        given = {"name": "available", "reason": "correction", "quantities": rows}
        data = self._ask(SET, {"input": given, "key": uuid.uuid4().hex})
        return Said(data is not None, data is not None and not data["inventorySetQuantities"]["userErrors"])

    def look_up(self, sku: str) -> bool:
        data = self._ask(ADDRESS, {"id": self.addresses[sku][0]})
        return data is not None and data["productVariant"] is not None

    def _ask(self, query: str, variables: Mapping[str, Any]) -> Any:
        self.calls += 1
        answer = self.http.post("/admin/api/2026-10/graphql.json", json={"query": query, "variables": variables})
        return answer.json().get("data") if answer.is_success else None


@dataclass
class WooCommerce:
    """addresses: SKU → product id."""

    http: httpx.Client
    addresses: Mapping[str, int]
    calls: int = 0

    def set(self, wanted: Wanted) -> Said:
        rows = [{"id": self.addresses[sku], "stock_quantity": units} for sku, units in wanted.items()]
        if len(rows) == 1:
            answer = self._ask("PUT", f"products/{rows[0]['id']}", json=rows[0])
            return Said(answer.is_success, answer.is_success)
        answer = self._ask("POST", "products/batch", json={"update": rows})
        return Said(answer.is_success, answer.is_success and not any("error" in x for x in answer.json()["update"]))

    def look_up(self, sku: str) -> bool:
        return self._ask("GET", f"products/{self.addresses[sku]}").is_success

    def _ask(self, method: str, route: str, **body: Any) -> httpx.Response:
        self.calls += 1
        return self.http.request(method, f"/wp-json/wc/v3/{route}", **body)


def batches(wanted: Wanted, size: int) -> Iterator[dict[str, int]]:
    rest = iter(wanted.items())
    while batch := dict(islice(rest, size)):
        yield batch


# -- the ways ------------------------------------------------------------------------------------------


def one_call_each(shop: Client, wanted: Wanted) -> set[str]:
    """One request per SKU, one after the other, each answer read; what failed stays for the next interval.

    So do several public connectors of ERP systems. REST is not imitated by the Shopify sandbox: one GraphQL call
    stands for one REST call.
    """
    return {sku for sku, units in wanted.items() if shop.set({sku: units}).done}


def look_up_then_set(shop: Client, wanted: Wanted) -> set[str]:
    """Two requests per SKU: read the variant for its address, then set; nothing waits for a 429, and what failed
    stays for the next interval.

    So do others of them.
    """
    return {sku for sku, units in wanted.items() if shop.look_up(sku) and shop.set({sku: units}).done}


def all_or_nothing(shop: Client, wanted: Wanted) -> set[str]:
    """Batches of 250, each done or not done as a whole; a refused one is sent again as it was.

    So does the connector of a large ERP suite, with comparison switched off. One variant that was deleted meanwhile is
    in one batch only, but what is refused as a whole is sent again as a whole: the batch never gets through.
    """
    return {sku for batch in batches(wanted, 250) if shop.set(batch).done for sku in batch}


def unchecked(shop: Client, wanted: Wanted) -> set[str]:
    """Batches of 100; once sent, all of a batch counts as updated.

    So do scripts that were written for one shop.
    """
    for batch in batches(wanted, 100):
        shop.set(batch)
    return set(wanted)


@dataclass
class Sample:
    """The guide "Syncing Inventory" of 3PLGuys: ask for what changed since the last time, store it, push it by
    WooCommerce's batch endpoint, where HTTP errors end the run. What one item of a batch answered it does not look at.

    The sample code reads one page of 50, its text says to page through all: both are tried.
    whole: by the text. since: when it looked last. reads: requests to the warehouse.
    """

    source: httpx.Client
    since: str
    whole: bool
    reads: int = 0

    def __call__(self, shop: Client, wanted: Wanted) -> set[str]:
        if not wanted:
            return set()
        rows = {row["sku"]: row["quantity"] for row in self._changed() if row["sku"] in wanted}
        every = all(shop.set(batch).arrived for batch in batches(rows, 100))
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
