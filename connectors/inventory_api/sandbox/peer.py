"""A program that was written for one shop with the Inventory Update API."""

from collections.abc import Mapping
from typing import Any, ClassVar

import httpx

from connectors.inventory_api.sandbox.troubles import WRITE
from connectors.testing.client import SandboxClient
from connectors.testing.peer import Said, Wanted
from connectors.testing.troubles import Plan


class Peer:
    """The API takes one product a request, and tells nothing of what the shop shows or sells."""

    ways: ClassVar[Mapping[str, tuple[str, int]]] = {
        "one call per SKU": ("one call each", 1),
        "one call per SKU, unchecked": ("unchecked", 1),
    }
    throttled: ClassVar[Plan] = {"kind": "throttled", "on": WRITE}

    def __init__(self, said: Mapping[str, Any], behind: SandboxClient) -> None:
        token = {"Authorization": f"Bearer {said['token']}"}
        self.http, self.behind, self.calls = httpx.Client(base_url=said["url"], headers=token, timeout=60), behind, 0
        self.addresses = {row["sku"]: (_name(row), row["location"]) for row in behind.see("numbers")}

    def set(self, wanted: Wanted) -> Said:
        """Raises ValueError for several at once."""
        ((sku, units),) = wanted.items()
        name, code = self.addresses[sku]
        self.calls += 1
        answer = self.http.post("/api/product/inventory", json={**name, "store": code, "quantity": units})
        return Said(answer.is_success, answer.is_success and "error" not in answer.json())

    def look_up(self, sku: str) -> bool:
        """There is no such request."""
        raise NotImplementedError(sku)

    def sold(self) -> dict[str, int]:
        return {}

    def spoil(self, sku: str) -> None:
        """The shop does not take it any more."""
        self.behind.do("refuse", product=sku, why="Product not found")

    def close(self) -> None:
        self.http.close()


def _name(row: Mapping[str, Any]) -> dict[str, str]:
    if row["upc"]:
        return {"upc": row["upc"]}
    return {"sku": row["style"], "size": row["size"], "width": row["width"]}
