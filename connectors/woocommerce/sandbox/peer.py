"""A program that was written for one WooCommerce shop."""

from collections.abc import Mapping
from typing import Any, ClassVar

import httpx

from connectors.testing.client import SandboxClient
from connectors.testing.peer import Said, Wanted
from connectors.testing.troubles import Plan


class Peer:
    """The guide "Syncing Inventory" of 3PLGuys is among its ways: written for this platform's batch endpoint."""

    ways: ClassVar[Mapping[str, tuple[str, int]]] = {
        "one call per SKU": ("one call each", 1),
        "look up, then set": ("look up", 1),
        "batches of 100, unchecked": ("unchecked", 100),
        "the guide's sample, as printed": ("sample", 100),
        "the guide's sample, all pages": ("whole sample", 100),
    }
    throttled: ClassVar[Plan] = {"kind": "throttled", "on": "write"}

    def __init__(self, said: Mapping[str, str], behind: SandboxClient) -> None:
        keys = (said["consumer_key"], said["consumer_secret"])
        self.http, self.behind, self.calls = httpx.Client(base_url=said["url"], auth=keys, timeout=60), behind, 0
        self.addresses = {row["sku"]: row["id"] for row in behind.see("numbers")}

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

    def sold(self) -> dict[str, int]:
        skus = {row["id"]: row["sku"] for row in self.behind.see("numbers")}
        lines = [line for order in self.behind.see("orders") for line in order["lines"]]
        return {skus[line["product"]]: line["quantity"] for line in lines}

    def spoil(self, sku: str) -> None:
        """A plugin vetoes it."""
        self.behind.do("refuse", product=sku)

    def close(self) -> None:
        self.http.close()
