"""The shop as its people see it, so that `stockbridge demo` can play there: see connectors.testing.storefront."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.testing.client import SandboxClient
from connectors.testing.storefront import ANYWHERE, Catalogue, Offer, Row
from connectors.values import replace


class Storefront:
    """said: what the sandbox told of itself. It sells from all warehouses at once."""

    platform = "Corner Shop"
    locations: Mapping[str, str] = {}

    def __init__(self, said: Mapping[str, Any], warehouses: Sequence[str]) -> None:
        self.client = SandboxClient(said["url"])
        self.offers: dict[str, Offer] = {}

    def fill(self, made: Catalogue) -> Iterator[str]:
        """All but what a platform derives from components, which this one cannot. Its one number stands for all
        warehouses."""
        for offer in made.offers:
            if not offer.components:
                units = sum(offer.shows.values())
                stock = units if offer.tracked else None
                ref = self.client.do("product", sku=offer.sku, stock=stock, title=offer.title)["id"]
                self.offers[ref] = replace(offer, shows={ANYWHERE: units})
        yield f"{sum(not offer.tracked for offer in self.offers.values())} that it does not count"

    def order(self, ref: str, units: int, place: str) -> str:
        return f"#{self.client.do('order', lines={ref: units})['id']}"

    def ship(self, order: str) -> None:
        self.client.do("ship", order=order.removeprefix("#"))

    def cancel(self, order: str) -> None:
        self.client.do("cancel", order=order.removeprefix("#"))

    def rows(self) -> list[Row]:
        found = self.client.see("numbers")
        return [Row(row["ref"], row["sku"], ANYWHERE, row["stock_quantity"]) for row in found]

    def written(self) -> list[tuple[str, int]]:
        return [(product, stock) for product, stock in self.client.see("written")]

    def calls(self) -> dict[str, int]:
        found: dict[str, int] = self.client.see("calls")
        return {"calls": sum(found.values()), "write_calls": found.get("PUT /api/stock", 0)}

    def place_of(self, location: str) -> str:
        return ANYWHERE
