"""A shop with the Inventory Update API as its people see it: one store for each warehouse, and no way to tell of what
it sells: no SellingStorefront."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.testing.client import SandboxClient
from connectors.testing.storefront import Catalogue, Offer, Row


class Storefront:
    """said: what the sandbox told of itself. warehouses: ids, as many as it has stores."""

    platform = "Inventory Update API"

    def __init__(self, said: Mapping[str, Any], warehouses: Sequence[str]) -> None:
        self.client = SandboxClient(said["url"])
        self.offers: dict[str, Offer] = {}
        self.locations = dict(zip(warehouses, (row["id"] for row in self.client.see("locations")), strict=True))
        self._places = {code: place for place, code in self.locations.items()}

    def fill(self, made: Catalogue) -> Iterator[str]:
        """All that a line of the items file can say: what has a SKU, is counted, and is no bundle of the platform."""
        for number, offer in enumerate(made.offers):
            if offer.sku and offer.tracked and not offer.components:
                units = {self.locations[place]: shown for place, shown in offer.shows.items()}
                ref = self.client.do("product", sku=offer.sku, number=number, units=units)["ref"]
                self.offers[str(ref)] = offer
        by_upc = sum(ref.startswith("upc:") for ref in self.offers)
        yield f"{by_upc} by UPC and {len(self.offers) - by_upc} by SKU, size and width"
        yield "none of which can be read back"

    def rows(self) -> list[Row]:
        return [
            Row(row["ref"], row["sku"], self._places[row["location"]], row["stock_quantity"])
            for row in self.client.see("numbers")
        ]

    def written(self) -> list[tuple[str, int]]:
        return [(row["ref"], row["quantity"]) for row in self.client.see("written")]

    def calls(self) -> dict[str, int]:
        """Each report writes one number; those without a product, which try the token, are among them."""
        count = sum(self.client.see("calls").values())
        return {"calls": count, "write_calls": count}

    def place_of(self, location: str) -> str:
        return self._places[location]
