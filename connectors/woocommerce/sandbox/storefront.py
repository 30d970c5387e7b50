"""A WooCommerce shop as its people see it: it sells from all warehouses at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.testing.client import SandboxClient
from connectors.testing.storefront import ANYWHERE, Catalogue, Offer, Row
from connectors.woocommerce.sandbox.arrangement import arrange, kinds


class Storefront:
    """said: what the sandbox told of itself."""

    platform = "WooCommerce"
    locations: Mapping[str, str] = {}

    def __init__(self, said: Mapping[str, Any], warehouses: Sequence[str]) -> None:  # noqa: ARG002  (it has no places)
        self.client = SandboxClient(said["url"])
        self.offers: dict[str, Offer] = {}
        self._options: dict[str, list[str]] = {}

    def fill(self, made: Catalogue) -> Iterator[str]:
        wares = list(arrange(made))
        for ware in wares:
            offer, kind = ware.offer, "variable" if ware.sizes or ware.options else "simple"
            parent = self.client.do("product", sku=offer.sku, units=_counted(offer), kind=kind, name=offer.title)
            product = int(parent["id"])
            self.offers[str(product)] = offer
            for n, size in enumerate(ware.sizes, 1):
                child = self.client.do(
                    "variation", product=product, sku=size.sku, units=_counted(size), option=f"size {n}"
                )
                self.offers[str(child["id"])] = size
            for option in ware.options:
                child = self.client.do("variation", product=product, sku=f"{ware.offer.sku}-{option}", option=option)
                self._options.setdefault(str(product), []).append(str(child["id"]))
        return kinds(wares)

    def order(self, ref: str, units: int, place: str) -> str:  # noqa: ARG002
        """Of a product whose variations share its stock, a variation is bought."""
        bought = self._options.get(ref, [ref])
        return f"#{self.client.do('order', lines={bought[units % len(bought)]: units})['order']}"

    def ship(self, order: str) -> None:
        self.client.do("ship", order=order.removeprefix("#"))

    def cancel(self, order: str) -> None:
        self.client.do("cancel", order=order.removeprefix("#"))

    def rows(self) -> list[Row]:
        """What is sold is taken off at once. A variation that shows its product's number shows none of its own."""
        return [
            Row(str(row["id"]), row["sku"], ANYWHERE, row["stock_quantity"])
            for row in self.client.see("numbers")
            if row["manage_stock"] != "parent"
        ]

    def written(self) -> list[tuple[str, int]]:
        refs = {row["id"]: f"{row['parent_id']}:{row['id']}" for row in self.client.see("numbers") if row["parent_id"]}
        return [(refs.get(row["product"], str(row["product"])), row["quantity"]) for row in self.client.see("written")]

    def calls(self) -> dict[str, int]:
        found: dict[str, int] = self.client.see("calls")
        writes = sum(count for name, count in found.items() if name.startswith("POST ") and name.endswith("/batch"))
        return {"calls": sum(found.values()), "write_calls": writes}

    def place_of(self, location: str) -> str:  # noqa: ARG002
        return ANYWHERE


def _counted(offer: Offer) -> int | None:
    return offer.shows[ANYWHERE] if offer.tracked else None
