"""A program that was written for one Shopify shop."""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

import httpx

from connectors.testing.client import SandboxClient
from connectors.testing.peer import Said, Wanted
from connectors.testing.troubles import Plan

SET = """mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code field message } }
}"""
ADDRESS = "query Address($id: ID!) { productVariant(id: $id) { id sku inventoryItem { id } inventoryQuantity } }"


class Peer:
    """`available` is what shoppers see, and what these programs set. changeFromQuantity null: they compare with
    nothing. REST is not imitated by the sandbox: one GraphQL call stands for one REST call."""

    ways: ClassVar[Mapping[str, tuple[str, int]]] = {
        "one call per SKU": ("one call each", 1),
        "look up, then set": ("look up", 1),
        "batches of 250, all or nothing": ("all or nothing", 250),
    }
    throttled: ClassVar[Plan] = {"kind": "status", "status": 429, "on": "inventorySetQuantities"}

    def __init__(self, said: Mapping[str, str], behind: SandboxClient) -> None:
        token = {"X-Shopify-Access-Token": said["access_token"]}
        self.http, self.behind, self.calls = httpx.Client(base_url=said["url"], headers=token, timeout=60), behind, 0
        rows = behind.see("numbers")
        self.addresses = {row["sku"]: (row["variant"], row["item"], row["location"]) for row in rows}

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

    def sold(self) -> dict[str, int]:
        return {sku: units for order in self.behind.see("orders") for sku, units in order["lines"].items()}

    def spoil(self, sku: str) -> None:
        """Deleted after the map was made."""
        self.behind.do("delete", variant=sku)

    def close(self) -> None:
        self.http.close()
